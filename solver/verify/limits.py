"""Limit prices in exact fractions: docs/model.md 1.1a to 1.1d."""

from __future__ import annotations

from fractions import Fraction

from solver.form.market import Market, Order
from solver.form.terms import AcceptedRange, LimitPrice


def limit_at(price: LimitPrice, index_values: dict[str, Fraction], period: int) -> Fraction:
    """Stated limit in a period when the indices stand at given values, before tax is taken out.

    Maths: 1.1a.  Units: CNY per grade unit.

    >>> from decimal import Decimal; from solver.form.terms import Component, Collar
    >>> half = Component(index="LC", content=Decimal("0.5"))
    >>> price = LimitPrice(components=(half,), collar=Collar(floor=Decimal(60)))
    >>> limit_at(price, {"LC": Fraction(100)}, 0), limit_at(price, {"LC": Fraction(200)}, 0)
    (Fraction(60, 1), Fraction(100, 1))
    """
    total = Fraction(price.processing_fee) + Fraction(price.premium)
    if price.premium_by_period is not None:
        total += Fraction(price.premium_by_period[period])
    for component in price.components:
        quote = index_values[component.index] if component.index is not None else Fraction(component.fixed or 0)
        total += quote * Fraction(component.content) * Fraction(component.coefficient)
    if price.collar is not None:
        if price.collar.floor is not None:
            total = max(total, Fraction(price.collar.floor))
        if price.collar.cap is not None:
            total = min(total, Fraction(price.collar.cap))
    return total


def tax_exclusive(price: LimitPrice, limit: Fraction) -> Fraction:
    """A limit without value-added tax.  Maths: 1.1b."""
    return limit / (1 + Fraction(price.tax.rate)) if price.tax.basis == "inclusive" else limit


def stated_limits(market: Market, order: Order) -> tuple[Fraction, ...]:
    """Limit per period on the market's path, tax exclusive, for the order's own payment days (1.1a, 1.1b)."""
    price = order.limit_price
    quotes = dict(market.paths[0].indices) if market.paths else {}
    found: list[Fraction] = []
    for period in range(len(market.calendar)):
        values = {
            component.index: Fraction(quotes[component.index][period])
            for component in price.components
            if component.index is not None
        }
        found.append(tax_exclusive(price, limit_at(price, values, period)))
        if not values and price.premium_by_period is None:
            return tuple(found * len(market.calendar))
    return tuple(found)


def restating_factor(market: Market, order: Order, contract_days: int) -> Fraction:
    """What a limit is multiplied by to stand for the contract's payment days.  Maths: 1.1c."""
    rate = Fraction(market.policy.financing_rate_per_year)
    return 1 + rate * (contract_days - order.payment.days) / 365


def contract_days(market: Market, offer: Order, need: Order) -> int:
    """Payment days of a contract: those of the side the policy names.  Maths: 1.1c."""
    return offer.payment.days if market.policy.payment_terms_of == "offer" else need.payment.days


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
