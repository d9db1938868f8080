"""Orders of equal terms, and the draw among them (docs/model.md 3.26)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from fractions import Fraction

from solver.form.market import Order, canonical_bytes

DRAWS = 10**6


def groups_of_equals(orders: Iterable[Order]) -> list[list[str]]:
    """Ids of orders that state the same: side, grade, limit, delivery, payment and tolling; of two at least."""
    found: dict[bytes, list[str]] = {}
    for order in orders:
        terms = (order.side, order.grade, order.limit_price, order.delivery, order.payment, order.tolling)
        found.setdefault(canonical_bytes(terms), []).append(order.id)
    return [names for names in found.values() if len(names) > 1]


def draw(market_hash: str, order: str) -> Fraction:
    """A number from 0 on, below 1, in millionths: anyone can draw it again.

    >>> draw("sha256:00", "n1")
    Fraction(86893, 100000)
    """
    digest = hashlib.sha256(f"{market_hash}|{order}".encode()).digest()
    return Fraction(int.from_bytes(digest, "big") % DRAWS, DRAWS)
