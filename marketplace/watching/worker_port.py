"""The figures of a worker, which answers no requests, on a port of their own."""

from __future__ import annotations

import hmac
import threading
from collections.abc import Callable, Iterable
from typing import Any

import waitress
from prometheus_client import make_wsgi_app

from marketplace.jobs.doing import figures
from marketplace.shared.metrics import readable

LOOPBACK = ("127.0.0.1", "::1", "localhost")

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def needs_token(host: str) -> bool:
    """Whether others than this machine could read what is served there.

    >>> needs_token("127.0.0.1"), needs_token("0.0.0.0")
    (False, True)
    """
    return host not in LOOPBACK


def wsgi_app(token: str) -> Wsgi:
    """Answers every path with the figures; to who sends the token, if there is one."""
    answer: Wsgi = make_wsgi_app(readable(figures().registry))
    expected = f"Bearer {token}".encode()

    def checked(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        sent = str(environ.get("HTTP_AUTHORIZATION", "")).encode("latin-1", "replace")
        if token and not hmac.compare_digest(sent, expected):
            start_response("401 Unauthorized", [("WWW-Authenticate", "Bearer"), ("Content-Type", "text/plain")])
            return [b"this is read with a token of its own\n"]
        return answer(environ, start_response)

    return checked


def serve_figures(host: str, port: int, token: str) -> int:
    """Serve them in a thread until the process ends; the port, for who asked for any (0).

    Raises: OSError when the port is taken.
    """
    server = waitress.create_server(wsgi_app(token), host=host, port=port, threads=1, ident=None)
    threading.Thread(target=server.run, name="figures", daemon=True).start()
    return int(server.effective_port)
