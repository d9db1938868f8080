"""One order of a market file in the order book's form: positions become months, names credit codes and sites."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from marketplace.samples.market_file.places import Places, is_site, key_of, key_of_id
from marketplace.samples.model import SampleOrder
from marketplace.shared.errors import Fault
from marketplace.shared.quantities import amount_text

_NOT_TERMS = (  # columns of the book, and what belongs to the organisation
    *("id", "side", "organisation", "grade", "site"),
    *("group_parent", "tags", "small_supplier", "holds"),
)


def book_order(order: Mapping[str, Any], calendar: Sequence[str], code_of: Mapping[str, str]) -> SampleOrder:
    """The inverse of ``rounds.services.market_orders``."""
    owner = order["organisation"]
    terms = {name: value for name, value in order.items() if name not in _NOT_TERMS}
    terms["volumes"] = dict(zip(calendar, order["volumes"], strict=True))
    limit = order["limit_price"]
    if "premium_by_period" in limit:
        premiums = dict(zip(calendar, limit["premium_by_period"], strict=True))
        terms["limit_price"] = {**limit, "premium_by_period": premiums}
    if "place" in order.get("delivery", {}):
        terms["delivery"] = {**order["delivery"], "place": _place(order["delivery"]["place"], owner)}
    for name in ("exclusions", "incumbents"):
        if name in order:
            terms[name] = [{**each, "organisation": code_of[each["organisation"]]} for each in order[name]]
    if "approved" in order:
        approvals = order["approved"]["counterparties"]
        terms["approved"] = {**order["approved"], "counterparties": [_approval(each, code_of) for each in approvals]}
    site = key_of(order["site"], owner)
    return SampleOrder(order["id"], code_of[owner], order["side"], site, order["grade"], terms)


def order_faults(
    order: Mapping[str, Any], at: str, places: Places, *, as_of: date | None, today: date
) -> Iterator[Fault]:
    """What of one order could not be the same in the book, its terms aside, which the book judges itself."""
    for number, approval in enumerate(order.get("approved", {}).get("counterparties", ())):
        if "site" in approval and key_of_id(approval["site"]) not in places.sites:
            message = "cannot be mapped: no order names this site"
            yield Fault(f"{at}/approved/counterparties/{number}/site", message, approval["site"], "a site of the file")
    validity = order.get("validity", {})
    for day in dict.fromkeys((as_of or today, today)):
        if not validity.get("valid_from", "") <= day.isoformat() <= validity.get("valid_to", "9999-12-31"):
            span = f"{validity.get('valid_from', '')} to {validity.get('valid_to', '')}"
            message = "does not hold on the day of freezing (today, and the file's as_of)"
            yield Fault(f"{at}/validity", message, span, day.isoformat())


def _place(place: Mapping[str, Any], owner: str) -> dict[str, Any]:
    if is_site(place):
        return {"id": key_of(place, owner)}
    return {**place, "lat": amount_text(Decimal(str(place["lat"]))), "lon": amount_text(Decimal(str(place["lon"])))}


def _approval(entry: Mapping[str, Any], code_of: Mapping[str, str]) -> dict[str, Any]:
    approval = {**entry, "organisation": code_of[entry["organisation"]]}
    return {**approval, "site": key_of_id(entry["site"])} if "site" in entry else approval
