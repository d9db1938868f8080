"""What a round is about and when: months of delivery, deadlines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from itertools import pairwise

from marketplace.rounds.rules.fields import shown
from marketplace.shared.errors import Fault, InvalidInput
from marketplace.shared.months import FORM, is_month, month_of

MOST_MONTHS = 60
FIRST_YEAR, LAST_YEAR = 2000, 2099


def check_calendar(months: Sequence[str], *, today: date) -> None:
    """Raises InvalidInput unless these are months, each after the one before, none of them past.

    Months in between may be left out: the round then makes no contract about them.

    >>> check_calendar(["2027-01", "2027-02"], today=date(2026, 12, 1))
    """
    faults = []
    if not 1 <= len(months) <= MOST_MONTHS:
        faults.append(
            Fault("/calendar", "has the wrong length", f"{len(months)} months", f"1 to {MOST_MONTHS}", "wrong-length")
        )
    for place, month in enumerate(months):
        if not is_month(month):
            faults.append(Fault(f"/calendar/{place}", "is not a month", shown(month), FORM, "not-a-month"))
        elif month < month_of(today):
            faults.append(Fault(f"/calendar/{place}", "lies in the past", month, f"from {month_of(today)}", "past"))
        elif place and is_month(months[place - 1]) and month <= months[place - 1]:
            faults.append(
                Fault(f"/calendar/{place}", "must be after the month before", month, months[place - 1], "contradiction")
            )
    if faults:
        raise InvalidInput(faults)


def check_deadlines(
    opens_at: datetime | None, freezes_at: datetime | None, publishes_by: datetime | None, *, now: datetime
) -> None:
    """Raises InvalidInput unless the deadlines that are stated follow each other; freezing lies ahead.

    A deadline that is not stated is the operator's word at the time.
    """
    faults = []
    stated = [
        (name, moment)
        for name, moment in (("opens_at", opens_at), ("freezes_at", freezes_at), ("publishes_by", publishes_by))
        if moment is not None
    ]
    for (before, earlier), (name, later) in pairwise(stated):
        if later < earlier:
            faults.append(
                Fault(f"/{name}", f"lies before {before}", later.isoformat(), earlier.isoformat(), "contradiction")
            )
    for name, moment in stated:
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            faults.append(
                Fault(f"/{name}", "is no time of this century", moment.isoformat(), "2000 to 2099", "out-of-range")
            )
        elif name != "opens_at" and moment < now:
            faults.append(Fault(f"/{name}", "lies in the past", moment.isoformat(), now.isoformat(), "past"))
    if faults:
        raise InvalidInput(faults)
