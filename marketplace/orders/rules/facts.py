"""What a rule must know of the world to judge an order's terms; services gather it, tests make it up."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from marketplace.orders.rules.kinds import Side


@dataclass(frozen=True)
class GradeFacts:
    """The grade that is bought or sold: its unit, its quantum, its attributes by code with their units."""

    id: str
    unit_code: str
    quantum: Decimal
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class OrderFacts:
    """One order's surroundings.

    ``grades``, ``indices``, ``sites``: those that exist, the sites being the owner's active ones.
    ``own_code``: the owner's unified social credit code.
    ``side_of``: the side of another order of the same owner that may still trade, None if there is none.
    """

    side: Side
    grade: GradeFacts
    own_code: Callable[[], str]
    today: date  # in Beijing
    sites: Container[str]
    grades: Container[str]
    indices: Container[str]
    side_of: Callable[[str], str | None]
    order_id: str | None = None  # None: not yet stored
