"""Payment terms of a contract, and what they make of a limit stated for others: docs/model.md 1.1c."""

from __future__ import annotations

from fractions import Fraction

from solver.form.market import Market, Order
from solver.form.terms import Payment
from solver.verify.days import first_and_last_day


def contract_payment(market: Market, offer: Order, need: Order) -> Payment:
    """Payment terms of a contract: those of the side the policy names."""
    return offer.payment if market.policy.payment_terms_of == "offer" else need.payment


def waiting(payment: Payment) -> int:
    """Days after delivery until the seller has what was neither prepaid nor deposited.

    >>> waiting(Payment(days=30)), waiting(Payment(days=30, instrument="bank_acceptance", tenor_days=180))
    (30, 210)
    >>> waiting(Payment(days=30, instrument="bank_acceptance", tenor_days=180, discount_borne_by="buyer"))
    30
    """
    if payment.tenor_days is None or payment.discount_borne_by == "buyer":
        return payment.days
    return payment.days + payment.tenor_days


def lags(market: Market, payment: Payment) -> tuple[Fraction, ...]:
    """Days between the delivery of each period and its payment, each part of the money counted by its days.

    A deposit is paid on the calendar's first day.
    """
    begin = first_and_last_day(market.calendar[0])[0]
    prepaid = Fraction(0) if payment.prepaid_fraction is None else Fraction(payment.prepaid_fraction)
    deposit = Fraction(0) if payment.deposit_fraction is None else Fraction(payment.deposit_fraction)
    months = payment.prepaid_offset_months or 0
    after = (1 - prepaid - deposit) * waiting(payment) - prepaid * months * Fraction(365, 12)
    if not deposit:
        return (after,) * len(market.calendar)
    return tuple(after - deposit * (first_and_last_day(period)[0] - begin).days for period in market.calendar)


def restating_factors(market: Market, order: Order, contract: Payment) -> tuple[Fraction, ...]:
    """What an order's limit is multiplied by in each period to stand for the contract's payment."""
    rate = Fraction(market.policy.financing_rate_per_year)
    if rate == 0 or order.payment == contract:
        return (Fraction(1),) * len(market.calendar)
    own, due = lags(market, order.payment), lags(market, contract)
    return tuple(1 + rate * (theirs - mine) / 365 for mine, theirs in zip(own, due, strict=True))


def small_seller_waits_too_long(market: Market, offer: Order, contract: Payment) -> bool:
    """Whether a small supplier has its money later than the policy's days."""
    most = market.policy.small_supplier_days
    return offer.small_supplier and most is not None and waiting(contract) > most
