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

PARTS = ("firm", "planned")  # of a split month, in the order in which a round uses them
Rest = Decimal | dict[str, Decimal]  # of one month; of a split one by part


def rest_of(
    stated: Mapping[str, Any], promised: Mapping[str, Decimal], quantum: Decimal, *, today: date
) -> dict[str, Rest]:
    """The volume by month that can still be traded: whole quanta, rounded down, in months that have not passed.

    ``promised``: what may be called at most, by month; of a split month the firm part first (docs/model.md 1.4).
    A month with nothing left is not named.

    >>> given = {"2026-11": "60", "2027-01": "60", "2027-02": "60", "2027-03": {"firm": "30", "planned": "20"}}
    >>> promised = {"2027-01": Decimal("60"), "2027-02": Decimal("40.0005"), "2027-03": Decimal("36")}
    >>> rest_of(given, promised, Decimal("0.001"), today=date(2026, 12, 1))
    {'2027-02': Decimal('19.999'), '2027-03': {'firm': Decimal('0'), 'planned': Decimal('14')}}
    """
    rest: dict[str, Rest] = {}
    for month, volume in stated.items():
        left = _left(volume, promised.get(month, ZERO), quantum)
        if month >= month_of(today) and whole(left) > 0:
            rest[month] = left
    return rest


def whole(volume: Rest) -> Decimal:
    """Both parts of a split month, or the one amount of any other."""
    return sum(volume.values(), ZERO) if isinstance(volume, dict) else volume


def is_left(
    terms: Mapping[str, Any], done: Collection[str], quantum: Decimal, *, today: date, planned_sold: bool = True
) -> bool:
    """Whether an order whose volume in the months ``done`` is used up could still trade.

    It could in other months, and in these what was planned, if that was not for sale (``planned_sold``).
    What its own sizes forbid, such as less than one lot, cannot be traded.
    """
    others = {
        month: volume["planned"] if month in done else volume
        for month, volume in terms["volumes"].items()
        if month not in done or (isinstance(volume, dict) and not planned_sold)
    }
    rest = rest_of(others, {}, quantum, today=today)
    return bool(rest) and not size_faults(terms, {month: whole(volume) for month, volume in rest.items()})


def _left(stated: Any, promised: Decimal, quantum: Decimal) -> Rest:
    if not isinstance(stated, Mapping):
        return down_to(max(Decimal(stated) - promised, ZERO), quantum)
    left: dict[str, Decimal] = {}
    for part in PARTS:
        volume = Decimal(stated[part])
        left[part] = down_to(max(volume - promised, ZERO), quantum)
        promised = max(promised - volume, ZERO)
    return left


def rest_faults(stated: Mapping[str, Any], rest: Mapping[str, Rest], quantum: Decimal) -> list[Fault]:
    """What is wrong with the volume said to rest of an order: each month at most what was stated, not nothing.

    >>> split = {"firm": Decimal("4"), "planned": Decimal("0")}
    >>> rest_faults({"2027-01": {"firm": "5", "planned": "1"}}, {"2027-01": split}, Decimal("0.001"))
    []
    """
    faults = []
    for month, volume in rest.items():
        most = stated.get(month)
        if not _is_rest(most, volume, quantum):
            message = f"is no rest of the stated volume in whole multiples of {amount_text(quantum)}"
            limit = f"0 to {most or 0}"
            faults.append(Fault(f"/volumes{step_of(month)}", message, whole(volume), limit, "above-limit"))
    if sum(whole(volume) for volume in rest.values()) == 0:
        message = (
            "nothing rests: its proposals may call all that is left in the months to come; close the order instead"
        )
        faults.append(Fault("/volumes", message, "0", "above 0", "nothing-rests"))
    return faults


def _is_rest(stated: Any, rest: Rest, quantum: Decimal) -> bool:
    if isinstance(rest, dict):
        split = isinstance(stated, dict) and stated.keys() == rest.keys()
        return split and all(_is_rest(stated[part], rest[part], quantum) for part in rest)
    return isinstance(stated, str) and ZERO <= rest <= Decimal(stated) and is_multiple(rest, quantum)
