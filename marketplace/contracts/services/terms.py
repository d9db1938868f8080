"""A proposal as both parties read it: everything a contract needs to say, and neither party's limit."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from marketplace.catalogue.models import Grade
from marketplace.contracts.rules.amounts import (
    Band,
    PeriodPrice,
    Range,
    freight_cost,
    total,
    value_range,
    volume_range,
)
from marketplace.contracts.rules.delivery import freight_paid_by
from marketplace.orders.models import Order
from marketplace.rounds.models import Round, RoundMatch
from marketplace.shared.quantities import amount_text

ACCEPTED_RANGE = ("at_least", "at_most")  # what a deviation is worth to the buyer belongs to its limit


def proposal_terms(round_: Round, match: RoundMatch, offer: Order, need: Order, grade: Grade) -> dict[str, Any]:
    """The proposal's document, amounts as decimal strings.

    Units: volumes in the grade's unit, whole quanta; prices CNY per unit, tax exclusive, at the seller's place;
    landed with the freight to the buyer's, delivered that less quality (docs/model.md 5); values CNY.
    """
    terms = match.terms
    price = terms["price"]
    freight, quality = Decimal(terms["freight_cny_per_unit"]), Decimal(terms["quality_cny_per_unit"])
    band = Band(
        Decimal(terms["band_down"]),
        Decimal(terms["band_up"]),
        Decimal(terms["seller_band_down"]),
        Decimal(terms["seller_band_up"]),
    )
    periods, volumes, prices = [], [], []
    for place, month in enumerate(round_.calendar):
        expected = Decimal(match.volumes[place])
        if expected == 0:
            continue
        volume = volume_range(expected, band, grade.quantum)
        at = PeriodPrice(*(Decimal(price[name][place]) for name in ("reference", "floor", "cap")))
        volumes.append(volume)
        prices.append(at)
        periods.append(
            {
                "period": month,
                "volume": _range(volume),
                "reference": amount_text(at.reference),
                "floor": amount_text(at.floor),
                "cap": amount_text(at.cap),
                "landed_reference": amount_text(at.reference + freight),
                "delivered_reference": amount_text(at.reference + freight - quality),
            }
        )
    return {
        "unit_code": grade.unit_code,
        "specification": _specification(offer, need),
        "periods": periods,
        "volume": {**_range(total(volumes)), "firm": "minimum"},
        "volume_band": {
            "buyer_option": {"down": amount_text(band.buyer_down), "up": amount_text(band.buyer_up)},
            "seller_option": {"down": amount_text(band.seller_down), "up": amount_text(band.seller_up)},
            "per": "period",
        },
        "price": {
            "currency": "CNY",
            "tax": "exclusive",
            "place": "seller",
            "formula": _formula(price.get("formula")),
            "quality_cny_per_unit": amount_text(quality),
            "uniform": price["uniform"],
            "exception_gap_cny_per_unit": _shortest(price.get("exception_gap")),
        },
        "value": {**_range(value_range(volumes, prices)), "currency": "CNY", "tax": "exclusive", "firm": "minimum"},
        "delivery": {
            "incoterm": terms.get("incoterm"),
            "freight_cny_per_unit": amount_text(freight),
            "freight_cny": _range(freight_cost(volumes, freight)),
            "freight_paid_by": freight_paid_by(terms.get("incoterm")),
        },
        "payment": {"days": terms["payment_days"], "terms_of": round_.policy["payment_terms_of"]},
    }


def _specification(offer: Order, need: Order) -> list[dict[str, Any]]:
    """What the seller guarantees of each attribute, and what the buyer accepts."""
    guaranteed: Mapping[str, Any] = offer.terms.get("specification", {})
    accepted: Mapping[str, Any] = need.terms.get("specification", {})
    return [
        {
            "attribute": code,
            "guaranteed": _shortest(guaranteed.get(code)),
            **{name: _shortest(accepted.get(code, {}).get(name)) for name in ACCEPTED_RANGE},
        }
        for code in sorted(guaranteed.keys() | accepted.keys())
    ]


def _formula(formula: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """price = coefficient x index + premium, within each month's floor and cap."""
    if formula is None:
        return None
    return {
        "index": formula["index"],
        "coefficient": _shortest(formula["coefficient"]),
        "premium_cny_per_unit": _shortest(formula["premium"]),
        "index_reference": _shortest(formula["index_reference"]),
    }


def _range(amounts: Range) -> dict[str, str]:
    return {
        "minimum": amount_text(amounts.minimum),
        "expected": amount_text(amounts.expected),
        "maximum": amount_text(amounts.maximum),
    }


def _shortest(amount: str | None) -> str | None:
    return None if amount is None else amount_text(Decimal(amount))
