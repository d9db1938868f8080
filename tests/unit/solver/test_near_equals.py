"""Among near-equals: every aim is reached as far as exhaustive search reaches it (docs/model.md 3.26)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from msgspec.structs import replace

from solver.clear import clear
from solver.form.clearing import Clearing, NearEquals, WorkLimits
from solver.form.market import Market, Policy, content_hash, party_of
from solver.verify import verify
from tests.unit.solver.enumeration import enumerate_market
from tests.unit.solver.hand_markets import market, need, offer
from tests.unit.solver.tiny_aims import aimed_market
from tests.unit.solver.tiny_demands import demanding_market

EXACT = WorkLimits(gap=0.0)
D = Decimal
Chosen = dict[tuple[str, str], tuple[Fraction, ...]]


def aims(of: Market, chosen: Chosen) -> dict[str, Fraction]:
    """Every aim by its definition, the more the better; the trading orders are taken to be all."""
    orders = {order.id: order for order in of.orders}
    rows = [(orders[o], orders[n], sum(v, Fraction(0))) for (o, n), v in chosen.items()]
    found: dict[str, Fraction] = {}
    if of.policy.concentration_target is not None:
        found["concentration"] = Fraction(0)
        for grade in {o.grade for o, _, _ in rows}:
            had: dict[str, Fraction] = {}
            for o, _, v in rows:
                if o.grade == grade:
                    had[party_of(o)] = had.get(party_of(o), Fraction(0)) + v
            above = max(had.values()) - Fraction(of.policy.concentration_target) * sum(had.values())
            found["concentration"] -= max(Fraction(0), above)
    found["small_suppliers"] = sum((v for o, _, v in rows if o.small_supplier), Fraction(0))
    parties = {o.organisation: party_of(o) for o in of.orders}

    def names(one: Any, other: Any) -> bool:
        return any(parties.get(each.organisation) == party_of(other) for each in one.incumbents)

    found["incumbents"] = sum((v for o, n, v in rows if names(o, n) or names(n, o)), Fraction(0))
    found["pro_rata"] = found["lottery"] = Fraction(0)
    return found


def single_part(clearing: Clearing) -> bool:
    return len(clearing.components) == 1


@pytest.mark.parametrize("start", range(0, 160, 20))
def test_each_aim_is_reached_as_far_as_exhaustive_search_reaches_it(start: int):
    for seed in range(start, start + 20):
        given = aimed_market(seed)
        clearing = clear(given, EXACT)
        assert verify(given, clearing) == [], f"seed {seed}"
        near = clearing.near_equals
        assert near is not None
        plain = replace(given, policy=replace(given.policy, welfare_tolerance=D(0)))
        if not single_part(clearing):
            continue
        assert near.welfare_before == clear(plain, EXACT).objective, f"seed {seed}"
        seen: list[tuple[Fraction, Chosen]] = []
        best = enumerate_market(plain, lambda welfare, chosen, seen=seen: seen.append((welfare, chosen)))
        floor = best.welfare * (1 - Fraction(given.policy.welfare_tolerance))
        stated = {each.aim: Fraction(each.reached) for each in near.aims if each.aim not in ("pro_rata", "lottery")}
        values = [aims(given, chosen) for welfare, chosen in seen if welfare >= floor]
        due = max((tuple(each[name] for name in stated) for each in values), default=None)
        if due is not None:
            assert tuple(map(abs, due)) == tuple(stated.values()), f"seed {seed}"


def cleared(*orders: Any, **policy: Any) -> Clearing:
    given = market(*orders, policy=Policy(**policy))
    clearing = clear(given, EXACT)
    assert verify(given, clearing) == []
    return clearing


def volumes(clearing: Clearing) -> dict[tuple[str, str], int]:
    return {(match.offer, match.need): int(sum(match.volumes)) for match in clearing.matches}


@pytest.mark.parametrize(("tolerance", "small"), [("0.01", 10), ("0.0099", 9)])
def test_welfare_is_given_up_within_the_tolerance_and_not_beyond(tolerance: str, small: int):
    orders = (offer("o1", [10], 100), offer("o2", [10], 101, small_supplier=True), need("n1", [10], 200))
    clearing = cleared(*orders, welfare_tolerance=D(tolerance))
    assert clearing.bound == 1000
    assert volumes(clearing)["o2", "n1"] == small


def test_no_supplier_has_more_than_the_target_where_that_costs_little():
    orders = (*(offer(f"o{k}", [10], 100 + k) for k in range(3)), need("n1", [10], 200))
    found = volumes(cleared(*orders, welfare_tolerance=D("0.05"), concentration_target=D("0.4")))
    assert sorted(found.values()) == [2, 4, 4]
    assert found["o2", "n1"] == 2  # the dearest: what need not be given up is taken back


def test_orders_of_equal_terms_share_pro_rata_and_lots_are_drawn():
    orders = (offer("o1", [5], 100), need("n1", [4], 200), need("n2", [4], 200), need("n3", [2], 200))
    found = volumes(cleared(*orders, welfare_tolerance=D("0.0001")))
    assert (found["o1", "n1"], found["o1", "n2"], found["o1", "n3"]) == (2, 2, 1)


def test_the_lottery_falls_as_anyone_can_draw_it():
    for name in ("a", "b", "c", "d"):
        orders = (offer("o1", [1], 100), *(need(f"{name}{k}", [1], 200) for k in range(3)))
        given = market(*orders, policy=Policy(welfare_tolerance=D("0.0001")))
        digest = {o.id: hashlib.sha256(f"{content_hash(given)}|{o.id}".encode()).hexdigest() for o in given.orders[1:]}
        winner = max(digest, key=lambda order: int(digest[order], 16) % 10**6)
        assert [match.need for match in clear(given, EXACT).matches] == [winner]


def test_without_a_tolerance_nothing_is_looked_at():
    for seed in range(10):
        given = demanding_market(seed)
        aimed = replace(given, policy=replace(given.policy, concentration_target=D("0.1")))
        before, after = clear(given, EXACT), clear(aimed, EXACT)
        assert replace(after, market_hash=before.market_hash) == before


AIMED = (offer("o1", [10], 100), offer("o2", [10], 101, small_supplier=True), need("n1", [10], 200))
FALSE: dict[str, Callable[[NearEquals], NearEquals | None]] = {
    "none": lambda near: None,
    "less given up": lambda near: replace(near, given_up=near.given_up - 1),
    "less given up of less": lambda near: replace(near, given_up=D(11), welfare_before=D(1001)),
    "no aims": lambda near: replace(near, aims=()),
    "more reached": lambda near: replace(near, aims=(replace(near.aims[0], reached=D(11)),)),
    "worse than before": lambda near: replace(near, aims=(replace(near.aims[0], before=D(11)),)),
}


@pytest.mark.parametrize("kind", FALSE)
def test_what_is_falsely_said_of_near_equals_is_noticed(kind: str):
    given = market(*AIMED, policy=Policy(welfare_tolerance=D("0.01")))
    clearing = clear(given, EXACT)
    assert clearing.near_equals is not None
    assert verify(given, replace(clearing, near_equals=FALSE[kind](clearing.near_equals))) != []


def test_more_given_up_than_the_tolerance_is_noticed():
    given = market(*AIMED, policy=Policy(welfare_tolerance=D("0.01")))
    stricter = replace(given, policy=Policy(welfare_tolerance=D("0.009")))
    false = replace(clear(given, EXACT), market_hash=content_hash(stricter))
    assert {violation.term for violation in verify(stricter, false)} == {"3.26 near-equals"}
