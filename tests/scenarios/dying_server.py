"""The application in a server that dies at the worst moments, when a request's ``X-Dies`` says so: for gunicorn.

``before-commit``: all is written, nothing committed.  ``before-reply``: it is committed, and no byte of the reply
sent.  ``in-reply``: half of the reply is sent.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from marketplace.app import create_app
from marketplace.config import Settings
from tests.conftest import NOW

MOMENTS = ("before-commit", "before-reply", "in-reply")

_now = threading.local()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@event.listens_for(Session, "before_commit")
def _before_commit(session: Session) -> None:
    if getattr(_now, "moment", None) == "before-commit" and session.get_nested_transaction() is None:
        session.flush()
        _die()


def _half(reply: list[bytes]) -> Iterator[bytes]:
    whole = b"".join(reply)
    yield whole[: len(whole) // 2]
    _die()


class Dying:
    """A WSGI application that kills its process with some requests."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """One request."""
        _now.moment = moment = environ.get("HTTP_X_DIES")
        reply = self._app(environ, start_response)
        if moment == "before-reply":
            _die()
        return _half(list(reply)) if moment == "in-reply" else reply


app = Dying(create_app(Settings.from_environment(), clock=lambda: NOW))
