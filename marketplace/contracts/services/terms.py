"""A proposal as both parties read it: everything a contract needs to say, and neither party's limit."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from marketplace.catalogue.models import Grade
from marketplace.contracts.rules.amounts import PeriodPrice
from marketplace.contracts.rules.bands import NO_SPAN, Option
from marketplace.contracts.rules.clauses import first_clauses
from marketplace.contracts.rules.conditions import proposed_wishes
from marketplace.contracts.rules.core import Core, Month, stated
from marketplace.contracts.rules.delivery import freight_paid_by
from marketplace.contracts.rules.payment import with_wait
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
    firm = match.volumes if terms.get("firm") is None else terms["firm"]
    months = tuple(
        Month(
            month,
            Decimal(volume),
            Decimal(firm[place]),
            PeriodPrice(*(Decimal(price[name][place]) for name in ("reference", "floor", "cap"))),
        )
        for place, (month, volume) in enumerate(zip(round_.calendar, match.volumes, strict=True))
        if Decimal(volume) != 0
    )
    core = Core(months, _option(terms, "band", granted_by=offer), _option(terms, "seller_band", granted_by=need))
    parts = stated(core, freight_cny_per_unit=freight, quality_cny_per_unit=quality, quantum=grade.quantum)
    freight_cny = parts.pop("freight_cny")
    wishes = proposed_wishes(
        terms.get("wishes"), offer.terms.get("contract_wishes", {}), need.terms.get("contract_wishes", {})
    )
    return {
        "unit_code": grade.unit_code,
        "alternate": _alternate(terms.get("ratio"), need),
        "specification": _specification(offer, need),
        **parts,
        "price": {
            "currency": "CNY",
            "tax": "exclusive",
            "place": "seller",
            "formula": _formula(price.get("formula")),
            "quality_cny_per_unit": amount_text(quality),
            "uniform": price["uniform"],
            "exception_gap_cny_per_unit": _shortest(price.get("exception_gap")),
        },
        "delivery": {
            "incoterm": terms.get("incoterm"),
            "freight_cny_per_unit": amount_text(freight),
            "freight_cny": freight_cny,
            "freight_paid_by": freight_paid_by(terms.get("incoterm")),
            "invoice_form": terms.get("invoice_form"),
            "dangerous_goods_class": terms.get("dangerous_goods_class"),
        },
        "tolling": _tolling(terms.get("tolling")),
        "wishes": wishes,
        "clauses": first_clauses(wishes, round_.contracting, _certificates(offer, need)),
        "payment": _payment(terms, round_, offer),
        "relaxed": list(terms.get("relaxed", ())),
    }


def _certificates(offer: Order, need: Order) -> list[str]:
    """What either side requires of the other through the term."""
    return [name for order in (offer, need) for name in order.terms.get("certificates", ())]


def _alternate(ratio: str | None, need: Order) -> dict[str, str | None] | None:
    """What the goods stand for where they are of another grade than the buyer asked for (docs/model.md 3.22)."""
    return None if ratio is None else {"asked_grade_id": need.grade_id, "ratio": _shortest(ratio)}


def _option(terms: Mapping[str, Any], side: str, *, granted_by: Order) -> Option:
    """One side's option as the match states it, what is left out at its default; the granter says the notice."""
    down, up = Decimal(terms[f"{side}_down"]), Decimal(terms[f"{side}_up"])
    grants = granted_by.terms.get("flexibility", {}).get("grants", {})
    return Option(
        down,
        up,
        terms.get(f"{side}_per", NO_SPAN),
        terms.get(f"{side}_make_up_months"),
        grants.get("notice_days", 0) if down or up else 0,
    )


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


def _payment(terms: Mapping[str, Any], round_: Round, offer: Order) -> dict[str, Any]:
    """The whole payment terms: what is not stated is not agreed, the rest is paid by transfer."""
    given: Mapping[str, Any] = terms.get("payment") or {}
    stated = {
        "days": terms["payment_days"],
        "prepaid_fraction": _shortest(given.get("prepaid_fraction")),
        "prepaid_offset_months": given.get("prepaid_offset_months"),
        "deposit_fraction": _shortest(given.get("deposit_fraction")),
        "instrument": given.get("instrument", "transfer"),
        "tenor_days": given.get("tenor_days"),
        "discount_borne_by": _discount_borne_by(given),
        "terms_of": round_.policy["payment_terms_of"],
    }
    return with_wait(stated, small=offer.organisation.small, most=round_.policy["small_supplier_days"])


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


def _shortest(amount: str | None) -> str | None:
    return None if amount is None else amount_text(Decimal(amount))
