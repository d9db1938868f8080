"""What parties negotiate about - volumes, prices and options month by month - and every amount that follows from it.

A proposal's terms state both; whatever changes the first, the second is computed anew, here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from marketplace.contracts.rules.amounts import PeriodPrice, Range, envelope, freight_cost, value_range
from marketplace.contracts.rules.bands import NO_SPAN, Option, OptionVolumes, volumes
from marketplace.shared.quantities import amount_text


@dataclass(frozen=True)
class Month:
    """One month of delivery.  Units: volumes the grade's; prices CNY per unit at the seller's place, tax exclusive."""

    name: str  # 2027-01
    expected: Decimal
    of_firm_capacity: Decimal
    price: PeriodPrice


@dataclass(frozen=True)
class Core:
    """The months in their order, and either side's option on their volumes."""

    months: tuple[Month, ...]
    buyer: Option
    seller: Option


def stated(
    core: Core, *, freight_cny_per_unit: Decimal, quality_cny_per_unit: Decimal, quantum: Decimal
) -> dict[str, Any]:
    """The parts of the terms that follow from the core: periods, volume, volume_band, value, and the freight's sum.

    Units: volumes whole quanta of the offered grade; landed prices with the freight to the buyer's place, delivered
    ones that less quality (docs/model.md 5); values and freight CNY, tax exclusive.
    """
    names = [month.name for month in core.months]
    called = volumes(names, [month.expected for month in core.months], core.buyer, core.seller, quantum)
    prices = [month.price for month in core.months]
    value = envelope([_value(option, prices) for option in (called.buyer, called.seller)])
    return {
        "periods": [
            {
                "period": month.name,
                "volume": range_text(volume),
                "of_firm_capacity": amount_text(month.of_firm_capacity),
                "reference": amount_text(month.price.reference),
                "floor": amount_text(month.price.floor),
                "cap": amount_text(month.price.cap),
                "landed_reference": amount_text(month.price.reference + freight_cny_per_unit),
                "delivered_reference": amount_text(month.price.reference + freight_cny_per_unit - quality_cny_per_unit),
            }
            for month, volume in zip(core.months, called.months, strict=True)
        ],
        "volume": {**range_text(called.term), "firm": "minimum"},
        "volume_band": {
            "buyer_option": _stated_option(core.buyer, called.buyer),
            "seller_option": _stated_option(core.seller, called.seller),
        },
        "value": {**range_text(value), "currency": "CNY", "tax": "exclusive", "firm": "minimum"},
        "freight_cny": range_text(freight_cost(called.term, freight_cny_per_unit)),
    }


def core_of(terms: Mapping[str, Any]) -> Core:
    """The core of stated terms, read back."""
    return Core(
        months=tuple(
            Month(
                each["period"],
                Decimal(each["volume"]["expected"]),
                Decimal(each["of_firm_capacity"]),
                PeriodPrice(*(Decimal(each[name]) for name in ("reference", "floor", "cap"))),
            )
            for each in terms["periods"]
        ),
        buyer=option_of(terms["volume_band"]["buyer_option"]),
        seller=option_of(terms["volume_band"]["seller_option"]),
    )


def restated(terms: Mapping[str, Any], core: Core, quantum: Decimal) -> dict[str, Any]:
    """The terms with another core, all else as it stands; the freight of a unit stays what it is."""
    parts = stated(
        core,
        freight_cny_per_unit=Decimal(terms["delivery"]["freight_cny_per_unit"]),
        quality_cny_per_unit=Decimal(terms["price"]["quality_cny_per_unit"]),
        quantum=quantum,
    )
    delivery = {**terms["delivery"], "freight_cny": parts.pop("freight_cny")}
    return {**terms, **parts, "delivery": delivery}


def option_of(given: Mapping[str, Any]) -> Option:
    """An option as terms state it."""
    return Option(
        Decimal(given["down"]),
        Decimal(given["up"]),
        given.get("per", NO_SPAN),
        given.get("make_up_months"),
        given.get("notice_days", 0),
    )


def range_text(amounts: Range) -> dict[str, str]:
    """Three amounts as terms state them."""
    return {
        "minimum": amount_text(amounts.minimum),
        "expected": amount_text(amounts.expected),
        "maximum": amount_text(amounts.maximum),
    }


def _stated_option(option: Option, called: OptionVolumes) -> dict[str, Any]:
    """The option, and what may be called over its spans where these are longer than a month."""
    spans = [] if option.per == NO_SPAN else called.spans
    return {
        "down": amount_text(option.down),
        "up": amount_text(option.up),
        "per": option.per,
        "make_up_months": option.make_up_months,
        "notice_days": option.notice_days,
        "spans": [{"first": span.months[0], "last": span.months[-1], **range_text(span.volume)} for span in spans],
    }


def _value(option: OptionVolumes, prices: list[PeriodPrice]) -> Range:
    return value_range(option.months, [(len(span.months), span.volume.minimum) for span in option.spans], prices)
