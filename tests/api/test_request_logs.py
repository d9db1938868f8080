"""One line a request, and in no form of the log anything that a caller sent."""

from __future__ import annotations

import io
import json
import logging
import sys
import threading
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.logging import default_handler
from flask.testing import FlaskClient
from sqlalchemy.exc import DBAPIError, OperationalError

from marketplace.app import create_app
from marketplace.config import Settings
from marketplace.shared import log_context, logs
from marketplace.shared.database import db
from tests.conftest import SECRET_KEY
from tests.factories.accounts import PASSWORD, make_member, signed_in
from tests.factories.orders import entry_of, make_trader

PRICE = "98761.23"
SECRETS = (PRICE, "98761", "hunter2-hunter2", "cookie-of-mine", "query-of-mine", "token-of-mine-token-of-mine")


class Log:
    """What was written, in one form."""

    def __init__(self, form: str) -> None:
        self.stream = io.StringIO()
        self.handler = logs.handler_to(self.stream, form)

    @property
    def text(self) -> str:
        """All of it."""
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Each line's object."""
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture(params=logs.FORMS)
def log(request: pytest.FixtureRequest) -> Iterator[Log]:
    yield from listening(request.param)


@pytest.fixture
def json_log() -> Iterator[Log]:
    yield from listening(logs.JSON)


def listening(form: str) -> Iterator[Log]:
    """A log of everything, the libraries' included."""
    root, log = logging.getLogger(), Log(form)
    level = root.level
    root.addHandler(log.handler)
    root.setLevel(logging.DEBUG)
    yield log
    root.removeHandler(log.handler)
    root.setLevel(level)


def test_a_line_says_what_was_asked_and_by_whom(client: FlaskClient, json_log: Log) -> None:
    member = make_trader()
    headers = {**signed_in(client, member), "X-Request-ID": "my-request-0001"}
    order_id = client.post("/api/v1/orders", json=entry_of(member), headers=headers).json["id"]
    reply = client.get(f"/api/v1/orders/{order_id}?x=query-of-mine", headers=headers)
    assert reply.headers["X-Request-ID"] == "my-request-0001"
    (line,) = [line for line in json_log.lines if line["logger"] == "changdan.access"][-1:]
    moment = datetime.fromisoformat(line.pop("time"))
    assert moment.utcoffset() is not None
    assert moment.utcoffset().total_seconds() == 0
    assert line.pop("duration_ms") >= 0
    assert line.pop("message").startswith("GET /api/v1/orders/<order_id> 422 ")
    assert line == {
        "level": "INFO",
        "logger": "changdan.access",
        "request_id": "my-request-0001",
        "organisation_id": member.organisation_id,
        "method": "GET",
        "route": "/api/v1/orders/<order_id>",
        "status": 422,
    }
    assert dict(log_context.present()) == {}


@pytest.mark.parametrize("sent", ["short", "x" * 65, "with space", "line\\nbreak", "98761.23;drop", ""])
def test_an_id_that_is_none_is_not_believed(client: FlaskClient, json_log: Log, sent: str) -> None:
    told = {client.get("/healthz", headers={"X-Request-ID": sent}).headers["X-Request-ID"] for _ in range(2)}
    assert len(told) == 2
    assert sent not in told
    assert {line["request_id"] for line in json_log.lines if line["logger"] == "changdan.access"} == told


def test_refusals_and_strangers_have_their_line(client: FlaskClient, json_log: Log) -> None:
    assert client.get("/98761.23?query-of-mine=1").status_code == 404
    assert client.open("/healthz", method="BREW").status_code == 405
    assert client.get("/api/v1/orders").status_code == 401
    found = [line for line in json_log.lines if line["logger"] == "changdan.access"]
    assert [(line["method"], line["route"], line["status"]) for line in found] == [
        ("GET", "(none)", 404),
        ("(other)", "(none)", 405),
        ("GET", "/api/v1/orders", 401),
    ]
    assert all("organisation_id" not in line for line in found)


