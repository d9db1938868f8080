"""Exports in the background: asked for, looked after, and fetched by who asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Flask, Response, after_this_request, current_app, make_response, request, url_for

from marketplace.api.http import idempotency
from marketplace.api.http.access import access, current_actor, now
from marketplace.api.http.schemas import PageQuery
from marketplace.api.v1.contracts.export_schemas import ExportBody, ExportPageSchema, ExportQuery, ExportSchema
from marketplace.api.v1.contracts.exports import MEDIA_TYPES
from marketplace.api.v1.contracts.proposals import blp
from marketplace.contracts import services
from marketplace.contracts.queries import kept_exports as queries
from marketplace.contracts.rules.exports import FORMS, Months, Wish
from marketplace.jobs.engine import enqueue
from marketplace.jobs.make_export import MAKE_EXPORT
from marketplace.shared import log_context
from marketplace.shared.database import unit_of_work
from marketplace.shared.errors import InvalidInput


@blp.post("/exports")
@blp.arguments(ExportQuery, location="query")
@blp.arguments(ExportBody)
@blp.response(202, ExportSchema)
@blp.alt_response(200, schema=ExportSchema, description="it is made, or was refused (wait=true)")
@access(scope="contracts:write")
def ask_for_export(query: dict[str, Any], body: dict[str, Any]) -> Any:
    """在后台导出 / Have a table, or all published contracts, made as a file in the background

    The same bytes as the route that answers at once would give at the moment at which the file is made, of up to
    500,000 rows.  What becomes of it is read at its Location, and in the inbox.
    """
    workers = current_app.extensions["changdan-settings"].jobs == "workers"
    if workers and query["wait"]:
        raise InvalidInput.at("/wait", "is not offered where workers make the files", "true", "false", "not-a-choice")
    what = body["what"]
    form = body["form"] or FORMS[what][0]
    wish = Wish(what, form, body["contract"], Months(body["from_month"], body["to_month"]))
    export = services.ask_for_export(wish, actor=current_actor(), now=now(), request_id=log_context.request_id())
    location = {"Location": url_for("contracts.read_export", export_id=export.id)}
    if workers:
        enqueue(MAKE_EXPORT.name, export.id)
        return make_response(ExportSchema().dump(export), 202, location)

    @after_this_request
    def start(response: Response) -> Response:
        if response.status_code != 202:  # it was not committed
            return response
        if not query["wait"]:
            MAKE_EXPORT.start(current_app._get_current_object(), export.id)  # type: ignore[attr-defined]
            return response
        MAKE_EXPORT.run(export.id)
        with unit_of_work(writes=False):
            found = queries.own_export(export.id, current_actor())
            ended = make_response(ExportSchema().dump(found), 200, location)
        idempotency.keep_instead(ended)  # of the 202, which a repeat gets only until then
        return ended

    return make_response(ExportSchema().dump(export), 202, location)


@blp.get("/exports")
@blp.arguments(PageQuery, location="query")
@blp.response(200, ExportPageSchema)
@access(scope="contracts:read")
def list_exports(query: dict[str, Any]) -> Any:
    """本人的后台导出 / The exports that one asked for oneself, latest first"""
    return queries.own_exports(current_actor(), **query)


@blp.get("/exports/<export_id>")
@blp.response(200, ExportSchema)
@access(scope="contracts:read")
def read_export(export_id: str) -> Any:
    """一次后台导出 / One of them, and how far it is"""
    return queries.own_export(export_id, current_actor())


@blp.get("/exports/<export_id>/file")
@blp.response(200, content_type="application/octet-stream", description="the file; its SHA-256 is its ETag")
@access(scope="contracts:read")
def download_export(export_id: str) -> Any:
    """下载导出的文件 / The file, as long as its reader may still read all of it; ranges and If-None-Match are served"""
    made = queries.made_export(export_id, current_actor())
    assert made.sha256 is not None
    assert made.size_bytes is not None
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    response = Response(_body(app, made.id, made.size_bytes), content_type=MEDIA_TYPES[made.form])
    response.content_length = made.size_bytes
    response.headers["Content-Disposition"] = f'attachment; filename="{made.name}"'
    response.set_etag(made.sha256)
    return response.make_conditional(request, accept_ranges=True, complete_length=made.size_bytes)


def _body(app: Flask, export_id: str, size_bytes: int) -> Iterator[bytes]:
    """Piece after piece, so that memory does not grow with the file, and who reads slowly holds no connection.

    Raises: EOFError when it is forgotten meanwhile; the connection ends before its length is reached.
    """
    left, number = size_bytes, 0
    while left > 0:
        number += 1
        with app.app_context(), unit_of_work(writes=False):
            piece = queries.export_piece(export_id, number)
        if piece is None:
            raise EOFError(f"piece {number} of {export_id} is gone")
        left -= len(piece)
        yield piece
