"""The pairs that passed the screen, as arrays: what model, bound, prices and reasons work on.

Shapes: P pairs, T periods.  Units: volumes in grade units, money in CNY, tax exclusive.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from solver.form.market import Market

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Pairs:
    """All pairs that may trade, in the order of (offer position, need position) in the market file."""

    offer: Ints  # (P,) position of the offer in market.orders
    need: Ints  # (P,) position of the need in market.orders
    gain: Floats  # (P, T) g_pt, docs/model.md 1.1f
    most: Floats  # (P, T) u_pt, 3.3
    contract_least: Floats  # (P,) m_p, 3.4
    contract_most: Floats  # (P,) M_p, 3.4
    contract_cost: Floats  # (P,) F
    seller_weight: Floats  # (P,) capacity of the offer per unit of expected volume: what the need may call counts
    buyer_weight: Floats  # (P,) the same of the need, in its own units: what the offer may deliver counts
    buyer_units: Floats  # (P,) the need's own units per unit: 1, of an alternate 1 / ratio (3.22)
    step: Floats  # (P,) common lot, or the grade's quantum where there is none
    has_lot: NDArray[np.bool_]  # (P,)
    freight: Floats  # (P,) CNY per unit
    quality: Floats  # (P,) Q_p, CNY per unit

    def __len__(self) -> int:
        return len(self.offer)


@dataclass(frozen=True, slots=True)
class Screened:
    """Result of the screen: the pairs left, and per order how often each test kept a counterparty away."""

    market: Market
    pairs: Pairs
    refused: dict[str, dict[str, int]]  # order id -> {test of section 2: number of counterparties}
    near_price: dict[str, float]  # order id -> least missing CNY/unit among counterparties refused by `price`
