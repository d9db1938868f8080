"""Files of orders: upload with a report per row, at once or in the background, and the empty table to fill in."""

from __future__ import annotations

from typing import Any

from flask import Response, after_this_request, current_app, make_response, request, url_for
from marshmallow import fields
from werkzeug.exceptions import UnsupportedMediaType

from marketplace.api.http.access import access, current_actor, now
from marketplace.api.http.blueprint import ApiBlueprint, reads_body
from marketplace.api.http.schemas import FILE, PageQuery
from marketplace.api.v1.orders.schemas import (
    TemplateQuery,
    UploadInBackgroundSchema,
    UploadPageSchema,
    UploadQuery,
    UploadReportSchema,
    UploadRowsPageSchema,
    UploadRowsQuery,
)
from marketplace.jobs.engine import enqueue
from marketplace.jobs.store_upload import STORE_UPLOAD
from marketplace.orders import queries, services
from marketplace.orders.rules.uploads.files import OrderFile, UploadFormat, UploadMode
from marketplace.orders.rules.uploads.rows import MOST_ROWS, MOST_ROWS_LATER
from marketplace.orders.rules.uploads.template import table_template
from marketplace.shared import log_context
from marketplace.shared.actor import Role
from marketplace.shared.clock import beijing_date

MEDIA_TYPES = {
    "text/csv": UploadFormat.CSV,
    "application/x-ndjson": UploadFormat.JSON_LINES,
    "application/jsonl": UploadFormat.JSON_LINES,
}

READERS = (Role.SELLER, Role.BUYER, Role.ORGANISATION_ADMIN)

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
@blp.alt_response(202, schema=UploadInBackgroundSchema, description="it is being stored (wait=false)")
@blp.doc(requestBody=_BODY)
@access(Role.SELLER, Role.BUYER, scope="orders:write")
@reads_body(may_be_long=lambda: request.args.get("wait") in fields.Boolean.falsy)
def upload_orders(query: dict[str, Any]) -> Any:
    """批量录入订单 / Enter a file of orders

    At most 5,000 rows of 80 cells on average, or 100,000 with ``wait=false``: then the answer is 202, and what becomes
    of the file is read at its Location.  CSV in UTF-8, or in GB 18030 if the Content-Type says ``charset=gb18030``.
    """
    file = OrderFile(
        request.get_data(),
        _format(query.get("format")),
        request.mimetype_params.get("charset"),
        MOST_ROWS if query["wait"] else MOST_ROWS_LATER,
    )
    wishes: dict[str, Any] = {"mode": UploadMode(query["mode"]), "open_at_once": query["open"]}
    take = services.upload_orders if query["wait"] else _in_background
    return take(file, **wishes, actor=current_actor(), now=now())


@blp.get("")
@blp.arguments(PageQuery, location="query")
@blp.response(200, UploadPageSchema)
@access(*READERS, scope="orders:read")
def list_uploads(query: dict[str, Any]) -> Any:
    """在后台录入的文件 / Files stored in the background, latest first"""
    return queries.own_uploads(current_actor(), **query)


@blp.get("/<upload_id>")
@blp.response(200, UploadInBackgroundSchema)
@access(*READERS, scope="orders:read")
def read_upload(upload_id: str) -> Any:
    """一个在后台录入的文件 / One of them, and how far it is"""
    return queries.own_upload(upload_id, current_actor())


@blp.get("/<upload_id>/rows")
@blp.arguments(UploadRowsQuery, location="query")
@blp.response(200, UploadRowsPageSchema)
@access(*READERS, scope="orders:read")
def list_upload_rows(query: dict[str, Any], upload_id: str) -> Any:
    """该文件各行的结果 / What became of its rows, once it is stored"""
    only_refused = query.pop("status", None) == "refused"
    return queries.upload_rows(upload_id, current_actor(), only_refused=only_refused, **query)


@blp.get("/template")
@blp.arguments(TemplateQuery, location="query")
@blp.response(
    200, FILE, content_type="text/csv", description="headings, and one example row that is refused as it stands"
)
@access(*READERS, scope="orders:read")
def upload_template(query: dict[str, Any]) -> Any:
    """下载空白订单表 / The empty order table"""
    table = table_template(beijing_date(now()), chinese=query["headings"] == "zh")
    response = Response("\ufeff" + table, content_type="text/csv; charset=utf-8")  # the mark lets spreadsheets read it
    response.headers["Content-Disposition"] = 'attachment; filename="orders.csv"'
    return response


def _in_background(file: OrderFile, **wishes: Any) -> Response:
    upload = services.receive_upload(file, **wishes, request_id=log_context.request_id())
    if current_app.extensions["changdan-settings"].jobs == "workers":
        enqueue(STORE_UPLOAD.name, upload.id)
    else:

        @after_this_request
        def start(response: Response) -> Response:
            if response.status_code == 202:  # else it was not committed
                STORE_UPLOAD.start(current_app._get_current_object(), upload.id)  # type: ignore[attr-defined]
            return response

    location = url_for("order-uploads.read_upload", upload_id=upload.id)
    return make_response(UploadInBackgroundSchema().dump(upload), 202, {"Location": location})


def _format(named: str | None) -> UploadFormat:
    """The format that the Content-Type declares; one named beside it must agree."""
    declared = MEDIA_TYPES.get(request.mimetype)
    if declared is None:
        raise UnsupportedMediaType("send orders as " + " or ".join(MEDIA_TYPES))
    if named is not None and named != declared:
        raise UnsupportedMediaType(f"format={named} does not agree with Content-Type {request.mimetype}")
    return declared
