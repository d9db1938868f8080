"""Payment terms by hand, in both arithmetics: money days, who bears a discount, who waits too long (1.1c)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from msgspec.structs import replace

from solver.clear import clear
from solver.form.clearing import WorkLimits
from solver.form.market import Market, Policy
from solver.form.terms import Payment
from solver.pairs.market_limits import MarketLimits
from solver.pairs.payment import money_days, restatement
from solver.verify import verify
from solver.verify.payments import lags, restating_factors
from tests.unit.solver.hand_markets import market, need, offer

D = Decimal
ACCEPTANCE = {"instrument": "bank_acceptance", "tenor_days": 180}

CASES: list[tuple[dict[str, Any], Fraction, Fraction]] = [  # terms, money days of January and of March (59 days later)
    ({"days": 30}, Fraction(30), Fraction(30)),
    ({"days": 30, "prepaid_fraction": D("0.5")}, Fraction(15), Fraction(15)),
    (
        {"days": 30, "prepaid_fraction": D("0.5"), "prepaid_offset_months": 6},
        15 - Fraction(365, 4),
        15 - Fraction(365, 4),
    ),
    ({"days": 30, "prepaid_fraction": D(1), "prepaid_offset_months": 12}, Fraction(-365), Fraction(-365)),
    ({"days": 30, "deposit_fraction": D("0.1")}, Fraction(27), Fraction(27) - Fraction(59, 10)),
    ({"days": 30, **ACCEPTANCE}, Fraction(210), Fraction(210)),
    ({"days": 30, **ACCEPTANCE, "discount_borne_by": "seller"}, Fraction(210), Fraction(210)),
    ({"days": 30, **ACCEPTANCE, "discount_borne_by": "buyer"}, Fraction(30), Fraction(30)),
    ({"days": 30, "instrument": "transfer"}, Fraction(30), Fraction(30)),
]


def two_months(payment: Payment, **policy: Any) -> Market:
    return market(
        offer("o", [1, 0, 1], 100, payment=payment),
        need("n", [1, 0, 1], 110, payment=Payment(days=0)),
        policy=Policy(financing_rate_per_year=D("0.0365"), **policy),
    )


@pytest.mark.parametrize(("terms", "january", "march"), CASES)
def test_money_days_by_hand(terms: dict[str, Any], january: Fraction, march: Fraction) -> None:
    payment = Payment(**terms)
    found = two_months(payment)
    since = MarketLimits(found).since_signing
    assert since == (0, 31, 59)
    assert (money_days(payment, since[0]), money_days(payment, since[2])) == (january, march)
    assert lags(found, payment)[::2] == (january, march)


@pytest.mark.parametrize(("terms", "january", "march"), CASES)
def test_a_limit_is_worth_a_ten_thousandth_more_for_each_money_day(
    terms: dict[str, Any], january: Fraction, march: Fraction
) -> None:
    payment, own = Payment(**terms), Payment(days=10)
    found = two_months(payment)
    for days, lag in ((0, january), (59, march)):
        assert restatement(own, payment, Fraction("0.0365"), days) == 1 + (lag - 10) / 10000
    ground = restating_factors(found, replace(found.orders[1], payment=own), payment)
    assert ground[::2] == (1 + (january - 10) / 10000, 1 + (march - 10) / 10000)


@pytest.mark.parametrize(
    ("terms", "most", "small", "late"),
    [
        ({"days": 60}, 60, True, False),
        ({"days": 61}, 60, True, True),
        ({"days": 61}, 60, False, False),
        ({"days": 61}, None, True, False),
        ({"days": 0, "instrument": "commercial_acceptance", "tenor_days": 60}, 60, True, False),
        ({"days": 1, "instrument": "commercial_acceptance", "tenor_days": 60}, 60, True, True),
        (
            {"days": 1, "instrument": "commercial_acceptance", "tenor_days": 60, "discount_borne_by": "buyer"},
            60,
            True,
            False,
        ),
    ],
)
def test_a_small_supplier_that_waits_too_long_is_flagged(
    terms: dict[str, Any], most: int | None, small: bool, late: bool
) -> None:
    given = two_months(Payment(**terms), small_supplier_days=most)
    given = replace(given, orders=(replace(given.orders[0], small_supplier=small), given.orders[1]))
    clearing = clear(given, WorkLimits(gap=0.0))
    (match,) = clearing.matches
    assert match.late_for_small_supplier is late
    assert (match.payment is None) == (set(terms) == {"days"})
    assert verify(given, clearing) == []
    false = replace(clearing, matches=(replace(match, late_for_small_supplier=not late),))
    assert [violation.term for violation in verify(given, false)] == ["1.1c small supplier"]


def test_the_needs_terms_rule_where_the_policy_says_so() -> None:
    """Payment a year before: 110 is worth 110 to the need, and 100 only 96.35 to the offer."""
    ahead = Payment(prepaid_fraction=D(1), prepaid_offset_months=12)
    given = market(
        offer("o", [10], 100),
        need("n", [10], 110, payment=ahead),
        policy=Policy(financing_rate_per_year=D("0.0365"), payment_terms_of="need"),
    )
    clearing = clear(given, WorkLimits(gap=0.0))
    assert clearing.objective == D("136.50")
    assert clearing.matches[0].payment == ahead
    assert verify(given, clearing) == []
