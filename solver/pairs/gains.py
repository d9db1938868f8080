"""Gains of pairs, exact to a millionth of a yuan, for whole blocks of pairs at once (docs/model.md 1.1).

A price is held as whole millionths (64-bit integers) and the rest below one as a float, so that sums are
exact and the rounding of 1.1f is decided in floats only where it is not close; where it is close, in fractions.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal, localcontext
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np

from solver.form.market import Market, Order
from solver.form.series import quotation_of
from solver.form.terms import AcceptedRange, LimitPrice
from solver.pairs.limits import DIGITS, limit_at, moves, quality
from solver.pairs.market_limits import MarketLimits
from solver.pairs.plain_limits import assays_of
from solver.pairs.screened import Floats, Ints

MICRO = 1_000_000
CLOSE = 1e-9  # of a millionth: nearer to a tie than this is decided in fractions


@dataclass(frozen=True, slots=True)
class Micro:
    """Amounts of money as whole millionths of a yuan and a rest in [0, 1) of one."""

    whole: Ints
    rest: Floats


class LimitTable:
    """Limits of a market's orders, each computed once for every payment and assay that it meets.

    A path is given by its number; None is the paths' weighted mean.
    """

    def __init__(self, market: Market) -> None:
        self.market, self.limits = market, MarketLimits(market)
        self.paths = len(self.limits.paths)
        self._periods = len(market.calendar)
        orders = market.orders
        self._payment, self._payments = _classes([order.payment for order in orders])
        if not self.limits.rate:
            self._payment = np.zeros(len(orders), dtype=np.int64)
        assays = [assays_of(order.limit_price) if order.side == "need" else () for order in orders]
        named = sorted({name for each in assays for name in each})
        self._assay, _ = _classes([tuple(order.specification.get(name) for name in named) for order in orders])
        self._assayed = np.array([bool(each) for each in assays], dtype=bool)
        self._rows: dict[tuple[int, int, int, int | None], Micro] = {}
        additions = self.limits.additions
        self.fees, self.costs = _micro(additions.fees), _micro(additions.costs)

    def rows(self, positions: Ints, governing: Ints, offers: Ints, path: int | None = None) -> Micro:
        """Limits of many orders, each against an offer and under the payment terms of the governing order.

        Shapes: (n,) each -> (n, periods).
        """
        if not len(positions):
            return Micro(np.zeros((0, self._periods), dtype=np.int64), np.zeros((0, self._periods)))
        payment = self._payment[governing]
        assay = np.where(self._assayed[positions], self._assay[offers], 0)
        width, height = 1 + int(payment.max()), 1 + int(assay.max())
        _, first, back = np.unique(
            (positions * width + payment) * height + assay, return_index=True, return_inverse=True
        )
        found = [
            self._row(int(positions[i]), int(payment[i]), int(assay[i]), int(offers[i]), path) for i in first.tolist()
        ]
        return Micro(np.stack([row.whole for row in found])[back], np.stack([row.rest for row in found])[back])

    def _row(self, position: int, payment: int, assay: int, offer: int, path: int | None) -> Micro:
        """Limits of one order per period (1.1a to 1.1c, an offer's with 1.1l)."""
        key = (position, payment, assay, path)
        if key not in self._rows:
            order = self.market.orders[position]
            plain = self.limits.plain(order, self.market.orders[offer])
            with localcontext() as context:
                context.prec = DIGITS
                factors = self._factors(order, payment)
                of_paths = [self._on_path(plain, k) for k in (range(self.paths) if path is None else (path,))]
                amounts = (
                    of_paths[0] if len(of_paths) == 1 else [self._mean(row) for row in zip(*of_paths, strict=True)]
                )
                restated = [amount * f for amount, f in zip(amounts, factors, strict=True)]
                self._rows[key] = _micro(self._with_inputs(order, restated, path))
        return self._rows[key]

    def _with_inputs(self, order: Order, limits: list[Decimal], path: int | None) -> list[Decimal]:
        """An ask's rows raised by what its inputs may cost (1.1l), but for their fees."""
        for units, need in self.limits.inputs.get(order.id, ()):
            own = self.limits.plain(need, need)
            rows = [self._on_path(own, k) for k in (range(self.paths) if path is None else (path,))]
            costs = rows[0] if len(rows) == 1 else [self._mean(row) for row in zip(*rows, strict=True)]
            limits = [limit + units * cost for limit, cost in zip(limits, costs, strict=True)]
        return limits

    def _on_path(self, limit: LimitPrice, path: int) -> list[Decimal]:
        quotes = self.limits.paths.quotes(path, quotation_of(limit))
        if not moves(limit):
            return [limit_at(limit, 0, quotes[0])] * self._periods
        return [limit_at(limit, t, quotes[t]) for t in range(self._periods)]

    def _mean(self, amounts: tuple[Decimal, ...]) -> Decimal:
        weights = self.limits.paths.weights
        return sum((weight * amount for weight, amount in zip(weights, amounts, strict=True)), Decimal(0))

    def _factors(self, order: Order, payment: int) -> list[Decimal]:
        contract = self._payments[payment] if self.limits.rate else order.payment
        exact = self.limits.factors(order, contract)
        return [Decimal(factor.numerator) / Decimal(factor.denominator) for factor in exact]


def _classes(keys: list[Any]) -> tuple[Ints, list[Any]]:
    """Equal things get equal numbers; and the things by their number."""
    number: dict[Any, int] = {}
    of = np.array([number.setdefault(key, len(number)) for key in keys], dtype=np.int64)
    return of, list(number)


def pair_gains(
    table: LimitTable, offer: Ints, need: Ints, freight_cents: Ints, worth: Micro, path: int | None = None
) -> Ints:
    """Gain of every pair in every period, in whole millionths of a yuan per unit.

    Maths: 1.1f, rounded half-even; ``worth`` is 1.1d, 1.1h is added here.  Shapes: (P,) each -> (P, periods).
    """
    governing = offer if table.market.policy.payment_terms_of == "offer" else need
    ask, bid = table.rows(offer, governing, offer, path), table.rows(need, governing, offer, path)
    added = pair_additions(table, offer, need)
    whole = bid.whole - ask.whole + (worth.whole + added.whole - freight_cents * (MICRO // 100))[:, None]
    rest = bid.rest - ask.rest + (worth.rest + added.rest)[:, None]
    below = np.floor(rest)
    over = rest - below
    gains: Ints = whole + below.astype(np.int64) + (over > 0.5)
    for p, t in np.argwhere(np.abs(over - 0.5) < CLOSE):
        gains[p, t] = exact_gain(table.limits, int(offer[p]), int(need[p]), int(t), int(freight_cents[p]), path)
    return gains


def exact_gain(
    limits: MarketLimits, offer: int, need: int, period: int, freight_cents: int, path: int | None = None
) -> int:
    """Gain of one pair in one period in whole millionths, by fractions (1.1f)."""
    sell, buy = limits.market.orders[offer], limits.market.orders[need]
    extra = Fraction(freight_cents, 100) - Fraction(quality(sell, buy))
    return round(limits.gain(sell, buy, extra, period, path) * MICRO)


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
    additions = table.limits.additions
    if additions.none:
        return Micro(np.zeros(len(offer), dtype=np.int64), np.zeros(len(offer)))
    fee, cost = table.fees, table.costs
    sold_anew, bought_anew = additions.strangers(offer, need), additions.strangers(need, offer)
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


def micro(gain: float) -> int:
    """A gain of the screen in whole millionths of a yuan, which it is by 1.1f."""
    return round(gain * 1e6)
