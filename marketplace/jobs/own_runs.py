"""The runs of this process, so that whoever stops it can put their rounds back."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from marketplace.rounds import services as rounds
from marketplace.rounds.services import Claim
from marketplace.shared.actor import Actor
from marketplace.shared.database import unit_of_work
from marketplace.shared.error_places import place_of

log = logging.getLogger(__name__)


class OwnRuns:
    """Which claims this process is working on, and for whom; one for each application, in its extensions."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs: dict[tuple[str, int], tuple[Claim, Actor]] = {}

    def take(self, claim: Claim, actor: Actor) -> None:
        """From here on this process answers for the claim; its transaction must be committed."""
        with self._lock:
            self._runs[claim.round_id, claim.attempt] = claim, actor

    def drop(self, claim: Claim) -> None:
        """The run has ended, one way or another."""
        with self._lock:
            self._runs.pop((claim.round_id, claim.attempt), None)

    @contextmanager
    def held(self, claim: Claim, actor: Actor) -> Iterator[None]:
        """Take the claim for as long as the run lasts."""
        self.take(claim, actor)
        try:
            yield
        finally:
            self.drop(claim)

    def all(self) -> list[tuple[Claim, Actor]]:
        """Every run that has not ended."""
        with self._lock:
            return list(self._runs.values())


def own_runs(app: Flask) -> OwnRuns:
    """The application's."""
    runs: OwnRuns = app.extensions["changdan-runs"]
    return runs


def put_back_own_runs(app: Flask) -> int:
    """Put every round back that this process is running, since the process stops; how many runs there were.

    What their solvers still find is dropped, as of any run that has lost its round.
    """
    runs = own_runs(app)
    unended = runs.all()
    with app.app_context():
        for claim, actor in unended:
            runs.drop(claim)
            try:
                with unit_of_work():
                    now = app.extensions["changdan-clock"]()
                    rounds.fail_run(claim, "the run was interrupted: the service was stopped", actor=actor, now=now)
            except Exception as error:  # recorded just now, or another's, or nothing can be written: the others' turn
                log.warning("round %s could not be put back: %s", claim.round_id, place_of(error))
    return len(unended)
