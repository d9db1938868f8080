"""The stability report of a clearing (docs/model.md 5.8)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING

import numpy as np

from solver.form.honoured import refuse_unhonoured
from solver.form.market import content_hash
from solver.form.stability import Balance, LeftOut, Stability
from solver.pairs.counted import counted
from solver.screening.decompose import components
from solver.screening.screen import screen
from solver.search.component import component_of
from solver.search.exact import ExactVolumes
from solver.stability.blocking import blocking_pairs
from solver.stability.coalitions import blocking_coalitions
from solver.stability.intervals import intervals
from solver.stability.payoffs import payoffs

if TYPE_CHECKING:
    from solver.form.clearing import Clearing, Match
    from solver.form.market import Market
    from solver.pairs.screened import Screened
    from solver.search.component import Component
    from solver.stability.payoffs import Payoff

HALF_CENT = 0.005


def stability(market: Market, clearing: Clearing) -> Stability:
    """Blocking pairs and small coalitions, orders left out, balance and supporting intervals of a verified clearing.

    Raises: MarketError naming every term that this version does not clear.
    """
    refuse_unhonoured(market)
    plain = counted(market)
    screened = screen(plain)
    known = payoffs(plain, clearing.matches)
    parts = [_published(component_of(screened, part), clearing) for part in components(screened)]
    blocking, looked_at, possible = blocking_pairs(parts, known)
    supported, without = intervals(plain, screened, clearing.matches, known)
    return Stability(
        format="changdan-stability/1",
        market_hash=content_hash(market),
        clearing_hash=content_hash(clearing),
        pairs_possible=possible,
        pairs_looked_at=looked_at,
        blocking_pairs=tuple(blocking),
        coalitions=blocking_coalitions(screened, known),
        left_out=tuple(_left_out(screened, clearing, known)),
        balance=_balance(clearing.matches),
        intervals=tuple(supported),
        without_interval=tuple(without),
    )


def _published(part: Component, clearing: Clearing) -> ExactVolumes:
    exact = ExactVolumes(part)
    volumes = {(match.offer, match.need): match.volumes for match in clearing.matches}
    for p in range(len(part)):
        offer, need = exact.both(p)
        for t, traded in enumerate(volumes.get((offer.id, need.id), ())):
            exact.change(p, t, int(traded / exact.quantum(p)))
    return exact


def _left_out(screened: Screened, clearing: Clearing, known: dict[tuple[str, str], Payoff]) -> Iterator[LeftOut]:
    """Unmatched orders that gain with a counterparty which keeps all that one of its contracts leaves it."""
    orders, pairs = screened.market.orders, screened.pairs
    leaves: dict[str, list[dict[int, float]]] = {}
    for (offer, need), payoff in known.items():
        leaves.setdefault(offer, []).append({t: float(each) for t, each in payoff.seller_per_unit.items()})
        leaves.setdefault(need, []).append({t: float(each) for t, each in payoff.buyer_per_unit.items()})
    position = {order.id: k for k, order in enumerate(orders)}
    for outcome in clearing.orders:
        if outcome.status != "unmatched":
            continue
        place = position[outcome.order]
        rows = np.flatnonzero((pairs.offer == place) | (pairs.need == place)).tolist()
        if any(
            all(pairs.most[p, t] > 0 and pairs.gain[p, t] > left + HALF_CENT for t, left in contract.items())
            for p in rows
            for contract in leaves.get(orders[_other(pairs.offer[p], pairs.need[p], place)].id, ())
        ):
            yield LeftOut(order=outcome.order, reasons=tuple(reason.code for reason in outcome.reasons))


def _other(offer: int, need: int, place: int) -> int:
    return int(need if offer == place else offer)


def _balance(matches: tuple[Match, ...]) -> Balance:
    """Buyers pay the delivered price and the quality that they get; sellers have the reference; freight is paid."""
    paid = received = freight = Decimal(0)
    with localcontext() as context:
        context.prec = 60
        for match in matches:
            assert match.price is not None
            extra = match.freight_cny_per_unit - match.quality_cny_per_unit
            for reference, traded in zip(match.price.reference, match.volumes, strict=True):
                if reference is not None:
                    paid += (reference + extra + match.quality_cny_per_unit) * traded
                    received += reference * traded
                    freight += match.freight_cny_per_unit * traded
        return Balance(
            buyers_pay_cny=paid,
            sellers_receive_cny=received,
            freight_cny=freight,
            difference_cny=paid - received - freight,
        )
