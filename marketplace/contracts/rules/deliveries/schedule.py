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
    paid: Decimal = ZERO,
    shipped: Decimal = ZERO,
) -> None:
    """Raises InvalidInput unless the buyer may call this volume for this month today.

    ``paid``: volume that was paid for and not taken, by take or pay, which may still be made up in the month;
    ``shipped``: what has been shipped for it already, below which nothing is called.
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
    allowed = callable_range(terms, calls, month, today, quantum, paid=paid, shipped=shipped)
    if not allowed.minimum <= volume <= allowed.maximum:
        limit = f"{amount_text(allowed.minimum)} to {amount_text(allowed.maximum)}"
        faults.append(Fault("/volume", "is outside the buyer's option", volume, limit, "outside-band"))
    if faults:
        raise InvalidInput(faults)


def callable_range(
    terms: Mapping[str, Any],
    calls: Mapping[str, Decimal],
    month: str,
    today: date,
    quantum: Decimal,
    *,
    paid: Decimal = ZERO,
    shipped: Decimal = ZERO,
) -> Range:
    """Between which volumes the buyer may call for a month, with what was called for the other months.

    Within the month's band, which make-up months of an option do not widen (docs/model.md 1.2c); what was paid for and
    not taken may be called on top.  No less than what the other months of the option's span leave of its least volume:
    those called count as called, the others at their most as long as they may be called.
    """
    agreed = expected_volumes(terms)
    option = option_of(terms["volume_band"]["buyer_option"])
    allowed = option_volumes(list(agreed), list(agreed.values()), option, quantum)
    own = dict(zip(agreed, allowed.months, strict=True))
    beyond = sum((max(ZERO, calls[each] - own[each].maximum) for each in calls if each in own and each != month), ZERO)
    least = max(own[month].minimum, _span_rest(terms, allowed, own, calls, month, today), shipped)
    most = own[month].maximum + max(ZERO, paid - beyond)
    return Range(min(least, most), agreed[month], most)


def _span_rest(
    terms: Mapping[str, Any],
    allowed: OptionVolumes,
    own: Mapping[str, Range],
    calls: Mapping[str, Decimal],
    month: str,
    today: date,
) -> Decimal:
    """What the month has to bring so that its span can still come to its least volume."""
    span = next(each for each in allowed.spans if month in each.months)
    others = ZERO
    for other in span.months:
        if other != month:
            open_still = other not in calls and today <= call_by(terms, other)
            others += own[other].maximum if open_still else calls.get(other, own[other].expected)
    return max(ZERO, span.volume.minimum - others)
