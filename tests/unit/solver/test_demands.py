"""Must-serve needs and shares of small suppliers, by class, against exhaustive search (docs/model.md 3.23 to 3.25)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from solver.clear import clear
from solver.form.clearing import Clearing, Contradiction, WorkLimits
from solver.form.faults import MarketError
from solver.form.market import Policy, canonical_bytes, content_hash
from solver.form.reading import read_market
from solver.form.terms import PriorityClass, SmallSupplierShare
from solver.search import least_missing
from solver.verify import verify
from tests.unit.solver.enumerated_markets import disagreements
from tests.unit.solver.enumeration import enumerate_market
from tests.unit.solver.hand_markets import market, need, offer
from tests.unit.solver.tiny_demands import demanding_market

EXACT = WorkLimits(gap=0.0)
D = Decimal
MARKETS, BATCH = 200, 20


@pytest.mark.parametrize("joint", [False, True])
@pytest.mark.parametrize("start", range(0, MARKETS, BATCH))
def test_what_is_relaxed_and_gained_is_that_of_exhaustive_search(start: int, joint: bool):
    for seed in range(start, start + BATCH):
        market = read_market(canonical_bytes(demanding_market(seed, joint=joint)))
        assert disagreements(market, enumerate_market(market)) == [], f"seed {seed}"


def cleared(*orders: Any, **policy: Any) -> Clearing:
    given = market(*orders, policy=Policy(**policy))
    clearing = clear(given, EXACT)
    assert verify(given, clearing) == []
    return clearing


def volumes(clearing: Clearing) -> dict[str, int]:
    return {f"{match.offer} {match.need}": int(sum(match.volumes)) for match in clearing.matches}


SERVED: dict[str, Any] = {"must_serve": True}
OFFER = offer("o1", [10], 100)


def served(name: PriorityClass, **terms: Any) -> dict[str, Any]:
    return {**SERVED, "priority": {"must_serve": name}, **terms}


def test_a_need_that_must_be_served_comes_before_better_prices():
    clearing = cleared(OFFER, need("n1", [8], 200), need("n2", [6], 150, **SERVED))
    assert volumes(clearing) == {"o1 n1": 4, "o1 n2": 6}
    assert (clearing.relaxations, clearing.contradictions, clearing.status) == ((), (), "optimal")


def test_with_a_minimum_fill_only_that_must_be_served():
    clearing = cleared(OFFER, need("n1", [8], 200), need("n2", [6], 150, minimum_fill=D("0.5"), **SERVED))
    assert volumes(clearing) == {"o1 n1": 7, "o1 n2": 3}


@pytest.mark.parametrize(
    ("first", "second", "due"),
    [
        ("commercial_1", "commercial_2", {"n2": 6, "n3": 4}),
        ("preference_5", "preference_4", {"n2": 4, "n3": 6}),
        ("hard", "commercial_1", {"n2": 6, "n3": 4}),
    ],
)
def test_the_less_important_class_is_relaxed(first: PriorityClass, second: PriorityClass, due: dict[str, int]):
    clearing = cleared(OFFER, need("n2", [6], 150, **served(first)), need("n3", [6], 150, **served(second)))
    assert volumes(clearing) == {f"o1 {name}": volume for name, volume in due.items()}
    (relaxed,) = clearing.relaxations
    short = min(due, key=lambda name: due[name])
    assert (relaxed.order, relaxed.asked, relaxed.missing) == (short, 6, 2)
    assert [match.need for match in clearing.matches if match.relaxed == ("must_serve",)] == [short]
    assert [outcome.order for outcome in clearing.orders if outcome.relaxed] == [short]
    assert [each.give_up for each in clearing.contradictions] == [(("must_serve:n2",), ("must_serve:n3",))]


def test_where_no_smallest_set_is_found_what_lacks_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(least_missing, "_sets_to_give_up", lambda *_: ((), True))
    clearing = cleared(OFFER, need("n2", [6], 150, **SERVED), need("n3", [6], 150, **SERVED))
    (relaxed,) = clearing.relaxations
    assert clearing.contradictions == (Contradiction(give_up=((f"must_serve:{relaxed.order}",),), complete=False),)


def test_hard_rules_that_contradict_each_other_end_a_round_and_are_named():
    clearing = cleared(OFFER, need("n2", [6], 150, **served("hard")), need("n3", [6], 150, **served("hard")))
    assert (clearing.status, clearing.matches, clearing.objective) == ("infeasible", (), 0)
    assert clearing.note is not None
    assert "must_serve:n2 or must_serve:n3" in clearing.note


def test_a_need_that_may_trade_with_nobody_is_given_up_by_itself():
    clearing = cleared(OFFER, need("n1", [8], 200), need("n2", [6], 90, **SERVED))
    assert volumes(clearing) == {"o1 n1": 8}
    assert [(each.order, each.missing) for each in clearing.relaxations] == [("n2", 6)]
    assert [each.give_up for each in clearing.contradictions] == [(("must_serve:n2",),)]


def test_what_is_traded_beyond_the_share_of_small_suppliers_is_not_traded():
    orders = (OFFER, offer("o2", [4], 120, small_supplier=True), need("n1", [18], 200))
    clearing = cleared(*orders, small_supplier_share=SmallSupplierShare(fraction=D("0.5")))
    assert volumes(clearing) == {"o1 n1": 4, "o2 n1": 4}
    told = {(outcome.order, r.code, r.side) for outcome in clearing.orders for r in outcome.reasons}
    assert ("o1", "small_supplier_share", "market") in told


def test_a_share_gives_way_to_a_need_of_a_more_important_class():
    orders = (OFFER, offer("o2", [4], 120, small_supplier=True), need("n1", [14], 200, **SERVED))
    share = SmallSupplierShare(fraction=D("0.5"), priority="commercial_2")
    clearing = cleared(*orders, small_supplier_share=share)
    assert volumes(clearing) == {"o1 n1": 10, "o2 n1": 4}
    (relaxed,) = clearing.relaxations
    assert (relaxed.rule, relaxed.grade, relaxed.asked, relaxed.missing) == ("small_supplier_share", "G", 7, 3)
    assert {match.relaxed for match in clearing.matches} == {("small_supplier_share",)}
    share = SmallSupplierShare(fraction=D("0.5"), priority="hard")
    assert volumes(cleared(*orders, small_supplier_share=share)) == {"o1 n1": 4, "o2 n1": 4}


def test_a_grade_in_which_no_small_supplier_may_trade_is_free():
    orders = (OFFER, offer("o2", [4], 250, small_supplier=True), need("n1", [8], 200))
    assert volumes(cleared(*orders, small_supplier_share=SmallSupplierShare(fraction=D(1)))) == {"o1 n1": 8}


def test_a_class_alone_relaxes_nothing():
    terms: dict[str, Any] = {"minimum_fill": D(1)}
    for priority in ({}, {"minimum_fill": "preference_5"}):
        clearing = cleared(OFFER, need("n1", [11], 200, priority=priority, **terms))
        assert (volumes(clearing), clearing.relaxations) == ({}, ())


@pytest.mark.parametrize("rule", ["must_serve", "small_supplier_share"])
def test_each_rule_changes_something_somewhere(rule: str):
    """Else the enumeration above would say nothing of it."""
    changed = 0
    for seed in range(200):
        given = demanding_market(seed)
        if rule == "must_serve":
            without = replace(given, orders=tuple(replace(o, must_serve=False, priority={}) for o in given.orders))
        else:
            without = replace(given, policy=replace(given.policy, small_supplier_share=None))
        if (clearing := clear(given, EXACT)).status != "infeasible":
            changed += clear(without, EXACT).objective != clearing.objective
    assert changed >= 3


RELAXED = (OFFER, need("n2", [6], 150, **SERVED), need("n3", [6], 150, **served("preference_4")))
FALSE: dict[str, Callable[[Clearing], Clearing]] = {
    "none stated": lambda c: replace(c, relaxations=()),
    "another class": lambda c: replace(c, relaxations=(replace(c.relaxations[0], priority="commercial_1"),)),
    "less missing": lambda c: replace(c, relaxations=(replace(c.relaxations[0], missing=D("1.999")),)),
    "more missing": lambda c: replace(c, relaxations=(replace(c.relaxations[0], missing=D("2.001")),)),
    "less asked": lambda c: replace(c, relaxations=(replace(c.relaxations[0], asked=D(5)),)),
    "another order": lambda c: replace(c, relaxations=(replace(c.relaxations[0], order="n2"),)),
    "stated twice": lambda c: replace(c, relaxations=c.relaxations * 2),
    "not on the match": lambda c: replace(c, matches=tuple(replace(m, relaxed=()) for m in c.matches)),
    "on every match": lambda c: replace(c, matches=tuple(replace(m, relaxed=("must_serve",)) for m in c.matches)),
    "not on the outcome": lambda c: replace(c, orders=tuple(replace(o, relaxed=()) for o in c.orders)),
    "on every outcome": lambda c: replace(c, orders=tuple(replace(o, relaxed=("must_serve",)) for o in c.orders)),
    "an unknown rule": lambda c: replace(c, contradictions=(Contradiction(give_up=(("must_serve:n1",),)),)),
    "a set twice": lambda c: replace(c, contradictions=(Contradiction(give_up=(("must_serve:n2",),) * 2),)),
    "an empty set": lambda c: replace(c, contradictions=(Contradiction(give_up=((),)),)),
    "nothing said": lambda c: replace(c, contradictions=()),
    "no set": lambda c: replace(c, contradictions=(Contradiction(give_up=()),)),
    "infeasible": lambda c: replace(c, status="infeasible", matches=(), note="none"),
}


@pytest.mark.parametrize("kind", FALSE)
def test_what_is_falsely_said_of_relaxations_is_noticed(kind: str):
    given = market(*RELAXED)
    assert verify(given, FALSE[kind](clear(given, EXACT))) != []


def test_a_hard_rule_that_is_broken_is_noticed():
    given = market(*RELAXED)
    clearing = clear(given, EXACT)
    hard = market(*RELAXED[:2], need("n3", [6], 150, **served("hard")))
    false = replace(
        clearing,
        market_hash=content_hash(hard),
        relaxations=(replace(clearing.relaxations[0], priority="hard"),),
    )
    assert {violation.term for violation in verify(hard, false)} == {"3.23 hard rule"}


@pytest.mark.parametrize(
    ("order", "policy", "pointer"),
    [
        ({"priority": {"volumes": "hard"}}, {}, "/orders/0/priority/volumes"),
        ({"priority": {"lot": "hard"}}, {}, "/orders/0/priority/lot"),
        ({"priority": {"must_serve": "hard"}}, {}, "/orders/0/priority/must_serve"),
        ({"must_serve": True}, {}, "/orders/0/must_serve"),
        ({}, {"small_supplier_share": SmallSupplierShare(fraction=D("1.01"))}, "/policy/small_supplier_share/fraction"),
        ({}, {"concentration_target": D("-0.01")}, "/policy/concentration_target"),
    ],
)
def test_what_cannot_be_meant_is_refused(order: dict[str, Any], policy: dict[str, Any], pointer: str):
    given = market(offer("o1", [10], 100, **order), need("n1", [8], 200), policy=Policy(**policy))
    with pytest.raises(MarketError) as refused:
        read_market(canonical_bytes(given))
    assert [fault.pointer for fault in refused.value.faults] == [pointer]
