"""Gains of pairs, exact to a millionth of a yuan, for whole blocks of pairs at once (docs/model.md 1.1).

A price is held as whole millionths (64-bit integers) and the rest below one as a float, so that sums are
exact and the rounding of 1.1f is decided in floats only where it is not close; where it is close, in fractions.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal, localcontext
from fractions import Fraction
from itertools import pairwise

import numpy as np

from solver.form.market import Market
from solver.form.terms import AcceptedRange
from solver.pairs.additions import Additions
from solver.pairs.limits import exact_limit, limit_at, path_indices, quality
from solver.pairs.screened import Floats, Ints

MICRO = 1_000_000
CLOSE = 1e-9  # of a millionth: nearer to a tie than this is decided in fractions


@dataclass(frozen=True, slots=True)
class Micro:
    """Amounts of money as whole millionths of a yuan and a rest in [0, 1) of one."""

    whole: Ints
    rest: Floats


def limit_prices(market: Market) -> Floats:
    """Limit of every order per period, tax exclusive, at its own payment days.

    Maths: 1.1a, 1.1b.  Shapes: (orders, periods).  Units: CNY per grade unit.
    """
    table = LimitTable(market)
    rows = [table.row(position, order.payment.days) for position, order in enumerate(market.orders)]
    empty = np.zeros((0, len(market.calendar)))
    return np.array([(row.whole + row.rest) / MICRO for row in rows]) if rows else empty


def contract_days(market: Market, offer: int, need: int) -> int:
    """Payment days of a contract between two orders, by position (1.1c)."""
    side = offer if market.policy.payment_terms_of == "offer" else need
    return market.orders[side].payment.days


class LimitTable:
    """Limits of a market's orders, each computed once for every number of payment days asked for."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self._moves = market.policy.financing_rate_per_year != 0
        self._indices = [path_indices(market, t) for t in range(len(market.calendar))]
        self._rows: dict[tuple[int, int], Micro] = {}
        self.additions = Additions(market)
        self.fees, self.costs = _micro(self.additions.fees), _micro(self.additions.costs)

    def row(self, position: int, days: int) -> Micro:
        """Limits of one order per period at a contract's payment days (1.1a to 1.1c)."""
        key = (position, days if self._moves else 0)
        if key not in self._rows:
            order = self.market.orders[position]
            limit, periods = order.limit_price, len(self._indices)
            fixed = limit.premium_by_period is None and all(part.index is None for part in limit.components)
            exact = [
                limit_at(order, t, days, self._indices[t], self.market.policy) for t in range(1 if fixed else periods)
            ]
            self._rows[key] = _micro(exact * periods if fixed else exact)
        return self._rows[key]

    def rows(self, positions: Ints, days: Ints) -> Micro:
        """Limits of many orders; shapes (n,), (n,) -> (n, periods)."""
        if not len(positions):
            return Micro(np.zeros((0, len(self._indices)), dtype=np.int64), np.zeros((0, len(self._indices))))
        spread = 1 + int(days.max(initial=0))
        keys, back = np.unique(positions * spread + (days if self._moves else 0), return_inverse=True)
        found = [self.row(int(key) // spread, int(key) % spread) for key in keys]
        return Micro(np.stack([row.whole for row in found])[back], np.stack([row.rest for row in found])[back])


def pair_gains(table: LimitTable, offer: Ints, need: Ints, freight_cents: Ints, worth: Micro) -> Ints:
    """Gain of every pair in every period, in whole millionths of a yuan per unit.

    Maths: 1.1f, rounded half-even; ``worth`` is 1.1d, 1.1h is added here.  Shapes: (P,) each -> (P, periods).
    """
    market = table.market
    orders = market.orders
    governing = offer if market.policy.payment_terms_of == "offer" else need
    days = np.array([order.payment.days for order in orders], dtype=np.int64)[governing]
    ask, bid = table.rows(offer, days), table.rows(need, days)
    added = pair_additions(table, offer, need)
    whole = bid.whole - ask.whole + (worth.whole + added.whole - freight_cents * (MICRO // 100))[:, None]
    rest = bid.rest - ask.rest + (worth.rest + added.rest)[:, None]
    below = np.floor(rest)
    over = rest - below
    gains: Ints = whole + below.astype(np.int64) + (over > 0.5)
    for p, t in np.argwhere(np.abs(over - 0.5) < CLOSE):
        gains[p, t] = exact_gain(market, int(offer[p]), int(need[p]), int(t), int(freight_cents[p]), table.additions)
    return gains


def exact_gain(
    market: Market, offer: int, need: int, period: int, freight_cents: int, additions: Additions | None = None
) -> int:
    """Gain of one pair in one period in whole millionths, by fractions (1.1f)."""
    added = Additions(market) if additions is None else additions
    indices = {index: Fraction(value) for index, value in path_indices(market, period).items()}
    sell, buy = market.orders[offer], market.orders[need]
    days = contract_days(market, offer, need)
    gain = exact_limit(buy, period, days, indices, market.policy) - exact_limit(
        sell, period, days, indices, market.policy
    )
    gain += Fraction(added.to_bid(offer, need)) - Fraction(added.to_ask(offer, need))
    return round((gain + Fraction(quality(sell, buy)) - Fraction(freight_cents, 100)) * MICRO)


def pair_quality(market: Market, offer: Ints, need: Ints) -> Micro:
    """What each offer's guaranteed values are worth to the need.  Maths: 1.1d.  Shapes: (P,), (P,) -> (P,)."""
    whole, rest = np.zeros(len(offer), dtype=np.int64), np.zeros(len(offer))
    if not any(_is_priced(accepted) for i in np.unique(need) for accepted in market.orders[i].specification.values()):
        return Micro(whole, rest)
    order = np.argsort(need, kind="stable")
    starts = np.flatnonzero(np.diff(need[order], prepend=-1))
    for start, stop in pairwise([*starts, len(order)]):
        buyer = market.orders[int(need[order[start]])]
        priced = [name for name, accepted in buyer.specification.items() if _is_priced(accepted)]
        if not priced:
            continue
        worths: dict[tuple[object, ...], tuple[int, float]] = {}
        for p in order[start:stop]:
            seller = market.orders[int(offer[p])]
            values = tuple(seller.specification.get(name) for name in priced)
            if values not in worths:
                row = _micro([quality(seller, buyer)])
                worths[values] = int(row.whole[0]), float(row.rest[0])
            whole[p], rest[p] = worths[values]
    return Micro(whole, rest)


def pair_additions(table: LimitTable, offer: Ints, need: Ints) -> Micro:
    """What is added to each pair's gain beside quality: b_p - a_p.  Maths: 1.1h.  Shapes: (P,), (P,) -> (P,)."""
    if table.additions.none:
        return Micro(np.zeros(len(offer), dtype=np.int64), np.zeros(len(offer)))
    fee, cost = table.fees, table.costs
    sold_anew, bought_anew = table.additions.strangers(offer, need), table.additions.strangers(need, offer)
    return Micro(
        fee.whole[need] - fee.whole[offer] - bought_anew * cost.whole[need] - sold_anew * cost.whole[offer],
        fee.rest[need] - fee.rest[offer] - bought_anew * cost.rest[need] - sold_anew * cost.rest[offer],
    )


def _is_priced(accepted: Decimal | AcceptedRange) -> bool:
    return isinstance(accepted, AcceptedRange) and (
        accepted.above_cny_per_unit != 0 or accepted.below_cny_per_unit != 0
    )


def _micro(amounts: list[Decimal]) -> Micro:
    with localcontext() as context:
        context.prec = 60
        scaled = [amount * MICRO for amount in amounts]
        whole = [value.to_integral_value(rounding=ROUND_FLOOR) for value in scaled]
        rest = [float(value - floor) for value, floor in zip(scaled, whole, strict=True)]
    return Micro(np.array([int(value) for value in whole], dtype=np.int64), np.array(rest))
