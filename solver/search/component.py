"""One component of a market as the model sees it: its pairs, its orders, and each order's own terms.

Offers and needs are alike here: an order has a capacity per period, and its pairs use it with a weight of
1 + what the other side may call (or deliver) above the expected volume, in the order's own units.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from solver.form.market import Market, Order, party_of
from solver.pairs.accounts import account_key, alone
from solver.pairs.alternates import in_grade, ratio_in
from solver.pairs.amounts import volume
from solver.pairs.approvals import approved_periods, approved_since, trial_fraction
from solver.pairs.counted import volumes_of
from solver.pairs.screened import Floats, Ints, Pairs, Screened
from solver.search.rules import demands_of, rules_of
from solver.search.rules.demand import Demand
from solver.search.rules.rule import Rule
from solver.search.rules.tiers import Tiers
from solver.search.stocks import FloatStock, float_stock

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class OrderRows:
    """One order of a component: which pairs it has, and what its terms ask of them together."""

    order: Order  # without what its family counts together
    pairs: Ints  # positions into the component's pairs
    weight: Floats  # per pair: how much capacity one unit of expected volume takes (3.1, 3.2)
    units: Floats  # per pair: the order's own units in one unit of volume, other than 1 for an alternate (3.22)
    capacity: Floats  # per period
    party: Ints  # per pair: number of the counterparty's party
    total: float  # V_i
    filled_least: float  # least volume if filled, 0 where there is no such row (3.6)
    least: int  # parties if filled (3.7)
    most: int | None
    share: float | None  # of one party (3.8)
    share_of_awarded: bool
    trial: Bools | None  # (pairs, periods): counts among the others (3.9)
    trial_most: float
    trial_exact: Fraction
    stock: FloatStock | None = None  # then its capacity is what it may make, not what it may deliver (3.20)

    def among(self, own: Bools) -> OrderRows:
        """The order with some of its pairs alone.  Shapes: own (pairs,)."""
        if own.all():
            return self
        trial = None if self.trial is None else self.trial[own]
        pairs, weight, units, party = self.pairs[own], self.weight[own], self.units[own], self.party[own]
        return replace(self, pairs=pairs, weight=weight, units=units, party=party, trial=trial)

    @property
    def each_unit(self) -> Floats:
        """``units`` for every volume.  Shapes: (pairs, T)."""
        return np.repeat(self.units[:, None], len(self.capacity), axis=1)

    @property
    def parties(self) -> Ints:
        """Numbers of the parties it may deal with."""
        return np.unique(self.party)

    @property
    def one_pair_each(self) -> bool:
        """Whether every party stands in one pair only."""
        return len(self.parties) == len(self.pairs)

    @property
    def needs_filled(self) -> bool:
        """Whether a term depends on the order being filled at all."""
        return self.filled_least > 0 or self.least > 1


@dataclass(frozen=True, slots=True)
class Wider:
    """What the component's terms ask of orders that are not in it, for they may trade with nobody."""

    requested: dict[tuple[str, ...], Fraction]  # by family: stated volume of all its orders
    party_of: dict[str, str]  # party of every organisation that is named as an incumbent


@dataclass(frozen=True)
class Component:
    """A part of the market that is cleared alone: a market of its own, so that any process can search it."""

    market: Market  # its orders alone, in the order of the file
    pairs: Pairs  # with positions in that market
    orders: tuple[OrderRows, ...]  # one for each order of the market
    party_names: tuple[str, ...]  # by number
    wider: Wider
    rules: tuple[Rule, ...] = ()
    demands: tuple[Demand, ...] = ()  # rules that are held as far as can be
    allowed: Mapping[int, Fraction] = field(default_factory=dict)  # by class: what demands may lack in all (3.23)

    def __len__(self) -> int:
        return len(self.pairs)

    @cached_property
    def tiers(self) -> dict[int, Tiers]:
        """The discounts of every pair that has any."""
        return {rule.pair: rule for rule in self.rules if isinstance(rule, Tiers)}

    @cached_property
    def exact(self) -> dict[tuple[str, int], Any]:
        """What was counted exactly of a pair, by name and pair: it is asked for again and again."""
        return {}

    @cached_property
    def _restated(self) -> dict[tuple[int, str], Order]:
        return {}

    def sides(self, p: int) -> tuple[Order, Order]:
        """Offer and need of a pair, the need in the offer's grade (3.22)."""
        offer, k = self.market.orders[int(self.pairs.offer[p])], int(self.pairs.need[p])
        need = self.market.orders[k]
        if need.grade == offer.grade:
            return offer, need
        if (k, offer.grade) not in self._restated:
            grade = next(grade for grade in self.market.grades if grade.id == offer.grade)
            self._restated[k, offer.grade] = in_grade(need, grade)
        return offer, self._restated[k, offer.grade]

    def own_units(self, k: int, p: int) -> Fraction:
        """An order's own units in one unit of a pair of it, exactly: 1, or what an alternate stands for (3.22)."""
        offer, order = self.market.orders[int(self.pairs.offer[p])], self.market.orders[k]
        ratio = None if order.side == "offer" else ratio_in(order, offer.grade)
        return Fraction(1) if ratio is None else 1 / Fraction(ratio)

    @cached_property
    def best_gain(self) -> Floats:
        """The gain of every pair and period at its greatest discount.  Shapes: (P, T)."""
        if not self.tiers:
            return self.pairs.gain
        gain = self.pairs.gain.copy()
        for p, rule in self.tiers.items():
            gain[p] += rule.discounts.floats[-1].discount
        return gain

    @property
    def seller(self) -> Ints:
        """Which of ``orders`` a pair's offer is.  Shapes: (P,)."""
        return self.pairs.offer

    @property
    def buyer(self) -> Ints:
        """Which of ``orders`` a pair's need is.  Shapes: (P,)."""
        return self.pairs.need

    @property
    def periods(self) -> int:
        """Number of periods."""
        return int(self.pairs.gain.shape[1])

    def welfare(self, volumes: Floats) -> float:
        """3.0 of volumes (pairs, periods), in floats."""
        on = volumes.sum(axis=1) > 0
        stored = sum(
            rows.stock.charge(rows.weight @ volumes[rows.pairs]) for rows in self.orders if rows.stock is not None
        )
        discounted = sum(rule.worth(float(volumes[p].sum())) for p, rule in self.tiers.items() if on[p])
        return float((self.pairs.gain * volumes).sum() - self.pairs.contract_cost[on].sum() - stored + discounted)


