"""The proven bound, recomputed from the multipliers that a clearing records: docs/model.md 4.1."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from solver.form.clearing import Clearing
from solver.verify.columns import Codes, Floats
from solver.verify.couplings import joined_by_terms
from solver.verify.ground import Ground, party
from solver.verify.rows import GradeRows, Row
from solver.verify.storage import bound_of_stock
from solver.verify.tiers import best_profit
from solver.verify.violation import Violation

MARGIN = 1e-9  # relative; floats that were added in another order


@dataclass(slots=True)
class Prices:
    """A clearing's multipliers, looked up by order position.  Units: CNY per unit, CNY per counterparty."""

    capacity: Floats  # (N, T)
    most: Floats  # (N,)
    share: dict[int, dict[str, float]] = field(default_factory=dict)  # order -> party -> multiplier
    constant: Floats = field(default_factory=lambda: np.zeros(0))  # (N,) sum of d_r b_r over the rows of each order


@dataclass(frozen=True, slots=True)
class Component:
    """A connected part of the market and its bound by 4.1.  Units: CNY."""

    orders: frozenset[int]
    offers: int
    needs: int
    pairs: int
    bound: float
    margin: float


@dataclass(frozen=True, slots=True)
class Recomputed:
    """Everything that looking at every pair told."""

    components: tuple[Component, ...]
    bound: float
    margin: float  # CNY by which the two computations of 4.1 may differ
    refused: dict[int, dict[str, int]]  # order position -> test -> number of counterparties
    admitted: dict[int, int]  # order position -> number of pairs that may trade


def read_multipliers(ground: Ground, clearing: Clearing, found: list[Violation]) -> Prices:
    """The multipliers by row; one that names no row, or is negative, is a fault and counts as 0."""
    market = ground.market
    prices = Prices(np.zeros((len(market.orders), ground.periods)), np.zeros(len(market.orders)))
    prices.constant = np.zeros(len(market.orders))
    parties = {party(order) for order in market.orders}
    for name, value in clearing.multipliers.values.items():
        pointer = "/multipliers/values/" + name.replace("~", "~0").replace("/", "~1")
        if not value.is_finite() or value < 0:
            found.append(Violation("4.1 multipliers", pointer, f"{value} is negative or no number"))
            continue
        kind, _, rest = name.partition(":")
        if not _enter(ground, prices, kind, rest, float(value), parties):
            found.append(Violation("4.1 multipliers", pointer, "no row of that name takes part in the bound"))
    for position, order in enumerate(market.orders):
        prices.constant[position] += bound_of_stock(order, prices.capacity[position].tolist())
    return prices


def _enter(ground: Ground, prices: Prices, kind: str, rest: str, value: float, parties: set[str]) -> bool:
    """Put one multiplier where its row belongs; False if the market has no such row."""
    if kind == "counterparties" and rest in ground.position:
        order, position = ground.orders[rest], ground.position[rest]
        if order.family is not None or order.counterparties is None or order.counterparties.most is None:
            return False
        prices.most[position] = value
        prices.constant[position] += value * order.counterparties.most
        return True
    if kind == "capacity":
        name, _, index = rest.rpartition(":")
        if name not in ground.position or not index.isdecimal() or int(index) >= ground.periods:
            return False
        position, period = ground.position[name], int(index)
        prices.capacity[position, period] = value
        prices.constant[position] += value * float(ground.volumes[name][period])
        return True
    if kind != "share":
        return False
    for name, other in _splits(rest):
        if name not in ground.position or other not in parties:
            continue
        order, position = ground.orders[name], ground.position[name]
        if order.family is not None or order.maximum_share is None or order.maximum_share.of != "requested":
            return False
        prices.share.setdefault(position, {})[other] = value
        prices.constant[position] += value * float(order.maximum_share.fraction) * float(ground.totals[name])
        return True
    return False


def _splits(text: str) -> list[tuple[str, str]]:
    """All ways to read ``order:party`` when either may hold a colon itself."""
    return [(text[:at], text[at + 1 :]) for at, letter in enumerate(text) if letter == ":"]


def pair_profits(row: Row, worth: Floats) -> Floats:
    """Greatest profit of each pair of a row at given worths per unit c_pt, before contract cost (4.1), (n,).

    Fill the periods from the most worth down: all that is worth anything, at least m_p, at most M_p.
    """
    order = np.argsort(-worth, axis=1, kind="stable")
    worth = np.take_along_axis(worth, order, axis=1)
    room = np.take_along_axis(row.greatest, order, axis=1)
    wanted = np.clip(np.where(worth > 0, room, 0.0).sum(axis=1), row.least, np.maximum(row.most, row.least))
    before = np.cumsum(room, axis=1) - room
    taken = np.clip(wanted[:, None] - before, 0, room)
    profits: Floats = (worth * taken).sum(axis=1)
    return profits


