"""A price formula as its document states it: read strictly, every fault with its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from marketplace.indices.rules.month_prices import PLAIN, Quotation
from marketplace.indices.rules.quotes import BASES
from marketplace.shared.errors import Fault, InvalidInput
from marketplace.shared.months import FORM, is_month
from marketplace.shared.quantities import read_amount

ASSAY_POWERS = {"_pct": 2, "_ppm": 6}  # ending of an attribute's code -> power of ten that makes it t/t
QUOTATION_SHIFTS = {"M": 0, "M-1": -1, "M+1": 1}  # months from the delivery's to the one quoted


@dataclass(frozen=True)
class Component:
    """An index or a fixed price, times content (t/t), times coefficient."""

    index: str | None
    fixed: Decimal | None
    content: Decimal
    coefficient: Decimal
    content_attribute: str | None = None  # whose assay gives the content instead


@dataclass(frozen=True)
class Formula:
    """A price formula: sum of components + processing fee + premiums, held by a collar, on one tax basis."""

    components: tuple[Component, ...]
    processing_fee: Decimal
    premium: Decimal
    premium_by_month: Mapping[str, Decimal]
    floor: Decimal | None
    cap: Decimal | None
    tax_basis: str
    tax_rate: Decimal
    quotation_month: str
    currency: str
    quotation: Quotation = PLAIN

    @property
    def assays(self) -> tuple[str, ...]:
        """The attributes whose assay it needs, each once."""
        return tuple(dict.fromkeys(c.content_attribute for c in self.components if c.content_attribute is not None))

    @property
    def indices(self) -> tuple[str, ...]:
        """The indices that it moves with, each once."""
        return tuple(dict.fromkeys(c.index for c in self.components if c.index is not None))


def read_formula(document: Mapping[str, Any]) -> Formula:
    """The formula that a ``limit_price`` document of the order book states, premiums by month name.

    Raises: InvalidInput naming every fault, among them each term that this calculation does not honour.
    """
    faults: list[Fault] = []
    collar, tax, quotation = (document.get(name) or {} for name in ("collar", "tax", "quotation"))
    known = {"components", "processing_fee", "premium", "premium_by_period", "collar", "tax", "quotation", "currency"}
    _refuse_others(document, known | {"accepted_indices"}, "", faults)  # which indices a price may follow: not how
    _refuse_others(collar, {"floor", "cap"}, "/collar", faults)
    _refuse_others(tax, {"basis", "rate"}, "/tax", faults)
    _refuse_others(quotation, {"month", "basis", "dates"}, "/quotation", faults)
    components = document.get("components") or []
    if not components:
        faults.append(Fault("/components", "is empty", None, "at least one component", "required"))
    formula = Formula(
        components=tuple(_read_component(c, f"/components/{i}", faults) for i, c in enumerate(components)),
        processing_fee=_amount(document, "processing_fee", "", faults) or Decimal(0),
        premium=_amount(document, "premium", "", faults) or Decimal(0),
        premium_by_month=_premiums(document.get("premium_by_period") or {}, faults),
        floor=_amount(collar, "floor", "/collar", faults),
        cap=_amount(collar, "cap", "/collar", faults),
        tax_basis=_choice(tax, "basis", ("exclusive", "inclusive"), "/tax", faults),
        tax_rate=_amount(tax, "rate", "/tax", faults) or Decimal(0),
        quotation_month=_choice(quotation, "month", tuple(QUOTATION_SHIFTS), "/quotation", faults),
        currency=document.get("currency", "CNY"),
        quotation=_quotation(quotation, faults),
    )
    if formula.quotation.dates is not None and formula.quotation_month != "M":
        faults.append(Fault("/quotation/month", "goes without stated days", formula.quotation_month, "M, or no dates"))
    if not 0 <= formula.tax_rate <= 1:
        faults.append(Fault("/tax/rate", "is no rate", formula.tax_rate, "0 to 1"))
    if formula.floor is not None and formula.cap is not None and formula.floor > formula.cap:
        faults.append(Fault("/collar/floor", "is above the cap", formula.floor, formula.cap))
    if faults:
        raise InvalidInput(faults)
    return formula


def _read_component(document: Mapping[str, Any], pointer: str, faults: list[Fault]) -> Component:
    _refuse_others(document, {"index", "fixed", "content", "content_attribute", "coefficient"}, pointer, faults)
    index, fixed = document.get("index"), _amount(document, "fixed", pointer, faults)
    if (index is None) == (document.get("fixed") is None):
        faults.append(Fault(pointer, "must have either an index or a fixed price", None, "one of them"))
    attribute = document.get("content_attribute")
    if attribute is not None and document.get("content") is not None:
        faults.append(Fault(f"{pointer}/content_attribute", "stands instead of content", attribute, "one of them"))
    elif attribute is not None and not str(attribute).endswith(tuple(ASSAY_POWERS)):
        wanted = "an attribute whose code ends in " + " or ".join(ASSAY_POWERS)
        faults.append(Fault(f"{pointer}/content_attribute", "is no content", attribute, wanted))
    content = _amount(document, "content", pointer, faults)
    coefficient = _amount(document, "coefficient", pointer, faults)
    one = Decimal(1)
    content, coefficient = (one if factor is None else factor for factor in (content, coefficient))
    return Component(index, fixed, content, coefficient, attribute)


def _quotation(document: Mapping[str, Any], faults: list[Fault]) -> Quotation:
    basis = _choice(document, "basis", BASES, "/quotation", faults)
    stated, dates = document.get("dates"), list[date]()
    for place, day in enumerate(stated or ()):
        try:
            dates.append(date.fromisoformat(day))
        except (TypeError, ValueError):
            faults.append(Fault(f"/quotation/dates/{place}", "is not a date", day, "YYYY-MM-DD"))
    if stated is not None and len(set(dates)) != max(len(stated), 1):
        faults.append(Fault("/quotation/dates", "must be different days, at least one", len(stated), "each day once"))
    return Quotation(basis, tuple(sorted(dates)) or None)


def _premiums(document: Mapping[str, Any], faults: list[Fault]) -> dict[str, Decimal]:
    for month in document:
        if not is_month(month):
            faults.append(Fault(f"/premium_by_period/{month}", "is not a month", month, FORM))
    amounts = {month: _amount(document, month, "/premium_by_period", faults) for month in document}
    return {month: amount for month, amount in amounts.items() if amount is not None}


def _amount(document: Mapping[str, Any], name: str, pointer: str, faults: list[Fault]) -> Decimal | None:
    value = document.get(name)
    if value is None:
        return None
    try:
        return read_amount(value)
    except (ValueError, TypeError) as error:
        faults.append(Fault(f"{pointer}/{name}", str(error), value))
        return None


def _choice(document: Mapping[str, Any], name: str, options: tuple[str, ...], pointer: str, faults: list[Fault]) -> str:
    value = document.get(name, options[0])
    if value not in options:
        faults.append(Fault(f"{pointer}/{name}", "is not honoured", value, ", ".join(options), "not-honoured"))
        return options[0]
    return str(value)


def _refuse_others(document: Mapping[str, Any], known: set[str], pointer: str, faults: list[Fault]) -> None:
    for name, value in document.items():
        if name not in known and value is not None:
            faults.append(Fault(f"{pointer}/{name}", "is not honoured", value, None, "not-honoured"))
