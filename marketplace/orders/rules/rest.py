"""What is left of an order after a round: stated volume less what was promised of it, month by month."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from marketplace.orders.rules.fields import step_of
from marketplace.orders.rules.limits import ZERO
from marketplace.orders.rules.terms import size_faults
from marketplace.shared.errors import Fault
from marketplace.shared.months import month_of
from marketplace.shared.quantities import amount_text, down_to, is_multiple


def rest_of(
    stated: Mapping[str, Any], promised: Mapping[str, Decimal], quantum: Decimal, *, today: date
) -> dict[str, Decimal]:
    """The volume by month that can still be traded: whole quanta, rounded down, in months that have not passed.

    ``promised``: what may be called at most, by month.  A month with nothing left is not named.

    >>> given = {"2026-11": "60", "2027-01": "60", "2027-02": "60", "2027-03": "60"}
    >>> promised = {"2027-01": Decimal("60"), "2027-02": Decimal("40.0005")}
    >>> rest_of(given, promised, Decimal("0.001"), today=date(2026, 12, 1))
    {'2027-02': Decimal('19.999'), '2027-03': Decimal('60')}
    """
    rest = {}
    for month, volume in stated.items():
        left = down_to(max(Decimal(volume) - promised.get(month, ZERO), ZERO), quantum)
        if month >= month_of(today) and left > 0:
            rest[month] = left
    return rest


def is_left(terms: Mapping[str, Any], done: Collection[str], quantum: Decimal, *, today: date) -> bool:
    """Whether an order whose volume in the months ``done`` is used up could still trade in others.

    What its own sizes forbid, such as less than one lot, cannot be traded.
    """
    others = {month: volume for month, volume in terms["volumes"].items() if month not in done}
    rest = rest_of(others, {}, quantum, today=today)
    return bool(rest) and not size_faults(terms, rest)


def rest_faults(stated: Mapping[str, Any], rest: Mapping[str, Decimal], quantum: Decimal) -> list[Fault]:
    """What is wrong with the volume said to rest of an order: each month at most what was stated, not nothing.

    >>> rest_faults({"2027-01": "10"}, {"2027-01": Decimal("4")}, Decimal("0.001"))
    []
    """
    faults = []
    for month, volume in rest.items():
        most = stated.get(month)
        if not isinstance(most, str) or not ZERO <= volume <= Decimal(most) or not is_multiple(volume, quantum):
            message = f"is no rest of the stated volume in whole multiples of {amount_text(quantum)}"
            faults.append(Fault(f"/volumes{step_of(month)}", message, volume, f"0 to {most or 0}", "above-limit"))
    if sum(rest.values()) == 0:
        message = (
            "nothing rests: its proposals may call all that is left in the months to come; close the order instead"
        )
        faults.append(Fault("/volumes", message, "0", "above 0", "nothing-rests"))
    return faults
