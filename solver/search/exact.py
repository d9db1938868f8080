"""Contract volumes of one component in whole quanta, with every row of docs/model.md section 3 counted exactly.

Running sums are kept per row, so that asking for room and taking it costs the same however large the
component is.  No floats: whole numbers and fractions only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from math import lcm

import numpy as np

from solver.form.market import Order
from solver.pairs.alternates import ratio_in
from solver.pairs.amounts import lot_quanta, up_of
from solver.pairs.gains import micro
from solver.search.component import Component
from solver.search.exact_terms import contract_minimum
from solver.search.order_sums import OrderSums, Weights, order_sums
from solver.search.rows_left import RowsLeft
from solver.search.rules.row import Row
from solver.search.rules.rule import Number, Rule, Shortfall


class ExactVolumes:
    """Whole quanta per pair and period; pairs that are not named have none."""

    def __init__(self, component: Component) -> None:
        market = component.market
        self.component = component
        self._grades = {grade.id: grade for grade in market.grades}
        self._units = {grade.id: Fraction(grade.quantum) for grade in market.grades}
        self.quanta: dict[int, list[int]] = {}
        self._sums = [order_sums(rows, self._grades[rows.order.grade]) for rows in component.orders]
        self._stocked = [k for k, sums in enumerate(self._sums) if sums.stock is not None]
        self._weights: dict[int, tuple[Weights, Weights]] = {}
        self._least: dict[int, int] = {}
        self._steps: dict[int, int] = {}
        self._most: dict[int, Fraction | None] = {}
        self._left = RowsLeft()
        self._rules: dict[int, list[Rule]] = {}  # by pair
        for rule in (*component.rules, *component.demands):
            for p in rule.pairs:
                self._rules.setdefault(p, []).append(rule)

    def quantum(self, p: int) -> Decimal:
        """What a pair's volumes are whole multiples of, in grade units."""
        return self._grades[self.both(p)[0].grade].quantum

    def step(self, p: int) -> int:
        """Whole quanta in the smallest step of a pair's volume (3.5)."""
        if p not in self._steps:
            self._steps[p] = lcm(*(int(lot) for lot in lot_quanta(self.both(p), self.quantum(p))))
        return self._steps[p]

    def least(self, p: int) -> int:
        """Least contract volume m_p in quanta (3.4)."""
        if p not in self._least:
            self._least[p] = int(-(-contract_minimum(self.component, p) // Fraction(self.quantum(p))))
        return self._least[p]

    def to_fill(self, p: int) -> tuple[int, int]:
        """Quanta that both orders of a pair lack of their least fill (3.6)."""
        both = self._both_weights(p)
        offer, need = (max(0, int(-(-(sums.fill - sums.total) // weights.own))) for sums, weights in both)
        return offer, need

    def pair_total(self, p: int) -> int:
        """Volume of a contract in quanta."""
        return sum(self.quanta.get(p, ()))

    def change(self, p: int, t: int, by: int) -> None:
        """Add quanta to (or take them from) a pair in a period, whatever the rows say."""
        if by == 0:
            return
        before = p in self.quanta
        if not before:
            self.quanta[p] = [0] * self.component.periods
            self._count(p, 1)
        self.quanta[p][t] += by
        for sums, weights in self._both_weights(p):
            place, own = sums.place[p], weights.own * by
            party = int(sums.rows.party[place])
            sums.used[t] += weights.called * by
            sums.total += own
            sums.by_party[party] = sums.by_party.get(party, 0) + own
            if sums.rows.trial is not None and sums.rows.trial[place, t]:
                sums.tried += own
        if not any(self.quanta[p]):
            del self.quanta[p]
            self._count(p, -1)
        self._left.changed(self.rules_of(p), self, p, t, by, made=before is not (p in self.quanta))

    def drop(self, p: int) -> None:
        """Take a contract out."""
        for t, quanta in enumerate(list(self.quanta.get(p, ()))):
            self.change(p, t, -quanta)

    def rules_of(self, p: int) -> Sequence[Rule]:
        """The rules that look at a pair."""
        return self._rules.get(p, ())

    def around(self, p: int) -> set[int]:
        """The contracts that share an order or a rule with a pair: all whose room depends on its volume."""
        sides = (sums.rows.pairs.tolist() for sums in self._sides(p))
        near = (other for own in (*sides, *(rule.pairs for rule in self.rules_of(p))) for other in own)
        return {other for other in near if other in self.quanta}

    def room(self, p: int, t: int, *, by_rules: bool = True) -> int:
        """How many quanta more (or, negative, less) a pair may have in a period, in whole steps, by every cap.

        Maths: 3.1 to 3.5, 3.8, 3.9.
        """
        made = p in self.quanta
        if self.component.pairs.most[p, t] <= 0:
            return -self.quanta[p][t] if made else 0
        least: Number | None = None
        for limit in self._limits(p, t, by_rules=by_rules):
            if limit <= 0 and not made:
                return 0  # nothing to give back
            least = limit if least is None else min(least, limit)
        step = self.step(p)
        assert least is not None
        return int(least // step) * step

    def _limits(self, p: int, t: int, *, by_rules: bool) -> Iterator[Number]:
        for sums, weights in self._both_weights(p):
            yield sums.room(t) // weights.called
            for room in sums.caps(p, t):
                yield room if weights.own == 1 else room / Fraction(weights.own)
        most = self._contract_most(p)
        if most is not None:
            yield most - self.pair_total(p)
        for rule in self.rules_of(p) if by_rules else ():
            limit = rule.room(self, p, t)
            if limit is not None:
                yield limit

    def left_of(self, row: Row) -> int:
        """How far a row is from its limit, in its own parts."""
        return self._left.of(row, self)

    def fill(self, p: int, t: int) -> None:
        """Give a contract all the room it has in a period, unless that breaks a rule."""
        room = max(0, self.room(p, t))
        if not room:
            return
        before = self.pair_welfare(p) - self.stock_charge([p])
        self.change(p, t, room)
        worse = self.pair_welfare(p) - self.stock_charge([p]) < before
        if worse or any(rule.shortfall(self) is not None for rule in self.rules_of(p)):
            self.change(p, t, -room)

    def any_made(self, pairs: Iterable[int]) -> bool:
        """Whether any of some contracts is made."""
        return any(p in self.quanta for p in pairs)

    def only_made(self, p: int, pairs: Iterable[int]) -> bool:
        """Whether a contract is the only one of some that is made."""
        return p in self.quanta and not any(other in self.quanta for other in pairs if other != p)

    def short_of_closing_stock(self, p: int) -> list[int]:
        """Which orders of a pair miss the stock that they want at the end (3.20)."""
        sides = (int(self.component.seller[p]), int(self.component.buyer[p]))
        found = ((k, self._sums[k]) for k in sides)
        return [k for k, sums in found if sums.stock is not None and sums.stock.missing(sums.used) > 0]

    def order_room(self, k: int, t: int) -> Fraction:
        """What an order of the component can still deliver, or take, in a period, in grade units."""
        return self._sums[k].room(t) * Fraction(self._grades[self._sums[k].rows.order.grade].quantum)

    def is_filled(self, k: int) -> bool:
        """Whether an order of the component has any volume."""
        return self._sums[k].total > 0

    def may_add_party(self, k: int) -> bool:
        """Whether an order of the component may deal with one party more (3.7)."""
        most = self._sums[k].rows.most
        return most is None or self._sums[k].parties() < most

    def may_add(self, p: int) -> bool:
        """Whether a pair's contract keeps both orders' number of parties (3.7)."""
        sides = zip((self.component.seller, self.component.buyer), self._sides(p), strict=True)
        return all(
            sums.contracts_by_party.get(int(sums.rows.party[sums.place[p]]), 0) > 0 or self.may_add_party(int(side[p]))
            for side, sums in sides
        )

    def shortfalls(self) -> list[Shortfall]:
        """Every minimum that is missed (3.4, 3.6, 3.7), and every rule."""
        found = [short for p in self.quanta for short in self._pair_shortfalls(p)]
        found += [short for sums in self._sums for short in self._order_shortfalls(sums)]
        missed = (rule.shortfall(self) for rule in self.component.rules)
        return found + [short for short in missed if short is not None]

    def holds_around(self, p: int) -> bool:
        """Whether a pair's contract, both of its orders and all rules about it miss nothing."""
        order_misses = any(True for sums in self._sides(p) for _ in self._order_shortfalls(sums))
        if order_misses or any(True for _ in self._pair_shortfalls(p)):
            return False
        return all(rule.shortfall(self) is None for rule in self.rules_of(p))

    def pair_welfare(self, p: int) -> Decimal:
        """What one contract adds to 3.0, exactly."""
        gain = self.component.pairs.gain
        gains = sum(micro(gain[p, t]) * n for t, n in enumerate(self.quanta[p]) if n)
        return (Decimal(gains) * self.quantum(p)).scaleb(-6) + self._discount(p) - self.contract_cost(p)

    def _discount(self, p: int) -> Decimal:
        """What a contract's volume takes off its limit altogether; exact: products and sums of decimals."""
        tiers = self.component.tiers.get(p)
        if tiers is None:
            return Decimal(0)
        micros = tiers.discounts.total_micro(self.pair_total(p) * self.unit(p))
        return (Decimal(micros.numerator) / micros.denominator).scaleb(-6)

    def unit(self, p: int) -> Fraction:
        """A quantum of a pair, exactly."""
        return self._units[self.both(p)[0].grade]

    def welfare(self) -> Decimal:
        """3.0, exactly."""
        return sum((self.pair_welfare(p) for p in self.quanta), Decimal(0)) - self._charge(self._stocked)

    def stock_charge(self, pairs: Iterable[int]) -> Decimal:
        """What the orders of some pairs pay for their stocks."""
        if not self._stocked:
            return Decimal(0)
        sides = {int(side[p]) for p in pairs for side in (self.component.seller, self.component.buyer)}
        return self._charge(sides & set(self._stocked))

    def _charge(self, orders: Iterable[int]) -> Decimal:
        found = ((self._sums[k].stock, self._sums[k].used) for k in orders)
        return sum((stock.charge(used) for stock, used in found if stock is not None), Decimal(0))

    def stocks(self) -> dict[int, list[Fraction]]:
        """Stock at the end of each period, in grade units, of every filled order that states one."""
        found: dict[int, list[Fraction]] = {}
        for k in self._stocked:
            sums, stock = self._sums[k], self._sums[k].stock
            if stock is not None and sums.total:
                unit = Fraction(self._grades[sums.rows.order.grade].quantum)
                found[k] = [each * unit for each in stock.path(sums.used)]
        return found

    def copy(self) -> ExactVolumes:
        """The same volumes, to be changed apart."""
        other = ExactVolumes(self.component)
        for p, row in self.quanta.items():
            for t, quanta in enumerate(row):
                other.change(p, t, quanta)
        return other

    def volumes(self) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        """Volumes as floats, (pairs, periods)."""
        found = np.zeros((len(self.component), self.component.periods))
        for p, row in self.quanta.items():
            unit = Fraction(self.quantum(p))
            found[p] = [float(n * unit) for n in row]
        return found

    def _pair_shortfalls(self, p: int) -> Iterator[Shortfall]:
        missing = self.least(p) - self.pair_total(p)
        if missing > 0:
            yield Shortfall("minimum_contract", (p,), missing, (p,))

    def _order_shortfalls(self, sums: OrderSums) -> Iterator[Shortfall]:
        if sums.total == 0:
            return
        closing = sums.stock.missing(sums.used) if sums.stock is not None else 0
        if closing <= 0 and sums.total >= sums.fill and sums.parties() >= sums.rows.least:
            return
        own = tuple(int(p) for p in sums.rows.pairs if int(p) in self.quanta)
        unit = Fraction(min(weights.own for p in own for side, weights in self._both_weights(p) if side is sums))
        if sums.total < sums.fill:
            yield Shortfall("minimum_fill", own, (sums.fill - sums.total) / unit, own)
        if sums.parties() < sums.rows.least:
            yield Shortfall("counterparties", own)
        if closing > 0:
            yield Shortfall("storage", own, closing / unit, own)

    def both(self, p: int) -> tuple[Order, Order]:
        """Offer and need of a pair, the need in the offer's grade (3.22)."""
        return self.component.sides(p)

    def _sides(self, p: int) -> tuple[OrderSums, OrderSums]:
        return self._sums[int(self.component.seller[p])], self._sums[int(self.component.buyer[p])]

    def _weight(self, p: int) -> tuple[Weights, Weights]:
        if p not in self._weights:
            offer, need = self.both(p)
            ups = _weight(up_of(need.flexibility.requires)), _weight(up_of(offer.flexibility.requires))
            own = self._buyers_quanta(p)
            self._weights[p] = Weights(ups[0], 1), Weights(ups[1] * own, own)
        return self._weights[p]

    def _both_weights(self, p: int) -> Iterator[tuple[OrderSums, Weights]]:
        return zip(self._sides(p), self._weight(p), strict=True)

    def _buyers_quanta(self, p: int) -> Number:
        """Quanta of the need's own grade in one of the pair."""
        need = self.component.market.orders[int(self.component.buyer[p])]
        ratio = ratio_in(need, self.both(p)[0].grade)
        return 1 if ratio is None else self.unit(p) / Fraction(ratio) / Fraction(self._grades[need.grade].quantum)

    def _contract_most(self, p: int) -> Fraction | None:
        if p not in self._most:
            stated = [Fraction(o.maximum_contract) for o in self.both(p) if o.maximum_contract is not None]
            self._most[p] = min(stated) / Fraction(self.quantum(p)) if stated else None
        return self._most[p]

    def contract_cost(self, p: int) -> Decimal:
        """F, exactly."""
        cost = self._grades[self.both(p)[0].grade].contract_cost
        return self.component.market.policy.contract_cost if cost is None else cost

    def _count(self, p: int, by: int) -> None:
        for sums in self._sides(p):
            party = int(sums.rows.party[sums.place[p]])
            sums.contracts_by_party[party] = sums.contracts_by_party.get(party, 0) + by


def _weight(up: Decimal) -> Number:
    return 1 + Fraction(up) if up else 1
