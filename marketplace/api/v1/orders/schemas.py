"""What orders, their uploads and their disclosures look like outside."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from marketplace.api.http.chinese import fault_zh
from marketplace.api.http.schemas import PageQuery, Schema, page_of
from marketplace.api.v1.orders.fields import Text
from marketplace.api.v1.orders.stored import StoredTermsSchema
from marketplace.api.v1.orders.terms import TermsSchema
from marketplace.orders.models import Order, OrderRevision
from marketplace.orders.rules.honoured import uncleared_terms
from marketplace.orders.rules.kinds import Side
from marketplace.orders.rules.lifecycle import DISCLOSURE, ORDER, UPLOAD
from marketplace.orders.rules.limits import LONGEST_REFERENCE
from marketplace.orders.rules.uploads.files import UploadFormat, UploadMode
from marketplace.orders.rules.uploads.rows import MOST_ROWS, MOST_ROWS_LATER
from marketplace.orders.services.disclosures import LONGEST_REASON, SHORTEST_REASON
from marketplace.shared.errors import Fault, plain

_SIDES = [str(side) for side in Side]
_SITE = {"example": "sit_01kdvd…", "longest": 64}


class OrderEntrySchema(TermsSchema):
    """An order as it is entered: its head, and its terms beside it.  Only the head is needed for a draft."""

    side = Text("供应或需求 / offer or need", example="offer", choices=_SIDES, required=True)
    grade = Text("牌号 / grade", example="lithium-carbonate-battery", longest=64, required=True)
    site = Text("自有厂址 / a site of your own", **_SITE, required=True)
    unit = Text("单位，须与牌号一致 / unit; must be the grade's", example="TNE", longest=3)
    external_reference = Text(
        "外部编号，本单位内唯一 / your own number", example="2027-LC-01", longest=LONGEST_REFERENCE
    )


class OrderChangesSchema(TermsSchema):
    """Terms that change, each given whole; null takes a term away, what is not named stays."""

    site = Text("自有厂址 / a site of your own", **_SITE)

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """null is a change like others, except for the site."""
        if field_name != "site":
            field_obj.allow_none = True


class OrderSchema(StoredTermsSchema):
    """An order with its terms, as its owner sees it."""

    id = fields.String(metadata={"example": "ord_01kdvd…"})
    side = fields.String(metadata={"enum": _SIDES})
    grade = fields.String()
    site = fields.String()
    unit = fields.String(metadata={"description": "单位 / unit of all volumes, UN/CEFACT code", "example": "TNE"})
    external_reference = fields.String(allow_none=True)
    status = fields.String(metadata={"enum": list(ORDER.statuses)})
    revision = fields.Integer()
    version = fields.Integer()
    created_at = fields.AwareDateTime()
    updated_at = fields.AwareDateTime()
    not_cleared_yet = fields.List(
        fields.String(),
        metadata={"description": "本版本尚不撮合的条款，开单前须去除 / terms to leave out before it can be opened"},
    )

    def head(self, order: Order) -> dict[str, Any]:
        """It as it stands today."""
        return {
            "id": order.id,
            "side": order.side,
            "grade": order.grade_id,
            "site": order.site_id,
            "unit": order.unit_code,
            "external_reference": order.external_reference,
            "status": order.status,
            "revision": order.revision,
            "version": order.version,
            "created_at": order.created_at,
            "updated_at": order.updated_at,
            "not_cleared_yet": uncleared_terms(order.terms),
        }


class RevisionSchema(StoredTermsSchema):
    """An order as it stood after one change."""

    number = fields.Integer()
    action = fields.String(metadata={"description": "create, or a step of the lifecycle", "example": "open"})
    status = fields.String(metadata={"enum": list(ORDER.statuses)})
    site = fields.String()
    member_id = fields.String(metadata={"description": "who did it; system for the platform itself"})
    moment = fields.AwareDateTime()

    def head(self, revision: OrderRevision) -> dict[str, Any]:
        """The change and who made it."""
        head = {name: getattr(revision, name) for name in ("number", "action", "status", "member_id", "moment")}
        return {**head, "site": revision.site_id}


class OrderQuery(PageQuery):
    """Which orders, in which order; ``-`` sorts downwards."""

    side = fields.String(validate=validate.OneOf(_SIDES))
    grade = fields.String()
    status = fields.String(validate=validate.OneOf(ORDER.statuses))
    site = fields.String()
    external_reference = fields.String()
    sort = fields.String(
        load_default="-created_at",
        validate=validate.OneOf(["created_at", "-created_at", "valid_to", "-valid_to"]),
    )


class UploadQuery(Schema):
    """How a file of orders is taken."""

    mode = fields.String(
        load_default=str(UploadMode.ALL),
        validate=validate.OneOf([str(mode) for mode in UploadMode]),
        metadata={"description": "all: 全部或不存 / all rows or none; partial: 存正确的行 / the right rows"},
    )
    format = fields.String(
        validate=validate.OneOf([str(form) for form in UploadFormat]),
        metadata={"description": "must agree with the Content-Type; left out: it follows from it"},
    )
    open = fields.Boolean(
        load_default=False, metadata={"description": "存为挂单而非草稿 / open the orders instead of leaving drafts"}
    )
    wait = fields.Boolean(
        load_default=True,
        metadata={
            "description": f"false: 在后台录入 / in the background, at most {MOST_ROWS_LATER} rows, else {MOST_ROWS}"
        },
    )


class TemplateQuery(Schema):
    """In which language the headings are."""

    headings = fields.String(load_default="zh", validate=validate.OneOf(["zh", "en"]))


class FaultSchema(Schema):
    """One bad value."""

    pointer = fields.String(metadata={"description": "RFC 6901, into the row's order"})
    code = fields.String()
    detail = fields.String(attribute="message", metadata={"description": "with the cell, for a CSV"})
    detail_zh = fields.Function(lambda fault: _told_zh(fault), metadata={"type": "string"})
    value = fields.Function(lambda fault: _told(fault, "value"), metadata={"nullable": True})
    limit = fields.Function(lambda fault: _told(fault, "limit"), metadata={"nullable": True})


class RowReportSchema(Schema):
    """What became of one row."""

    row = fields.Integer(metadata={"description": "row of the spreadsheet (headings are 1), or line of the file"})
    status = fields.String(metadata={"enum": ["stored", "refused"]})
    order_id = fields.String(allow_none=True)
    errors = fields.List(fields.Nested(FaultSchema), attribute="faults")


class UploadReportSchema(Schema):
    """What became of a file of orders."""

    id = fields.String(metadata={"description": "names the upload in your audit trail", "example": "upl_01kdvd…"})
    mode = fields.String(metadata={"enum": [str(mode) for mode in UploadMode]})
    stored = fields.Integer()
    refused = fields.Integer()
    rows = fields.List(fields.Nested(RowReportSchema))


class UploadInBackgroundSchema(Schema):
    """A file of orders that is stored in the background, and how far it is."""

    id = fields.String(metadata={"example": "upl_01kdvd…"})
    status = fields.String(metadata={"enum": list(UPLOAD.statuses)})
    mode = fields.String(metadata={"enum": [str(mode) for mode in UploadMode]})
    format = fields.String(metadata={"enum": [str(form) for form in UploadFormat]})
    opens = fields.Boolean(metadata={"description": "存为挂单 / the orders are opened"})
    sha256 = fields.String(metadata={"description": "of the file as it was sent"})
    size_bytes = fields.Integer()
    rows = fields.Integer(metadata={"description": "lines that are not blank, headings aside"})
    judged = fields.Integer(metadata={"description": "rows so far"})
    stored = fields.Integer()
    refused = fields.Integer()
    errors = fields.List(
        fields.Nested(FaultSchema),
        attribute="all_faults",
        metadata={"description": "of a file of which nothing is stored (mode all)"},
    )
    failure = fields.String(allow_none=True)
    received_at = fields.AwareDateTime()
    ended_at = fields.AwareDateTime(allow_none=True)


class UploadRowsQuery(Schema):
    """Which rows of a report, a thousand of the file at a time."""

    status = fields.String(validate=validate.OneOf(["refused"]), metadata={"description": "refused: those alone"})
    cursor = fields.String(metadata={"description": "next_cursor of the page before"})


class DisclosureRequestSchema(Schema):
    """Which order is to be read, and why."""

    order_id = fields.String(required=True, metadata={"example": "ord_01kdvd…"})
    reason = fields.String(
        required=True,
        validate=validate.Length(SHORTEST_REASON, LONGEST_REASON),
        metadata={"example": "核查异常报价举报，案件2026-118，需比对双方限价"},
    )


class DisclosureSchema(Schema):
    """A request to read one order with its owner and limit, and what became of it."""

    id = fields.String(metadata={"example": "dis_01kdvd…"})
    order_id = fields.String()
    reason = fields.String()
    status = fields.String(metadata={"enum": list(DISCLOSURE.statuses)})
    requested_by = fields.String()
    requested_at = fields.AwareDateTime()
    decided_by = fields.String(allow_none=True)
    decided_at = fields.AwareDateTime(allow_none=True)
    readable_until = fields.AwareDateTime(allow_none=True)
    read_at = fields.AwareDateTime(allow_none=True)
    version = fields.Integer()


class DisclosureQuery(PageQuery):
    """Which disclosures; newest first."""

    status = fields.String(validate=validate.OneOf(DISCLOSURE.statuses))


class DisclosedOrderSchema(OrderSchema):
    """An order read under break-glass, as a round has frozen it: its owner stands beside it."""

    class Meta(Schema.Meta):
        """What tells of the order today is not part of what was frozen."""

        exclude = ("version", "not_cleared_yet")

    organisation_id = fields.String()
    organisation_name = fields.String()

    def head(self, frozen: OrderRevision) -> dict[str, Any]:
        """It as the round froze it, and whose it is."""
        order = frozen.order
        return {
            "id": order.id,
            "side": order.side,
            "grade": order.grade_id,
            "site": frozen.site_id,
            "unit": order.unit_code,
            "external_reference": order.external_reference,
            "status": frozen.status,
            "revision": frozen.number,
            "created_at": order.created_at,
            "updated_at": frozen.moment,
            "organisation_id": order.organisation_id,
            "organisation_name": order.organisation.name_zh,
        }


def _told_zh(fault: Fault) -> str:
    return fault_zh(fault.code, fault.message, _told(fault, "value"), _told(fault, "limit"))


def _told(fault: Fault, name: str) -> Any:
    """As a problem document tells it: a whole number stays one."""
    return plain(getattr(fault, name))


OrderPageSchema = page_of(OrderSchema)
UploadPageSchema = page_of(UploadInBackgroundSchema)
UploadRowsPageSchema = page_of(RowReportSchema)
RevisionPageSchema = page_of(RevisionSchema)
DisclosurePageSchema = page_of(DisclosureSchema)