def component_of(screened: Screened, positions: Ints) -> Component:
    """Collect one component from the screened pairs."""
    chosen = screened.pairs.at(positions)
    members, index = np.unique(np.concatenate([chosen.offer, chosen.need]), return_inverse=True)
    seller, buyer = np.split(index.astype(np.int64), 2)
    pairs = replace(chosen, offer=seller, need=buyer)
    orders = tuple(screened.market.orders[position] for position in members.tolist())
    market = msgspec.structs.replace(screened.market, orders=orders)
    party, party_names = _parties(orders)
    weights = (pairs.seller_weight, pairs.buyer_weight)
    units = (np.ones(len(pairs)), pairs.buyer_units)
    grades = {grade.id: grade for grade in market.grades}
    rows: list[OrderRows] = []
    by_seller, by_buyer = _grouped(seller, len(orders)), _grouped(buyer, len(orders))
    for k, order in enumerate(orders):
        is_offer = order.side == "offer"
        own = by_seller[k] if is_offer else by_buyer[k]
        others = (buyer if is_offer else seller)[own]
        side = 0 if is_offer else 1
        asked = others.tolist() if order.approved is not None else []
        met = [in_grade(orders[i], grades[order.grade]) if is_offer else orders[i] for i in asked]
        rows.append(_order_rows(market, alone(order), own, (weights[side][own], units[side][own]), met, party[others]))
    component = Component(market, pairs, tuple(rows), party_names, _wider(screened.market, orders))
    return replace(component, rules=rules_of(component, screened.market), demands=demands_of(component))


def _wider(whole: Market, orders: Sequence[Order]) -> Wider:
    families = {account_key(order) for order in orders if order.family is not None}
    named = {incumbent.organisation for order in orders for incumbent in order.incumbents}
    requested = dict.fromkeys(families, Fraction(0))
    for order in whole.orders if families else ():
        if account_key(order) in requested:
            requested[account_key(order)] += Fraction(volume(order))
    return Wider(
        requested, {o.organisation: party_of(o) for o in whole.orders if o.organisation in named} if named else {}
    )


def _order_rows(
    market: Market, order: Order, own: Ints, taken: tuple[Floats, Floats], met: Sequence[Order], party: Ints
) -> OrderRows:
    """``taken``: weight and units per pair; ``met``: the counterparties as the order meets them, where it asks that."""
    grade = next(grade for grade in market.grades if grade.id == order.grade)
    total = volume(order)
    fill = max((order.minimum_fill or 0) * total, order.lot or 0, grade.quantum)
    fraction = trial_fraction(order)
    trial: Bools | None = None
    if order.approved is not None and fraction is not None and fraction < 1:
        trial = ~approved_periods(market, approved_since(order, met))
    count = order.counterparties
    return OrderRows(
        order=order,
        pairs=own,
        weight=taken[0],
        units=taken[1],
        capacity=np.array([float(each) for each in volumes_of(order)]),
        party=party,
        total=float(total),
        filled_least=float(fill) if order.minimum_fill else 0.0,
        least=0 if count is None or count.least is None else count.least,
        most=None if count is None else count.most,
        share=None if order.maximum_share is None else float(order.maximum_share.fraction),
        share_of_awarded=order.maximum_share is not None and order.maximum_share.of == "awarded",
        trial=trial if trial is not None and trial.any() else None,
        trial_most=0.0 if fraction is None else float(fraction * total),
        trial_exact=Fraction(0) if fraction is None else Fraction(fraction) * Fraction(total),
        stock=float_stock(order),
    )


def _grouped(of: Ints, groups: int) -> list[Ints]:
    """Positions of each group's members, in order."""
    order = np.argsort(of, kind="stable").astype(np.int64)
    return np.split(order, np.searchsorted(of[order], np.arange(1, groups)))


def _parties(orders: Sequence[Order]) -> tuple[Ints, tuple[str, ...]]:
    """Number of each order's party (its group, else its organisation), and the parties' names."""
    number: dict[str, int] = {}
    names = [order.organisation if order.group_parent is None else order.group_parent for order in orders]
    return np.array([number.setdefault(name, len(number)) for name in names], dtype=np.int64), tuple(number)
