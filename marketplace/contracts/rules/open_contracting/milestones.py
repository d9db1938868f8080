"""The months of a contract as milestones of its implementation."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from marketplace.contracts.rules.open_contracting.events import Judged


def milestones(
    months: Iterable[str],
    due: Collection[str],
    judged: Mapping[str, tuple[Judged, datetime]],
    *,
    end: Callable[[str], str],
    moment: Callable[[datetime], str],
) -> list[dict[str, Any]]:
    """One per month that any version has named: scheduled until it is judged.

    ``due``: the months in which anything is delivered still.  One that an amendment has left out, or that comes after
    the contract's end, keeps its place, since the standard's tools merge by identifier and never take one out; it has
    no status any more.
    """
    return [_milestone(month, month in due, judged.get(month), end, moment) for month in months]


def status_of(judged: Judged) -> str:
    """What the standard calls a month that was judged.

    >>> status_of(Judged("2027-01", met=False, delivered=True)), status_of(Judged("2027-01", False, False))
    ('partiallyMet', 'notMet')
    """
    if judged.met:
        return "met"
    return "partiallyMet" if judged.delivered else "notMet"


def _milestone(
    month: str,
    due: bool,
    judged: tuple[Judged, datetime] | None,
    end: Callable[[str], str],
    moment: Callable[[datetime], str],
) -> dict[str, Any]:
    milestone: dict[str, Any] = {
        "id": month,
        "title": f"{month} 月度交付",
        "title_en": f"Delivery of {month}",
        "type": "delivery",
        "dueDate": end(month),
        "status": "scheduled" if due else None,
    }
    if judged is not None:
        milestone |= {"status": status_of(judged[0]), "dateModified": moment(judged[1])}
    return milestone
