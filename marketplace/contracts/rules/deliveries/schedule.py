"""What is called in each month: the agreed volume, unless the buyer called another one within its option, in time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from marketplace.contracts.rules.amounts import Range
from marketplace.contracts.rules.bands import OptionVolumes, option_volumes
from marketplace.contracts.rules.core import option_of
from marketplace.shared.errors import Fault, InvalidInput
from marketplace.shared.months import first_day
from marketplace.shared.quantities import amount_text, is_multiple

ZERO = Decimal(0)


def expected_volumes(terms: Mapping[str, Any]) -> dict[str, Decimal]:
    """The agreed volume of every month, in the grade's unit."""
    return {each["period"]: Decimal(each["volume"]["expected"]) for each in terms["periods"]}


def schedule(terms: Mapping[str, Any], calls: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """What is called in every month; ``calls``: the volumes that the buyer called, by month.

    >>> terms = {"periods": [{"period": "2027-01", "volume": {"expected": "100"}}]}
    >>> schedule(terms, {}), schedule(terms, {"2027-01": Decimal(95)})
    ({'2027-01': Decimal('100')}, {'2027-01': Decimal('95')})
    """
    return {month: calls.get(month, volume) for month, volume in expected_volumes(terms).items()}


def call_by(terms: Mapping[str, Any], month: str) -> date:
    """The last day in Beijing on which a month's volume may be called.

    >>> band = {"volume_band": {"buyer_option": {"notice_days": 10}}}
    >>> call_by(band, "2027-03"), call_by({"volume_band": {"buyer_option": {}}}, "2027-03")
    (datetime.date(2027, 2, 19), datetime.date(2027, 2, 28))
    """
    notice = max(1, terms["volume_band"]["buyer_option"].get("notice_days", 0))
    return first_day(month) - timedelta(days=notice)


def check_call(
    terms: Mapping[str, Any],
    calls: Mapping[str, Decimal],
    *,
    month: str,
    volume: Decimal,
    today: date,
    quantum: Decimal,
) -> None:
    """Raises InvalidInput unless the buyer may call this volume for this month today.

    Within the month's band; what was called less before may be made up within the option's months; and no less than
    what the later months can still bring up to the least volume of the option's span.
    """
    agreed = expected_volumes(terms)
    if month not in agreed:
        limit = f"{min(agreed)} to {max(agreed)}, months with volume"
        raise InvalidInput.at("/month", "is no month of the contract", month, limit, "not-a-month")
    faults = []
    if today > (last := call_by(terms, month)):
        faults.append(Fault("/month", "can be called no longer", month, f"until {last}", "too-late"))
    if not is_multiple(volume, quantum):
        message = f"is not a whole multiple of {amount_text(quantum)}"
        faults.append(Fault("/volume", message, volume, quantum, "not-a-multiple"))
    allowed = callable_range(terms, calls, month, today, quantum)
    if not allowed.minimum <= volume <= allowed.maximum:
        limit = f"{amount_text(allowed.minimum)} to {amount_text(allowed.maximum)}"
        faults.append(Fault("/volume", "is outside the buyer's option", volume, limit, "outside-band"))
    if faults:
        raise InvalidInput(faults)


def callable_range(
    terms: Mapping[str, Any], calls: Mapping[str, Decimal], month: str, today: date, quantum: Decimal
) -> Range:
    """Between which volumes the buyer may call for a month, with what was called for the other months."""
    agreed = expected_volumes(terms)
    option = option_of(terms["volume_band"]["buyer_option"])
    allowed = option_volumes(list(agreed), list(agreed.values()), option, quantum)
    own = dict(zip(agreed, allowed.months, strict=True))
    called = schedule(terms, calls)
    room = _to_make_up(list(agreed), own, called, month, option.make_up_months or 0)
    least = max(own[month].minimum, _span_rest(terms, allowed, own, called, month, today))
    return Range(least, agreed[month], own[month].maximum + room)


def _span_rest(
    terms: Mapping[str, Any],
    allowed: OptionVolumes,
    own: Mapping[str, Range],
    called: Mapping[str, Decimal],
    month: str,
    today: date,
) -> Decimal:
    """What the month has to bring so that its span can still come to its least volume."""
    span = next(each for each in allowed.spans if month in each.months)
    others = ZERO
    for other in span.months:
        if other != month:
            others += called[other] if today > call_by(terms, other) else own[other].maximum
    return max(ZERO, span.volume.minimum - others)


def _to_make_up(
    months: list[str], own: Mapping[str, Range], called: Mapping[str, Decimal], month: str, reach: int
) -> Decimal:
    """What was called less than agreed in the months before, within reach, and not called again since."""
    place = months.index(month)
    before = months[max(0, place - reach) : place]
    short = sum((max(ZERO, own[each].expected - called[each]) for each in before), ZERO)
    made_up = sum((max(ZERO, called[each] - own[each].maximum) for each in before), ZERO)
    return max(ZERO, short - made_up)
