"""Tables of one's own contracts for spreadsheets: schedules, deliveries, settlements."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import fields, validate

from marketplace.api.http.access import access, current_actor
from marketplace.api.http.schemas import FILE, Schema
from marketplace.api.v1.contracts.proposals import blp
from marketplace.contracts.queries import exports as export_queries
from marketplace.contracts.rules.exports import COLUMNS, Months

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
_MONTH = {"description": "first and last month of rows; left out: no end", "example": "2027-01"}
_TABLE = {
    "schema": FILE,
    "content_type": "text/csv",
    "description": f"one of {', '.join(COLUMNS)}; headings in Chinese and English, CSV in UTF-8 with a byte order mark",
}


class ContractTableQuery(Schema):
    """In which form, and of which months."""

    form = fields.String(load_default="csv", validate=validate.OneOf(["csv", "xlsx"]))
    from_month = fields.String(load_default=None, metadata=_MONTH)
    to_month = fields.String(load_default=None, metadata=_MONTH)


@blp.get("/contracts/<contract_id>/exports/<what>")
@blp.arguments(ContractTableQuery, location="query")
@blp.response(200, **_TABLE)
@blp.alt_response(200, schema=FILE, content_type=MEDIA_TYPES["xlsx"])
@access(scope="contracts:read")
def export_contract(query: dict[str, Any], contract_id: str, what: str) -> Any:
    """导出一份合同的排程、交付或结算 / The schedule, deliveries or settlements of a contract as CSV or XLSX"""
    form, months = query["form"], Months(query["from_month"], query["to_month"])
    return _file(*export_queries.contract_table(what, contract_id, months, form=form, actor=current_actor()), form)


@blp.get("/contract-exports/<what>")
@blp.arguments(ContractTableQuery, location="query")
@blp.response(200, **_TABLE)
@blp.alt_response(200, schema=FILE, content_type=MEDIA_TYPES["xlsx"])
@access(scope="contracts:read")
def export_contracts(query: dict[str, Any], what: str) -> Any:
    """导出本企业全部合同的排程、交付或结算 / The same of all contracts of one's own organisation"""
    form, months = query["form"], Months(query["from_month"], query["to_month"])
    return _file(*export_queries.contracts_table(what, months, form=form, actor=current_actor()), form)


def _file(made: bytes, name: str, form: str) -> Response:
    response = Response(made, content_type=MEDIA_TYPES[form])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
