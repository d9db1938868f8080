"""A formula that a party puts on the table, and the references that it gives at what the round assumes of its indices.

Either one index with a coefficient and a premium, or components - indices or fixed prices, each by content and
coefficient - with a processing fee and a premium, where goods are priced by the metal they contain.  Every index has
to be one that both orders accept; all are quoted as both orders quote them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from marketplace.contracts.rules.amounts import PeriodPrice
from marketplace.contracts.rules.core import Month
from marketplace.contracts.rules.settlement.price import NONE, formula_document
from marketplace.indices.rules.formula import calculate
from marketplace.indices.rules.formula_terms import ASSAY_POWERS, read_formula
from marketplace.orders.rules.fields import Fields
from marketplace.orders.rules.limits import GREATEST_FACTOR, GREATEST_PRICE, MOST_COMPONENTS, ZERO
from marketplace.shared.errors import Fault, InvalidInput
from marketplace.shared.quantities import amount_text

Quotes = Callable[[str, Sequence[str]], Mapping[str, Decimal]]  # an index's assumed values in some months
MICRO = Decimal("0.000001")


def countered_formula(
    counter: Fields,
    present: Mapping[str, Any] | None,
    quotation: Mapping[str, Any] | None,
    contents: Mapping[str, Decimal],
) -> Mapping[str, Any] | None:
    """The formula that will hold: the present one where none is stated, none where that is asked for.

    ``contents``: what the seller guarantees, by attribute; a component may only go by one of these.
    """
    without = counter.flag("without_formula")
    formula = counter.below("formula")
    if formula is None:
        return None if without else present
    if without:
        counter.fault("formula", "is stated beside without_formula", "both", "one of both", "contradiction")
    stated = {"quotation": {"month": "M", "basis": "mean", "dates": None, **(quotation or {})}}
    by_parts = "components" in formula
    if by_parts:
        formula.require("premium_cny_per_unit")
        components = _components(formula, contents)
        fee = formula.amount("processing_fee_cny_per_unit", least=ZERO, most=GREATEST_PRICE)
        of_kind = {
            "components": components,
            "processing_fee_cny_per_unit": amount_text(fee or ZERO),
            "index_references": None,
        }
    else:
        formula.require("index", "coefficient", "premium_cny_per_unit")
        index = formula.text("index")
        coefficient = formula.amount("coefficient", above=ZERO, most=GREATEST_FACTOR)
        of_kind = {"index": index, "coefficient": amount_text(coefficient or ZERO), "index_reference": None}
    premium = formula.amount("premium_cny_per_unit", least=-GREATEST_PRICE, most=GREATEST_PRICE)
    formula.finish()
    return {**of_kind, "premium_cny_per_unit": amount_text(premium or ZERO), **stated}


def referenced(
    months: Sequence[Month],
    formula: Mapping[str, Any],
    quotes: Quotes,
    contents: Mapping[str, Decimal],
    *,
    kept: Mapping[str, Decimal] = NONE,
) -> tuple[Mapping[str, Any], list[Month]]:
    """Formula and months with the references that it gives at what the round assumes of its indices.

    ``kept``: the references of months that have begun, which stay as they are.
    Units: CNY per unit; a formula of components half up to the micro.
    Raises: InvalidInput naming every index that not both orders accept, every month whose reference is out of band.
    """
    names = [month.name for month in months]
    assumed = _assumed(formula, quotes, names)
    faults, found = [], []
    for month in months:
        if month.name in kept:
            price = PeriodPrice(kept[month.name], month.price.floor, month.price.cap)
            found.append(Month(month.name, month.expected, month.of_firm_capacity, price))
            continue
        at = _reference(formula, month.name, {index: values[month.name] for index, values in assumed.items()}, contents)
        if not month.price.floor <= at <= month.price.cap:
            message, limit = "gives a reference outside floor and cap", f"{month.price.floor} to {month.price.cap}"
            faults.append(Fault("/formula", f"{message} in {month.name}", at, limit, "contradiction"))
        price = PeriodPrice(at, month.price.floor, month.price.cap)
        found.append(Month(month.name, month.expected, month.of_firm_capacity, price))
    if faults:
        raise InvalidInput(faults)
    first = {index: amount_text(values[names[0]]) for index, values in assumed.items()}
    if "components" in formula:
        return {**formula, "index_references": first}, found
    return {**formula, "index_reference": first[formula["index"]]}, found


def _components(formula: Fields, contents: Mapping[str, Decimal]) -> list[dict[str, str]]:
    found = []
    for component in formula.each("components", most=MOST_COMPONENTS):
        given = [name for name in ("index", "fixed") if name in component]
        if component.is_object and len(given) != 1:
            message = "must have either an index or a fixed price"
            component.fault(None, message, " and ".join(given) or "neither", "one of them", "contradiction")
        component.text("index")
        component.amount("fixed", least=-GREATEST_PRICE, most=GREATEST_PRICE)
        component.amount("content", above=ZERO, most=GREATEST_FACTOR)
        component.amount("coefficient", least=-GREATEST_FACTOR, most=GREATEST_FACTOR)
        guaranteed = sorted(name for name in contents if name.endswith(tuple(ASSAY_POWERS)))
        wanted = f"a content that the seller guarantees: {', '.join(guaranteed) or 'there is none'}"
        component.text("content_attribute", check=guaranteed.__contains__, wanted=wanted, code="unknown-reference")
        if "content" in component and "content_attribute" in component:
            value = component.raw("content_attribute")
            component.fault("content_attribute", "stands instead of content", value, "one of them", "contradiction")
        component.finish()
        found.append(dict(component.kept))
    if not any("index" in each for each in found):
        message = "follow no index; fixed prices go without a formula"
        formula.fault("components", message, len(found), "at least one index", "missing")
    return found


def _assumed(formula: Mapping[str, Any], quotes: Quotes, months: Sequence[str]) -> dict[str, Mapping[str, Decimal]]:
    """What the round assumes of every index; an index that not both orders accept is named where it stands."""
    if "components" not in formula:
        return {formula["index"]: quotes(formula["index"], months)}
    found: dict[str, Mapping[str, Decimal]] = {}
    faults: list[Fault] = []
    for place, component in enumerate(formula["components"]):
        index = component.get("index")
        if index is None or index in found:
            continue
        try:
            found[index] = quotes(index, months)
        except InvalidInput as refused:
            faults += [replace(each, pointer=f"/formula/components/{place}/index") for each in refused.faults]
    if faults:
        raise InvalidInput(faults)
    return found


def _reference(
    formula: Mapping[str, Any], month: str, prices: Mapping[str, Decimal], contents: Mapping[str, Decimal]
) -> Decimal:
    if "components" not in formula:
        return Decimal(formula["coefficient"]) * prices[formula["index"]] + Decimal(formula["premium_cny_per_unit"])
    return calculate(read_formula(formula_document(formula)), month, prices, assays=contents, rounding=MICRO).price
