"""What becomes of a cleared round's matches when only some of them are agreed: asked of the solver's own verifier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from marketplace.rounds.models import RoundClearing, RoundSnapshot
from marketplace.shared.database import db
from solver.form.reading import read_clearing, read_market

if TYPE_CHECKING:
    from solver.form.clearing import Clearing
    from solver.form.market import Market

_last: dict[tuple[str, str], tuple[Market, Clearing]] = {}  # at most one


def tied_matches(round_id: str) -> list[list[int]]:
    """Numbers of matches, put together where an order's terms tie what becomes of one to what becomes of another."""
    from solver.verify.remaining import bundles

    market, clearing = market_and_clearing(round_id)
    numbers = {match.id: number for number, match in enumerate(clearing.matches)}
    return [[numbers[name] for name in names] for names in bundles(market, clearing)]


def concluded_together(round_id: str, agreed: Mapping[int, Sequence[str]]) -> tuple[set[int], dict[str, list[str]]]:
    """Which agreed matches hold together, and which terms each order missed that lost its own.

    ``agreed``: number of the match -> agreed volume of each month of the calendar.
    Returns: numbers; missed terms by order, by number and name in docs/model.md.
    """
    from solver.verify.remaining import concluded

    market, clearing = market_and_clearing(round_id)
    matches = list(clearing.matches)
    for number, volumes in agreed.items():
        matches[number] = msgspec.structs.replace(matches[number], volumes=tuple(Decimal(each) for each in volumes))
    changed = msgspec.structs.replace(clearing, matches=tuple(matches))
    kept, missed = concluded(market, changed, [matches[number].id for number in agreed])
    numbers = {match.id: number for number, match in enumerate(matches)}
    return {numbers[name] for name in kept}, missed


def market_and_clearing(round_id: str) -> tuple[Market, Clearing]:
    """As they were recorded; neither is ever changed, so that the last ones read are kept."""
    snapshot, clearing = db.session.get_one(RoundSnapshot, round_id), db.session.get_one(RoundClearing, round_id)
    key = (snapshot.hash, clearing.hash)
    found = _last.get(key)
    if found is None:
        found = read_market(snapshot.market), read_clearing(clearing.document)
        _last.clear()
        _last[key] = found
    return found
