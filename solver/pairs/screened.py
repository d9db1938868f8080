"""The pairs that passed the screen, as arrays: what model, bound, prices and reasons work on.

Shapes: P pairs, T periods.  Units: volumes in grade units, money in CNY, tax exclusive.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from solver.pairs.compact import compact, held, joined, rows_at

if TYPE_CHECKING:
    from solver.form.market import Market

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Pairs:
    """All pairs that may trade, in the order of (offer position, need position) in the market file.

    What does not differ among them, or from period to period, is held once and cannot be written to.
    """

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

    def __post_init__(self) -> None:
        for name, values in self._columns():
            object.__setattr__(self, name, compact(values))

    def __len__(self) -> int:
        return len(self.offer)

    def __reduce__(self) -> tuple[Callable[..., Pairs], tuple[Any, ...]]:
        """As compact from process to process."""
        return _spread_out, ([(held(values), values.shape) for _, values in self._columns()],)

    def _columns(self) -> list[tuple[str, NDArray[Any]]]:
        return [(field.name, getattr(self, field.name)) for field in fields(self)]

    def at(self, positions: Ints) -> Pairs:
        """The pairs at some positions, in that order."""
        return Pairs(**{name: rows_at(values, positions) for name, values in self._columns()})

    @staticmethod
    def joined(several: Sequence[Pairs]) -> Pairs:
        """All of several, in the order of (offer position, need position)."""
        columns = {field.name: joined([getattr(each, field.name) for each in several]) for field in fields(Pairs)}
        return Pairs(**columns).at(np.lexsort((columns["need"], columns["offer"])))

    @staticmethod
    def none(periods: int) -> Pairs:
        """No pairs."""
        empty: dict[str, NDArray[Any]] = {field.name: np.zeros(0) for field in fields(Pairs)}
        empty |= dict.fromkeys(("offer", "need"), np.zeros(0, dtype=np.int64))
        empty |= dict.fromkeys(("gain", "most"), np.zeros((0, periods)))
        return Pairs(**empty | {"has_lot": np.zeros(0, dtype=bool)})


def _spread_out(columns: Sequence[tuple[NDArray[Any], tuple[int, ...]]]) -> Pairs:
    return Pairs(*(np.broadcast_to(values, shape) for values, shape in columns))


@dataclass(frozen=True, slots=True)
class Screened:
    """Result of the screen: the pairs left, and per order how often each test kept a counterparty away."""

    market: Market
    pairs: Pairs
    refused: dict[str, dict[str, int]]  # order id -> {test of section 2: number of counterparties}
    near_price: dict[str, float]  # order id -> least missing CNY/unit among counterparties refused by `price`
