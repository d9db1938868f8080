"""Amounts of pairs: what two orders could trade in each period and over the term, and in what steps.

Volumes are held both as floats and as whole quanta, so that every test of the screen is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np

from solver.form.market import Order
from solver.form.terms import MinimumContract, Option
from solver.pairs.counted import volumes_of
from solver.pairs.screened import Floats, Ints
from solver.pairs.stock import deliverable, deliverable_total

NO_LIMIT = np.iinfo(np.int64).max
TOO_LARGE = 2**62  # quanta; volumes are less (solver.form.order_checks)

Ratio = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Capped:
    """A volume as float and rounded down to whole quanta."""

    exact: Floats
    quanta: Ints

    def at(self, *index: Ints) -> Capped:
        """The volumes at some positions."""
        return Capped(self.exact[index], self.quanta[index])


def up_of(option: Option | None) -> Decimal:
    """How far above the expected volume a side may call."""
    return Decimal(0) if option is None else option.up


def volume(order: Order) -> Decimal:
    """Stated volume over the calendar, V_i."""
    return sum(volumes_of(order), Decimal(0))


def greatest_volumes(offer: Order, need: Order) -> tuple[Fraction, ...]:
    """Greatest expected volume of a pair in every period by both sides' volumes and options.  Maths: u_pt of 3.3."""
    by_buyer, by_seller = (1 + Fraction(up_of(order.flexibility.requires)) for order in (need, offer))
    return tuple(
        min(sold / by_buyer, bought / by_seller)
        for sold, bought in zip(deliverable(offer), deliverable(need), strict=True)
    )


