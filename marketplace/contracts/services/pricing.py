"""The price of a month of a contract, from what its index was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from marketplace.contracts.models import Contract
from marketplace.contracts.rules.settlement import contract_price
from marketplace.indices import queries as indices
from marketplace.indices.rules.formula import Calculation
from marketplace.shared.errors import Conflict, InvalidInput, NotFound
from marketplace.shared.months import shifted
from marketplace.shared.quantities import amount_text


class NoIndexPrice(Conflict):
    """An index has no price for the quoted month yet."""

    code = "no-index-price"


@dataclass(frozen=True)
class Priced:
    """A price, and what it rests on."""

    calculation: Calculation
    quotes: list[dict[str, Any]]
    provisional: bool

    def to_document(self) -> dict[str, Any]:
        """As statements keep it."""
        lines = [
            {"step": line.step, "working": line.working, "amount": amount_text(line.amount)}
            for line in self.calculation.lines
        ]
        return {"lines": lines, "quotes": self.quotes, "provisional": self.provisional}


def month_price(
    contract: Contract, terms: Mapping[str, Any], month: str, *, assays: Mapping[str, Decimal], today: date
) -> Priced:
    """The price of a month."""
    formula = terms["price"]["formula"]
    if formula is None:
        return Priced(contract_price(terms, month, None), [], False)
    quoted = shifted(month, {"M": 0, "M-1": -1, "M+1": 1}[formula["quotation"]["month"]])
    try:
        found = indices.monthly_price(formula["index"], quoted, today=today)
    except (NotFound, InvalidInput):
        raise NoIndexPrice(f"{formula['index']} has no price in {quoted}") from None
    quotes = [
        {
            "index": quote.index_id,
            "day": quote.day.isoformat(),
            "vintage": quote.vintage,
            "value": amount_text(quote.value),
        }
        for quote in indices.quotes(found.from_index.id, [quoted])
    ]
    return Priced(contract_price(terms, month, found.price.value), quotes, found.provisional)
