"""Errors that a caller did not make: what is said, and what is not."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import marshmallow as ma
import pytest
from flask import Flask
from marshmallow import fields
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError

from marketplace.api.http import schema_problems
from marketplace.api.http.blueprint import ApiBlueprint
from marketplace.api.http.problems import register
from marketplace.shared.errors import Fault, InvalidInput


class NotNullViolation(Exception):
    """As psycopg's."""

    sqlstate = "23502"


class UniqueViolation(Exception):
    """As psycopg's."""

    sqlstate = "23505"


def reply_to(error: Exception, **headers: str) -> Any:
    """What the service answers when a view raises this."""
    app = Flask(__name__)
    register(app)

    def raising() -> str:
        raise error

    app.add_url_rule("/", view_func=raising)
    return app.test_client().get("/", headers=headers)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (RuntimeError("limit 98000"), 500),
        (IntegrityError("INSERT 98000", {}, sqlite3.IntegrityError("NOT NULL constraint failed: a.98000")), 500),
        (IntegrityError("INSERT 98000", {}, NotNullViolation("98000")), 500),
        (IntegrityError("INSERT 98000", {}, sqlite3.IntegrityError("UNIQUE constraint failed: a.98000")), 409),
        (IntegrityError("INSERT 98000", {}, UniqueViolation("98000")), 409),
        (StaleDataError("98000"), 409),
        (OperationalError("SELECT 98000", {}, sqlite3.OperationalError("database is locked")), 503),
        (PoolTimeout("all 15 connections are in use"), 503),
    ],
)
def test_errors_below_tell_nothing_of_what_was_stored(error: Exception, status: int) -> None:
    """Each has its status and its problem document, without statement or values."""
    reply = reply_to(error)
    assert (reply.status_code, reply.content_type) == (status, "application/problem+json")
    assert reply.json["status"] == status
    assert "98000" not in reply.text
    assert (reply.headers.get("Retry-After") == "1") == (status == 503)


def test_a_lost_race_is_a_stale_version_to_those_alone_who_named_one() -> None:
    """412 answers an If-Match; whoever sent none is told of a conflict."""
    assert reply_to(StaleDataError("98000"), **{"If-Match": '"1"'}).json["type"] == "urn:changdan:problem:stale-version"
    assert reply_to(StaleDataError("98000")).json["type"] == "urn:changdan:problem:conflict"


def test_a_view_without_access_rule_does_not_register() -> None:
    """Forgetting it is noticed at start."""
    blueprint = ApiBlueprint("careless", __name__)
    register_view: Callable[..., Any] = blueprint.get("/open-to-all")
    with pytest.raises(TypeError, match="no @access rule"):
        register_view(lambda: "")


class Inner(ma.Schema):
    """Has a field by a name that marshmallow uses itself."""

    value = fields.Integer(required=True)


class Outer(ma.Schema):
    """One of each container."""

    value = fields.Integer()
    month_volumes = fields.Dict(keys=fields.String(validate=ma.validate.Length(7)), values=fields.Integer())
    bands = fields.Dict(keys=fields.String(), values=fields.Nested(Inner))
    rows = fields.List(fields.Nested(Inner))
    many = fields.Nested(Inner, many=True)
    renamed = fields.Integer(data_key="named/so")
    secret = fields.Integer(load_only=True)


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ({"value": "x"}, {"/value": "x"}),
        ({"month_volumes": {"2027-01": "x", "2027": 1}}, {"/month_volumes/2027-01": "x", "/month_volumes/2027": 1}),
        ({"bands": {"a": {"value": "x"}, "b": {}}}, {"/bands/a/value": "x", "/bands/b/value": None}),
        ({"bands": {"a": 7}}, {"/bands/a": 7}),
        ({"rows": [{"value": 1}, {"value": "x"}, {"more": 2, "value": 3}]}, {"/rows/1/value": "x", "/rows/2/more": 2}),
        ({"rows": 7}, {"/rows": 7}),
        ({"many": [{"value": 1}, {"value": "x"}]}, {"/many/1/value": "x"}),
        ({"named/so": "x"}, {"/named~1so": "x"}),
        ({"secret": "x"}, {"/secret": None}),
        ([], {"": "[]"}),
    ],
)
def test_pointers(sent: Any, found: dict[str, Any]) -> None:
    """Every message has the pointer of the value that it is about, and that value."""
    schema = Outer()
    with pytest.raises(ma.ValidationError) as error:
        schema.load(sent)
    entries = list(schema_problems.entries(error.value.messages, schema, sent, "json"))
    assert {entry["pointer"]: entry.get("value") for entry in entries} == found


def test_an_answer_does_not_grow_with_what_it_refuses() -> None:
    faults = [Fault(f"/{number}", "is not a known field", code="unknown-field") for number in range(5000)]
    document = reply_to(InvalidInput(faults)).get_json()
    assert len(document["errors"]) == 1001
    assert document["errors"][-1] | {"detail_zh": ""} == {
        "pointer": "",
        "code": "too-many-faults",
        "detail": "and more, not listed",
        "detail_zh": "",
        "limit": 1000,
    }
    assert document["detail"].startswith("at least 1001 values were refused")
    assert len(reply_to(InvalidInput(faults[:1000])).get_json()["errors"]) == 1000
