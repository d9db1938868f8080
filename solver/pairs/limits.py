"""A plain limit as an exact function of the index values (docs/model.md 1.1a, 1.1b), and what quality adds (1.1d).

Two number types run through the same arithmetic: ``Decimal`` with 40 digits for gains and figures, and
``Fraction`` where a comparison must not depend on the last digit (price formulas, docs/model.md 5).
Plain: contents are numbers and amounts are in CNY (:mod:`solver.pairs.plain_limits`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from typing import TYPE_CHECKING, TypeVar

from solver.form.terms import AcceptedRange, LimitPrice

if TYPE_CHECKING:
    from solver.form.market import Order

DIGITS = 40  # of a quotient; a gain is rounded to 1e-6 after the difference has been taken
EXACT_DIGITS = 120  # more than sums and products of stated amounts can have

Number = TypeVar("Number", Decimal, Fraction)


def limit_at(limit: LimitPrice, period: int, indices: Mapping[str, Decimal]) -> Decimal:
    """The limit in a period, tax exclusive, for the order's own payment terms.

    Maths: docs/model.md 1.1a, 1.1b.  Units: CNY per grade unit at the order's named place.
    Raises: KeyError when a component's index has no value; ValueError when a content is an assay attribute.
    """
    with localcontext() as context:
        context.prec = DIGITS
        return _stated(limit, period, indices, Decimal)


def exact_limit(limit: LimitPrice, period: int, indices: Mapping[str, Fraction]) -> Fraction:
    """The same limit without any rounding, for index values that are not decimals either.

    Maths: docs/model.md 1.1a, 1.1b.  Units: CNY per grade unit.
    """
    return _stated(limit, period, indices, Fraction)


def quality(offer: Order, need: Order) -> Decimal:
    """What the offer's guaranteed values are worth to the need, added to the need's limit.

    Maths: docs/model.md 1.1d.  Units: CNY per grade unit.
    """
    worth = Decimal(0)
    with localcontext() as context:
        context.prec = DIGITS
        for attribute, accepted in need.specification.items():
            value = offer.specification.get(attribute)
            if not isinstance(accepted, AcceptedRange) or accepted.target is None or not isinstance(value, Decimal):
                continue
            worth += accepted.above_cny_per_unit * max(Decimal(0), value - accepted.target)
            worth += accepted.below_cny_per_unit * max(Decimal(0), accepted.target - value)
    return worth


def indices_of(limit: LimitPrice) -> frozenset[str]:
    """The indices that a limit moves with."""
    return frozenset(component.index for component in limit.components if component.index is not None)


def accepted_indices(limit: LimitPrice) -> frozenset[str]:
    """The indices that a contract's price may follow: those accepted, else those of the components."""
    return indices_of(limit) if limit.accepted_indices is None else frozenset(limit.accepted_indices)


def moves(limit: LimitPrice) -> bool:
    """Whether a limit may differ from period to period."""
    return limit.premium_by_period is not None or any(part.index is not None for part in limit.components)


def round_price(price: Decimal, step: Decimal) -> Decimal:
    """A price rounded half up to whole steps, away from zero at the half, as invoices are.

    >>> round_price(Decimal("98000.125"), Decimal("0.01"))
    Decimal('98000.13')
    """
    return (price / step).quantize(Decimal(1), rounding=ROUND_HALF_UP) * step


def _stated(limit: LimitPrice, period: int, indices: Mapping[str, Number], number: Callable[..., Number]) -> Number:
    """1.1a and 1.1b: the stated limit held by its collar, without its tax."""
    price = before_collar(limit, period, indices, number)
    if limit.collar is not None:
        if limit.collar.cap is not None:
            price = min(price, number(limit.collar.cap))
        if limit.collar.floor is not None:
            price = max(price, number(limit.collar.floor))
    return price / tax_divisor(limit, number) if limit.tax.basis == "inclusive" else price


def tax_divisor(limit: LimitPrice, number: Callable[..., Number]) -> Number:
    """What a stated limit is divided by to be without tax.  Maths: 1.1b."""
    return number(1) + number(limit.tax.rate) if limit.tax.basis == "inclusive" else number(1)


def before_collar(
    limit: LimitPrice, period: int, indices: Mapping[str, Number], number: Callable[..., Number]
) -> Number:
    """The sum of 1.1a before its collar holds it.

    Raises: KeyError when a component's index has no value; ValueError when a content is an assay attribute.
    """
    terms: Iterable[Decimal] = (limit.processing_fee, limit.premium)
    price = sum((number(term) for term in terms), start=number(0))
    if limit.premium_by_period is not None:
        price = price + number(limit.premium_by_period[period])
    for component in limit.components:
        if component.content_attribute is not None:
            raise ValueError(f"content by assay attribute {component.content_attribute!r} is not known here")
        if component.index is not None:
            base = indices[component.index]
        elif component.fixed is not None:
            base = number(component.fixed)
        else:
            raise ValueError("a price component needs an index or a fixed price")
        price = price + base * number(component.content) * number(component.coefficient)
    return price
