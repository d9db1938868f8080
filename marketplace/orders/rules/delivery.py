"""Terms of place: where and how it is handed over, behind which producer's line, under which tolling."""

from __future__ import annotations

from decimal import Decimal

from marketplace.accounts.rules.regions import region_fault
from marketplace.orders.rules.facts import OrderFacts
from marketplace.orders.rules.fields import Fields
from marketplace.orders.rules.kinds import DANGEROUS_GOODS_CLASSES, INCOTERMS, PARTIES
from marketplace.orders.rules.limits import GREATEST_FACTOR, GREATEST_PRICE, ONE, ZERO
from marketplace.orders.rules.volumes import read_capacity_by_month


def is_region(text: str) -> bool:
    """Whether this is a GB/T 2260 code: six digits, the first two a province's.

    >>> [is_region(x) for x in ("510100", "51", "5101000", "999999")]
    [True, False, False, False]
    """
    return region_fault("", text) is None


def read_delivery(terms: Fields, facts: OrderFacts) -> None:
    """``delivery``: Incoterms that are accepted, and the named place at which the limit stands."""
    delivery = terms.below("delivery")
    if delivery is None:
        return
    delivery.texts("incoterms", check=INCOTERMS.__contains__, wanted="an Incoterm of 2020: " + ", ".join(INCOTERMS))
    _read_place(delivery, facts)
    delivery.text("invoice_form")
    delivery.choice("dangerous_goods_class", DANGEROUS_GOODS_CLASSES)
    delivery.finish()


def read_source(terms: Fields, facts: OrderFacts) -> None:
    """``source``: the producer's site and line behind an offer, whose capacity it uses."""
    source = terms.below("source")
    if source is None:
        return
    if facts.side == "need":
        source.fault(None, "only an offer has a producer behind it", "source", "an offer", "wrong-side")
    source.require("site", "line", "capacity")
    source.text("site")
    source.text("line")
    read_capacity_by_month(source, facts)
    source.finish()


def read_tolling(terms: Fields, facts: OrderFacts) -> None:
    """``tolling``: the buyer supplies material, and the seller is paid a fee for working it."""
    tolling = terms.below("tolling")
    if tolling is None:
        return
    tolling.require("grade", "yield_fraction", "loss_limit", "fee", "title")
    grade = tolling.text(
        "grade", check=facts.grades.__contains__, wanted="a grade of the catalogue", code="unknown-reference"
    )
    if grade == facts.grade.id:
        tolling.fault("grade", "is the order's own grade", grade, "the grade of the material", "contradiction")
    tolling.amount("yield_fraction", above=ZERO, most=GREATEST_FACTOR)  # t product per t material: may pass 1
    tolling.amount("loss_limit", least=ZERO, most=ONE)
    tolling.amount("fee", least=ZERO, most=GREATEST_PRICE)
    tolling.choice("title", PARTIES)
    tolling.finish()


def _read_place(delivery: Fields, facts: OrderFacts) -> None:
    """A site of one's own by its id, or any other place by coordinates and region."""
    place = delivery.below("place")
    if place is None:
        return
    if "id" in place:
        place.text("id", check=facts.sites.__contains__, wanted="a site of your own", code="unknown-reference")
        for name in ("lat", "lon", "region"):
            if name in place:
                value = place.raw(name)
                place.fault(name, "is the site's own; leave it out beside id", value, "left out", "contradiction")
                place.amount(name) if name != "region" else place.text(name)
    else:
        place.require("lat", "lon")
        place.amount("lat", least=Decimal(-90), most=Decimal(90))
        place.amount("lon", least=Decimal(-180), most=Decimal(180))
        place.text("region", check=is_region, wanted="a GB/T 2260 region code of six digits", code="region-code")
    place.finish()
