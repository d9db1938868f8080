"""The smallest changes of every order that was not matched in full (docs/model.md 7.6)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from solver.explaining.changes.candidates import Candidate, prices, specifications, volumes
from solver.explaining.changes.guesses import Guesses
from solver.explaining.changes.trial import Trials
from solver.form.changes import KINDS, Change, Changes, Kind, KindFigures, OrderChanges
from solver.form.honoured import refuse_unhonoured
from solver.form.market import content_hash
from solver.pairs.amounts import volume
from solver.pairs.counted import counted
from solver.pairs.market_limits import MarketLimits

if TYPE_CHECKING:
    from collections.abc import Collection

    from solver.form.clearing import Clearing
    from solver.form.market import Market, Order

SMALL_ORDERS = 60  # in a market of so many every change is tried, nearest first
SAMPLE = 10  # orders of a larger one whose guesses are tried
FURTHER = 3  # changes beyond a guess that does not hold

Progress = Callable[[dict[str, Any]], None]


def smallest_changes(
    market: Market,
    clearing: Clearing,
    *,
    orders: Collection[str] | None = None,
    sample: int = SAMPLE,
    progress: Progress | None = None,
) -> Changes:
    """Of every order that was not matched in full, or of the ones named: what would have given it (more) volume.

    In a small market, and for orders that are named, every change is tried by solving again; in a large one the changes
    are expected by the multipliers, and tried for a ``sample`` of orders that depends on market and clearing alone.
    Raises: MarketError naming every term that this version does not clear.
    """
    refuse_unhonoured(market)
    plain = counted(market)
    status = {outcome.order: outcome.status for outcome in clearing.orders}
    asked = [o for o in plain.orders if status[o.id] != "matched" and volume(o) and (orders is None or o.id in orders)]
    finder = _Finder(plain, clearing)
    small = len(plain.orders) <= SMALL_ORDERS
    tried = {o.id for o in asked} if small or orders is not None else _sample(asked, sample, content_hash(clearing))
    found = []
    for order in asked:
        find = finder.guessed if not small and order.id not in tried else finder.nearest if small else finder.checked
        changes = {kind: find(kind, order) for kind in KINDS}
        found.append(
            OrderChanges(
                order=order.id,
                status=status[order.id],  # type: ignore[arg-type]
                tried=order.id in tried,
                **changes,
            )
        )
        if progress is not None:
            progress({"order": len(found), "of": len(asked)})
    return Changes(
        format="changdan-changes/1",
        market_hash=content_hash(market),
        clearing_hash=content_hash(clearing),
        orders=tuple(found),
        kinds=tuple(_figures(kind, found, finder) for kind in KINDS),
    )


class _Finder:
    """Looks for the smallest change of one kind of one order."""

    def __init__(self, market: Market, clearing: Clearing) -> None:
        self._market, self._limits = market, MarketLimits(market)
        self._trials = Trials(market, clearing)
        self._clearing = clearing
        self._guesses: Guesses | None = None
        self.held: dict[Kind, list[bool]] = {kind: [] for kind in KINDS}

    def nearest(self, kind: Kind, order: Order) -> Change | None:
        """Everything tried, nearest first."""
        return self._first(self._all(kind, order))

    def guessed(self, kind: Kind, order: Order) -> Change | None:
        """The first that should do by the multipliers; a specification is never guessed."""
        return next((change for change, _ in self._expected(kind, order)), None)

    def checked(self, kind: Kind, order: Order) -> Change | None:
        """The first that should do, tried; where it does not, some of the following."""
        if kind == "specification":
            refused = self._trials.base.screened.refused.get(order.id, {})
            return self._first(self._all(kind, order)) if refused.get("specification") else None
        for number, (change, changed) in enumerate(self._expected(kind, order)):
            proof = self._trials.of(changed)
            if number == 0:
                self.held[kind].append(proof is not None)
            if proof is not None:
                return replace(change, proof=proof)
            if number == FURTHER:
                break
        return None

    def _all(self, kind: Kind, order: Order) -> Iterator[Candidate]:
        if kind == "price":
            return prices(self._limits, order)
        return volumes(self._market, order) if kind == "volume" else specifications(self._market, order)

    def _expected(self, kind: Kind, order: Order) -> Iterator[Candidate]:
        if kind == "specification":
            return iter(())
        if self._guesses is None:
            self._guesses = Guesses(self._limits, self._clearing)
        return self._guesses.price(order) if kind == "price" else self._guesses.volume(order)

    def _first(self, candidates: Iterable[Candidate]) -> Change | None:
        for change, changed in candidates:
            proof = self._trials.of(changed)
            if proof is not None:
                return replace(change, proof=proof)
        return None


def _sample(orders: list[Order], most: int, salt: str) -> set[str]:
    """So many orders, the same for the same market and clearing."""
    drawn = sorted(orders, key=lambda order: hashlib.sha256(f"{salt}|{order.id}".encode()).digest())
    return {order.id for order in drawn[:most]}


def _figures(kind: Kind, found: list[OrderChanges], finder: _Finder) -> KindFigures:
    held = finder.held[kind]
    return KindFigures(
        kind=kind,
        found=sum(getattr(each, kind) is not None for each in found),
        guesses_tried=len(held),
        guesses_held=sum(held),
    )
