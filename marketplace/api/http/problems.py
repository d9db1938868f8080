"""Problem details (RFC 9457): every error leaves as ``application/problem+json`` with a pointer per bad field."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from flask import Flask, Response, json, request
from werkzeug.exceptions import HTTPException

from marketplace.shared.errors import (
    Conflict,
    DomainError,
    Fault,
    InvalidInput,
    NotAllowed,
    NotFound,
    StaleVersion,
)

_STATUS: tuple[tuple[type[DomainError], int], ...] = (
    (InvalidInput, 422),
    (NotFound, 404),
    (NotAllowed, 403),
    (StaleVersion, 412),
    (Conflict, 409),
)

TITLES = {
    "invalid-input": "输入有误 / The input was refused",
    "not-found": "没有此项 / No such thing",
    "not-allowed": "无权操作 / Not allowed",
    "stale-version": "内容已被他人修改 / It was changed in between",
    "conflict": "状态冲突 / Conflict",
    "transition-not-allowed": "当前状态不允许此操作 / Its status does not allow this",
    "not-signed-in": "请先登录 / Sign in first",
    "version-required": "需要 If-Match / If-Match is required",
    "bad-request": "请求无法读取 / The request cannot be read",
    "too-large": "请求过大 / The request is too large",
    "internal": "服务出错, 未保存任何内容 / An error on our side; nothing was stored",
}

_CODES = {400: "bad-request", 401: "not-signed-in", 404: "not-found", 413: "too-large", 428: "version-required"}


def problem(status: int, code: str, detail: str, **members: Any) -> Response:
    """One problem document as a response."""
    body = {
        "type": f"urn:changdan:problem:{code}",
        "title": TITLES.get(code, code),
        "status": status,
        "detail": detail,
        **members,
    }
    return Response(json.dumps(body), status, mimetype="application/problem+json")


def register(app: Flask) -> None:
    """Answer every error of the domain, of HTTP and of our own making as a problem document."""
    app.register_error_handler(DomainError, _domain_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def _domain_error(error: DomainError) -> Response:
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 400)
    if isinstance(error, InvalidInput):
        return problem(status, error.code, _summary(len(error.faults)), errors=[_entry(f) for f in error.faults])
    return problem(status, error.code, str(error))


def _http_error(error: HTTPException) -> Response:
    if error.response is not None:
        return error.response  # type: ignore[return-value]
    status = error.code or 500
    messages = getattr(error, "data", {}).get("messages")
    if status == 422 and messages:
        entries = [entry for location, tree in messages.items() for entry in _schema_entries(location, tree)]
        return problem(status, "invalid-input", _summary(len(entries)), errors=entries)
    if messages:  # webargs: the body is no JSON
        status, detail = 400, "the body is not valid JSON in UTF-8"
        return problem(status, "bad-request", detail)
    members: dict[str, Any] = {}
    if status == 413:
        members["limit"] = request.max_content_length
    answer = problem(status, _CODES.get(status, f"http-{status}"), error.description or error.name, **members)
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after", "www-authenticate"):
            answer.headers[name] = value
    return answer


def _unexpected(error: Exception) -> Response:
    from flask import current_app

    if current_app.config.get("PROPAGATE_EXCEPTIONS"):
        raise error
    current_app.logger.exception("unexpected error on %s %s", request.method, request.path)
    return problem(500, "internal", "the error was recorded")


def _summary(count: int) -> str:
    return f"{count} value{'s were' if count != 1 else ' was'} refused; nothing was stored"


def _entry(fault: Fault) -> dict[str, Any]:
    entry: dict[str, Any] = {"pointer": fault.pointer, "code": fault.code, "detail": fault.message}
    if fault.value is not None:
        entry["value"] = _plain(fault.value)
    if fault.limit is not None:
        entry["limit"] = _plain(fault.limit)
    return entry


def _schema_entries(location: str, tree: Any) -> Iterator[dict[str, Any]]:
    """Flatten a schema's nested messages into one entry per bad value, with the value that was sent."""
    sent = request.get_json(silent=True) if location == "json" else request.args.to_dict()
    for path, message in _leaves(tree, ()):
        entry = {"pointer": "".join("/" + _escape(step) for step in path), "code": "invalid", "detail": message}
        if location == "query":
            entry["parameter"] = path[0] if path else ""
        value = _lookup(sent, path)
        if value is not None:
            entry["value"] = _plain(value)
        yield entry


def _leaves(tree: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(tree, dict):
        for key, below in tree.items():
            step = () if key in ("_schema", "value") and isinstance(below, list) else (str(key),)
            yield from _leaves(below, path + step)
    elif isinstance(tree, list):
        for message in tree:
            yield from _leaves(message, path)
    else:
        yield path, str(tree)


def _lookup(sent: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        try:
            sent = sent[int(step)] if isinstance(sent, list) else sent[step]
        except (KeyError, IndexError, ValueError, TypeError):
            return None
    return sent


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}" if value.is_finite() else str(value)
    if isinstance(value, str):
        return value[:200]
    if isinstance(value, bool | int | None):
        return value
    return str(value)[:200]


def _escape(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")
