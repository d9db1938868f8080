"""A proposal as both parties read it: everything a contract needs to say, and neither party's limit."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from marketplace.catalogue.models import Grade
from marketplace.contracts.rules.amounts import (
    PeriodPrice,
    Range,
    envelope,
    freight_cost,
    value_range,
)
from marketplace.contracts.rules.bands import NO_SPAN, Option, OptionVolumes, volumes
from marketplace.contracts.rules.conditions import proposed_wishes
from marketplace.contracts.rules.delivery import freight_paid_by
from marketplace.orders.models import Order
from marketplace.rounds.models import Round, RoundMatch
from marketplace.shared.quantities import amount_text

ACCEPTED_RANGE = ("at_least", "at_most")  # what a deviation is worth to the buyer belongs to its limit


def proposal_terms(round_: Round, match: RoundMatch, offer: Order, need: Order, grade: Grade) -> dict[str, Any]:
    """The proposal's document, amounts as decimal strings.

    Units: volumes in the unit of the offered grade, whole quanta; prices CNY per unit of it, tax exclusive, at the
    seller's place; landed with the freight to the buyer's, delivered that less quality (docs/model.md 5); values CNY.
    """
    terms = match.terms
    price = terms["price"]
    freight, quality = Decimal(terms["freight_cny_per_unit"]), Decimal(terms["quality_cny_per_unit"])
    buyer, seller = _option(terms, "band"), _option(terms, "seller_band")
    places = [place for place, volume in enumerate(match.volumes) if Decimal(volume) != 0]
    months = [round_.calendar[place] for place in places]
    expected = [Decimal(match.volumes[place]) for place in places]
    firm = match.volumes if terms.get("firm") is None else terms["firm"]
    called = volumes(months, expected, buyer, seller, grade.quantum)
    prices = [PeriodPrice(*(Decimal(price[name][place]) for name in ("reference", "floor", "cap"))) for place in places]
    periods = [
        {
            "period": month,
            "volume": _range(volume),
            "of_firm_capacity": amount_text(Decimal(firm[place])),
            "reference": amount_text(at.reference),
            "floor": amount_text(at.floor),
            "cap": amount_text(at.cap),
            "landed_reference": amount_text(at.reference + freight),
            "delivered_reference": amount_text(at.reference + freight - quality),
        }
        for place, month, volume, at in zip(places, months, called.months, prices, strict=True)
    ]
    value = envelope([_value(option, prices) for option in (called.buyer, called.seller)])
    return {
        "unit_code": grade.unit_code,
        "alternate": _alternate(terms.get("ratio"), need),
        "specification": _specification(offer, need),
        "periods": periods,
        "volume": {**_range(called.term), "firm": "minimum"},
        "volume_band": {
            "buyer_option": _stated_option(buyer, called.buyer),
            "seller_option": _stated_option(seller, called.seller),
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
        "value": {**_range(value), "currency": "CNY", "tax": "exclusive", "firm": "minimum"},
        "delivery": {
            "incoterm": terms.get("incoterm"),
            "freight_cny_per_unit": amount_text(freight),
            "freight_cny": _range(freight_cost(called.term, freight)),
            "freight_paid_by": freight_paid_by(terms.get("incoterm")),
            "invoice_form": terms.get("invoice_form"),
            "dangerous_goods_class": terms.get("dangerous_goods_class"),
        },
        "tolling": _tolling(terms.get("tolling")),
        "wishes": proposed_wishes(
            terms.get("wishes"), offer.terms.get("contract_wishes", {}), need.terms.get("contract_wishes", {})
        ),
        "payment": _payment(terms, round_),
        "relaxed": list(terms.get("relaxed", ())),
    }


def _alternate(ratio: str | None, need: Order) -> dict[str, str | None] | None:
    """What the goods stand for where they are of another grade than the buyer asked for (docs/model.md 3.22)."""
    return None if ratio is None else {"asked_grade_id": need.grade_id, "ratio": _shortest(ratio)}


def _option(terms: Mapping[str, Any], side: str) -> Option:
    """One side's option as the match states it, what is left out at its default."""
    return Option(
        Decimal(terms[f"{side}_down"]),
        Decimal(terms[f"{side}_up"]),
        terms.get(f"{side}_per", NO_SPAN),
        terms.get(f"{side}_make_up_months"),
    )


def _stated_option(option: Option, called: OptionVolumes) -> dict[str, Any]:
    """The option, and what may be called over its spans where these are longer than a month."""
    spans = [] if option.per == NO_SPAN else called.spans
    return {
        "down": amount_text(option.down),
        "up": amount_text(option.up),
        "per": option.per,
        "make_up_months": option.make_up_months,
        "spans": [{"first": span.months[0], "last": span.months[-1], **_range(span.volume)} for span in spans],
    }


def _value(option: OptionVolumes, prices: list[PeriodPrice]) -> Range:
    return value_range(option.months, [(len(span.months), span.volume.minimum) for span in option.spans], prices)


def _tolling(tolling: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What the seller guarantees of the buyer's material.  Either side's fee is a secret; the price contains one."""
    if tolling is None:
        return None
    return {
        "grade": tolling["grade"],
        "yield_fraction": _shortest(tolling["yield_fraction"]),
        "loss_limit": _shortest(tolling["loss_limit"]),
        "title": tolling["title"],
    }


def _payment(terms: Mapping[str, Any], round_: Round) -> dict[str, Any]:
    """The whole payment terms: what is not stated is not agreed, the rest is paid by transfer."""
    stated: Mapping[str, Any] = terms.get("payment") or {}
    return {
        "days": terms["payment_days"],
        "prepaid_fraction": _shortest(stated.get("prepaid_fraction")),
        "prepaid_offset_months": stated.get("prepaid_offset_months"),
        "deposit_fraction": _shortest(stated.get("deposit_fraction")),
        "instrument": stated.get("instrument", "transfer"),
        "tenor_days": stated.get("tenor_days"),
        "discount_borne_by": _discount_borne_by(stated),
        "late_for_small_supplier": terms.get("late_for_small_supplier", False),
        "terms_of": round_.policy["payment_terms_of"],
    }


def _discount_borne_by(stated: Mapping[str, Any]) -> str | None:
    """Who bears the discount of an acceptance: the seller, who holds it, where nothing is said (docs/model.md 1.1c)."""
    return stated.get("discount_borne_by", "seller") if "tenor_days" in stated else None


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
        "quotation": {"month": "M", "basis": "mean", "dates": None, **(formula.get("quotation") or {})},
    }


def _range(amounts: Range) -> dict[str, str]:
    return {
        "minimum": amount_text(amounts.minimum),
        "expected": amount_text(amounts.expected),
        "maximum": amount_text(amounts.maximum),
    }


def _shortest(amount: str | None) -> str | None:
    return None if amount is None else amount_text(Decimal(amount))
