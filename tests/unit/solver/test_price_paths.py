"""Several price paths: which periods carry volume, and what a price must be right for (1.1g, 5.2, 5.4)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from solver.clear import clear
from solver.form.clearing import MatchPrice, WorkLimits
from solver.form.market import Market, Policy, PricePath, content_hash
from solver.form.terms import Approval, Approved, Component, LimitPrice, LossConsent, Quotation
from solver.pricing.prices import priced
from solver.screening.screen import screen
from solver.verify import verify
from solver.verify.admission import first_failing_test
from solver.verify.bound import read_multipliers, recompute
from solver.verify.ground import Ground
from tests.unit.solver.hand_markets import market, need, offer
from tests.unit.solver.small_trades import D, match_of

HALF = D("0.5")


def paths(*values: tuple[str, ...], weights: tuple[str, ...] | None = None, **more: Any) -> tuple[PricePath, ...]:
    """Paths of LC, one tuple of values each."""
    weighed = weights or (str(1 / D(len(values))),) * len(values)
    return tuple(
        PricePath(weight=D(weight), indices={"LC": tuple(map(D, row))}, **more)
        for weight, row in zip(weighed, values, strict=True)
    )


def followed(premium: str = "0", **terms: Any) -> LimitPrice:
    return LimitPrice(components=(Component(index="LC"),), premium=D(premium), **terms)


def consenting(most: str | None) -> dict[str, Any]:
    return {} if most is None else {"loss_consent": LossConsent(most_cny_per_unit=D(most))}


@pytest.mark.parametrize(
    ("required", "seller", "buyer", "weights", "trades"),
    [
        ("1", "100", "100", ("0.5", "0.5"), False),  # all paths are required
        ("0.5", "100", "100", ("0.5", "0.5"), True),
        ("0.51", "100", "100", ("0.5", "0.5"), False),
        ("0.5", "100", "100", ("0.49", "0.51"), False),  # the second loses and weighs too much
        ("0.5", "5", "5", ("0.5", "0.5"), True),  # it loses 5
        ("0.5", "4.999999", "5", ("0.5", "0.5"), False),
        ("0.5", "5", "4.999999", ("0.5", "0.5"), False),
        ("0.5", "4.9999995", "5", ("0.5", "0.5"), False),
        ("0.5", None, "100", ("0.5", "0.5"), False),
        ("0.5", "100", None, ("0.5", "0.5"), False),
    ],
)
def test_a_path_that_loses_needs_both_owners_consent(
    required: str, seller: str | None, buyer: str | None, weights: tuple[str, str], trades: bool
) -> None:
    """The offer follows the index, 100 or 140; the need pays 135: gains of 35 and -5."""
    given = market(
        offer("o", [10], 0, limit_price=followed(), **consenting(seller)),
        need("n", [10], 135, **consenting(buyer)),
        policy=Policy(paths_required=D(required)),
        paths=paths(("100",), ("140",), weights=weights),
    )
    ground = Ground(given)
    assert (first_failing_test(ground, *given.orders) is None) == trades
    assert len(screen(given).pairs) == trades
    clearing = clear(given, WorkLimits(gap=0.0))
    assert len(clearing.matches) == trades
    assert verify(given, clearing) == []
    every = recompute(ground, read_multipliers(ground, clearing, []), [])
    assert every.admitted == ({0: 1, 1: 1} if trades else {})


def test_a_gain_of_the_mean_is_not_enough_and_neither_are_the_paths() -> None:
    """Gains of 1 and -3 with consent: the mean loses.  Without the losing path's consent the month stays empty."""
    orders = (
        offer("o", [10, 10], 0, limit_price=followed(), **consenting("9")),
        need("n", [10, 10], 101, **consenting("9")),
    )
    given = market(*orders, policy=Policy(paths_required=HALF), paths=paths(("100", "90"), ("104", "90")))
    clearing = clear(given, WorkLimits(gap=0.0))
    assert [match.volumes for match in clearing.matches] == [(D(0), D(10))]
    assert verify(given, clearing) == []


def test_the_weighted_gain_is_rounded_once() -> None:
    """A third of three gains: exactly 10 + 1/3, where three rounded gains would come to another millionth."""
    given = market(
        offer("o", [1], 0, limit_price=followed()),
        need("n", [1], "110"),
        paths=paths(("99.0000004",), ("100",), ("100",), weights=("0.4", "0.3", "0.3")),
    )
    assert screen(given).pairs.gain.tolist() == [[10.4]]  # 0.4 x 10.9999996 + 0.6 x 10 = 10.39999984


def price_of(given: Market) -> MatchPrice:
    sold, bought = given.orders
    volumes = tuple(str(volume) for volume in sold.volumes)
    (match,) = priced(given, (match_of(sold, bought, volumes),))
    assert match.price is not None
    return match.price


