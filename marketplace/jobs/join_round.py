"""Taking part in a round's shared run: do pieces of its search, and assemble the clearing if nobody else does.

However many take part, join late or are lost on the way, the clearing is the same, and it is recorded once.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import TypeVar

from flask import Flask, current_app

from marketplace.config import Settings
from marketplace.jobs.heartbeat import heartbeat
from marketplace.jobs.leases import Lease, leased
from marketplace.jobs.patience import patiently
from marketplace.jobs.run_round import Notes
from marketplace.jobs.termination import terminable
from marketplace.rounds import services as rounds
from marketplace.rounds.services import Claim, OpenPiece, RunFailed, Verified
from marketplace.shared import log_context
from marketplace.shared.actor import SYSTEM
from marketplace.shared.clock import Clock
from marketplace.shared.database import database_now, unit_of_work
from marketplace.shared.errors import Superseded

log = logging.getLogger(__name__)

T = TypeVar("T")

BETWEEN_LOOKS_SECONDS = 0.5


def join_round(round_id: str) -> str:
    """Work on a round until its run has ended, whoever ends it.

    The status that it is left in, or ``nothing to do`` when it has no run that this program may join.
    Raises: OperationalError when the database stays away: others go on.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    with unit_of_work(writes=False):
        claim = rounds.shared_claim(round_id)
    if claim is None:
        return "nothing to do"
    log_context.follow(claim.request_id)
    life = heartbeat(app, f"round {round_id}", partial(rounds.note_life, claim))
    with terminable(), life:
        try:
            return _take_part(app, claim)
        except Superseded as error:
            log.info("%s", str(error))
            return "ended by another"


def _take_part(app: Flask, claim: Claim) -> str:
    settings: Settings = app.extensions["changdan-settings"]
    clock: Clock = app.extensions["changdan-clock"]
    store, notes = Pieces(app, claim), Notes(claim, clock, None)
    pool = rounds.LeasedPieces(store, rounds.Seal.of(settings.secret_key, claim), memory_mb=settings.solve_memory_mb)
    what = f"round {claim.round_id}"
    try:
        searched = rounds.search_together(claim.market, pool, seconds=settings.round_seconds, progress=notes)
        store.put(rounds.ASSEMBLY, "assembly")
        while True:
            with store.held(store.assembly()) as token:
                if token is not None:
                    verified = rounds.conclude_together(searched, progress=notes)
                    return patiently(partial(_record, claim, token, verified, clock), what=what)
            time.sleep(BETWEEN_LOOKS_SECONDS)
    except RunFailed as error:
        failure = str(error)  # of the market, not of this process: to all others the same would happen
    log.error("%s: %s", what, failure)
    return patiently(partial(_put_back, claim, failure, clock), what=what)


def _record(claim: Claim, token: int, verified: Verified, clock: Clock) -> str:
    with unit_of_work():
        rounds.must_hold(claim, rounds.ASSEMBLY, token)
        return rounds.record_clearing(claim, verified, actor=SYSTEM, now=clock()).status


def _put_back(claim: Claim, failure: str, clock: Clock) -> str:
    with unit_of_work():
        return rounds.fail_run(claim, failure, actor=SYSTEM, now=clock()).status


class Pieces:
    """The pieces of one run in the database (rounds.services.piecework.PieceStore)."""

    def __init__(self, app: Flask, claim: Claim) -> None:
        self._app, self._claim = app, claim
        self._holder = f"{socket.gethostname()}/{os.getpid()}"

    def put(self, number: int, work: str) -> None:
        """Note that there is this work."""
        self._patiently(lambda now: rounds.put_piece(self._claim, number, work))

    def open(self) -> list[OpenPiece]:
        """The pieces that have no result."""
        return self._patiently(lambda now: rounds.open_pieces(self._claim, now=now), writes=False)

    def assembly(self) -> OpenPiece:
        """The last piece; it has no result until the run has ended."""
        return next(piece for piece in self.open() if piece.number == rounds.ASSEMBLY)

    def record(self, number: int, token: int, result: bytes) -> None:
        """Write a result down; another's stands."""
        if not self._patiently(lambda now: rounds.record_piece(self._claim, number, token, result)):
            log.warning("round %s: piece %d was done by another meanwhile", self._claim.round_id, number)

    def result(self, number: int) -> bytes | None:
        """What was recorded."""

        def read(now: datetime) -> bytes | None:
            found = rounds.piece_result(self._claim, number)
            if found is None:
                rounds.must_stand(self._claim)
            return found

        return self._patiently(read, writes=False)

    @contextmanager
    def held(self, piece: OpenPiece) -> Iterator[int | None]:
        """Lease a piece, and renew the lease as long as this is open; None if somebody was quicker."""
        token = None
        if piece.free:
            lease = partial(rounds.lease_piece, self._claim, piece, holder=self._holder)
            token = self._patiently(lambda now: lease(now=now))
        if token is None:
            yield None
            return
        with leased(self._app, Lease(self._claim, piece.number, token)):
            yield token

    def _patiently(self, use: Callable[[datetime], T], *, writes: bool = True) -> T:
        def once() -> T:
            with unit_of_work(writes=writes):
                return use(database_now())

        return patiently(once, what=f"round {self._claim.round_id}")
