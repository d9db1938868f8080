"""The price of a month under a contract: its formula at the index, or the agreed price, within floor and cap."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from marketplace.indices.rules.formula import Calculation, calculate
from marketplace.indices.rules.formula_terms import read_formula
from marketplace.shared.errors import InvalidInput
from marketplace.shared.quantities import CENT


def contract_price(terms: Mapping[str, Any], month: str, index_price: Decimal | None) -> Calculation:
    """The price of a month of delivery, with every line of the calculation.

    ``index_price``: of the month that the formula quotes (indices.rules.formula.quoted_month); None where there is
    none, which only a price without formula survives.
    Units: CNY per unit of the grade at the seller's place, tax exclusive, half up to 0.01.
    Raises: InvalidInput when the contract has no such month, or the index no price.

    >>> month = {"period": "2027-01", "reference": "100000", "floor": "90000", "cap": "98000"}
    >>> formula = {"index": "LC-CN", "coefficient": "0.98", "premium_cny_per_unit": "-500",
    ...            "quotation": {"month": "M", "basis": "mean", "dates": None}}
    >>> terms = {"periods": [month], "price": {"formula": formula}}
    >>> [str(contract_price(terms, "2027-01", Decimal(index)).price) for index in (98000, 103000, 80000)]
    ['95540.00', '98000.00', '90000.00']
    """
    agreed = next((each for each in terms["periods"] if each["period"] == month), None)
    if agreed is None:
        raise InvalidInput.at("/month", "is no month of the contract", month, "a month of delivery", "not-a-month")
    formula = terms["price"]["formula"]
    if formula is None:
        document: dict[str, Any] = {"components": [{"fixed": agreed["reference"]}]}
        prices: dict[str, Decimal] = {}
    else:
        document = {
            "components": [{"index": formula["index"], "coefficient": formula["coefficient"]}],
            "premium": formula["premium_cny_per_unit"],
            "quotation": {"month": formula["quotation"]["month"]},
        }
        prices = {} if index_price is None else {formula["index"]: index_price}
    document["collar"] = {"floor": agreed["floor"], "cap": agreed["cap"]}
    return calculate(read_formula(document), month, prices, rounding=CENT)
