"""What OpenAPI says of every route alike: problems and the statuses they come with, who may call, headers."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask_smorest import Api
from marshmallow import fields

from marketplace.api.http.access import Access
from marketplace.api.http.schemas import Schema

_IF_MATCH = "the ETag of the version that was seen; without it a change is refused with 428"
_IDEMPOTENCY_KEY = (
    "1 to 255 characters; a repeat with the same key within 24 hours gets the first reply again; "
    "another request with a key of one's own that was used already is refused with 409"
)
_STRANGERS_KEY = (
    "1 to 255 characters; the same request with the same key within 24 hours gets the first reply again; "
    "of callers who are not signed in, the same key with another body is another request"
)


class BadValueSchema(Schema):
    """One value that was refused."""

    pointer = fields.String(required=True, metadata={"description": "RFC 6901, into the input"})
    code = fields.String(required=True)
    detail = fields.String(required=True)
    detail_zh = fields.String(required=True, metadata={"description": "the same in Chinese, with value and limit"})
    value = fields.Raw(metadata={"description": "what was sent"})
    limit = fields.Raw(metadata={"description": "what is allowed"})
    parameter = fields.String(metadata={"description": "the name in the query string"})


class ProblemSchema(Schema):
    """Problem details (RFC 9457)."""

    type = fields.String(required=True, metadata={"example": "urn:changdan:problem:invalid-input"})
    title = fields.String(required=True, metadata={"example": "输入有误 / The input was refused"})
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    detail_zh = fields.String(required=True, metadata={"example": "有 2 处内容被拒绝，未保存任何内容"})
    instance = fields.String(metadata={"example": "urn:changdan:request:4f1c7d0e9a2b4c6d8e0f1a2b3c4d5e6f"})
    errors = fields.List(fields.Nested(BadValueSchema))
    limit = fields.Integer(metadata={"description": "of a body that is too large: bytes allowed"})


class DescribedApi(Api):
    """flask-smorest's Api whose errors are described as what they are."""

    ERROR_SCHEMA = ProblemSchema

    def _register_responses(self) -> None:
        names = [*((status.name, status.phrase) for status in HTTPStatus), ("DEFAULT_ERROR", "A problem")]
        for name, phrase in names:
            content = {"application/problem+json": {"schema": ProblemSchema}}
            self.spec.components.response(name, {"description": phrase, "content": content}, lazy=True)


def describe_access(doc: dict[str, Any], doc_info: dict[str, Any], *, method: str, **_: Any) -> dict[str, Any]:
    """Add to an operation who may call it, which headers it takes and how it may refuse."""
    rule: Access = doc_info["access"]
    for status in _refusals(rule, method, names_a_thing=doc_info["names_a_thing"]):
        if {status, str(int(status))}.isdisjoint(doc["responses"]):
            doc["responses"][str(int(status))] = status.name
    doc_info["docstring"].setdefault("description", _who(rule))
    if rule.public:
        doc["security"] = []
    elif rule.session_only:
        doc["security"] = [{"session": [], "csrf": []}]
    if method in ("patch", "put", "delete"):
        _add_header(doc, "If-Match", _IF_MATCH)
    if method == "post" and not (rule.secret_reply or rule.reading):
        _add_header(doc, "Idempotency-Key", _STRANGERS_KEY if rule.public else _IDEMPOTENCY_KEY)
    return doc


def _refusals(rule: Access, method: str, *, names_a_thing: bool) -> list[HTTPStatus]:
    """The statuses of the problems that a caller may be answered with, whatever the route does."""
    found = [HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE]
    if not rule.public:
        found += [HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN]
    if names_a_thing or (method != "get" and not rule.public):  # a body may name one too
        found.append(HTTPStatus.NOT_FOUND)
    if method != "get":
        found += [HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE]
        found += [] if rule.reading else [HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED]
    if method in ("patch", "put", "delete"):
        found.append(HTTPStatus.PRECONDITION_REQUIRED)
    return sorted(found)


def _who(rule: Access) -> str:
    if rule.public:
        return "公开 / Open to everybody"
    roles = "所有成员 / every member" if rule.roles is None else ", ".join(sorted(rule.roles))
    if rule.session_only:
        return f"角色 / Roles: {roles}；仅限会话 / in a session only, not by token"
    return f"角色 / Roles: {roles}" + (f"；令牌范围 / scope: {rule.scope}" if rule.scope else "")


def _add_header(doc: dict[str, Any], name: str, description: str) -> None:
    header = {"in": "header", "name": name, "schema": {"type": "string"}, "description": description}
    doc.setdefault("parameters", []).append(header)
