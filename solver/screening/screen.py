"""Which pairs may trade at all, and how often each test kept a counterparty away (docs/model.md section 2).

Works grade by grade in blocks of offers, so that ten thousand orders a side fit in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from solver.form.market import Grade, Market, Order
from solver.pairs.accounts import alone
from solver.pairs.alternates import Guises, guises
from solver.pairs.amounts import (
    NO_LIMIT,
    Capped,
    any_share,
    caps,
    clipped_minimum,
    common_steps,
    in_units,
    lot_quanta,
    reach,
    stated_minimum,
    stated_quanta,
    up_of,
    volume,
)
from solver.pairs.approvals import approved_periods, approved_since, trial_fraction
from solver.pairs.freight import freight_cents
from solver.pairs.gains import MICRO, LimitTable, pair_gains, pair_quality
from solver.pairs.losses import barred_periods
from solver.pairs.screened import Floats, Ints, Pairs, Screened
from solver.screening.discounted import BlockDiscounts
from solver.screening.pair_tests import TESTS
from solver.screening.priceable import unpriced_periods
from solver.screening.stocked import hold_to_stock

TEST_NAMES = ("grade", *(name for name, _ in TESTS), "price", "quantity")
PRICE, QUANTITY = TEST_NAMES.index("price"), TEST_NAMES.index("quantity")
BLOCK_PAIRS = 1_000_000

Bools = NDArray[np.bool_]


def screen(market: Market, *, threads: int = 1) -> Screened:
    """All pairs that may trade, with their amounts; for the others, counts of the first test that they fail.

    Blocks are apart from each other, and nearly all of their work is done outside the interpreter's lock.
    """
    seen = guises(market)
    tally = _Tally(market, seen)
    table = LimitTable(seen.market)
    blocks = [block for grade in market.grades for block in _blocks(seen, grade, table)]
    with ThreadPoolExecutor(max(1, threads)) as pool:
        screened = list(pool.map(lambda block: block.screened(tally), blocks))
    pairs = Pairs.joined([Pairs.none(len(market.calendar)), *screened])
    return Screened(market, pairs, tally.refused(), tally.near())


class _Tally:
    """Per order: how many counterparties each test kept away, and the nearest miss of the price test.

    Several threads count at once.
    """

    def __init__(self, market: Market, seen: Guises) -> None:
        self.market = market
        self._lock = Lock()
        self.counts = np.zeros((len(market.orders), len(TEST_NAMES)), dtype=np.int64)
        self.missing = np.full(len(market.orders), np.inf)
        sides = np.array([order.side == "offer" for order in market.orders], dtype=bool)
        grades = np.array([order.grade for order in market.orders], dtype=object)
        for grade in market.grades:
            of_grade = grades == grade.id
            for side in (True, False):
                self.counts[of_grade & (sides == side), 0] = int(((sides != side) & ~of_grade).sum())
        for need, guise in zip(seen.of[len(grades) :].tolist(), seen.market.orders[len(grades) :], strict=True):
            met = sides & (grades == guise.grade)
            self.counts[met, 0] -= 1
            self.counts[need, 0] -= int(met.sum())

    def add(self, test: int, orders: Ints, times: Ints | int = 1) -> None:
        """Count counterparties that a test kept away from orders, given by their positions."""
        with self._lock:
            np.add.at(self.counts[:, test], orders, times)

    def miss(self, orders: Ints, missing: Floats) -> None:
        """Note by how much prices miss, in CNY per unit."""
        with self._lock:
            np.minimum.at(self.missing, orders, missing)

    def refused(self) -> dict[str, dict[str, int]]:
        """Order id -> test -> count, without zeros."""
        return {
            order.id: {TEST_NAMES[k]: int(row[k]) for k in np.flatnonzero(row)}
            for order, row in zip(self.market.orders, self.counts, strict=True)
        }

    def near(self) -> dict[str, float]:
        """Order id -> least CNY per unit that a counterparty's price missed."""
        return {
            order.id: float(missing)
            for order, missing in zip(self.market.orders, self.missing, strict=True)
            if np.isfinite(missing)
        }