def test_a_flat_price_lies_between_the_limits_of_all_paths() -> None:
    """The offer stands at 100 or 118 and accepts no index of the need's; the need pays 120: 119 is the one tick."""
    given = market(
        offer("o", [1], 0, limit_price=followed()),
        need("n", [1], 120),
        paths=paths(("100",), ("118",)),
    )
    assert price_of(given).reference == (D(119),)


def test_where_no_price_is_right_on_every_path_it_is_right_in_their_mean_and_an_exception() -> None:
    """Limits of 100 to 110 and 140 to 150, no index in common: no fixed price serves both; the means are 120, 130."""
    given = market(
        offer("o", [1], 0, limit_price=followed()),
        need("n", [1], 0, limit_price=followed("10", accepted_indices=())),
        paths=paths(("100",), ("140",)),
    )
    price = price_of(given)
    assert price.exception_gap is not None
    assert price.reference[0] is not None
    assert 120 < price.reference[0] < 130
    clearing = clear(given, WorkLimits(gap=0.0))
    assert verify(given, clearing) == []
    dropped = replace(given, policy=replace(given.policy, exceptions="drop"))
    assert clear(dropped).status == "empty"
    assert verify(dropped, clear(dropped)) == []


def test_two_quotations_of_one_index_have_no_formula_in_common() -> None:
    before = {"before": {"LC": D(100)}}
    for month, has_formula in (("M-1", True), ("M", False)):
        given = market(
            offer("o", [1, 1], 0, limit_price=followed("-50", quotation=Quotation(month="M-1"))),
            need("n", [1, 1], 0, limit_price=followed("50", quotation=Quotation(month=month))),  # type: ignore[arg-type]
            paths=paths(("100", "104"), **before),
        )
        price = price_of(given)
        assert (price.formula is not None) == has_formula
        assert verify(given, clear(given, WorkLimits(gap=0.0))) == []
        if price.formula is not None:
            assert price.formula.quotation == Quotation(month="M-1")
            assert price.formula.index_reference == 100
            assert price.reference == (100 + price.formula.premium, 100 + price.formula.premium)


@pytest.mark.parametrize("seed", range(30))
def test_a_formula_keeps_both_sides_within_their_limits_on_every_path(seed: int) -> None:
    random = Random(seed)
    values = [tuple(str(random.randint(80, 160)) for _ in range(2)) for _ in range(3)]
    given = market(
        offer("o", [1, 1], 0, limit_price=followed(str(random.randint(-30, -5))), **consenting("4")),
        need("n", [1, 1], 0, limit_price=followed(str(random.randint(-4, 20))), **consenting("6")),
        paths=paths(*values, weights=("0.5", "0.3", "0.2")),
        policy=Policy(paths_required=HALF, minimum_gain=D(1), sealed_seed=str(seed)),
    )
    clearing = clear(given, WorkLimits(gap=0.0))
    assert verify(given, clearing) == []
    for match in clearing.matches:
        assert match.price is not None
        formula = match.price.formula
        assert formula is not None
        ask, bid = (order.limit_price.premium for order in given.orders)
        assert ask + 1 <= formula.premium <= bid - 1
        for t, floor, cap in zip(range(2), match.price.floor, match.price.cap, strict=True):
            indices = [Decimal(row[t]) for row in values]
            assert floor == min(indices) * D("0.7") + formula.premium
            assert cap == max(indices) * D("1.3") + formula.premium
            mean = D("0.5") * indices[0] + D("0.3") * indices[1] + D("0.2") * indices[2]
            assert match.price.reference[t] == mean + formula.premium
            assert Fraction(mean) == Fraction(match.price.reference[t]) - Fraction(formula.premium)


def test_a_period_before_an_approval_is_named_as_such_on_several_paths_too() -> None:
    """Both paths gain in both months; the need may deal with the offer from February on."""
    qualified = Approved(kind="only", counterparties=(Approval(organisation="org-o", since="2027-02-01"),))
    both = paths(("100", "100"), ("110", "110"))
    late = market(
        offer("o", [10, 10], 0, limit_price=followed()), need("n", [10, 10], 135, approved=qualified), paths=both
    )
    free = market(offer("o", [10, 10], 0, limit_price=followed()), need("n", [10, 10], 135), paths=both)
    whole = clear(free, WorkLimits(gap=0.0))
    assert whole.matches[0].volumes == (10, 10)
    found = verify(late, replace(whole, market_hash=content_hash(late)))
    assert [(each.term, each.pointer) for each in found if each.pointer == "/matches/0/volumes/0"] == [
        ("3.3 link", "/matches/0/volumes/0")
    ]
