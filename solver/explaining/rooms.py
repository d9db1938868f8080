"""What a clearing leaves of every order: room, parties, shares (docs/model.md section 7).

Shapes: N orders, T periods, P pairs.  Units: volumes in the grade's unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from solver.form.market import party_of
from solver.pairs.accounts import alone
from solver.pairs.approvals import approved_periods, approved_since, trial_fraction
from solver.pairs.counted import volumes_of
from solver.pairs.screened import Floats, Ints
from solver.pairs.stock import stock_of

if TYPE_CHECKING:
    from solver.form.clearing import Match
    from solver.form.market import Market, Order

Flags = NDArray[np.bool_]

JUST_UNDER = 0.999  # of a quantum; floats just under it count as one
CLOSE = 0.002  # of a quantum; rooms as near to one are counted in fractions


@dataclass(frozen=True, slots=True)
class Ledger:
    """Volumes by order and column (a party, or another order), looked up for many pairs at once."""

    columns: int
    keys: Ints  # (K,) order x columns + column, sorted
    volumes: Floats  # (K,)

    @classmethod
    def of(cls, entries: Iterable[tuple[int, int, float]], columns: int) -> Ledger:
        """Entries (order, column, volume); those of one order and column are added up."""
        total: dict[int, float] = {}
        for order, column, volume in entries:
            key = order * columns + column
            total[key] = total.get(key, 0.0) + volume
        keys = np.array(sorted(total), dtype=np.int64)
        return cls(columns, keys, np.array([total[key] for key in keys.tolist()]))

    def at(self, orders: Ints, columns: Ints) -> Floats:
        """Volume of each order in each column, 0 where there is none.  Shapes: (P,), (P,) -> (P,)."""
        if len(self.keys) == 0:
            return np.zeros(len(orders))
        wanted = orders * self.columns + columns
        near = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        return np.where(self.keys[near] == wanted, self.volumes[near], 0.0)

    def count(self, orders: int) -> Ints:
        """Number of columns in which each order has volume.  Shapes: (N,)."""
        return np.bincount(self.keys // self.columns, minlength=orders)


@dataclass(frozen=True, slots=True)
class Rooms:
    """Every order's terms on counts, shares and sizes as arrays, and what its matches use of them."""

    market: Market
    position: Mapping[str, int]  # of every order by its id
    volumes: Floats  # (N, T) stated
    room: Floats  # (N, T) stated less what the matches may call
    closed: Flags  # (N,) less room than one quantum in every period
    filled: Floats  # (N,) expected volume of the matches
    quantum: Floats  # (N,)
    party: Ints  # (N,) number of the order's party
    contracts: Ledger  # by order and counterparty's order
    dealings: Ledger  # by order and counterparty's party
    partners: Mapping[int, Sequence[tuple[int, Floats]]]  # order -> (counterparty, volumes) of its matches
    parties_least: Ints  # (N,)
    parties_most: Floats  # (N,) inf: any number
    share: Floats  # (N,) greatest share of one party, 1: no rule
    share_of_awarded: Flags  # (N,)
    contract_most: Floats  # (N,) inf: none stated
    fill_least: Floats  # (N,) volume in whole quanta from which the order counts as filled

    def dealt_with(self, own: Ints, other: Ints) -> Floats:
        """Volume of each order with the party of each counterparty.  Shapes: (P,), (P,) -> (P,)."""
        return self.dealings.at(own, self.party[other])

    def share_left(self, own: Ints, with_party: Floats) -> Floats:
        """How much more of one party an order may take under 3.8.  Shapes: (P,), (P,) -> (P,)."""
        fraction = self.share[own]
        requested = fraction * self.volumes.sum(axis=1)[own] - with_party
        with np.errstate(divide="ignore", invalid="ignore"):
            awarded = (fraction * self.filled[own] - with_party) / (1 - fraction)
        left = np.where(self.share_of_awarded[own], awarded, requested)
        return np.where(fraction < 1, left, np.inf)

    def parties_full(self, own: Ints, with_party: Floats) -> Flags:
        """Whether all the parties that 3.7 allows are taken, by others.  Shapes: (P,), (P,) -> (P,)."""
        taken = self.dealings.count(len(self.party))
        full: Flags = (with_party == 0) & (taken[own] >= self.parties_most[own])
        return full

    def approval_bars(self, own: Ints, other: Ints, least: Floats) -> Flags:
        """Periods in which an order's trial share leaves a counterparty less than ``least`` (3.9).  Shapes: (P, T)."""
        bars = np.zeros((len(own), self.room.shape[1]), dtype=np.bool_)
        for position in np.unique(own).tolist():
            order = self.market.orders[position]
            trial = trial_fraction(order)
            if order.approved is None or trial == 1:
                continue
            left = float(trial or 0) * self.volumes[position].sum() - self._unapproved_volume(position)
            rows = np.flatnonzero((own == position) & (left < least))
            bars[rows] = ~self._approved(order, other[rows])
        return bars

    def _approved(self, order: Order, others: Ints) -> Flags:
        met = [self.market.orders[other] for other in others.tolist()]
        if order.side == "offer":  # what it has approved a need for is its own grade (3.22)
            met = [other if other.grade == order.grade else replace(other, grade=order.grade) for other in met]
        return approved_periods(self.market, approved_since(order, met))

    def _unapproved_volume(self, position: int) -> float:
        partners = self.partners.get(position, ())
        if not partners:
            return 0.0
        approved = self._approved(self.market.orders[position], np.array([other for other, _ in partners]))
        return float(sum(volumes[~row].sum() for (_, volumes), row in zip(partners, approved, strict=True)))


