"""The price of a month of a contract, with all that it rests on; it changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from marketplace.contracts import queries
from marketplace.contracts.models import Contract
from marketplace.contracts.rules.settlement.price import (
    NoIndexPrice,
    contract_price,
    guaranteed,
    price_formula,
)
from marketplace.indices import queries as indices
from marketplace.indices.rules.formula import Calculation, quoted_month
from marketplace.indices.rules.month_prices import IndexPrice, price_document
from marketplace.shared.clock import beijing_date
from marketplace.shared.quantities import amount_text

__all__ = ["NoIndexPrice", "Priced", "UsedAssay", "month_price"]


@dataclass(frozen=True)
class UsedAssay:
    """A content that a price was computed with, and whose word it is."""

    value: Decimal  # in the attribute's unit
    origin: str  # certificate, guaranteed


@dataclass(frozen=True)
class Priced:
    """The price of a month of delivery, with every line, quote and assay that it rests on."""

    month: str
    calculation: Calculation
    indices: tuple[IndexPrice, ...]  # of the month quoted, one for each index of the formula
    assays: Mapping[str, UsedAssay]
    collar_factor: Fraction  # what a re-opener has multiplied floor and cap by; 1: as they are agreed
    provisional: bool  # more quotes or an assay will move it

    @property
    def price(self) -> Decimal:
        """CNY per unit at the seller's place, tax exclusive."""
        return self.calculation.price

    @property
    def index_prices(self) -> dict[str, Decimal]:
        """By index of the formula, whichever index it was taken from."""
        return {each.index_id: each.price.value for each in self.indices}

    @property
    def quotes(self) -> list[dict[str, Any]]:
        """Every quote used: index, day, vintage, value as it was published, factor between bases."""
        return [quote for each in self.indices for quote in price_document(each)["quotes"]]

    def to_document(self) -> dict[str, Any]:
        """All of it as a statement keeps it; decimals as strings."""
        return {
            "month": self.month,
            "price": f"{self.price:f}",
            "provisional": self.provisional,
            "lines": [
                {"step": line.step, "working": line.working, "amount": f"{line.amount:f}"}
                for line in self.calculation.lines
            ],
            "indices": [price_document(each) for each in self.indices],
            "assays": {
                name: {"value": amount_text(each.value), "from": each.origin} for name, each in self.assays.items()
            },
            "collar_factor": str(self.collar_factor),
        }


def month_price(
    contract: Contract, terms: Mapping[str, Any], month: str, *, assays: Mapping[str, Decimal], today: date
) -> Priced:
    """The price of a month of delivery as of a day in Beijing.

    ``terms``: of the version that holds for the month; ``assays``: of certificates, by attribute, what is missing
    counts as guaranteed until it is there.  Indices stand on the base that held when the contract was concluded.
    Raises: InvalidInput when the contract has no such month; NoIndexPrice.
    """
    factor = queries.collar_factor(contract, terms, month)
    formula = price_formula(terms, month, collar_factor=factor)
    found = tuple(
        index_of(contract, index, quoted_month(formula, month), formula.quotation, today=today)
        for index in formula.indices
    )
    promised = guaranteed(terms)
    used = {
        name: UsedAssay(assays[name], "certificate") if name in assays else UsedAssay(promised[name], "guaranteed")
        for name in formula.assays
        if name in assays or name in promised
    }
    calculation = contract_price(
        terms,
        month,
        {each.index_id: each.price.value for each in found},
        assays={name: each.value for name, each in used.items()},
        collar_factor=factor,
    )
    waiting = any(each.provisional for each in found) or any(each.origin == "guaranteed" for each in used.values())
    return Priced(month, calculation, found, used, factor, waiting)


def index_of(contract: Contract, index_id: str, month: str, quotation: Any, *, today: date) -> IndexPrice:
    """An index in the month that a contract quotes.  Raises: NotFound, NoIndexPrice."""
    base = beijing_date(contract.concluded_at)
    found = indices.quoted_price(index_id, month, quotation, base_of=base, today=today)
    if found is None:
        days = tuple(day.isoformat() for day in quotation.dates or ())
        raise NoIndexPrice(index_id, month, days)
    return found
