"""Spans of requests and statements, as they would leave the process: without anything that a caller sent."""

from __future__ import annotations

import json
from collections.abc import Iterator

import flask_migrate
import pytest
from flask import Flask
from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from marketplace.app import create_app
from marketplace.config import Settings
from marketplace.shared.database import db, unit_of_work
from marketplace.watching import tracing
from tests.conftest import NOW, SECRET_KEY
from tests.databases import database_urls, prepare
from tests.factories.accounts import make_token
from tests.factories.orders import entry_of, make_trader

PRICE = "98761.23"


@pytest.fixture(params=database_urls())
def traced(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Flask, InMemorySpanExporter]]:
    """An application and where its spans arrive."""
    with prepare(request.param, tmp_path_factory) as url:
        app = create_app(Settings(database_url=url, secret_key=SECRET_KEY), clock=lambda: NOW)
        with app.app_context():
            flask_migrate.upgrade()

        def unexpected(thing: str) -> str:
            raise RuntimeError(f"the limit price is {PRICE}")

        app.add_url_rule("/unexpected/<thing>", view_func=unexpected)
        arrived = InMemorySpanExporter()
        tracing.register(app, SimpleSpanProcessor(tracing.discreet(arrived)))
        yield app, arrived
        SQLAlchemyInstrumentor().uninstrument()
        with app.app_context():
            db.engine.dispose()


def test_spans_name_routes_and_statements_and_nothing_that_was_sent(
    traced: tuple[Flask, InMemorySpanExporter],
) -> None:
    app, arrived = traced
    with app.app_context(), unit_of_work():
        member = make_trader()
        token = make_token(member)
        entry = entry_of(member, limit_price={"components": [{"fixed": PRICE}]})
        email = member.email
    client, headers = app.test_client(), {"Authorization": f"Bearer {token}"}
    arrived.clear()
    created = client.post("/api/v1/orders", json=entry, headers=headers)
    assert created.status_code == 201
    assert client.get(f"{created.headers['Location']}?q=query-of-mine", headers=headers).status_code == 422
    client.post("/api/v1/session", json={"email": email, "password": "hunter2-hunter2"})
    assert client.get(f"/unexpected/{PRICE}").status_code == 500
    assert client.get(f"/no-such-route/{PRICE}?q=query-of-mine").status_code == 404
    client.get("/healthz")
    spans = arrived.get_finished_spans()
    requests = [span for span in spans if span.kind.name == "SERVER"]
    assert [span.name for span in requests] == [
        "POST /api/v1/orders",
        "GET /api/v1/orders/<order_id>",
        "POST /api/v1/session",
        "GET /unexpected/<thing>",
        "GET",
    ]
    statements = [span for span in spans if "INSERT INTO" in (span.attributes or {}).get("db.statement", "")]
    assert any("INSERT INTO orders" in span.attributes["db.statement"] for span in statements)
    assert {span.context.trace_id for span in statements} <= {span.context.trace_id for span in requests}
    text = json.dumps([json.loads(span.to_json()) for span in spans])
    for secret in (PRICE, "98761", token, email, "hunter2", "query-of-mine", member.organisation_id, entry["site"]):
        assert secret not in text


def test_without_a_collector_nothing_is_traced(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in tracing.ENDPOINTS:
        monkeypatch.delenv(name, raising=False)
    settings = Settings(database_url="sqlite:///:memory:", testing=True)
    assert "changdan-traces" not in create_app(settings).extensions
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    app = create_app(settings)
    provider = app.extensions["changdan-traces"]
    provider.shutdown()
    SQLAlchemyInstrumentor().uninstrument()
    with app.app_context():
        db.engine.dispose()


def test_a_collector_without_the_packages_costs_a_line_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setitem(__import__("sys").modules, "opentelemetry.instrumentation.flask", None)
    app = create_app(Settings(database_url="sqlite:///:memory:", testing=True))
    assert "changdan-traces" not in app.extensions
    assert "pip install '.[otel]'" in caplog.text