def rooms_after(market: Market, matches: Sequence[Match]) -> Rooms:
    """What the matches leave of every order."""
    orders = [alone(order) for order in market.orders]  # what a family counts together is asked of its rules
    position = {order.id: i for i, order in enumerate(orders)}
    quanta = {grade.id: float(grade.quantum) for grade in market.grades}
    parties: dict[str, int] = {}
    party = np.array([parties.setdefault(party_of(order), len(parties)) for order in orders], dtype=np.int64)
    volumes = np.array([[float(volume) for volume in volumes_of(order)] for order in orders])
    volumes = volumes.reshape(len(orders), len(market.calendar))
    room, filled = volumes.copy(), np.zeros(len(orders))
    partners: dict[int, list[tuple[int, Floats]]] = {}
    for match in matches:
        offer, need = position[match.offer], position[match.need]
        traded = np.array([float(volume) for volume in match.volumes])
        ratio = 1.0 if match.ratio is None else float(match.ratio)
        for own, other, called, units in (
            (offer, need, match.band_up, 1.0),
            (need, offer, match.seller_band_up, ratio),
        ):
            taken = traded / units
            room[own] -= (1 + float(called)) * taken
            filled[own] += taken.sum()
            partners.setdefault(own, []).append((other, taken))
    for own, order in enumerate(orders):
        stock = stock_of(order)
        if stock is not None:  # what is left of a period depends on those around it
            used = (volumes[own] - room[own]).tolist()
            room[own] = [float(stock.room(used, t)) for t in range(len(used))]
    totals = [(own, other, float(traded.sum())) for own in partners for other, traded in partners[own]]
    quantum = np.array([quanta[order.grade] for order in orders])
    least = [max(float(o.minimum_fill or 0) * v.sum(), float(o.lot or 0)) for o, v in zip(orders, volumes, strict=True)]
    return Rooms(
        market=market,
        position=position,
        volumes=volumes,
        room=np.maximum(room, 0),
        closed=_closed(market, matches, room, quantum),
        filled=filled,
        quantum=quantum,
        party=party,
        contracts=Ledger.of(totals, len(orders)),
        dealings=Ledger.of(((own, int(party[other]), traded) for own, other, traded in totals), len(parties)),
        partners=partners,
        parties_least=np.array([(o.counterparties.least if o.counterparties else None) or 0 for o in orders]),
        parties_most=np.array([_or_inf(o.counterparties.most if o.counterparties else None) for o in orders]),
        share=np.array([float(o.maximum_share.fraction) if o.maximum_share else 1.0 for o in orders]),
        share_of_awarded=np.array(
            [o.maximum_share is not None and o.maximum_share.of == "awarded" for o in orders], dtype=np.bool_
        ),
        contract_most=np.array([_or_inf(o.maximum_contract) for o in orders]),
        fill_least=np.ceil(np.maximum(np.array(least), quantum) / quantum - (1 - JUST_UNDER)) * quantum,
    )


def _closed(market: Market, matches: Sequence[Match], room: Floats, quantum: Floats) -> Flags:
    """Whether an order has less room than one quantum in every period; in fractions where it has about one."""
    closed: Flags = np.all(room < quantum[:, None], axis=1)
    near = np.any(np.abs(room - quantum[:, None]) < CLOSE * quantum[:, None], axis=1)
    own: dict[str, list[tuple[Match, Fraction]]] = {market.orders[i].id: [] for i in np.flatnonzero(near).tolist()}
    for match in matches:
        ratio = Fraction(1) if match.ratio is None else Fraction(match.ratio)
        for order_id, called, units in ((match.offer, match.band_up, 1), (match.need, match.seller_band_up, ratio)):
            if order_id in own:
                own[order_id].append((match, (1 + Fraction(called)) / units))
    exact = {grade.id: Fraction(grade.quantum) for grade in market.grades}
    for i in np.flatnonzero(near).tolist():
        order = market.orders[i]
        used = [
            sum((called * Fraction(match.volumes[t]) for match, called in own[order.id]), Fraction(0))
            for t in range(len(market.calendar))
        ]
        closed[i] = all(left < exact[order.grade] for left in _left(order, used))
    return closed


def _left(order: Order, used: list[Fraction]) -> list[Fraction]:
    """What an order has left in each period, exactly."""
    stock = stock_of(order)
    if stock is not None:
        return [Fraction(stock.room(used, t)) for t in range(len(used))]
    return [Fraction(stated) - taken for stated, taken in zip(volumes_of(order), used, strict=True)]


def _or_inf(limit: Decimal | int | None) -> float:
    return float("inf") if limit is None else float(limit)
