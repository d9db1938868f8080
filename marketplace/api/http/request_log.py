"""Each request's id, its one line in the log, and its place in the figures that operators watch.

A line names the route as it is written in the code, never the address that was sent: what stands in an address, a
header or a body, is the caller's.
"""

from __future__ import annotations

import logging
import re
import time
import uuid

from flask import Flask, Response, request
from flask.logging import default_handler

from marketplace.shared import log_context, logs
from marketplace.shared.metrics import HttpFigures

HEADER = "X-Request-ID"
NO_ROUTE, OTHER_METHOD = "(none)", "(other)"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

access = logging.getLogger("changdan.access")

_FORM = re.compile(r"[A-Za-z0-9-]{8,64}")
_STARTED = "changdan.started"


def register(app: Flask, figures: HttpFigures) -> None:
    """Log and count every request.  To be called first: so it sees the request first, and the reply last."""

    def finish(response: Response) -> Response:
        seconds = time.perf_counter() - request.environ.get(_STARTED, time.perf_counter())
        request_id = log_context.present().get("request_id")
        if request_id is not None:
            response.headers[HEADER] = request_id
        said = {
            "method": method(),
            "route": route(),
            "status": response.status_code,
            "duration_ms": round(seconds * 1000, 1),
        }
        access.info("%s %s %d %.1f ms", *said.values(), extra=said)
        figures.count(said["method"], said["route"], response.status_code, seconds)
        return response

    default_handler.addFilter(logs.GUARD)  # Flask's, where nobody has set up another
    app.before_request(_begin)
    app.after_request(finish)
    app.teardown_request(lambda _error: log_context.end())


def _begin() -> None:
    request.environ[_STARTED] = time.perf_counter()
    log_context.begin(request_id=request_id_of(request.headers.get(HEADER)))


def request_id_of(sent: str | None) -> str:
    """The caller's id of a request if it is one, else a new one.

    >>> request_id_of("abc-12345"), len(request_id_of("a b")), len(request_id_of(None))
    ('abc-12345', 32, 32)
    """
    return sent if sent is not None and _FORM.fullmatch(sent) else uuid.uuid4().hex


def route() -> str:
    """The route of this request as it is written in the code, e.g. ``/api/v1/orders/<order_id>``."""
    return NO_ROUTE if request.url_rule is None else request.url_rule.rule


def method() -> str:
    """Its method, if it is one: anybody may send any word."""
    return request.method if request.method in METHODS else OTHER_METHOD
