"""Round numbers: the grid of changes, the same for everybody whatever anybody stated (docs/model.md 7.6).

A number is round if it is a whole multiple of its own coarse step (7.4), so two or three leading digits are all it has.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from solver.explaining.explain import coarse_step

HALF, WHOLE = Decimal(50), Decimal(100)


def round_above(value: Decimal) -> Decimal:
    """The least round number above a value that is not 0.

    >>> [str(round_above(Decimal(value))) for value in ("98000", "100000", "20", "0.38", "-12")]
    ['100000', '120000', '25', '0.40', '-10']
    """
    if value < 0:
        return -round_below(-value)
    step, found = Decimal(0), value
    while step != coarse_step(found):
        step = coarse_step(found)
        found = ((value / step).to_integral_value(rounding=ROUND_FLOOR) + 1) * step
    return found


def round_below(value: Decimal) -> Decimal:
    """The greatest round number below a value that is not 0.

    >>> [str(round_below(Decimal(value))) for value in ("98000", "100000", "21", "0.38", "-12")]
    ['90000', '90000', '20', '0.35', '-14']
    """
    if value < 0:
        return -round_above(-value)
    step = coarse_step(value)
    return ((value / step).to_integral_value(rounding=ROUND_CEILING) - 1) * step


def walk(value: Decimal, *, up: bool, steps: int) -> Iterator[Decimal]:
    """The next round numbers in one direction; none from 0, which has no size."""
    for _ in range(steps if value else 0):
        value = round_above(value) if up else round_below(value)
        yield value


def walk_attribute(name: str, value: Decimal, *, up: bool, steps: int) -> Iterator[Decimal]:
    """The next values of an attribute; a purity above 50 % is told by what it lacks to 100.

    >>> [str(each) for each in walk_attribute("Li2CO3_pct", Decimal("99.62"), up=False, steps=2)]
    ['99.60', '99.55']
    """
    if name.endswith("_pct") and HALF < value <= WHOLE:
        yield from (WHOLE - lack for lack in walk(WHOLE - value, up=not up, steps=steps))
    else:
        yield from walk(value, up=up, steps=steps)
