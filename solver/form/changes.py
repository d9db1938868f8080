"""The smallest changes that would have matched orders: one price, volume or specification per order.

Each is told to the order's owner alone (docs/model.md 7.6).  The canonical bytes hold no timing.  The form is
described by ``schema/changes.schema.json``.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Literal

from solver.form.faults import MarketError
from solver.form.reading import parsed
from solver.form.shape import COMPUTED, build
from solver.form.terms import Term

FORMAT = "changdan-changes/1"

Kind = Literal["price", "volume", "specification"]
KINDS: tuple[Kind, ...] = ("price", "volume", "specification")

# solved: the changed market's best clearing, proven best, gives the order more; neighbourhood: a better one than
# published does, found with the rest held; expected: by the multipliers alone, not tried.
Proof = Literal["solved", "neighbourhood", "expected"]


class Change(Term, frozen=True):
    """One term of one order at another value, all else as it is."""

    kind: Kind
    to: Decimal  # price: mean limit with its fee, CNY per unit; volume: of the term; specification: the attribute
    by: Decimal  # ``to`` less what is stated; prices rounded outward to a cent
    unit: str
    proof: Proof
    attribute: str | None = None
    bound: Literal["at_least", "at_most", "guaranteed"] | None = None


class OrderChanges(Term, frozen=True, omit_defaults=False):
    """The smallest change of each kind that would have given an order (more) volume; None: none was found."""

    order: str
    status: Literal["partly_matched", "unmatched"]
    tried: bool  # whether changes were tried by solving again, not by the multipliers alone
    price: Change | None
    volume: Change | None
    specification: Change | None


class KindFigures(Term, frozen=True, omit_defaults=False):
    """How many orders have a change of one kind, and how many of those expected by the multipliers held when tried."""

    kind: Kind
    found: int
    guesses_tried: int
    guesses_held: int


class Changes(Term, frozen=True):
    """The smallest changes of all orders of a clearing that were not matched in full."""

    format: Literal["changdan-changes/1"]
    market_hash: str
    clearing_hash: str
    orders: tuple[OrderChanges, ...]
    kinds: tuple[KindFigures, ...]


def read_changes(data: bytes | str | Path) -> Changes:
    """A result from JSON text or from the file at a path.  Raises: MarketError; OSError for the path."""
    found, faults = build(parsed(data, FORMAT), Changes, limits=COMPUTED)
    if found is None:
        raise MarketError(faults)
    return found
