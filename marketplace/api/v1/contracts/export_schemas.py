"""What exports in the background take and say."""

from __future__ import annotations

from datetime import datetime

from marshmallow import fields, validate

from marketplace.api.http.schemas import Schema, page_of
from marketplace.api.v1.orders.schemas import FaultSchema
from marketplace.contracts.models import Export
from marketplace.contracts.rules.exports import EXPORT, FORMS
from marketplace.contracts.services import EXPORTS_KEPT_FOR

_WHAT = {"description": "表格，或 open-contracting：全部公开合同 / a table, or all published contracts"}
_FORM = {"description": "csv, xlsx; json of open-contracting; left out: the first that there is"}
_CONTRACT = {
    "description": "一份合同，不填为全部 / of one contract; left out: of all one's own",
    "example": "con_01kdvd…",
}
_MONTH = {"description": "first and last month of rows; left out: no end", "example": "2027-01"}


class ExportBody(Schema):
    """Which file is to be made."""

    what = fields.String(required=True, validate=validate.OneOf(list(FORMS)), metadata=_WHAT)
    form = fields.String(
        load_default=None,
        validate=validate.OneOf(sorted({form for forms in FORMS.values() for form in forms})),
        metadata=_FORM,
    )
    contract = fields.String(load_default=None, validate=validate.Length(1, 64), metadata=_CONTRACT)
    from_month = fields.String(load_default=None, metadata=_MONTH)
    to_month = fields.String(load_default=None, metadata=_MONTH)


class ExportQuery(Schema):
    """Whether to wait for the file."""

    wait = fields.Boolean(load_default=False, metadata={"description": "answer when it is made"})


class ExportSchema(Schema):
    """A file that was asked for, and how far it is."""

    id = fields.String(metadata={"example": "exp_01kdvd…"})
    status = fields.String(metadata={"enum": list(EXPORT.statuses)})
    what = fields.String(metadata={"enum": list(FORMS)})
    form = fields.String()
    contract = fields.String(attribute="contract_id", allow_none=True)
    from_month = fields.String(allow_none=True)
    to_month = fields.String(allow_none=True)
    rows = fields.Integer(metadata={"description": "so far; of open-contracting: releases"})
    name = fields.String(allow_none=True, metadata={"example": "contracts-settlements.csv"})
    size_bytes = fields.Integer(allow_none=True)
    sha256 = fields.String(allow_none=True)
    errors = fields.List(
        fields.Nested(FaultSchema), attribute="all_faults", metadata={"description": "why it was refused"}
    )
    failure = fields.String(allow_none=True)
    asked_at = fields.AwareDateTime()
    ended_at = fields.AwareDateTime(allow_none=True)
    kept_until = fields.Function(
        lambda export: _kept_until(export),
        metadata={
            "type": "string",
            "format": "date-time",
            "nullable": True,
            "description": "then the export goes, with its file",
        },
    )


ExportPageSchema = page_of(ExportSchema)


def _kept_until(export: Export) -> str | None:
    until: datetime | None = None if export.ended_at is None else export.ended_at + EXPORTS_KEPT_FOR
    return None if until is None else until.isoformat()
