"""What a line and its capacity statements must hold, and which capacity holds in a month."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from marketplace.shared.errors import Fault, InvalidInput
from marketplace.shared.lifecycle import Lifecycle
from marketplace.shared.months import FORM, is_month
from marketplace.shared.quantities import is_multiple
from marketplace.shared.texts import line_faults

KINDS = ("installed", "staged")  # what stands from that month on; what is announced on top of it

GRANT = Lifecycle("grant", "granted", {("granted", "revoke"): "revoked"})

_LONGEST_NAME = 100


def check_name(name: str) -> None:
    """Raises InvalidInput when a line's name is empty, too long, or no plain line of text."""
    faults = list(line_faults("/name", name, _LONGEST_NAME))
    if faults:
        raise InvalidInput(faults)


def check_statement(*, kind: str, from_month: str, volume_per_month: Decimal, quantum: Decimal) -> None:
    """Raises InvalidInput with everything that is wrong with a capacity statement."""
    faults = []
    if kind not in KINDS:
        faults.append(Fault("/kind", "is not a kind of capacity", kind, ", ".join(KINDS), "not-a-choice"))
    if not is_month(from_month):
        faults.append(Fault("/from_month", "is not a month", from_month, FORM, "not-a-month"))
    if volume_per_month < 0:
        faults.append(Fault("/volume_per_month", "is negative", volume_per_month, "at least 0", "out-of-range"))
    elif not is_multiple(volume_per_month, quantum):
        faults.append(
            Fault(
                "/volume_per_month",
                "is not a whole multiple of the quantum",
                volume_per_month,
                quantum,
                "not-a-multiple",
            )
        )
    if faults:
        raise InvalidInput(faults)


def capacity_in(month: str, statements: Iterable[tuple[str, Decimal]]) -> Decimal:
    """The volume per month that the latest statement not after ``month`` gives; none: 0.

    ``statements``: first month and volume per month, in any order, each month once.

    >>> stated = [("2027-04", Decimal(80)), ("2027-01", Decimal(50))]
    >>> [capacity_in(month, stated) for month in ("2026-12", "2027-03", "2028-01")]
    [Decimal('0'), Decimal('50'), Decimal('80')]
    """
    return stated_in(month, statements) or Decimal(0)


def stated_in(month: str, statements: Iterable[tuple[str, Decimal]]) -> Decimal | None:
    """The same; None where nothing is stated for the month, which is not the same as a line that makes nothing.

    >>> [stated_in(month, [("2027-01", Decimal(50))]) for month in ("2026-12", "2027-01")]
    [None, Decimal('50')]
    """
    stated = [statement for statement in statements if statement[0] <= month]
    return max(stated)[1] if stated else None
