"""OpenTelemetry: spans of requests and of statements, for who has installed it (``otel``) and names a collector.

Of a span only what SPAN_FIELDS lists leaves the process.  The instrumentations also note addresses with their query
strings and errors with their messages, and may note more in versions to come: so what may leave is listed, not what
may not.  Statements hold their parameters' names, never the values.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from flask import Flask

from marketplace import __version__
from marketplace.shared.database import db

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
    from opentelemetry.sdk.trace.export import SpanExporter

log = logging.getLogger(__name__)

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")

SPAN_FIELDS = frozenset(
    {
        "http.method",
        "http.request.method",
        "http.route",
        "http.status_code",
        "http.response.status_code",
        "db.system",
        "db.system.name",
        "db.statement",
        "db.query.text",
    }
)


def register(app: Flask, processor: SpanProcessor | None = None) -> None:
    """Trace an application if the environment names a collector; ``processor``: takes spans to another place.

    To be called last.  Where a collector is named and the packages are missing, a line in the log says so.
    """
    if processor is None and not any(os.environ.get(name) for name in ENDPOINTS):
        return
    try:
        from opentelemetry.instrumentation.flask import FlaskInstrumentor
        from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
    except ModuleNotFoundError as error:
        log.warning("a collector of traces is named, but %s is not installed: pip install '.[otel]'", error.name)
        return
    named = {"service.name": os.environ.get("OTEL_SERVICE_NAME", "changdan"), "service.version": __version__}
    provider = TracerProvider(resource=Resource.create(named))
    provider.add_span_processor(processor or _to_collector())
    FlaskInstrumentor().instrument_app(
        app, tracer_provider=provider, excluded_urls="healthz,readyz,metrics", enable_commenter=False
    )
    with app.app_context():
        SQLAlchemyInstrumentor().instrument(
            engine=db.engine,
            tracer_provider=provider,
            enable_commenter=False,
            skip_dep_check=True,  # it names SQLAlchemy below 2.1; tests/api/test_traces.py runs it on ours
        )
    app.extensions["changdan-traces"] = provider


def _to_collector() -> SpanProcessor:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    return BatchSpanProcessor(discreet(OTLPSpanExporter()))


def discreet(exporter: SpanExporter) -> SpanExporter:
    """The exporter behind a filter that takes away all that is not listed."""
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

    class Discreet(SpanExporter):
        """Exports spans as :func:`without_secrets` leaves them."""

        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            """Send spans."""
            return exporter.export([without_secrets(span) for span in spans])

        def shutdown(self) -> None:
            """End."""
            exporter.shutdown()

        def force_flush(self, timeout_millis: int = 30_000) -> bool:
            """Send what waits."""
            return exporter.force_flush(timeout_millis)

    return Discreet()


def without_secrets(span: ReadableSpan) -> ReadableSpan:
    """A span with the listed fields alone; of errors their kind, not their words."""
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace import Status

    kinds = [str((event.attributes or {}).get("exception.type", "")) for event in span.events]
    fields = {name: value for name, value in (span.attributes or {}).items() if name in SPAN_FIELDS}
    if any(kinds):
        fields["error.type"] = next(kind for kind in kinds if kind)
    return ReadableSpan(
        name=_name(span),
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=fields,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _name(span: ReadableSpan) -> str:
    """A request that meets no route is named by its address, which is the caller's."""
    fields = span.attributes or {}
    method = fields.get("http.method") or fields.get("http.request.method")
    if method is None:
        return span.name
    return f"{method} {fields['http.route']}" if "http.route" in fields else str(method)
