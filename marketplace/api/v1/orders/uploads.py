"""Files of orders: upload with a report per row, and the empty table to fill in."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from werkzeug.exceptions import UnsupportedMediaType

from marketplace.api.http.access import access, current_actor, now
from marketplace.api.http.blueprint import ApiBlueprint, reads_body
from marketplace.api.v1.orders.schemas import TemplateQuery, UploadQuery, UploadReportSchema
from marketplace.orders import services
from marketplace.orders.rules.uploads.template import table_template
from marketplace.orders.services import UploadFormat, UploadMode
from marketplace.shared.actor import Role
from marketplace.shared.clock import beijing_date

MEDIA_TYPES = {
    "text/csv": UploadFormat.CSV,
    "application/x-ndjson": UploadFormat.JSON_LINES,
    "application/jsonl": UploadFormat.JSON_LINES,
}

_BODY = {
    "required": True,
    "content": {
        "text/csv": {
            "schema": {"type": "string"},
            "example": "side,grade,site,limit_price.fixed,2027-01,2027-02\n"
            "offer,lithium-carbonate-battery,sit_…,98000,120,120\n",
        },
        "application/x-ndjson": {
            "schema": {"type": "string"},
            "example": '{"side":"offer","grade":"lithium-carbonate-battery","site":"sit_…",'
            '"volumes":{"2027-01":"120"},"limit_price":{"components":[{"fixed":"98000"}]}}\n',
        },
    },
}

blp = ApiBlueprint("order-uploads", __name__, url_prefix="/orders/uploads", description="批量录入 / Files of orders")


@blp.post("")
@blp.arguments(UploadQuery, location="query")
@blp.response(200, UploadReportSchema)
@blp.doc(requestBody=_BODY)
@access(Role.SELLER, Role.BUYER, scope="orders:write")
@reads_body
def upload_orders(query: dict[str, Any]) -> Any:
    """批量录入订单 / Enter a file of orders

    At most 5,000 rows and 400,000 cells; CSV in UTF-8, or in GB 18030 if the Content-Type says ``charset=gb18030``.
    """
    return services.upload_orders(
        request.get_data(),
        format=_format(query.get("format")),
        charset=request.mimetype_params.get("charset"),
        mode=UploadMode(query["mode"]),
        open_at_once=query["open"],
        actor=current_actor(),
        now=now(),
    )


@blp.get("/template")
@blp.arguments(TemplateQuery, location="query")
@blp.response(200, content_type="text/csv", description="headings, and one example row that is refused as it stands")
@access(Role.SELLER, Role.BUYER, Role.ORGANISATION_ADMIN, scope="orders:read")
def upload_template(query: dict[str, Any]) -> Any:
    """下载空白订单表 / The empty order table"""
    table = table_template(beijing_date(now()), chinese=query["headings"] == "zh")
    response = Response("\ufeff" + table, content_type="text/csv; charset=utf-8")  # the mark lets spreadsheets read it
    response.headers["Content-Disposition"] = 'attachment; filename="orders.csv"'
    return response


def _format(named: str | None) -> UploadFormat:
    """The format that the Content-Type declares; one named beside it must agree."""
    declared = MEDIA_TYPES.get(request.mimetype)
    if declared is None:
        raise UnsupportedMediaType("send orders as " + " or ".join(MEDIA_TYPES))
    if named is not None and named != declared:
        raise UnsupportedMediaType(f"format={named} does not agree with Content-Type {request.mimetype}")
    return declared
