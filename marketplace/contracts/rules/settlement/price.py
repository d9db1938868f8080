"""The price of a month under a contract: its formula at the indices, or the agreed price, within floor and cap."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from marketplace.indices.rules.formula import Calculation, calculate
from marketplace.indices.rules.formula_terms import Formula, read_formula
from marketplace.indices.rules.quotes import rounded
from marketplace.shared.errors import Conflict, InvalidInput
from marketplace.shared.quantities import CENT

NONE: Mapping[str, Decimal] = MappingProxyType({})


class NoIndexPrice(Conflict):
    """Neither an index nor any fallback of it has a price for a month, or not yet."""

    code = "no-index-price"

    def __init__(self, index_id: str, month: str, days: tuple[str, ...] = ()) -> None:
        self.index_id, self.month, self.days = index_id, month, days
        when = f"on any of {', '.join(days)}" if days else f"in {month}"
        super().__init__(f"index {index_id} has no price {when}, and nothing stands in for it")


def contract_price(
    terms: Mapping[str, Any],
    month: str,
    index_price: Decimal | Mapping[str, Decimal] | None,
    *,
    assays: Mapping[str, Decimal] = NONE,
    collar_factor: Fraction = Fraction(1),
) -> Calculation:
    """The price of a month of delivery, with every line of the calculation.

    ``index_price``: of the month that the formula quotes (indices.rules.formula.quoted_month), by index, or the one
    amount where the formula follows one index; None where there is none, which only a price without formula survives.
    ``assays``: by attribute, in its own unit.  ``collar_factor``: what the month's floor and cap are multiplied by,
    each rounded half up to 0.01 (rules.reopener).
    Units: CNY per unit of the grade at the seller's place, tax exclusive, half up to 0.01.
    Raises: InvalidInput when the contract has no such month, an index no price, or an attribute no assay.

    >>> month = {"period": "2027-01", "reference": "100000", "floor": "90000", "cap": "98000"}
    >>> formula = {"index": "LC-CN", "coefficient": "0.98", "premium_cny_per_unit": "-500",
    ...            "quotation": {"month": "M", "basis": "mean", "dates": None}}
    >>> terms = {"periods": [month], "price": {"formula": formula}}
    >>> [str(contract_price(terms, "2027-01", Decimal(index)).price) for index in (98000, 103000, 80000)]
    ['95540.00', '98000.00', '90000.00']
    """
    formula = price_formula(terms, month, collar_factor=collar_factor)
    if isinstance(index_price, Decimal):
        prices: Mapping[str, Decimal] = dict.fromkeys(formula.indices[:1], index_price)
    else:
        prices = index_price or NONE
    return calculate(formula, month, prices, assays=assays, rounding=CENT)


def price_formula(terms: Mapping[str, Any], month: str, *, collar_factor: Fraction = Fraction(1)) -> Formula:
    """What the price of a month of delivery is computed by; without a formula the agreed price of the month.

    Raises: InvalidInput when the contract has no such month.
    """
    agreed = next((each for each in terms["periods"] if each["period"] == month), None)
    if agreed is None:
        raise InvalidInput.at("/month", "is no month of the contract", month, "a month of delivery", "not-a-month")
    stated = terms["price"]["formula"]
    document = {"components": [{"fixed": agreed["reference"]}]} if stated is None else formula_document(stated)
    collar = {name: agreed[name] for name in ("floor", "cap")}
    if collar_factor != 1:
        collar = {name: rounded(Fraction(amount) * collar_factor, CENT) for name, amount in collar.items()}
    return read_formula({**document, "collar": collar})


def formula_document(stated: Mapping[str, Any]) -> dict[str, Any]:
    """A contract's formula in the form of the order book, without collar.

    A contract states one index with its coefficient, or ``components`` and a processing fee where the goods are priced
    by what they contain.

    >>> quotation = {"month": "M-1", "basis": "mean", "dates": None}
    >>> document = formula_document({"index": "NI", "coefficient": "1", "premium_cny_per_unit": "5",
    ...                              "quotation": quotation})
    >>> document["components"], document["premium"]
    ([{'index': 'NI', 'coefficient': '1'}], '5')
    """
    components = stated.get("components") or [{name: stated[name] for name in ("index", "coefficient")}]
    return {
        "components": list(components),
        "processing_fee": stated.get("processing_fee_cny_per_unit"),
        "premium": stated["premium_cny_per_unit"],
        "quotation": {name: value for name, value in stated["quotation"].items() if value is not None},
    }


def guaranteed(terms: Mapping[str, Any]) -> dict[str, Decimal]:
    """What the seller guarantees, by attribute: the content that counts until there is an assay."""
    stated = {each["attribute"]: each["guaranteed"] for each in terms.get("specification", ())}
    return {attribute: Decimal(value) for attribute, value in stated.items() if value is not None}
