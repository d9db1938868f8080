"""Limit prices in exact fractions: docs/model.md 1.1a to 1.1d, 1.1i to 1.1k."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from solver.form.market import Market, Order, PricePath
from solver.form.terms import AcceptedRange, LimitPrice, Quotation

CENT, MILLIONTH = Fraction(1, 100), Fraction(1, 10**6)


def limit_at(
    price: LimitPrice,
    index_values: Mapping[str, Fraction],
    period: int,
    contents: Mapping[str, Fraction] | None = None,
    rate: Fraction = Fraction(1),
) -> Fraction:
    """Stated limit in a period when the indices stand at given values, before tax is taken out.

    ``contents``: by attribute, of the goods the limit meets.  ``rate``: CNY per unit of the limit's currency.
    Maths: 1.1a, 1.1j, 1.1k.  Units: CNY per grade unit.

    >>> from decimal import Decimal; from solver.form.terms import Component, Collar
    >>> half = Component(index="LC", content=Decimal("0.5"))
    >>> price = LimitPrice(components=(half,), collar=Collar(floor=Decimal(60)))
    >>> limit_at(price, {"LC": Fraction(100)}, 0), limit_at(price, {"LC": Fraction(200)}, 0)
    (Fraction(60, 1), Fraction(100, 1))
    """
    total = Fraction(price.processing_fee) + Fraction(price.premium)
    if price.premium_by_period is not None:
        total += Fraction(price.premium_by_period[period])
    if rate != 1:
        total *= rate
    for component in price.components:
        worth = Fraction(component.fixed or 0) * rate if component.index is None else index_values[component.index]
        attribute = component.content_attribute
        content = Fraction(component.content) if attribute is None else (contents or {})[attribute]
        total += worth * content * Fraction(component.coefficient)
    if price.collar is not None:
        if price.collar.floor is not None:
            total = max(total, Fraction(price.collar.floor) * rate)
        if price.collar.cap is not None:
            total = min(total, Fraction(price.collar.cap) * rate)
    return total


def tax_exclusive(price: LimitPrice, limit: Fraction) -> Fraction:
    """A limit without value-added tax.  Maths: 1.1b."""
    return limit / (1 + Fraction(price.tax.rate)) if price.tax.basis == "inclusive" else limit


def exchange_rate(market: Market, price: LimitPrice) -> Fraction:
    """CNY for one unit of a limit's currency.  Maths: 1.1k."""
    return Fraction(1) if price.currency == "CNY" else Fraction(market.policy.exchange_rates[price.currency])


def contents_of(price: LimitPrice, offer: Order) -> dict[str, Fraction] | None:
    """The contents a limit takes from an offer's guaranteed values; None if one is not guaranteed.  Maths: 1.1j."""
    found: dict[str, Fraction] = {}
    for component in price.components:
        name = component.content_attribute
        if name is None:
            continue
        value = offer.specification.get(name)
        if not isinstance(value, Decimal):
            return None
        content = Fraction(value) * (CENT if name.endswith("_pct") else MILLIONTH)
        if content < 0 or content > 1:
            return None
        found[name] = content
    return found


def index_values(path: PricePath | None, quotation: Quotation | None, period: int) -> dict[str, Fraction]:
    """Every index that a path quotes for a period of delivery in the way that an order asks.  Maths: 1.1i."""
    if path is None:
        return {}
    month = "M" if quotation is None else quotation.month
    words: list[str] = []
    if quotation is not None and quotation.basis != "mean":
        words.append(quotation.basis)
    if quotation is not None and quotation.dates:
        words.extend(sorted(quotation.dates))
    tail = "@" + ",".join(words) if words else ""
    found: dict[str, Fraction] = {}
    for name, values in path.indices.items():
        at = period - 1 if month == "M-1" else period + 1 if month == "M+1" else period
        value = path.before.get(name) if at < 0 else path.after.get(name) if at >= len(values) else values[at]
        if name.endswith(tail) and value is not None:
            found[name.removesuffix(tail)] = Fraction(value)
    return found


def stated_limits(market: Market, order: Order, offer: Order, path: PricePath | None) -> tuple[Fraction, ...]:
    """Limit per period on a path against an offer's goods, tax exclusive, for the order's own payment (1.1a, 1.1b)."""
    price = order.limit_price
    rate, contents = exchange_rate(market, price), contents_of(price, offer)
    steady = price.premium_by_period is None and all(component.index is None for component in price.components)
    found: list[Fraction] = []
    for period in range(len(market.calendar)):
        values = {} if steady else index_values(path, price.quotation, period)
        found.append(tax_exclusive(price, limit_at(price, values, period, contents, rate)))
        if steady:
            return tuple(found * len(market.calendar))
    return tuple(found)


def quality_adjustment(offer: Order, need: Order) -> Fraction:
    """What the offer's guaranteed values add to the need's limit, CNY per unit.  Maths: 1.1d."""
    total = Fraction(0)
    for attribute, accepted in need.specification.items():
        value = offer.specification.get(attribute)
        if not isinstance(accepted, AcceptedRange) or accepted.target is None or value is None:
            continue
        if isinstance(value, AcceptedRange):
            continue
        distance = Fraction(value) - Fraction(accepted.target)
        total += Fraction(accepted.above_cny_per_unit) * max(Fraction(0), distance)
        total += Fraction(accepted.below_cny_per_unit) * max(Fraction(0), -distance)
    return total
