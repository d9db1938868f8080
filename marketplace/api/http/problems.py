"""Problem details (RFC 9457): every error leaves as ``application/problem+json`` with a pointer per bad field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from flask import Flask, Response, current_app, json, request
from sqlalchemy.exc import IntegrityError, InternalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from marketplace.accounts.rules.members import SignInPaused, SignInRefused, SingleSignOnFailed
from marketplace.api.http import schema_problems
from marketplace.api.http.access import SAFE_METHODS
from marketplace.api.http.chinese import fault_zh, problem_zh
from marketplace.api.http.request_log import route
from marketplace.shared import log_context
from marketplace.shared.database import BUSY
from marketplace.shared.error_places import places_of, reason_of
from marketplace.shared.errors import (
    Conflict,
    DomainError,
    Fault,
    InvalidInput,
    LimitReached,
    NotAllowed,
    NotFound,
    StaleVersion,
    plain,
)

_STATUS: tuple[tuple[type[DomainError], int], ...] = (
    (InvalidInput, 422),
    (SignInRefused, 401),
    (SignInPaused, 429),
    (SingleSignOnFailed, 401),
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
    "limit-reached": "数量已达上限 / As many as there may be",
    "export-not-made": "文件尚未生成 / The file is not made",
    "export-outdated": "文件已不可下载 / The file may not be had any more",
    "transition-not-allowed": "当前状态不允许此操作 / Its status does not allow this",
    "sign-in-refused": "邮箱或密码不正确 / E-mail or password is wrong",
    "not-signed-in": "请先登录 / Sign in first",
    "version-required": "需要 If-Match / If-Match is required",
    "bad-request": "请求无法读取 / The request cannot be read",
    "too-large": "请求过大 / The request is too large",
    "method-not-allowed": "不支持该方法 / This method is not served here",
    "media-type": "不支持该内容类型 / This content type is not read here",
    "busy": "系统繁忙，请重试 / Busy, try again",
    "read-only": "此处只读 / Only reads are served here",
    "internal": "服务出错 / An error on our side",
    "single-sign-on-failed": "单点登录未成功 / Single sign-on failed",
    "sign-in-paused": "登录尝试过多，请稍后再试 / Too many attempts to sign in, try later",
    "too-many-requests": "请求过于频繁 / Too many requests",
    "not-ready": "服务尚未就绪 / Not ready to serve",
}

_CODES = {
    400: "bad-request",
    401: "not-signed-in",
    404: "not-found",
    405: "method-not-allowed",
    413: "too-large",
    415: "media-type",
    428: "version-required",
    429: "too-many-requests",
}

MOST_TOLD = 1000  # values refused in one answer: a reply must not grow with what it refuses

_UNIQUE_VIOLATION, _READ_ONLY = "23505", "25006"  # PostgreSQL's SQLSTATE


def problem(status: int, code: str, detail: str, *, detail_zh: str | None = None, **members: Any) -> Response:
    """One problem document as a response; without ``detail_zh`` it has the Chinese text of its code."""
    body = {
        "type": f"urn:changdan:problem:{code}",
        "title": TITLES.get(code, code),
        "status": status,
        "detail": detail,
        "detail_zh": detail_zh or problem_zh(code),
        **members,
    }
    request_id = log_context.present().get("request_id")
    if status >= 500 and request_id is not None:  # ours to look for; refusals of the same read the same
        body["instance"] = f"urn:changdan:request:{request_id}"
    return Response(json.dumps(body), status, mimetype="application/problem+json")


def register(app: Flask) -> None:
    """Answer every error of the domain, of HTTP and of our own making as a problem document."""
    app.register_error_handler(DomainError, _domain_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(IntegrityError, _integrity_error)
    app.register_error_handler(StaleDataError, _stale_row)
    for busy in BUSY:
        app.register_error_handler(busy, _database_busy)
    app.register_error_handler(InternalError, _on_a_replica)
    app.register_error_handler(Exception, _unexpected)


def _domain_error(error: DomainError) -> Response:
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 400)
    if isinstance(error, InvalidInput):
        return _refusal(map(_entry, error.faults))
    members = {"errors": [_entry(error.fault)]} if isinstance(error, LimitReached) else {}
    answer = problem(status, error.code, str(error), detail_zh=problem_zh(error.code, error), **members)
    if isinstance(error, SignInPaused):
        answer.headers["Retry-After"] = str(error.retry_after_s)
    return answer


def _http_error(error: HTTPException) -> Response:
    if error.response is not None:
        return error.response  # type: ignore[return-value]
    status = error.code or 500
    refused: dict[str, Any] = getattr(error, "data", {})  # what webargs says when a schema refuses
    if status == 422 and refused.get("messages"):
        return _schema_problem(refused)
    code, members = _CODES.get(status, f"http-{status}"), dict[str, Any]()
    detail = error.description or error.name
    if status == 413:
        members["limit"] = request.max_content_length
        detail = f"the body is too long: at most {members['limit']} bytes are read here"
    answer = problem(status, code, detail, detail_zh=problem_zh(code, **members), **members)
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after", "www-authenticate"):
            answer.headers[name] = value
    return answer


def _schema_problem(refused: dict[str, Any]) -> Response:
    return _refusal(_schema_entries(refused))


def _schema_entries(refused: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for location, messages in refused["messages"].items():
        sent = request.get_json(silent=True) if location == "json" else request.args.to_dict()
        yield from schema_problems.entries(messages, refused.get("schema"), sent, location)


def _integrity_error(error: IntegrityError) -> Response:
    """Two requests stored the same at the same moment; anything else is our own mistake."""
    if getattr(error.orig, "sqlstate", None) == _UNIQUE_VIOLATION or "UNIQUE constraint" in str(error.orig):
        return problem(409, "conflict", "the same was stored by another request at this moment")
    return _unexpected(error)


def _stale_row(_error: StaleDataError) -> Response:
    if not request.if_match:
        return problem(409, "conflict", "other requests are changing it at this moment; read it again")
    return problem(412, "stale-version", "another request changed it at this moment; read it again")


def _database_busy(error: Exception) -> Response:
    current_app.logger.error("the database did not serve %s %s: %s", request.method, route(), reason_of(error))
    answer = problem(503, "busy", "the database did not answer in time; try again")
    answer.headers["Retry-After"] = "1"
    return answer


def _on_a_replica(error: InternalError) -> Response:
    """A server beside a read replica is asked for what changes something."""
    if getattr(error.orig, "sqlstate", None) != _READ_ONLY:
        return _unexpected(error)
    return problem(503, "read-only", "this server only reads; send what changes something to the main one")


def _unexpected(error: Exception) -> Response:
    if current_app.config.get("PROPAGATE_EXCEPTIONS"):
        raise error
    current_app.logger.error("unexpected error on %s %s: %s", request.method, route(), places_of(error))
    return problem(500, "internal", "the error was recorded")


def _refusal(found: Iterable[dict[str, Any]]) -> Response:
    """The values that were refused, very many not all of them; what only reads could have stored nothing anyway."""
    errors = list(islice(found, MOST_TOLD + 1))
    count = len(errors)
    detail = f"{count} value{'s were' if count != 1 else ' was'} refused"
    detail_zh = problem_zh("invalid-input", count=count)
    if count > MOST_TOLD and errors[-1]["code"] != "too-many-faults":
        errors[-1] = _entry(Fault("", "and more, not listed", None, MOST_TOLD, "too-many-faults"))
        detail, detail_zh = f"at least {detail}", f"至少{detail_zh}"
    if request.method not in SAFE_METHODS:
        detail, detail_zh = f"{detail}; nothing was stored", f"{detail_zh}，未保存任何内容"
    return problem(422, "invalid-input", detail, detail_zh=detail_zh, errors=errors)


def _entry(fault: Fault) -> dict[str, Any]:
    value, limit = (None if each is None else plain(each) for each in (fault.value, fault.limit))
    entry: dict[str, Any] = {
        "pointer": fault.pointer,
        "code": fault.code,
        "detail": fault.message,
        "detail_zh": fault_zh(fault.code, fault.message, value, limit),
        "value": value,
        "limit": limit,
    }
    return {name: said for name, said in entry.items() if said is not None}
