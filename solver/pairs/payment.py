"""What a later or earlier payment adds to a limit, or takes from it (docs/model.md 1.1c)."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from solver.form.calendar import first_day

if TYPE_CHECKING:
    from collections.abc import Sequence

    from solver.form.market import Market, Order
    from solver.form.terms import Payment

DAYS_PER_YEAR = 365
DAYS_PER_MONTH = Fraction(365, 12)


def contract_payment(market: Market, offer: Order, need: Order) -> Payment:
    """The payment terms of a contract between two orders: those of the side that the policy names."""
    return offer.payment if market.policy.payment_terms_of == "offer" else need.payment


def days_since_signing(calendar: Sequence[str]) -> tuple[int, ...]:
    """Days from the first day of the calendar, on which a deposit is paid, to the first day of every period."""
    firsts = [first_day(period) for period in calendar]
    return tuple((day - firsts[0]).days for day in firsts)


def money_days(payment: Payment, since_signing: int) -> Fraction:
    """Days after delivery at which the price of a unit is paid, weighted by the money; negative if paid ahead.

    Maths: a x (-365/12 x months) + b x (-days since signing) + (1 - a - b) x wait.
    """
    prepaid, deposit = Fraction(payment.prepaid_fraction or 0), Fraction(payment.deposit_fraction or 0)
    ahead = prepaid * (payment.prepaid_offset_months or 0) * DAYS_PER_MONTH + deposit * since_signing
    return (1 - prepaid - deposit) * seller_waits(payment) - ahead


def seller_waits(payment: Payment) -> int:
    """Days after delivery until the seller has the money for what is not paid ahead.

    The tenor of an acceptance counts unless the buyer bears its discount: then the seller has the money at once.
    """
    borne_by_seller = payment.tenor_days is not None and payment.discount_borne_by != "buyer"
    return payment.days + (payment.tenor_days or 0 if borne_by_seller else 0)


def restatement(own: Payment, contract: Payment, rate: Fraction, since_signing: int) -> Fraction:
    """What a limit stated for one payment is multiplied by to stand for the contract's.

    Maths: 1 + r x (d - d_i) / 365, both in money-weighted days.
    """
    if own == contract or not rate:
        return Fraction(1)
    return 1 + rate * (money_days(contract, since_signing) - money_days(own, since_signing)) / DAYS_PER_YEAR


def late_for_small_supplier(market: Market, offer: Order, contract: Payment) -> bool:
    """Whether a small seller waits for its money longer than the policy's days."""
    most = market.policy.small_supplier_days
    return most is not None and offer.small_supplier and seller_waits(contract) > most
