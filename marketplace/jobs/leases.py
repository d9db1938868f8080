"""The leases that this process holds: renewed while it works, given back when it is told to stop."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask

from marketplace.rounds import services as rounds
from marketplace.rounds.services import Claim
from marketplace.shared import log_context
from marketplace.shared.database import database_now, unit_of_work
from marketplace.shared.error_places import place_of
from marketplace.shared.errors import Superseded

log = logging.getLogger(__name__)

BETWEEN_RENEWALS_SECONDS = 3.0  # four may be lost before another takes the piece (rounds.services.pieces.LEASE)


@dataclass(frozen=True)
class Lease:
    """A piece of a run that this process has, and the token to record it with."""

    claim: Claim
    number: int
    token: int


@contextmanager
def leased(app: Flask, lease: Lease) -> Iterator[None]:
    """Renew a lease as long as this is open; whatever interrupts the work gives the piece back at once."""
    held = _held(app)
    held.add(lease)
    ended = threading.Event()
    about = log_context.present()
    renewing = threading.Thread(
        target=_renew, args=(app, lease, ended, about), name=f"lease-{lease.number}", daemon=True
    )
    renewing.start()
    try:
        yield
    except BaseException:
        ended.set()
        _give_back(app, lease)
        raise
    finally:
        held.discard(lease)
        ended.set()
        renewing.join()


def give_back_leases(app: Flask) -> int:
    """Give back all that this process holds, since it stops; how many there were."""
    leases = list(_held(app))
    for lease in leases:
        _give_back(app, lease)
    return len(leases)


def _held(app: Flask) -> set[Lease]:
    held: set[Lease] = app.extensions.setdefault("changdan-leases", set())
    return held


def _give_back(app: Flask, lease: Lease) -> None:
    try:
        with app.app_context(), unit_of_work():
            rounds.give_back(lease.claim, lease.number, lease.token)
    except Exception as error:  # the database is away: the lease ends by itself
        log.warning("round %s: a lease was not given back: %s", lease.claim.round_id, place_of(error))


def _renew(app: Flask, lease: Lease, ended: threading.Event, about: Mapping[str, Any]) -> None:
    with log_context.about(**about):
        _renew_until(app, lease, ended)


def _renew_until(app: Flask, lease: Lease, ended: threading.Event) -> None:
    while not ended.wait(BETWEEN_RENEWALS_SECONDS):
        try:
            with app.app_context(), unit_of_work():
                if rounds.renew_lease(lease.claim, lease.number, lease.token, now=database_now()):
                    continue
                rounds.must_stand(lease.claim)
        except Superseded:
            return
        except Exception as error:  # whatever kept one renewal back, the next may come through
            log.warning("round %s: a lease was not renewed: %s", lease.claim.round_id, place_of(error))
            continue
        log.warning("round %s: the lease of piece %d is lost", lease.claim.round_id, lease.number)
        return
