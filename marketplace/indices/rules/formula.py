"""The price of a month by a contract's formula, exactly, with every line of the calculation.

The same formula is computed in the solver over many price paths; one file of cases runs through both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, Inexact
from fractions import Fraction
from types import MappingProxyType

from marketplace.indices.rules.formula_terms import ASSAY_POWERS, QUOTATION_SHIFTS, Component, Formula
from marketplace.indices.rules.quotes import rounded
from marketplace.shared.errors import Fault, InvalidInput
from marketplace.shared.months import shifted
from marketplace.shared.quantities import amount_text

STEPS = {
    "component": ("计价分项", "component"),
    "processing_fee": ("加工费", "processing fee"),
    "premium": ("升贴水", "premium"),
    "premium_of_month": ("当月升贴水", "premium of the month"),
    "sum": ("合计", "sum"),
    "cap": ("封顶价", "cap"),
    "floor": ("保底价", "floor"),
    "without_tax": ("不含税价", "price without tax"),
    "rounded": ("修约", "rounded"),
}


@dataclass(frozen=True)
class Line:
    """One line of a calculation: what was done, with which figures, and what it came to."""

    step: str  # one of STEPS
    working: str
    amount: Decimal


@dataclass(frozen=True)
class Calculation:
    """The price of a month, tax exclusive, and the lines that lead to it."""

    price: Decimal
    lines: tuple[Line, ...]


def quoted_month(formula: Formula, delivery_month: str) -> str:
    """The month whose index prices settle deliveries of ``delivery_month``."""
    return shifted(delivery_month, QUOTATION_SHIFTS[formula.quotation_month])


def calculate(
    formula: Formula,
    delivery_month: str,
    index_prices: Mapping[str, Decimal],
    *,
    assays: Mapping[str, Decimal] = MappingProxyType({}),
    rounding: Decimal,
) -> Calculation:
    """The formula's price for deliveries of a month, from the index prices of its quoted month.

    Nothing is rounded before the end; there, half up to ``rounding``.  Index prices count as quoted: the formula's
    tax basis says what their sum contains.

    Maths: docs/model.md 1.1a, 1.1b, 1.1j.
    Units: CNY per grade unit (or the formula's currency); ``index_prices`` per unit of the index;
    ``assays`` in the attribute's unit.
    Raises: InvalidInput when an index has no price, an attribute no assay.

    >>> from marketplace.indices.rules.formula_terms import read_formula
    >>> formula = read_formula({"components": [{"index": "LC-CN", "coefficient": "0.98"}], "premium": "-500"})
    >>> result = calculate(formula, "2027-01", {"LC-CN": Decimal(98000)}, rounding=Decimal("0.01"))
    >>> result.price
    Decimal('95540.00')
    >>> [(line.step, line.working, str(line.amount)) for line in result.lines][:2]
    [('component', 'LC-CN 98000 × 1 × 0.98', '96040'), ('premium', '-500', '-500')]
    """
    missing = [index for index in formula.indices if index not in index_prices]
    if missing:
        month = quoted_month(formula, delivery_month)
        raise InvalidInput(Fault(f"/indices/{index}", "has no price", None, month, "no-price") for index in missing)
    unknown = [attribute for attribute in formula.assays if attribute not in assays]
    if unknown:
        raise InvalidInput(Fault(f"/assays/{name}", "has no value", None, "an assay", "required") for name in unknown)
    lines: list[Line] = []
    price = Fraction(0)
    for component in formula.components:
        amount = _component(component, index_prices, assays, lines)
        price += amount
    for step, added in (
        ("processing_fee", formula.processing_fee),
        ("premium", formula.premium),
        ("premium_of_month", formula.premium_by_month.get(delivery_month, Decimal(0))),
    ):
        if added != 0:
            lines.append(Line(step, amount_text(added), added))
            price += Fraction(added)
    lines.append(Line("sum", _added(lines), _shown(price)))
    price = _collared(formula, price, lines)
    if formula.tax_basis == "inclusive":
        before, price = price, price / (1 + Fraction(formula.tax_rate))
        working = f"{amount_text(_shown(before))} ÷ (1 + {amount_text(formula.tax_rate)})"
        lines.append(Line("without_tax", working, _shown(price)))
    result = rounded(price, rounding)
    lines.append(Line("rounded", f"{amount_text(_shown(price))} → {amount_text(rounding)}", result))
    return Calculation(result, tuple(lines))


def _component(
    component: Component, index_prices: Mapping[str, Decimal], assays: Mapping[str, Decimal], lines: list[Line]
) -> Fraction:
    base = component.fixed if component.index is None else index_prices[component.index]
    assert base is not None  # read_formula saw to it
    content, attribute = component.content, component.content_attribute
    if attribute is not None:
        content = assays[attribute].scaleb(-next(p for ending, p in ASSAY_POWERS.items() if attribute.endswith(ending)))
    amount = Fraction(base) * Fraction(content) * Fraction(component.coefficient)
    name = "" if component.index is None else f"{component.index} "
    factors = " × ".join(amount_text(factor) for factor in (base, content, component.coefficient))
    lines.append(Line("component", name + factors, _shown(amount)))
    return amount


def _added(lines: list[Line]) -> str:
    return " + ".join(amount_text(line.amount) for line in lines).replace("+ -", "- ")


def _collared(formula: Formula, price: Fraction, lines: list[Line]) -> Fraction:
    if formula.cap is not None and price > Fraction(formula.cap):
        lines.append(Line("cap", f"{amount_text(_shown(price))} → {amount_text(formula.cap)}", formula.cap))
        price = Fraction(formula.cap)
    if formula.floor is not None and price < Fraction(formula.floor):
        lines.append(Line("floor", f"{amount_text(_shown(price))} → {amount_text(formula.floor)}", formula.floor))
        price = Fraction(formula.floor)
    return price


_WIDE = Context(prec=60, traps=[Inexact])
_SHOWN = Context(prec=28, rounding=ROUND_HALF_EVEN)


def _shown(amount: Fraction) -> Decimal:
    """The exact decimal, or 28 digits of it where it does not end."""
    try:
        return _WIDE.divide(Decimal(amount.numerator), Decimal(amount.denominator))
    except Inexact:
        return _SHOWN.divide(Decimal(amount.numerator), Decimal(amount.denominator))
