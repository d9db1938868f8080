"""A run's sign of life: written every ten seconds by its process, whatever the solver does meanwhile."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flask import Flask

from marketplace.shared import log_context
from marketplace.shared.database import unit_of_work
from marketplace.shared.error_places import place_of
from marketplace.shared.errors import Superseded

log = logging.getLogger(__name__)

BETWEEN_BEATS_SECONDS = 10.0  # six may be lost before the round counts as abandoned (rounds.rules.lifecycle.SILENCE)


@contextmanager
def heartbeat(app: Flask, name: str, note: Callable[..., None]) -> Iterator[None]:
    """Give signs of life for a run, by ``note(now=...)``, until it has ended or has been taken over."""
    ended = threading.Event()
    about = log_context.present()  # of the job, which this thread's own would not be
    thread = threading.Thread(target=_beat, args=(app, name, note, ended, about), name=f"life-{name}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()


def _beat(app: Flask, name: str, note: Callable[..., None], ended: threading.Event, about: Mapping[str, Any]) -> None:
    with log_context.about(**about), app.app_context():
        while not ended.wait(BETWEEN_BEATS_SECONDS):
            try:
                with unit_of_work():
                    note(now=app.extensions["changdan-clock"]())
            except Superseded:
                return
            except Exception as error:  # whatever kept one beat from being written, the next may come through
                log.warning("%s: no sign of life was written: %s", name, place_of(error))
