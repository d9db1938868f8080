"""A need as it meets offers of another grade that it accepts (docs/model.md 3.22).

The need is restated in that grade's units: then everything that concerns one pair is as between orders of one grade.
What counts over all of the need's contracts stays in its own units; there a unit of the pair counts as 1 / ratio.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from math import lcm

import numpy as np
from msgspec.structs import replace

from solver.form.market import Grade, Market, Order
from solver.form.terms import (
    AcceptedRange,
    Alternate,
    Incumbent,
    LimitPrice,
    LossConsent,
    MinimumContract,
    Storage,
    Tax,
    Tolling,
)
from solver.pairs.counted import volumes_of
from solver.pairs.limits import EXACT_DIGITS, tax_divisor
from solver.pairs.screened import Floats, Ints

MICRO = 1_000_000


@dataclass(frozen=True, slots=True)
class Guises:
    """A market in which every need stands once more for each of its alternates, after all orders.

    Arrays by position in it; every order stands in the units of its grade there.
    """

    market: Market
    of: Ints  # position in the market itself
    ratio: Floats  # units that stand for one of the order's own; 1 for the order itself
    least: Floats  # one quantum of the order's own grade (m_p of 3.4), and of the grade there if that is more
    least_quanta: Ints  # the same in quanta of the grade there, rounded up


def guises(market: Market) -> Guises:
    """The market with its needs in every grade that they accept; the same one if there are no alternates."""
    grades = {grade.id: grade for grade in market.grades}
    stating = [(position, each) for position, order in enumerate(market.orders) for each in order.alternates]
    orders, before = market.orders, len(market.orders)
    met = tuple(in_grade(orders[position], grades[each.grade]) for position, each in stating)
    ratio, least, quanta = np.ones(before + len(met)), np.zeros(before + len(met)), np.ones(before + len(met))
    least[:before] = [float(grades[order.grade].quantum) for order in orders]
    for k, (position, each) in enumerate(stating, start=before):
        own, there = Fraction(grades[orders[position].grade].quantum), Fraction(grades[each.grade].quantum)
        one = max(there, own * Fraction(each.ratio))
        ratio[k], least[k], quanta[k] = float(each.ratio), float(one), -(-one // there)
    return Guises(
        replace(market, orders=(*orders, *met)) if met else market,
        np.array([*range(before), *(position for position, _ in stating)], dtype=np.int64),
        ratio,
        least,
        quanta.astype(np.int64),
    )


def ratio_in(need: Order, grade: str) -> Decimal | None:
    """Units of a grade that stand for one of the need's own; None where it is the need's own grade.

    Raises: StopIteration where the need does not accept the grade.
    """
    return None if need.grade == grade else _alternate(need, grade).ratio


def in_grade(need: Order, grade: Grade) -> Order:
    """A need in the units of a grade that it accepts; itself in its own.

    Maths: 3.22.  Volumes are multiplied by the ratio and amounts of money per unit divided by it, exactly but for
    what is stated beside the limit: that is rounded to 1e-6 CNY.
    """
    if need.grade == grade.id:
        return need
    alternate = _alternate(need, grade.id)
    ratio = alternate.ratio
    with localcontext() as context:
        context.prec = EXACT_DIGITS
        return replace(
            need,
            grade=grade.id,
            alternates=(),
            volumes=tuple(volume * ratio for volume in volumes_of(need)),
            limit_price=_limit(need.limit_price, alternate),
            specification=dict(_specification(need, ratio)),
            tolling=_tolling(need.tolling, ratio),
            incumbents=tuple(_incumbent(each, ratio) for each in need.incumbents),
            loss_consent=_loss_consent(need.loss_consent, ratio),
            minimum_contract=_minimum(need.minimum_contract, ratio),
            maximum_contract=_times(need.maximum_contract, ratio),
            minimum_per_period=_times(need.minimum_per_period, ratio),
            lot=None if need.lot is None else whole_lot(need.lot * ratio, grade.quantum),
            storage=_storage(need.storage, ratio),
        )


def whole_lot(lot: Decimal, quantum: Decimal) -> Decimal:
    """The least whole multiple of a lot that is a whole multiple of the quantum as well.

    >>> whole_lot(Decimal("10.2"), Decimal(1)), whole_lot(Decimal("1.02"), Decimal("0.01"))
    (Decimal('51'), Decimal('1.02'))
    """
    one, other = Fraction(lot), Fraction(quantum)
    parts = lcm(one.denominator, other.denominator)
    with localcontext() as context:
        context.prec = EXACT_DIGITS
        return Decimal(lcm(int(one * parts), int(other * parts))) / Decimal(parts)


def at_its_dearest(need: Order) -> Order:
    """A need with the greatest limit per unit of its own that it has in any grade it accepts."""
    by = max((alternate.adjustment for alternate in need.alternates), default=Decimal(0))
    if by <= 0:
        return need
    with localcontext() as context:
        context.prec = EXACT_DIGITS
        return replace(need, limit_price=_raised(need.limit_price, by))


def _alternate(need: Order, grade: str) -> Alternate:
    return next(alternate for alternate in need.alternates if alternate.grade == grade)


def _limit(limit: LimitPrice, alternate: Alternate) -> LimitPrice:
    """(limit + adjustment) / ratio: the ratio divides as a tax would."""
    divisor = tax_divisor(limit, Decimal) * alternate.ratio
    return replace(_raised(limit, alternate.adjustment), tax=Tax(basis="inclusive", rate=divisor - 1))


def _raised(limit: LimitPrice, by: Decimal) -> LimitPrice:
    """A limit with an amount more whatever its collar does: the collar moves too."""
    collar = limit.collar
    if collar is not None:
        floor, cap = (None if end is None else end + by for end in (collar.floor, collar.cap))
        collar = replace(collar, floor=floor, cap=cap)
    return replace(limit, premium=limit.premium + by, collar=collar)


def _specification(need: Order, ratio: Decimal) -> Iterator[tuple[str, Decimal | AcceptedRange]]:
    for attribute, accepted in need.specification.items():
        if isinstance(accepted, AcceptedRange):
            above, below = (
                _per_unit(each, ratio) for each in (accepted.above_cny_per_unit, accepted.below_cny_per_unit)
            )
            yield attribute, replace(accepted, above_cny_per_unit=above, below_cny_per_unit=below)
        else:
            yield attribute, accepted


def _tolling(tolling: Tolling | None, ratio: Decimal) -> Tolling | None:
    return None if tolling is None else replace(tolling, fee=_per_unit(tolling.fee, ratio))


def _incumbent(incumbent: Incumbent, ratio: Decimal) -> Incumbent:
    cost = incumbent.switching_cost
    return incumbent if cost is None else replace(incumbent, switching_cost=_per_unit(cost, ratio))


def _loss_consent(consent: LossConsent | None, ratio: Decimal) -> LossConsent | None:
    """Rounded down: nobody loses more than it accepted."""
    if consent is None:
        return None
    most = Fraction(consent.most_cny_per_unit) / Fraction(ratio) * MICRO // 1
    return replace(consent, most_cny_per_unit=Decimal(int(most)).scaleb(-6))


def _minimum(minimum: Decimal | MinimumContract | None, ratio: Decimal) -> Decimal | MinimumContract | None:
    if isinstance(minimum, MinimumContract):
        return replace(minimum, volume=minimum.volume * ratio)
    return _times(minimum, ratio)


def _storage(storage: Storage | None, ratio: Decimal) -> Storage | None:
    """What it makes possible in one contract; what it costs is counted over all of them."""
    if storage is None:
        return None
    amounts = {name: getattr(storage, name) * ratio for name in ("opening", "closing", "capacity")}
    return replace(storage, **amounts)


def _times(volume: Decimal | None, ratio: Decimal) -> Decimal | None:
    return None if volume is None else volume * ratio


def _per_unit(amount: Decimal, ratio: Decimal) -> Decimal:
    """Half-even to a millionth of a yuan."""
    return Decimal(round(Fraction(amount) / Fraction(ratio) * MICRO)).scaleb(-6)
