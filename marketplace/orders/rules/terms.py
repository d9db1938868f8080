"""All terms of one order together: read, judged, and what follows from several of them at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from marketplace.orders.rules.alternates import check_alternates, read_alternates
from marketplace.orders.rules.delivery import read_delivery, read_source, read_tolling
from marketplace.orders.rules.facts import OrderFacts
from marketplace.orders.rules.fields import Fields
from marketplace.orders.rules.kinds import Side
from marketplace.orders.rules.links import read_inputs, read_links
from marketplace.orders.rules.parties import (
    read_approved,
    read_counts_and_shares,
    read_exclusions,
    read_groups,
    read_incumbents,
)
from marketplace.orders.rules.payment import read_loss_consent, read_payment
from marketplace.orders.rules.prices import check_tiers, read_credit_limit, read_limit_price, read_tiers
from marketplace.orders.rules.quality import read_certificates, read_specification
from marketplace.orders.rules.volumes import read_flexibility, read_sizes, read_storage, read_volumes
from marketplace.orders.rules.wishes import read_priority, read_validity, read_wishes
from marketplace.shared.errors import Fault
from marketplace.shared.quantities import amount_text

NEEDED_TO_OPEN = ("volumes", "limit_price")


@dataclass(frozen=True)
class Reading:
    """An order's terms as they are stored (amounts as decimal strings), and every fault found in them."""

    terms: dict[str, Any]
    faults: tuple[Fault, ...]


def read_terms(given: Mapping[str, Any], facts: OrderFacts) -> Reading:
    """Judge a whole terms document; pointers of faults begin at the document's root.

    A term may be left out: a draft need not be complete.  What is there must be right.
    """
    faults: list[Fault] = []
    terms = Fields(dict(given), "", faults)
    volumes = read_volumes(terms, facts)
    read_sizes(terms, facts)
    read_flexibility(terms)
    read_limit_price(terms, facts)
    read_payment(terms)
    read_loss_consent(terms)
    read_tiers(terms, facts)
    read_credit_limit(terms)
    read_specification(terms, facts)
    read_certificates(terms)
    read_alternates(terms, facts)
    read_delivery(terms, facts)
    read_source(terms, facts)
    read_storage(terms, facts)
    read_tolling(terms, facts)
    read_counts_and_shares(terms)
    read_incumbents(terms, facts)
    read_approved(terms, facts)
    read_exclusions(terms, facts)
    read_groups(terms)
    read_links(terms, facts)
    read_inputs(terms, facts)
    read_wishes(terms)
    read_validity(terms, facts)
    read_priority(terms, facts)
    terms.finish()
    _check_sizes(terms, volumes)
    _check_assays(terms, facts)
    check_tiers(terms)
    check_alternates(terms, facts)
    return Reading(terms.kept, tuple(faults))


def missing_terms(terms: Mapping[str, Any]) -> tuple[Fault, ...]:
    """What an order still lacks before it can be opened."""
    return tuple(
        Fault(f"/{name}", "is missing", None, "required to open", "missing")
        for name in NEEDED_TO_OPEN
        if name not in terms
    )


def size_faults(terms: Mapping[str, Any], volumes: dict[str, Decimal]) -> list[Fault]:
    """What is wrong with the sizes of read terms, were these the order's volumes.

    >>> [fault.pointer for fault in size_faults({"lot": "10", "minimum_contract": "20"}, {"2027-01": Decimal(10)})]
    ['/minimum_contract']
    """
    faults: list[Fault] = []
    given = Fields(dict(terms), "", faults)
    given.kept.update(terms)
    _check_sizes(given, volumes)
    return faults


def _check_sizes(terms: Fields, volumes: dict[str, Decimal] | None) -> None:
    """Contract sizes, lots and monthly minima against each other and against the volumes."""
    minimum = terms.kept.get("minimum_contract")
    stated = minimum.get("volume") if isinstance(minimum, dict) else minimum
    least = None if stated is None else Decimal(stated)
    most = _kept_amount(terms, "maximum_contract")
    where = "minimum_contract"
    if least is not None and most is not None and least > most:
        terms.fault(where, "is above maximum_contract", least, most, "contradiction")
    if not volumes:
        return
    total, greatest = sum(volumes.values(), Decimal(0)), max(volumes.values())
    if least is not None and least > total:
        message = "is above the order's whole volume"
        terms.fault(where, message, least, amount_text(total), "contradiction")
    for name in ("minimum_per_period", "lot"):
        amount = _kept_amount(terms, name)
        if amount is not None and amount > greatest:
            message = "is above the volume of every month"
            terms.fault(name, message, amount, amount_text(greatest), "contradiction")
    lot = _kept_amount(terms, "lot")
    if lot is not None and most is not None and most < lot:
        terms.fault("maximum_contract", "is below one lot", most, lot, "contradiction")


def _check_assays(terms: Fields, facts: OrderFacts) -> None:
    """An offer that is priced by its own assay guarantees it; a need is priced by the assay of every offer it meets."""
    guaranteed = terms.kept.get("specification", {})
    for place, component in enumerate(terms.kept.get("limit_price", {}).get("components", ())):
        attribute = component.get("content_attribute")
        if facts.side is Side.OFFER and attribute is not None and attribute not in guaranteed:
            name = f"limit_price/components/{place}/content_attribute"
            message = "is not guaranteed by the offer's own specification"
            terms.faults.append(Fault(f"/{name}", message, attribute, f"/specification/{attribute}", "contradiction"))


def _kept_amount(terms: Fields, name: str) -> Decimal | None:
    kept = terms.kept.get(name)
    return None if kept is None else Decimal(kept)
