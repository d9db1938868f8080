"""What a round asks to be traded at least, and how important each such rule is (docs/model.md 3.23 to 3.25)."""

from __future__ import annotations

from fractions import Fraction

from solver.form.market import Order
from solver.form.terms import CLASSES, FIRST_TO_RELAX_LAST, PriorityClass
from solver.pairs.accounts import account_key

HARD = 0  # position in CLASSES
Key = tuple[str, ...]


def class_of(order: Order) -> PriorityClass:
    """How important it is that a need is served."""
    return order.priority.get("must_serve", FIRST_TO_RELAX_LAST)


def rank_of(priority: PriorityClass) -> int:
    """Position of a class, most important first."""
    return CLASSES.index(priority)


def asked_of(order: Order, requested: Fraction) -> Fraction:
    """Volume over the term that serves a need: its minimum fill, else all of it.

    Maths: 3.24.  ``requested``: V of the order, or of all orders of its family.
    """
    return requested if order.minimum_fill is None else Fraction(order.minimum_fill) * requested


def key_of_need(order: Order) -> Key:
    """What the rule that a need, or a family of needs, is served is known by."""
    return ("must_serve", *account_key(order))


def key_of_grade(grade: str) -> Key:
    """What the rule on small suppliers is known by in one grade."""
    return "small_supplier_share", grade