def stated_quanta(orders: Sequence[Order], quantum: Decimal) -> Ints:
    """Stated volumes in quanta.  Shapes: (orders, periods)."""
    rows = [[int(each // quantum) for each in volumes_of(order)] for order in orders]
    return np.array(rows, dtype=np.int64)


def reach(orders: Sequence[Order], ups: Sequence[Decimal], quantum: Decimal) -> Capped:
    """Greatest expected volume per period where the other side may call ``up`` more.

    Maths: V_it / (1 + up), or what stock makes possible in place of V_it: the two parts of u_pt in 3.3.
    Shapes: (ups, orders, periods).
    """
    in_quanta, by = quantum.as_integer_ratio(), [(1 + up).as_integer_ratio() for up in ups]
    amounts = [[each.as_integer_ratio() for each in _most_of(order)] for order in orders]
    rows = [[_reached(own, weight, in_quanta) for own in amounts] for weight in by]
    periods = len(orders[0].volumes)
    parts = np.array(rows, dtype=object).reshape(len(ups), len(orders), periods, 2)
    return Capped(parts[..., 0].astype(np.float64), parts[..., 1].astype(np.int64))


def _most_of(order: Order) -> Sequence[Decimal | Fraction]:
    return volumes_of(order) if order.storage is None else deliverable(order)


def _reached(amounts: list[Ratio], weight: Ratio, quantum: Ratio) -> list[tuple[float, int]]:
    """Amounts by a weight, as floats and in whole quanta: whole numbers alone, which divide to the nearest float."""
    (up, down), (step, of) = weight, quantum
    return [(n * down / (d * up), n * down * of // (d * up * step)) for n, d in amounts]


def caps(orders: Sequence[Order], quantum: Decimal, cap_of: Callable[[Order], Fraction | None]) -> Capped:
    """One cap per order, without limit where there is none.  Shapes: (orders,)."""
    found = [cap_of(order) for order in orders]
    exact = np.array([np.inf if cap is None else float(cap) for cap in found])
    quanta = np.array([NO_LIMIT if cap is None else int(cap // Fraction(quantum)) for cap in found], dtype=np.int64)
    return Capped(exact, quanta)


def requested_share(order: Order) -> Fraction | None:
    """Greatest volume of one party where the share is of the requested volume (3.8); None: no limit."""
    share = order.maximum_share
    return any_share(order) if share is not None and share.of == "requested" else None


def any_share(order: Order) -> Fraction | None:
    """The same for either kind of share: of the awarded, of the most that can be (3.4).  A share of 1 is no limit."""
    share = order.maximum_share
    if share is None or share.fraction >= 1:
        return None
    stocked = deliverable_total(order) if share.of == "awarded" else None
    return Fraction(share.fraction) * (Fraction(volume(order)) if stocked is None else stocked)


def lot_quanta(orders: Sequence[Order], quantum: Decimal) -> Ints:
    """Lot in quanta; 1 where there is none."""
    lots = [1 if order.lot is None else min(int(order.lot / quantum), TOO_LARGE) for order in orders]
    return np.array(lots, dtype=np.int64)


def common_steps(one: Ints, other: Ints) -> Ints:
    """Least common multiples of lots in quanta; ``TOO_LARGE`` where it is more than any volume.  Shapes: (P,)."""
    together = one // np.gcd(one, other)
    fits = together <= TOO_LARGE // other
    return np.where(fits, np.where(fits, together, 1) * other, TOO_LARGE)


def stated_minimum(orders: Sequence[Order], quantum: Decimal) -> tuple[Floats, Ints]:
    """Least contract volume of the orders that state it plainly, as float and rounded up to quanta; 0 where not."""
    stated = [order.minimum_contract if isinstance(order.minimum_contract, Decimal) else Decimal(0) for order in orders]
    return (
        np.array([float(least) for least in stated]),
        np.array([-(-Fraction(least) // Fraction(quantum)) for least in stated], dtype=np.int64),
    )


def clipped_minimum(
    sides: tuple[Sequence[Order], Sequence[Order]], index: tuple[Ints, Ints], common: Ints, quantum: Decimal
) -> Ints:
    """Least contract volume, in quanta, of minima that are clipped to a fraction of what a pair could trade.

    Maths: 3.4, min(volume, pair_fraction x U_p) rounded down.  Shapes: ``index`` (P,) positions into both sides,
    ``common`` (P,) the quanta of sum_t min(V_ot, V_nt) -> (P,).
    """
    least = np.zeros(len(common), dtype=np.int64)
    share = [[requested_share(order) for order in side] for side in sides]
    for side, positions in zip(sides, index, strict=True):
        minima = [order.minimum_contract for order in side]
        fractions = sorted({each.pair_fraction for each in minima if isinstance(each, MinimumContract)})
        for fraction in fractions:
            volumes = [
                int(Fraction(each.volume) // Fraction(quantum))
                if isinstance(each, MinimumContract) and each.pair_fraction == fraction
                else -1
                for each in minima
            ]
            own = np.array(volumes, dtype=np.int64)[positions]
            clipped = np.minimum(own, _times(common, Fraction(fraction)))
            for shares, places in zip(share, index, strict=True):
                parts = [
                    NO_LIMIT if cap is None else int(cap * Fraction(fraction) // Fraction(quantum)) for cap in shares
                ]
                clipped = np.minimum(clipped, np.array(parts, dtype=np.int64)[places])
            least = np.where(own >= 0, np.maximum(least, clipped), least)
    return least


def in_units(quanta: Ints, quantum: Decimal) -> Floats:
    """Whole quanta in the grade's unit, each the nearest float."""
    exact = Fraction(quantum)
    return np.asarray(quanta * float(exact.numerator) / float(exact.denominator), dtype=np.float64)


def _times(quanta: Ints, fraction: Fraction) -> Ints:
    """Rounded down product; exact in 64 bits or, where it would not fit, in whole numbers of any size."""
    if len(quanta) and int(quanta.max()) * fraction.numerator >= NO_LIMIT:
        return np.array([int(each) * fraction.numerator // fraction.denominator for each in quanta], dtype=np.int64)
    return quanta * fraction.numerator // fraction.denominator
