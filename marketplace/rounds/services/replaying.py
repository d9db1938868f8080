"""How a round was cleared, and its clearing made again, on the machine that holds the sealed market.

The record holds hashes, the round's public rules and versions, so it may leave.  The market it is checked against
holds limits: it leaves only where every order is a sample (``exporting``), else the replay comes to the market.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from marketplace.rounds import queries
from marketplace.rounds.models import RoundClearing, RoundSnapshot
from marketplace.shared.database import db
from marketplace.shared.errors import NotFound
from solver.form.market import canonical_bytes
from solver.form.reading import read_clearing, read_market


@dataclass(frozen=True)
class Sealed:
    """A round's frozen market and its recorded clearing, to be worked on without a transaction; for nobody's eyes."""

    market: bytes
    clearing: bytes
    clearing_hash: str


def sealed_round(round_id: str) -> Sealed:
    """What a round's record and its replay are made from.

    Raises: NotFound where there is no such round, or it has no recorded clearing.
    """
    queries.round_by_id(round_id)
    snapshot, cleared = db.session.get(RoundSnapshot, round_id), db.session.get(RoundClearing, round_id)
    if snapshot is None or cleared is None:
        raise NotFound("clearing of round", round_id)
    return Sealed(snapshot.market, cleared.document, cleared.hash)


def round_record(sealed: Sealed) -> bytes:
    """The record of a round's clearing (changdan-record/1), indented; on which machine it was made is not kept."""
    from solver.replay import record_of  # its libraries are heavy

    record = record_of(read_market(sealed.market), read_clearing(sealed.clearing), here=False)
    return msgspec.json.format(canonical_bytes(record), indent=1) + b"\n"


def replay_round(sealed: Sealed) -> tuple[bool, tuple[str, ...]]:
    """Clear the frozen market again: whether it was searched, and what differs from what was recorded; no figures."""
    from solver.replay import record_of, replay

    market, clearing = read_market(sealed.market), read_clearing(sealed.clearing)
    came = replay(record_of(market, clearing, here=False), market, recorded=clearing)
    return came.searched, came.differences
