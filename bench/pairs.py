"""What every peer is given: the pairs of a market that may trade, and their orders' figures, as arrays.

Read by the project's own form and screen, so that all peers and this solver work on the same pairs.
Shapes: P pairs, O offers, N needs, T periods.  Units: grade units, CNY.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from solver.form.market import Order
from solver.form.reading import read_market
from solver.pairs.screened import Floats, Ints
from solver.screening.screen import screen


@dataclass(frozen=True)
class Given:
    """One market for a peer.  The numbers are those of docs/model.md section 3."""

    offers: list[str]  # ids
    needs: list[str]
    offer: Ints  # (P,) position in ``offers``
    need: Ints  # (P,) position in ``needs``
    gain: Floats  # (P, T) g_pt, 3.0
    most: Floats  # (P, T) u_pt, 3.3; where it is 0 there is no volume
    least: Floats  # (P,) m_p, 3.4
    greatest: Floats  # (P,) M_p, 3.4; the greatest share of one supplier (3.8) is in it
    cost: Floats  # (P,) F, 3.0
    quantum: Floats  # (P,) volumes are whole multiples of it
    supply: Floats  # (O, T) 3.1
    demand: Floats  # (N, T) 3.2
    offer_parties: Ints  # (O,) most counterparties, 3.7; NO_LIMIT where it does not bind
    need_parties: Ints  # (N,)
    divisible: bool  # no term depends on whether a contract is made: the model is linear

    def __len__(self) -> int:
        return len(self.offer)


NO_LIMIT = np.iinfo(np.int64).max


def read_pairs(path: Path) -> Given:
    """The pairs of a market file whose terms are those of the generator's laws (``bench.recount`` refuses others)."""
    market = read_market(path)
    pairs = screen(market).pairs
    sides = [[i for i, order in enumerate(market.orders) if order.side == side] for side in ("offer", "need")]
    position = np.zeros(len(market.orders), dtype=np.int64)
    for side in sides:
        position[side] = np.arange(len(side))
    offers, needs = ([market.orders[i] for i in side] for side in sides)
    offer, need = position[pairs.offer], position[pairs.need]
    offer_parties, need_parties = _parties(offers, offer), _parties(needs, need)
    quanta = {grade.id: float(grade.quantum) for grade in market.grades}
    quantum = np.array([quanta[offers[o].grade] for o in offer])
    no_count = bool((offer_parties == NO_LIMIT).all() and (need_parties == NO_LIMIT).all())
    return Given(
        offers=[order.id for order in offers],
        needs=[order.id for order in needs],
        offer=offer,
        need=need,
        gain=pairs.gain,
        most=pairs.most,
        least=pairs.contract_least,
        greatest=pairs.contract_most,
        cost=pairs.contract_cost,
        quantum=quantum,
        supply=_volumes(offers),
        demand=_volumes(needs),
        offer_parties=offer_parties,
        need_parties=need_parties,
        divisible=no_count and not pairs.contract_cost.any() and bool((pairs.contract_least <= quantum).all()),
    )


def _volumes(orders: list[Order]) -> Floats:
    return np.array([[float(volume) for volume in order.volumes] for order in orders])  # type: ignore[arg-type]


def _parties(orders: list[Order], of_pair: Ints) -> Ints:
    """Most counterparties of each order; no limit where it has no more pairs than that."""
    most = [NO_LIMIT if order.counterparties is None else order.counterparties.most or NO_LIMIT for order in orders]
    pairs = np.bincount(of_pair, minlength=len(orders))
    return np.where(pairs > np.array(most), np.array(most), NO_LIMIT)