def recompute(ground: Ground, prices: Prices, found: list[Violation]) -> Recomputed:
    """Bound 4.1 of every component, from every pair that may trade."""
    market = ground.market
    parties = [party(order) for order in market.orders]
    ends: list[tuple[int, int]] = []
    profits: list[Floats] = []
    refused: dict[int, dict[str, int]] = {}
    partners: dict[int, dict[str, int]] = {int(i): {} for i in np.flatnonzero(prices.most)}
    for grade in market.grades:
        for row in GradeRows(ground, grade.id).rows():
            for test, others in row.refused.items():
                for order, count in [(row.offer, len(others)), *((int(need), 1) for need in others)]:
                    tests = refused.setdefault(order, {})
                    tests[test] = tests.get(test, 0) + count
            if len(row.needs):
                profits.append(_net_profits(row, prices, parties))
                ends += [(row.offer, int(need)) for need in row.needs]
    for offer, need in ends:
        for one, other in ((offer, need), (need, offer)):
            if one in partners:
                partners[one][parties[other]] = partners[one].get(parties[other], 0) + 1
    for one, by_party in partners.items():
        if max(by_party.values(), default=0) > 1:
            name = market.orders[one].id
            text = "a party has several pairs with it, so its row is left out of the bound"
            found.append(Violation("4.1 multipliers", f"/multipliers/values/counterparties:{name}", text))
    return _by_component(ground, prices, ends, np.concatenate(profits) if profits else np.zeros(0), refused)


def _net_profits(row: Row, prices: Prices, parties: list[str]) -> Floats:
    """max(0, profit_p(d)) of each pair of a row, (n,)."""
    worth = row.gain - prices.capacity[row.offer] * (1 + row.buyer_up)[:, None]
    worth -= prices.capacity[row.needs] * ((1 + row.seller_up) / row.ratio)[:, None]
    for k, need in enumerate(row.needs if prices.share else ()):
        worth[k] -= prices.share.get(row.offer, {}).get(parties[need], 0.0)
        worth[k] -= prices.share.get(int(need), {}).get(parties[row.offer], 0.0) / row.ratio[k]
    kappa = prices.most[row.offer] + prices.most[row.needs]
    gross = pair_profits(row, worth)
    if row.ladder is not None:
        for k in range(len(row.needs)):
            gain, values, greatest = (each[k].tolist() for each in (row.gain, worth, row.greatest))
            gross[k] = best_profit(row.ladder, gain, values, greatest, float(row.least[k]), float(row.most[k]))
    profits: Floats = np.maximum(0, gross - row.cost - kappa)
    return profits


def _joined(size: int, ends: list[tuple[int, int]]) -> Codes:
    """For each order the number of its component: that of one of its orders."""
    above = list(range(size))

    def top(order: int) -> int:
        while above[order] != order:
            above[order] = above[above[order]]
            order = above[order]
        return order

    for one, other in ends:
        above[top(one)] = top(other)
    return np.array([top(order) for order in range(size)], dtype=np.int64)


def _by_component(
    ground: Ground,
    prices: Prices,
    ends: list[tuple[int, int]],
    profits: Floats,
    refused: dict[int, dict[str, int]],
) -> Recomputed:
    size = len(ground.market.orders)
    pairs = np.array(ends, dtype=np.int64).reshape(-1, 2)
    label = _joined(size, [*ends, *joined_by_terms(ground, set(pairs.ravel().tolist()))])
    count = size
    bound = np.bincount(label, weights=prices.constant, minlength=count)
    bound += np.bincount(label[pairs[:, 0]], weights=profits, minlength=count)
    number = np.bincount(label[pairs[:, 0]], minlength=count)
    in_file = np.lexsort((pairs[:, 1], pairs[:, 0]))  # by offer, then need: pairs come grade by grade
    place = np.empty(len(pairs), dtype=np.int64)
    place[in_file] = np.arange(len(pairs))
    first = np.full(count, len(pairs))
    np.minimum.at(first, label[pairs[:, 0]], place)
    members: list[list[int]] = [[] for _ in range(count)]
    for position, component in enumerate(label):
        members[int(component)].append(position)
    components = []
    for c in sorted(map(int, np.flatnonzero(number)), key=lambda c: (-int(number[c]), int(first[c]))):
        offers = sum(1 for position in members[c] if ground.market.orders[position].side == "offer")
        margin = MARGIN * max(1.0, abs(float(bound[c])))
        components.append(
            Component(frozenset(members[c]), offers, len(members[c]) - offers, int(number[c]), float(bound[c]), margin)
        )
    total = float(bound.sum())
    degree = np.bincount(pairs.ravel(), minlength=size)
    admitted = {int(position): int(degree[position]) for position in np.flatnonzero(degree)}
    return Recomputed(tuple(components), total, MARGIN * max(1.0, abs(total)), refused, admitted)
