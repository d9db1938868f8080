"""Which terms of one's own order a counter would leave; its author alone is told, and has to consent to each by name.

The names are those of the order's terms.  What a counter does not change is not judged: it stands as the round had it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from decimal import ROUND_CEILING, Decimal, localcontext
from typing import Any

from marketplace.contracts.rules.answers import Party
from marketplace.contracts.rules.bands import Option
from marketplace.contracts.rules.core import Core, core_of
from marketplace.contracts.rules.payment import agreed
from marketplace.contracts.rules.promises import promised_by_month
from marketplace.orders.rules.limits import MOST_DAYS
from marketplace.shared.quantities import is_multiple

SIDE: dict[Party, str] = {"seller": "offer", "buyer": "need"}
SPAN_MONTHS = {"period": 1, "quarter": 3, "year": 12}
ZERO = Decimal(0)


def left_terms(
    party: Party,
    order: Mapping[str, Any],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    others: Mapping[str, Decimal],
    limit_kept: bool,
) -> list[str]:
    """The terms of an order that are left, in the order's own names.

    ``order``: its terms as the round froze them; ``before``, ``after``: the proposal's; ``others``: what its other
    standing proposals may call at most by month, in the order's units; ``limit_kept``: whether the limit price holds.
    """
    found: list[str] = []
    core, present = core_of(after), core_of(before)
    volumes_changed = [(m.name, m.expected) for m in core.months] != [(m.name, m.expected) for m in present.months]
    if volumes_changed or core.buyer != present.buyer or core.seller != present.seller:
        found += _volumes(party, order, after, others)
    if volumes_changed:
        found += _sizes(party, order, core, after)
    if not _options_kept(party, order, present, core):
        found.append("flexibility")
    if not limit_kept:
        found.append("limit_price")
    if agreed(after["payment"]) != agreed(before["payment"]) and not _payment_kept(order, after["payment"]):
        found.append("payment")
    incoterm = after["delivery"]["incoterm"]
    accepted = order.get("delivery", {}).get("incoterms")
    if incoterm != before["delivery"]["incoterm"] and accepted is not None and incoterm not in accepted:
        found.append("delivery")
    return found


def _volumes(
    party: Party, order: Mapping[str, Any], after: Mapping[str, Any], others: Mapping[str, Decimal]
) -> Iterator[str]:
    """The most that may be called of it, with all else that stands, against what it states of each month."""
    promised = promised_by_month(SIDE[party], [after])
    stated = {month: _whole(volume) for month, volume in order["volumes"].items()}
    if any(volume + others.get(month, ZERO) > stated.get(month, ZERO) for month, volume in promised.items()):
        yield "volumes"


def _sizes(party: Party, order: Mapping[str, Any], core: Core, after: Mapping[str, Any]) -> Iterator[str]:
    """Sizes of one contract, in the order's own units."""
    ratio = Decimal(after["alternate"]["ratio"]) if party == "buyer" and after.get("alternate") else Decimal(1)
    with localcontext(rounding=ROUND_CEILING):
        months = [month.expected / ratio for month in core.months]
        total = sum(months, ZERO)
    least = order.get("minimum_contract")
    if isinstance(least, Mapping):
        least = least["volume"]
    if least is not None and total < Decimal(least):
        yield "minimum_contract"
    if "maximum_contract" in order and total > Decimal(order["maximum_contract"]):
        yield "maximum_contract"
    if "minimum_per_period" in order and min(months) < Decimal(order["minimum_per_period"]):
        yield "minimum_per_period"
    if "lot" in order and not all(is_multiple(month, Decimal(order["lot"])) for month in months):
        yield "lot"
    if "ramp" in order:
        mean = total / len(months)
        steps = [abs(one - other) for one, other in itertools.pairwise(months)]
        if any(step > Decimal(order["ramp"]) * mean for step in steps):
            yield "ramp"


def _options_kept(party: Party, order: Mapping[str, Any], present: Core, core: Core) -> bool:
    """One's own option is at least what the order requires, the other's at most what it grants (docs/model.md 1.2b)."""
    own, other = (core.seller, core.buyer) if party == "seller" else (core.buyer, core.seller)
    before_own, before_other = (present.seller, present.buyer) if party == "seller" else (present.buyer, present.seller)
    flexibility = order.get("flexibility", {})
    required = _option(flexibility.get("requires", {}), any_notice=MOST_DAYS)  # whoever names no days gives any
    granted = _option(flexibility.get("grants", {}), any_notice=0)
    return (own == before_own or _covers(own, required)) and (other == before_other or _covers(granted, other))


def _covers(granted: Option, required: Option) -> bool:
    """Whether everything that one option allows is allowed by the other.

    >>> tenth = Option(down=Decimal("0.1"), per="quarter")
    >>> _covers(tenth, Option(down=Decimal("0.1"))), _covers(Option(down=Decimal("0.1")), tenth)
    (True, False)
    """
    if (required.make_up_months or 0) > (granted.make_up_months or 0):
        return False
    if required.down == required.up == 0:
        return True
    if granted.notice_days > required.notice_days:
        return False
    longer = SPAN_MONTHS[required.per] > SPAN_MONTHS[granted.per]
    return required.down <= granted.down and required.up <= granted.up and (not longer or granted.down == 1)


def _option(given: Mapping[str, Any], *, any_notice: int) -> Option:
    return Option(
        Decimal(given.get("down", 0)),
        Decimal(given.get("up", 0)),
        given.get("per", "period"),
        given.get("make_up_months"),
        given.get("notice_days", any_notice),
    )


def _payment_kept(order: Mapping[str, Any], payment: Mapping[str, Any]) -> bool:
    """Whether the payment is what the order itself states; what it leaves out is not agreed to."""
    own = order.get("payment", {})
    bearer = own.get("discount_borne_by", "seller") if "tenor_days" in own else None
    stated = {
        "days": own.get("days", 0),
        "prepaid_fraction": own.get("prepaid_fraction"),
        "prepaid_offset_months": own.get("prepaid_offset_months"),
        "deposit_fraction": own.get("deposit_fraction"),
        "instrument": own.get("instrument", "transfer"),
        "tenor_days": own.get("tenor_days"),
        "discount_borne_by": bearer,
    }
    return all(_same(payment[name], value) for name, value in stated.items())


def _same(one: Any, other: Any) -> bool:
    fractions = isinstance(one, str) and isinstance(other, str) and one[:1].isdigit() and other[:1].isdigit()
    return Decimal(one) == Decimal(other) if fractions else bool(one == other)


def _whole(volume: Any) -> Decimal:
    """Both parts of a split month, or the one amount."""
    return sum((Decimal(part) for part in volume.values()), ZERO) if isinstance(volume, Mapping) else Decimal(volume)
