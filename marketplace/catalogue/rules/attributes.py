"""Between which values an attribute of a grade can lie, by its unit.

The bounds are constant, so that a need's premium per unit can be judged when it is entered: were it judged by what
others guarantee, a rival's absurd guarantee would push it out of a round.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Bounds:
    """The least and the greatest value, both included, in the attribute's own unit."""

    least: Decimal
    greatest: Decimal

    def farthest(self, value: Decimal) -> Decimal:
        """The greatest distance that any value within them has from this one.

        >>> BY_UNIT["%"].farthest(Decimal("99.5"))
        Decimal('99.5')
        """
        return max(self.greatest - value, value - self.least)


BY_UNIT = {
    "%": Bounds(Decimal(0), Decimal(100)),  # parts of a whole
    "ppm": Bounds(Decimal(0), Decimal(10) ** 6),  # 10^6 ppm are the whole
    "ppb": Bounds(Decimal(0), Decimal(10) ** 6),  # 0.1 %: more of it is stated in ppm
    "Wh": Bounds(Decimal(0), Decimal(10) ** 7),  # 10 MWh: a container, as one piece
}
OTHERS = Bounds(-(Decimal(10) ** 5), Decimal(10) ** 5)  # Ah, V, µm, cycles, mAh/g ...: none comes near it


def bounds_of(unit: str) -> Bounds:
    """The bounds of attributes in this unit."""
    return BY_UNIT.get(unit, OTHERS)


GREATEST_ATTRIBUTE = max(bounds.greatest for bounds in (*BY_UNIT.values(), OTHERS))
