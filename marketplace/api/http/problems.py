"""Problem details (RFC 9457): every error leaves as ``application/problem+json`` with a pointer per bad field."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, current_app, json, request
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from marketplace.accounts.rules.members import SignInRefused
from marketplace.api.http import schema_problems
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
    (SignInRefused, 401),
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
    "sign-in-refused": "邮箱或密码不正确 / E-mail or password is wrong",
    "not-signed-in": "请先登录 / Sign in first",
    "version-required": "需要 If-Match / If-Match is required",
    "bad-request": "请求无法读取 / The request cannot be read",
    "too-large": "请求过大 / The request is too large",
    "method-not-allowed": "不支持该方法 / This method is not served here",
    "media-type": "不支持该内容类型 / This content type is not read here",
    "busy": "系统繁忙, 请重试 / Busy, try again",
    "internal": "服务出错, 未保存任何内容 / An error on our side; nothing was stored",
}

_CODES = {
    400: "bad-request",
    401: "not-signed-in",
    404: "not-found",
    405: "method-not-allowed",
    413: "too-large",
    415: "media-type",
    428: "version-required",
}

_UNIQUE_VIOLATION = "23505"  # PostgreSQL's SQLSTATE


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
    app.register_error_handler(IntegrityError, _integrity_error)
    app.register_error_handler(StaleDataError, _stale_row)
    app.register_error_handler(OperationalError, _database_busy)
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
    refused: dict[str, Any] = getattr(error, "data", {})  # what webargs says when a schema refuses
    if status == 422 and refused.get("messages"):
        return _schema_problem(refused)
    members: dict[str, Any] = {}
    if status == 413:
        members["limit"] = request.max_content_length
    answer = problem(status, _CODES.get(status, f"http-{status}"), error.description or error.name, **members)
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after", "www-authenticate"):
            answer.headers[name] = value
    return answer


def _schema_problem(refused: dict[str, Any]) -> Response:
    found = []
    for location, messages in refused["messages"].items():
        sent = request.get_json(silent=True) if location == "json" else request.args.to_dict()
        found += schema_problems.entries(messages, refused.get("schema"), sent, location)
    return problem(422, "invalid-input", _summary(len(found)), errors=found)


def _integrity_error(error: IntegrityError) -> Response:
    """Two requests stored the same at the same moment; anything else is our own mistake."""
    if getattr(error.orig, "sqlstate", None) == _UNIQUE_VIOLATION or "UNIQUE constraint" in str(error.orig):
        return problem(409, "conflict", "the same was stored by another request at this moment")
    return _unexpected(error)


def _stale_row(_error: StaleDataError) -> Response:
    return problem(412, "stale-version", "another request changed it at this moment; read it again")


def _database_busy(error: OperationalError) -> Response:
    current_app.logger.error("the database did not serve %s %s: %s", request.method, request.path, error.orig)
    answer = problem(503, "busy", "the database did not answer in time; try again")
    answer.headers["Retry-After"] = "1"
    return answer


def _unexpected(error: Exception) -> Response:
    if current_app.config.get("PROPAGATE_EXCEPTIONS"):
        raise error
    current_app.logger.exception("unexpected error on %s %s", request.method, request.path)
    return problem(500, "internal", "the error was recorded")


def _summary(count: int) -> str:
    return f"{count} value{'s were' if count != 1 else ' was'} refused; nothing was stored"


def _entry(fault: Fault) -> dict[str, Any]:
    entry: dict[str, Any] = {"pointer": fault.pointer, "code": fault.code, "detail": fault.message}
    if fault.value is not None:
        entry["value"] = schema_problems.plain(fault.value)
    if fault.limit is not None:
        entry["limit"] = schema_problems.plain(fault.limit)
    return entry
