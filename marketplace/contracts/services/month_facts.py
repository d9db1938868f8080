"""Everything that a month's statement rests on, as it stands now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from marketplace.catalogue import queries as catalogue
from marketplace.contracts import queries
from marketplace.contracts.models import Contract, LotCertificate, Shipment
from marketplace.contracts.queries import deliveries as delivery_queries
from marketplace.contracts.rules.bands import NO_SPAN, span_of
from marketplace.contracts.rules.deliveries.certificates import mean_assays
from marketplace.contracts.rules.deliveries.excuses import excused_volume, paused_share
from marketplace.contracts.rules.deliveries.schedule import schedule
from marketplace.contracts.rules.deliveries.shipments import sums
from marketplace.contracts.rules.settlement import MonthVolumes
from marketplace.contracts.services.pricing import NoIndexPrice, month_price
from marketplace.shared.clock import beijing_date
from marketplace.shared.errors import InvalidInput
from marketplace.shared.quantities import amount_text

ZERO = Decimal(0)


@dataclass(frozen=True)
class MonthFacts:
    """Terms, volumes, deliveries and price of a month.  Units: the grade's; CNY per unit, tax exclusive."""

    terms: Mapping[str, Any]
    volumes: MonthVolumes
    deliveries: list[dict[str, Any]]
    under_way: list[int]  # numbers of shipments that nobody has received
    price: Decimal
    priced: dict[str, Any]
    provisional: bool


def month_facts(contract: Contract, month: str, *, now: datetime, or_reference: bool) -> MonthFacts:
    """What a statement of a month would rest on.

    ``or_reference``: without a price of the index yet, the month's reference is taken, and said.
    Raises: InvalidInput for a month that is none of the contract's; NoIndexPrice.
    """
    volumes, terms = month_volumes(contract, month), queries.version_of_month(contract, month).terms
    shipments = delivery_queries.shipments(contract, month=month)
    seller = queries.party_in_month(contract, "seller", month)
    certificates = {each.lot: each for each in delivery_queries.certificates(contract) if each.author_id == seller}
    deliveries = [_delivery(each, certificates.get(each.lot)) for each in shipments if each.status == "received"]
    try:
        priced = month_price(contract, terms, month, assays=_assays(shipments, certificates), today=beijing_date(now))
        price, document, provisional = priced.price, priced.to_document(), priced.provisional
        if not any((each.counted or ZERO) > each.rejected for each in shipments if each.status == "received"):
            provisional = any(each.provisional for each in priced.indices)  # nothing came that could be analysed
    except NoIndexPrice:
        if not or_reference:
            raise
        reference = next(each["reference"] for each in terms["periods"] if each["period"] == month)
        price, provisional = Decimal(reference), True
        document = {"lines": [{"step": "reference", "working": reference, "amount": reference}], "provisional": True}
    return MonthFacts(
        terms=terms,
        volumes=volumes,
        deliveries=deliveries,
        under_way=[each.number for each in shipments if each.status == "announced"],
        price=price,
        priced=document,
        provisional=provisional,
    )


def month_volumes(contract: Contract, month: str) -> MonthVolumes:
    """What was called, accepted and excused in a month, and before it in the span of the seller's option.

    Raises: InvalidInput for a month that is none of the contract's.
    """
    terms = queries.version_of_month(contract, month).terms
    present = queries.present_version(contract).terms
    called = schedule(present, delivery_queries.standing_calls(contract))
    agreed = {each["period"]: each["volume"] for each in terms["periods"]}
    if month not in agreed or month not in called:
        limit = f"{min(called)} to {max(called)}, months with volume"
        raise InvalidInput.at("/month", "is no month of the contract", month, limit, "not-a-month")
    quantum = catalogue.grade(contract.grade_id).quantum
    found_pauses = delivery_queries.pauses_of(contract)
    ended = contract.status == "terminated"
    per = terms["volume_band"]["seller_option"].get("per", NO_SPAN)
    parties = queries.holders(contract, month)
    span = [
        each
        for each in called
        if span_of(each, per) == span_of(month, per) and queries.holders(contract, each) == parties
    ]
    if ended:
        span = [each for each in span if paused_share(each, found_pauses) < 1]
    by_month: dict[str, list[Shipment]] = {}
    for shipment in delivery_queries.shipments(contract):
        by_month.setdefault(shipment.month, []).append(shipment)

    def of(each: str) -> tuple[Decimal, Decimal, Decimal]:
        """Called within the band, accepted, and excused on the seller's side."""
        share = paused_share(each, found_pauses)
        within = min(called[each], Decimal(agreed[each]["maximum"]) if each in agreed else called[each])
        come = sums(delivery_queries.weighed(shipment) for shipment in by_month.get(each, ()))
        return within, come.accepted, excused_volume(within, share, quantum) + come.contested

    earlier = [of(each) for each in span if each < month]
    _, accepted, seller_excused = of(month)
    share = paused_share(month, found_pauses)
    return MonthVolumes(
        called=called[month],
        accepted=accepted,
        buyer_excused=excused_volume(Decimal(agreed[month]["expected"]), share, quantum),
        seller_excused=seller_excused,
        closes_span=month in span and month == max(span),  # after the end of a contract nothing is left to judge
        earlier_called=sum((each[0] for each in earlier), ZERO),
        earlier_delivered=sum((each[1] + each[2] for each in earlier), ZERO),
    )


def _delivery(shipment: Shipment, certificate: LotCertificate | None) -> dict[str, Any]:
    assert shipment.counted is not None
    return {
        "shipment": shipment.number,
        "lot": shipment.lot,
        "counted": amount_text(shipment.counted),
        "rejected": amount_text(shipment.rejected),
        "certificate": None if certificate is None else certificate.number,
    }


def _assays(shipments: list[Shipment], certificates: Mapping[str, LotCertificate]) -> dict[str, Decimal]:
    """What the month's accepted lots contain together."""
    return mean_assays(
        (
            (each.counted or ZERO) - each.rejected,
            certificates[each.lot].assays if each.lot in certificates else {},
        )
        for each in shipments
        if each.status == "received"
    )
