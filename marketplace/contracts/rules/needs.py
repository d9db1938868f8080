"""What a buyer has said it needs, beside what it has bought: whole months, in the units of its own orders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_CEILING, Decimal, localcontext
from typing import Any

ZERO = Decimal(0)
REOPENED = "reopen"  # the action of an order whose rest goes into a further round: nothing is needed less for it


def declared(stated: Sequence[tuple[str, Mapping[str, Any]]], *, given_up: bool) -> dict[str, Decimal]:
    """What the owner of an order has declared to need by month, whichever part of it went into which round.

    ``stated``: of every revision what was done, and the volumes that the order stated then; ``given_up``: it was
    withdrawn or has expired, so that nothing is needed beyond what earlier rounds took.

    >>> first, rest = {"2027-01": "100", "2027-02": "100"}, {"2027-01": "40"}
    >>> taken = [("create", first), ("open", first), ("freeze", first), ("match", first), ("reopen", rest)]
    >>> [str(volume) for volume in declared(taken, given_up=False).values()]
    ['100', '100']
    >>> [str(volume) for volume in declared(taken, given_up=True).values()]
    ['60', '100']
    >>> [str(volume) for volume in declared([*taken, ("revise", {"2027-01": "70"})], given_up=False).values()]
    ['130', '100']
    """
    taken: dict[str, Decimal] = {}
    present: dict[str, Decimal] = {}
    for action, volumes in stated:
        whole = {month: _whole(volume) for month, volume in volumes.items()}
        if action == REOPENED:
            for month, volume in present.items():
                _add(taken, month, max(volume - whole.get(month, ZERO), ZERO))
        present = whole
    if not given_up:
        for month, volume in present.items():
            _add(taken, month, volume)
    return {month: volume for month, volume in sorted(taken.items()) if volume}


def bought(terms: Mapping[str, Any], *, until: str | None = None) -> dict[str, Decimal]:
    """The expected volumes of a contract in the units of the need behind it (docs/model.md 3.22).

    ``until``: the last month of a buyer that has left the contract; None: all months are its own.

    >>> periods = [{"period": f"2027-0{month}", "volume": {"expected": "40"}} for month in (1, 2)]
    >>> bought({"periods": periods, "alternate": {"ratio": "1.25"}}, until="2027-01")
    {'2027-01': Decimal('32')}
    """
    ratio = Decimal((terms.get("alternate") or {"ratio": "1"})["ratio"])
    with localcontext(rounding=ROUND_CEILING):
        return {
            each["period"]: Decimal(each["volume"]["expected"]) / ratio
            for each in terms["periods"]
            if until is None or each["period"] <= until
        }


def beyond(needed: Iterable[Mapping[str, Decimal]], taken: Iterable[Mapping[str, Decimal]]) -> dict[str, Decimal]:
    """By month: how much more is bought than was needed; months with no more are left out.

    >>> beyond([{"2027-01": Decimal(100)}], [{"2027-01": Decimal(80)}, {"2027-01": Decimal(30), "2027-02": Decimal(1)}])
    {'2027-01': Decimal('10'), '2027-02': Decimal('1')}
    """
    left: dict[str, Decimal] = {}
    for sign, all_volumes in ((-1, needed), (1, taken)):
        for volumes in all_volumes:
            for month, volume in volumes.items():
                _add(left, month, sign * volume)
    return {month: volume for month, volume in sorted(left.items()) if volume > 0}


def _add(volumes: dict[str, Decimal], month: str, volume: Decimal) -> None:
    volumes[month] = volumes.get(month, ZERO) + volume


def _whole(volume: Any) -> Decimal:
    """Both parts of a split month, or the one amount."""
    return sum((Decimal(part) for part in volume.values()), ZERO) if isinstance(volume, Mapping) else Decimal(volume)