def test_nothing_that_was_sent_is_logged(client: FlaskClient, log: Log) -> None:
    member = make_trader()
    terms = {"limit_price": {"components": [{"fixed": PRICE}]}}
    headers = signed_in(client, member)
    assert client.post("/api/v1/orders", json=entry_of(member, **terms), headers=headers).status_code == 201
    bad = {**entry_of(member, **terms), "no_such_field": PRICE}
    assert client.post(f"/api/v1/orders?a={PRICE}", json=bad, headers=headers).status_code == 422
    client.post("/api/v1/session", json={"email": "a@example.com", "password": "hunter2-hunter2"})
    client.post("/api/v1/session", json={"email": make_member().email, "password": PASSWORD})
    stranger = {"Authorization": "Bearer token-of-mine-token-of-mine", "Cookie": "session=cookie-of-mine"}
    client.get("/api/v1/orders?q=query-of-mine", headers=stranger)
    assert log.text.count("changdan.access") == 5
    for secret in (*SECRETS, PASSWORD, headers["Authorization"].split()[1]):
        assert secret not in log.text


def raising_app() -> Flask:
    """An application whose handlers fail in every way that could take a figure along."""
    app = create_app(Settings(database_url="sqlite:///:memory:", secret_key=SECRET_KEY, limits_store="none"))

    def unexpected(thing: str) -> str:
        try:
            float(f"limit_price {PRICE}")
        except ValueError as error:
            raise RuntimeError(f"the limit price is {PRICE}") from error
        return ""

    def busy(thing: str) -> str:
        words = f"INSERT INTO orders VALUES ({PRICE})"
        raise OperationalError(words, {"limit": PRICE}, RuntimeError(f"row {PRICE} is locked"))

    def careless(thing: str) -> str:
        error = ValueError(f"limit {PRICE}")
        app.logger.warning("a mistake: %s", error)
        app.logger.warning("a mistake", exc_info=error, extra={"body": {"limit_price": PRICE}})
        app.logger.error(error)
        for words in (
            f"price={PRICE}",
            f"'limit_price': {{'fixed': '{PRICE}'}}",
            "Authorization: Bearer token-of-mine-token-of-mine",
            "Cookie: a=b; session=cookie-of-mine",
            "password=hunter2-hunter2",
            "GET /x?y=query-of-mine",
        ):
            app.logger.info("%s", words)
        return "said"

    for view in (unexpected, busy, careless):
        app.add_url_rule(f"/{view.__name__}/<thing>", view_func=view)
    return app


@pytest.mark.parametrize(("path", "status"), [("unexpected", 500), ("busy", 503), ("careless", 200)])
def test_what_a_handler_raises_is_told_by_kind_and_place(path: str, status: int, log: Log) -> None:
    reply = raising_app().test_client().get(f"/{path}/{PRICE}?q=query-of-mine")
    assert reply.status_code == status
    assert path in log.text
    for secret in SECRETS:
        assert secret not in log.text
        assert secret not in reply.text
    if status == 500:
        assert "RuntimeError at " in log.text
        assert "because of ValueError at test_request_logs.py:" in log.text
        assert reply.json["instance"] == f"urn:changdan:request:{reply.headers['X-Request-ID']}"
    if status == 503:
        assert "RuntimeError" in log.text
    if path == "careless":
        assert "ValueError" in log.text


def test_a_server_writes_one_object_a_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """As ``changdan serve``, gunicorn and ``changdan worker`` set it up."""
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", root.level)
    for owner in (sys, threading):
        monkeypatch.setattr(owner, "excepthook", owner.excepthook)
    app = raising_app()
    app.logger.addHandler(default_handler)  # as Flask does if somebody asks for its logger before
    logs.configure("json")
    app.test_client().get(f"/unexpected/{PRICE}")
    thread = threading.Thread(target=lambda: float(f"price {PRICE}"))
    thread.start()
    thread.join()
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["logger"] for line in lines] == ["marketplace", "changdan.access", "marketplace"]
    assert lines[2]["message"].startswith("uncaught: ValueError at threading.py:")
    assert lines[0]["request_id"] == lines[1]["request_id"]
    assert PRICE not in json.dumps(lines)


def test_errors_of_the_database_do_not_hold_what_was_to_be_stored(session: None) -> None:
    """Wherever their words may go."""
    with pytest.raises(DBAPIError) as caught:
        db.session.execute(sa.text("INSERT INTO nowhere VALUES (:limit)"), {"limit": PRICE})
    assert PRICE not in str(caught.value)
