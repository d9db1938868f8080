"""What kept each screened pair from (more) volume, beside the matches that were made (docs/model.md 7.3).

Shapes: P pairs, T periods.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from solver.explaining.rooms import JUST_UNDER, Rooms
from solver.explaining.rules_in_the_way import OF_THE_ROUND, TERMS, RulesInTheWay
from solver.pairs.screened import Floats, Ints, Pairs

if TYPE_CHECKING:
    from solver.form.clearing import Multipliers

Side = Literal["own", "other", "market"]
Obstacle = tuple[str, Side]

OBSTACLES: tuple[Obstacle, ...] = (
    ("counterparties", "own"),
    ("counterparties", "other"),
    ("maximum_share", "own"),
    ("maximum_share", "other"),
    ("approval_share", "own"),
    ("approval_share", "other"),
    ("maximum_contract", "market"),
    ("own_volume", "own"),
    ("outbid", "market"),
    ("capacity", "other"),
    ("lot", "market"),
    ("minimum_contract", "market"),
    ("minimum_fill", "own"),
    ("minimum_fill", "other"),
    ("counterparties", "own"),  # at least more than this one
    ("counterparties", "other"),
    ("contract_cost", "market"),
    ("unfinished", "market"),
    *((term, side) for term in TERMS for side in ("own", "other")),
    *((term, "market") for term in OF_THE_ROUND),
)
UNFINISHED = OBSTACLES.index(("unfinished", "market"))
TOO_DEAR = OBSTACLES.index(("contract_cost", "market"))
_TIERS = (OBSTACLES.index(("tiers", "own")), OBSTACLES.index(("tiers", "other")))

NO_CLEARING: Obstacle = ("hard_rule", "market")  # rules that must hold do not, so that nobody trades (6.1)

BLOCK = 200_000  # pairs looked at together, to bound memory


@dataclass(frozen=True, slots=True)
class _Sides:
    """One side of some pairs.  Shapes: (P,) each."""

    order: Ints  # position
    weight: Floats  # of its capacity per unit of volume (3.1, 3.2)
    units: Floats  # its own units in one of the pair (3.22)

    def at(self, rows: Ints) -> _Sides:
        return _Sides(self.order[rows], self.weight[rows], self.units[rows])


def obstacles(
    rooms: Rooms, pairs: Pairs, multipliers: Multipliers, rules: RulesInTheWay
) -> dict[int, Counter[Obstacle]]:
    """For every order with room, by position: how many counterparties each obstacle kept from (more) volume.

    Maths: docs/model.md 7.3.
    """
    found: dict[int, Counter[Obstacle]] = {}
    shadow = capacity_multipliers(rooms, multipliers)
    has_room = ~rooms.closed
    sellers = _Sides(pairs.offer, pairs.seller_weight, np.ones(len(pairs)))
    buyers = _Sides(pairs.need, pairs.buyer_weight, pairs.buyer_units)
    for own, other in ((sellers, buyers), (buyers, sellers)):
        looked_at = np.flatnonzero(has_room[own.order])
        for start in range(0, len(looked_at), BLOCK):
            rows = looked_at[start : start + BLOCK]
            first = _first_obstacle(rooms, pairs, rows, own.at(rows), other.at(rows), shadow)
            for row in np.flatnonzero(first == UNFINISHED).tolist():
                first[row] = _by_rules(rooms, pairs, int(rows[row]), int(own.order[rows[row]]), rules)
            keys, counts = np.unique(own.order[rows] * len(OBSTACLES) + first, return_counts=True)
            for key, count in zip(keys.tolist(), counts.tolist(), strict=True):
                order, obstacle = divmod(key, len(OBSTACLES))
                found.setdefault(order, Counter())[OBSTACLES[obstacle]] += count
    return found


def no_clearing(pairs: Pairs) -> dict[int, Counter[Obstacle]]:
    """The one obstacle of every pair of a market that has no clearing, since rules that must hold do not."""
    ends, counts = np.unique(np.concatenate([pairs.offer, pairs.need]), return_counts=True)
    return {order: Counter({NO_CLEARING: count}) for order, count in zip(ends.tolist(), counts.tolist(), strict=True)}


def _by_rules(rooms: Rooms, pairs: Pairs, p: int, own: int, rules: RulesInTheWay) -> int:
    """Position in ``OBSTACLES`` of the rule that is in the way of a pair that nothing else keeps back."""
    orders = rooms.market.orders
    found = rules.of(orders[int(pairs.offer[p])].id, orders[int(pairs.need[p])].id)
    if found is None:
        return UNFINISHED
    term, owner = found
    if term in OF_THE_ROUND:
        return OBSTACLES.index((term, "market"))
    is_own = orders[rooms.position[owner]].organisation == orders[own].organisation
    if term == "source":  # whoever sells from a line states it
        is_own = orders[own].side == "offer"
    return OBSTACLES.index((term, "own" if is_own else "other"), UNFINISHED)


def capacity_multipliers(rooms: Rooms, multipliers: Multipliers) -> Floats:
    """Multipliers of 3.1 and 3.2 as an array.  Shapes: (N, T).  Units: CNY per grade unit."""
    shadow = np.zeros_like(rooms.room)
    for name, value in multipliers.values.items():
        kind, _, rest = name.partition(":")
        if kind == "capacity":
            order, _, period = rest.rpartition(":")
            shadow[rooms.position[order], int(period)] = float(value)
    return shadow


def _first_obstacle(rooms: Rooms, pairs: Pairs, rows: Ints, mine: _Sides, theirs: _Sides, shadow: Floats) -> Ints:
    """Position in ``OBSTACLES`` of the first that holds for each pair; all in the pair's units.  Shapes: (P,)."""
    gain, cost = pairs.gain[rows], pairs.contract_cost[rows]
    own, other = mine.order, theirs.order
    small = JUST_UNDER * rooms.quantum[pairs.offer[rows]]
    one = JUST_UNDER * pairs.step[rows]  # less than a lot is no more of use than less than a quantum
    contract = rooms.contracts.at(pairs.offer[rows], pairs.need[rows])
    is_new = contract == 0
    with_other, with_own = rooms.dealt_with(own, other), rooms.dealt_with(other, own)
    own_share = rooms.share_left(own, with_other) / mine.units
    other_share = rooms.share_left(other, with_own) / theirs.units
    contract_left = pairs.contract_most[rows] - contract

    possible = pairs.most[rows] > 0  # 1.1g and 3.21 are in it
    own_bars = rooms.approval_bars(own, other, one * mine.units)
    other_bars = rooms.approval_bars(other, own, one * theirs.units)
    usable = possible & ~own_bars & ~other_bars
    own_room = np.where(usable, rooms.room[own] / mine.weight[:, None], 0)
    other_room = np.where(usable & (own_room >= small[:, None]), rooms.room[other] / theirs.weight[:, None], 0)
    step = pairs.step[rows]
    joint = _whole(np.minimum(own_room, other_room), step[:, None])
    total = np.minimum(joint.sum(1), _whole(np.minimum.reduce([own_share, other_share, contract_left]), step))
    worth = (
        np.maximum(gain - shadow[other] * theirs.weight[:, None], 0) * np.where(possible, pairs.most[rows], 0)
    ).sum(1)

    def unfilled(side: _Sides) -> Floats:
        return np.where(rooms.filled[side.order] > 0, 0.0, rooms.fill_least[side.order] / side.units)

    conditions = [
        rooms.parties_full(own, with_other),
        rooms.parties_full(other, with_own),
        own_share < one,
        other_share < one,
        (possible & ~own_bars).sum(1) == 0,
        usable.sum(1) == 0,
        ~is_new & (contract_left < one) & (contract_left < joint.sum(1)),
        own_room.max(1) < small,
        (other_room.max(1) < small) & (worth <= cost),
        other_room.max(1) < small,
        pairs.has_lot[rows] & (joint.sum(1) == 0),
        is_new & (total < pairs.contract_least[rows] - small / 2),
        total < unfilled(mine) - small / 2,
        total < unfilled(theirs) - small / 2,
        (rooms.filled[own] == 0) & (rooms.parties_least[own] > 1),
        (rooms.filled[other] == 0) & (rooms.parties_least[other] > 1),
    ]
    undecided = np.flatnonzero(is_new & ~np.logical_or.reduce(conditions))
    too_dear = np.zeros(len(rows), dtype=np.bool_)
    too_dear[undecided] = _worth(gain[undecided], joint[undecided], total[undecided]) <= cost[undecided]
    conditions.append(too_dear)
    first: Ints = np.select(conditions, list(range(len(conditions))), default=UNFINISHED)
    short_of_discount = (first == TOO_DEAR) & (gain.max(1) <= 0)  # only a higher step would make it gain (3.21)
    first[short_of_discount] = np.where(own == pairs.offer[rows], *_TIERS)[short_of_discount]
    return first


def _whole(room: Floats, step: Floats) -> Floats:
    """Room in whole steps; what lacks less than a thousandth of one counts as one."""
    return np.floor(room / step + (1 - JUST_UNDER)) * step


def _worth(gain: Floats, room: Floats, total: Floats) -> Floats:
    """The most that ``total`` gains within the room of every period.  Shapes: (P, T), (P, T), (P,) -> (P,)."""
    worth: Floats = (gain * room).sum(1)
    less = np.flatnonzero(total < room.sum(1))
    best = np.argsort(-gain[less], axis=1)
    sorted_room = np.take_along_axis(room[less], best, 1)
    taken = np.clip(total[less, None] - (sorted_room.cumsum(1) - sorted_room), 0, sorted_room)
    worth[less] = (np.take_along_axis(gain[less], best, 1) * taken).sum(1)
    return worth
