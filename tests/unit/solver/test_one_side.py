"""Agreed terms against one side's own limit: just inside and just outside, by hand, with and without a formula."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from msgspec.structs import replace

from solver.clear import clear
from solver.form.clearing import Clearing, Formula, Match, MatchPrice, WorkLimits
from solver.form.market import Market, Policy, PricePath
from solver.form.terms import Component, LimitPrice, LossConsent
from solver.verify.one_side import index_quotes, keeps_limit
from tests.unit.solver.hand_markets import market, need, offer


def cleared(*orders: object, **fields: object) -> tuple[Market, Clearing]:
    given = market(*orders, **fields)  # type: ignore[arg-type]
    return given, clear(given, WorkLimits(gap=0.0))


def agreed(clearing: Clearing, floor: str, cap: str, *, formula: Formula | None = None) -> Match:
    """The one match at another price, the same in all months."""
    (match,) = clearing.matches
    months = len(match.volumes)
    price = MatchPrice(
        reference=(Decimal(floor),) * months,
        floor=(Decimal(floor),) * months,
        cap=(Decimal(cap),) * months,
        uniform=False,
        formula=formula,
    )
    return replace(match, price=price)


@pytest.mark.parametrize(
    ("floor", "cap", "seller", "buyer"),
    [
        ("90", "100", True, True),
        ("89.99", "100", False, True),
        ("90", "100.01", True, False),
        ("80", "110", False, False),
    ],
)
def test_fixed_limits_hold_at_both_ends_of_the_band(floor: str, cap: str, seller: bool, buyer: bool) -> None:
    given, clearing = cleared(offer("o1", [10, 10], 90), need("n1", [10, 10], 100))
    match = agreed(clearing, floor, cap)
    assert keeps_limit(given, clearing, match, "seller") is seller
    assert keeps_limit(given, clearing, match, "buyer") is buyer


def test_months_without_volume_are_not_asked() -> None:
    given, clearing = cleared(offer("o1", [10, 10], 90), need("n1", [10, 10], 100))
    match = agreed(clearing, "90", "100")
    assert match.price is not None
    late = replace(match.price, **{name: (Decimal(1), Decimal(95)) for name in ("reference", "floor", "cap")})
    assert not keeps_limit(given, clearing, replace(match, price=late), "seller")
    assert keeps_limit(given, clearing, replace(match, price=late, volumes=(Decimal(0), Decimal(10))), "seller")


def indexed(coefficient: str, premium: str) -> LimitPrice:
    return LimitPrice(components=(Component(index="I", coefficient=Decimal(coefficient)),), premium=Decimal(premium))


@pytest.fixture
def moving() -> tuple[Market, Clearing]:
    """The seller asks half the index and 40, the buyer bids all of it and 10; it stands at 100, tested 80 to 120."""
    path = PricePath(weight=Decimal(1), indices={"I": (Decimal(100),)})
    orders = (
        offer("o1", [10], 0, limit_price=indexed("0.5", "40")),
        need("n1", [10], 0, limit_price=indexed("1", "10")),
    )
    return cleared(*orders, paths=(path,), policy=Policy(index_range=Decimal("0.2")))


def formula(coefficient: str, premium: str) -> Formula:
    return Formula(index="I", coefficient=Decimal(coefficient), premium=Decimal(premium), index_reference=Decimal(100))


@pytest.mark.parametrize(
    ("given", "floor", "cap", "seller", "buyer"),
    [
        # At 80, 100, 120 the seller asks 80, 90, 100 and the buyer bids 90, 110, 130.
        (formula("1", "0"), "0", "999", True, True),
        (formula("1", "-0.01"), "0", "999", False, True),  # 79.99 at 80
        (formula("1", "10"), "0", "999", True, True),
        (formula("1", "10.01"), "0", "999", True, False),
        (formula("1", "0"), "0", "100", True, True),
        (formula("1", "0"), "0", "99.99", False, True),  # 99.99 at 120
        (formula("1", "0"), "90", "999", True, True),
        (formula("1", "0"), "90.01", "999", True, False),  # 90.01 at 80
        # The floor of 86 bites up to 92, where the seller asks 86: below that it asks less, above it is paid more.
        (formula("1", "-6"), "86", "999", True, True),
        # Lower, it bites up to 91.8, where the seller asks 85.9 and is paid 85.8; at 80, 100 and 120 all is well.
        (formula("1", "-6"), "85.8", "999", False, True),
        # The cap of 95 bites from 82 on, where the buyer bids 92.
        (formula("1", "13"), "0", "95", False, False),
    ],
)
def test_a_formula_holds_wherever_it_is_tested_and_where_floor_and_cap_begin_to_bite(
    moving: tuple[Market, Clearing], given: Formula, floor: str, cap: str, seller: bool, buyer: bool
) -> None:
    of, clearing = moving
    match = agreed(clearing, floor, cap, formula=given)
    assert keeps_limit(of, clearing, match, "seller") is seller
    assert keeps_limit(of, clearing, match, "buyer") is buyer


def test_an_index_that_not_both_accept_is_refused(moving: tuple[Market, Clearing]) -> None:
    given, clearing = moving
    strange = Formula(index="X", coefficient=Decimal(1), premium=Decimal(0), index_reference=Decimal(1))
    with pytest.raises(ValueError, match="X is not accepted by both sides"):
        keeps_limit(given, clearing, agreed(clearing, "0", "999", formula=strange), "seller")
    with pytest.raises(ValueError, match="X is not accepted"):
        index_quotes(given, clearing, clearing.matches[0], "X")
    assert index_quotes(given, clearing, clearing.matches[0], "I") == {"2027-01": Fraction(100)}


@pytest.mark.parametrize("bid", [130, 150])
def test_what_one_side_is_told_depends_on_nothing_of_the_other(bid: int) -> None:
    """Both consent to losses; 120 is below the 145 asked on the second path, whether or not the pair loses there."""
    paths = tuple(PricePath(weight=Decimal("0.5"), indices={"I": (Decimal(value),)}) for value in (100, 145))
    consent = LossConsent(most_cny_per_unit=Decimal(50))
    given, clearing = cleared(
        offer("o1", [10], 0, limit_price=indexed("1", "0"), loss_consent=consent),
        need("n1", [10], bid, loss_consent=consent),
        paths=paths,
        policy=Policy(paths_required=Decimal("0.5")),
    )
    assert not keeps_limit(given, clearing, agreed(clearing, "120", "120"), "seller")
    assert keeps_limit(given, clearing, agreed(clearing, "145", "145"), "seller")