def _blocks(seen: Guises, grade: Grade, table: LimitTable) -> Iterator[_Block]:
    orders = seen.market.orders
    positions = [i for i, order in enumerate(orders) if order.grade == grade.id]
    offers = np.array([i for i in positions if orders[i].side == "offer"], dtype=np.int64)
    needs = np.array([i for i in positions if orders[i].side == "need"], dtype=np.int64)
    if not len(offers) or not len(needs):
        return
    rows = max(1, BLOCK_PAIRS // len(needs))
    for start in range(0, len(offers), rows):
        yield _Block(seen, grade, table, offers[start : start + rows], needs)


class _Block:
    """Offers and needs of one grade, all against all; needs of another that accept it among them (3.22)."""

    def __init__(self, seen: Guises, grade: Grade, table: LimitTable, offers: Ints, needs: Ints) -> None:
        self.market, self.grade, self.table = seen.market, grade, table
        self.offers, self.guises = offers, needs  # positions in the market with all guises
        self.needs = seen.of[needs]  # in the market itself
        self.least = seen.least[needs], seen.least_quanta[needs]
        self.ratios = seen.ratio[needs]
        self.sellers = [alone(self.market.orders[i]) for i in offers]
        self.buyers = [alone(self.market.orders[i]) for i in needs]
        cost = self.market.policy.contract_cost if grade.contract_cost is None else grade.contract_cost
        self.contract_cost = cost

    def screened(self, tally: _Tally) -> Pairs:
        """The block's pairs that pass; the tally counts the others."""
        first_failed = np.zeros((len(self.offers), len(self.needs)), dtype=np.int64)
        for number, (_, fails) in enumerate(TESTS, start=1):
            first_failed[(first_failed == 0) & fails(self.market, self.sellers, self.buyers)] = number
        for number in range(1, PRICE):
            refused = first_failed == number
            tally.add(number, self.offers, refused.sum(axis=1))
            tally.add(number, self.needs, refused.sum(axis=0))
        o, n = np.nonzero(first_failed == 0)
        return self._amounts(o, n, tally)

    def _amounts(self, o: Ints, n: Ints, tally: _Tally) -> Pairs:
        quantum = self.grade.quantum
        offers, needs = self.offers[o], self.guises[n]
        cents = freight_cents(self.market, self.sellers, self.buyers)[o, n]
        worth = pair_quality(self.market, offers, needs)
        gain = pair_gains(self.table, offers, needs, cents, worth)
        most, buyer_up, seller_up = self._period_most(o, n)
        barred = barred_periods(self.table, offers, needs, cents, worth)
        if self.market.policy.exceptions == "drop":
            barred |= unpriced_periods(self.table.limits, offers, needs, gain, cents)
        open_ = np.where(barred, 0, 1)
        most = Capped(most.exact * open_, most.quanta * open_)
        trials = self._trials(o, n, most)
        both = most.exact > 0
        total = np.where(gain > 0, gain / MICRO * most.exact, 0.0).sum(axis=1)
        discounts = BlockDiscounts(self.market, self.sellers, self.buyers)
        discounts.raise_totals(total, o, gain, most.exact)
        gainful = self._above_cost(o, n, total, gain, most, discounts)
        self._note_misses(o, n, both, gain, total, most, ~gainful, tally)
        for orders in (self.offers[o[~gainful]], self.needs[n[~gainful]]):
            tally.add(PRICE, orders)

        live = np.where(gain + discounts.opening_micro(o)[:, None] < 0, 0, 1)
        most = Capped(most.exact * live, most.quanta * live)
        least, least_quanta = self._contract_least(o, n)
        steps, has_lot = self._steps(o, n)
        greatest, greatest_steps = self._contract_most(o, n, most, trials, steps)
        fits = (greatest_steps >= 1) & (-(-least_quanta // steps) <= greatest_steps)
        for orders in (self.offers[o[gainful & ~fits]], self.needs[n[gainful & ~fits]]):
            tally.add(QUANTITY, orders)
        kept = np.flatnonzero(gainful & fits)
        return Pairs(
            offer=self.offers[o[kept]],
            need=self.needs[n[kept]],
            gain=gain[kept] / MICRO,
            most=most.exact[kept],
            contract_least=least[kept],
            contract_most=greatest[kept],
            contract_cost=np.full(len(kept), float(self.contract_cost)),
            seller_weight=1 + buyer_up[kept],
            buyer_weight=(1 + seller_up[kept]) / self.ratios[n[kept]],
            buyer_units=1 / self.ratios[n[kept]],
            step=in_units(steps, quantum)[kept],
            has_lot=has_lot[kept],
            freight=cents[kept] / 100,
            quality=(worth.whole[kept] + worth.rest[kept]) / MICRO,
        )

    def _period_most(self, o: Ints, n: Ints) -> tuple[Capped, Floats, Floats]:
        """u_pt before gains and approvals, and both sides' required ``up`` (3.3)."""
        buyers_up = [up_of(need.flexibility.requires) for need in self.buyers]
        sellers_up = [up_of(offer.flexibility.requires) for offer in self.sellers]
        ups_b, ups_s = sorted(set(buyers_up)), sorted(set(sellers_up))
        of_buyer = np.array([ups_b.index(up) for up in buyers_up])[n]
        of_seller = np.array([ups_s.index(up) for up in sellers_up])[o]
        sold = reach(self.sellers, ups_b, self.grade.quantum).at(of_buyer, o)
        bought = reach(self.buyers, ups_s, self.grade.quantum).at(of_seller, n)
        most = Capped(np.minimum(sold.exact, bought.exact), np.minimum(sold.quanta, bought.quanta))
        return most, np.array([float(up) for up in ups_b])[of_buyer], np.array([float(up) for up in ups_s])[of_seller]

    def _trials(self, o: Ints, n: Ints, most: Capped) -> list[tuple[Ints, Bools, Fraction]]:
        """Per order that names approved partners: its pairs, which periods count as trial, and the trial volume.

        Without trial volume the periods before an approval are taken out of ``most`` (3.9).
        """
        found: list[tuple[Ints, Bools, Fraction]] = []
        sides: tuple[tuple[Sequence[Order], Ints, Sequence[Order], Ints], ...] = (
            (self.sellers, o, self.buyers, n),
            (self.buyers, n, self.sellers, o),
        )
        for own, own_index, others, other_index in sides:
            for i, order in enumerate(own):
                fraction = trial_fraction(order)
                if order.approved is None or (fraction is not None and fraction >= 1):
                    continue
                at = np.flatnonzero(own_index == i)
                trial = ~approved_periods(self.market, approved_since(order, others))[other_index[at]]
                if fraction is None:
                    most.exact[at] = np.where(trial, 0.0, most.exact[at])
                    most.quanta[at] = np.where(trial, 0, most.quanta[at])
                else:
                    found.append((at, trial, Fraction(fraction) * Fraction(volume(order))))
        return found

    def _above_cost(
        self, o: Ints, n: Ints, total: Floats, gain: Ints, most: Capped, discounts: BlockDiscounts
    ) -> Bools:
        """Whether the best gain exceeds the contract cost; near it, decided exactly."""
        cost = float(self.contract_cost)
        above = total > cost
        close = np.flatnonzero((np.abs(total - cost) <= 1e-9 * np.maximum(total, cost)) & (total > 0))
        for p in close:
            total_gain = discounts.exact_total(int(o[p]), int(n[p]), gain[p], most.exact[p] > 0)
            above[p] = total_gain > Fraction(self.contract_cost)
        return above

    def _note_misses(
        self, o: Ints, n: Ints, both: Bools, gain: Ints, total: Floats, most: Capped, failed: Bools, tally: _Tally
    ) -> None:
        """Least CNY per unit by which prices miss: to a gain of zero, else spread over the volume to the cost."""
        best = np.where(both, gain / MICRO, -np.inf).max(axis=1, initial=-np.inf)
        tradable = np.where(both & (gain >= 0), most.exact, 0.0).sum(axis=1)
        spread = (float(self.contract_cost) - total) / np.where(tradable > 0, tradable, 1.0)
        missing = np.where(best < 0, -best, np.maximum(spread, 0.0))[failed]
        for positions in (self.offers[o[failed]], self.needs[n[failed]]):
            tally.miss(positions, missing)

    def _contract_least(self, o: Ints, n: Ints) -> tuple[Floats, Ints]:
        """m_p of 3.4, as float and rounded up to quanta."""
        quantum = self.grade.quantum
        sold, bought = stated_quanta(self.sellers, quantum)[o], stated_quanta(self.buyers, quantum)[n]
        common = np.minimum(sold, bought).sum(axis=1)
        clipped = clipped_minimum((self.sellers, self.buyers), (o, n), common, quantum)
        seller, seller_quanta = stated_minimum(self.sellers, quantum)
        buyer, buyer_quanta = stated_minimum(self.buyers, quantum)
        one, ones = self.least
        least = np.maximum.reduce([seller[o], buyer[n], in_units(clipped, quantum), one[n]])
        quanta = np.maximum.reduce([seller_quanta[o], buyer_quanta[n], clipped, ones[n]])
        return least, quanta

    def _steps(self, o: Ints, n: Ints) -> tuple[Ints, Bools]:
        """Common lot in quanta (3.5), and whether there is a lot."""
        seller, buyer = lot_quanta(self.sellers, self.grade.quantum)[o], lot_quanta(self.buyers, self.grade.quantum)[n]
        stated_o, stated_n = (
            np.array([order.lot is not None for order in side], dtype=bool) for side in (self.sellers, self.buyers)
        )
        return common_steps(seller, buyer), stated_o[o] | stated_n[n]

    def _contract_most(
        self, o: Ints, n: Ints, most: Capped, trials: list[tuple[Ints, Bools, Fraction]], steps: Ints
    ) -> tuple[Floats, Ints]:
        """M_p of 3.4 as float, and rounded down to whole steps."""
        quantum = self.grade.quantum
        in_steps = most.quanta // steps[:, None]
        exact, whole = most.exact.sum(axis=1), in_steps.sum(axis=1)
        for at, trial, limit in trials:
            limit_quanta = int(limit // Fraction(quantum))
            tried = np.minimum(np.where(trial, most.exact[at], 0.0).sum(axis=1), float(limit))
            tried_whole = np.minimum(np.where(trial, in_steps[at], 0).sum(axis=1), limit_quanta // steps[at])
            exact[at] = np.minimum(exact[at], np.where(trial, 0.0, most.exact[at]).sum(axis=1) + tried)
            whole[at] = np.minimum(whole[at], np.where(trial, 0, in_steps[at]).sum(axis=1) + tried_whole)
        for side, index in ((self.sellers, o), (self.buyers, n)):
            for cap in (
                caps(
                    side,
                    quantum,
                    lambda order: None if order.maximum_contract is None else Fraction(order.maximum_contract),
                ),
                caps(side, quantum, any_share),
            ):
                exact = np.minimum(exact, cap.exact[index])
                limited = cap.quanta[index]
                whole = np.minimum(whole, np.where(limited == NO_LIMIT, NO_LIMIT, limited // steps))
        hold_to_stock((exact, whole), (self.sellers, self.buyers), (o, n), steps, quantum)
        return exact, whole
