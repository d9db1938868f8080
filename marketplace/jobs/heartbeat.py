"""A run's sign of life: written every ten seconds by its process, whatever the solver does meanwhile."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from marketplace.rounds import services as rounds
from marketplace.rounds.services import Claim, Superseded
from marketplace.shared.database import unit_of_work

log = logging.getLogger(__name__)

BETWEEN_BEATS_SECONDS = 10.0  # six may be lost before the round counts as abandoned (rounds.services.running.SILENCE)


@contextmanager
def heartbeat(app: Flask, claim: Claim) -> Iterator[None]:
    """Give signs of life for this run until it has ended, or until another has taken the round over."""
    ended = threading.Event()
    thread = threading.Thread(target=_beat, args=(app, claim, ended), name=f"life-{claim.round_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()


def _beat(app: Flask, claim: Claim, ended: threading.Event) -> None:
    with app.app_context():
        while not ended.wait(BETWEEN_BEATS_SECONDS):
            try:
                with unit_of_work():
                    rounds.note_life(claim, now=app.extensions["changdan-clock"]())
            except Superseded:
                return
            except Exception as error:  # whatever kept one beat from being written, the next may come through
                log.warning("round %s: no sign of life was written: %s", claim.round_id, rounds.place_of(error))
