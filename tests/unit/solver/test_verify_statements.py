"""What a clearing says beside its volumes (rules to give up, reasons, limits, bounds) is held to what can be told."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from solver.clear import clear
from solver.explaining.describe import describe
from solver.form.clearing import Clearing, ComponentResult, Contradiction, Reason, WorkLimits
from solver.form.market import Grade, Market, Policy
from solver.form.terms import Counterparties, SmallSupplierShare
from solver.verify import verify
from tests.unit.solver.hand_markets import market, need, offer

D = Decimal
SERVED: dict[str, Any] = {"must_serve": True}
HARD: dict[str, Any] = {**SERVED, "priority": {"must_serve": "hard"}}


def parted() -> Market:
    """Two grades, in each of which two needs must be served that one offer cannot serve."""
    orders = [offer("o1", [10], 100), need("n1", [6], 150, **SERVED), need("n2", [6], 150, **SERVED)]
    others = [replace(each, id=f"{each.id}b", grade="H") for each in orders]
    given = market(*orders, *others)
    return replace(given, grades=(*given.grades, Grade(id="H", unit="kg", quantum=D(1))))


def contradictory() -> Market:
    """Two needs that must be served, by all means, and cannot be."""
    return market(offer("o1", [10], 100), need("n1", [6], 150, **HARD), need("n2", [6], 150, **HARD))


def true_clearing(given: Market) -> Clearing:
    clearing = clear(given, WorkLimits(gap=0.0))
    assert verify(given, clearing) == []
    return clearing


def rejected(given: Market, false: Clearing) -> set[tuple[str, str]]:
    return {(violation.term, violation.pointer) for violation in verify(given, false)}


def test_a_relaxation_names_what_its_rule_is_about_and_nothing_else():
    given = parted()
    clearing = true_clearing(given)
    false = replace(clearing.relaxations[0], grade="nonsense")
    assert rejected(given, replace(clearing, relaxations=(false, *clearing.relaxations[1:]))) == {
        ("3.23 relaxations", "/relaxations/0/grade")
    }


def test_a_relaxed_share_names_no_order():
    share = Policy(small_supplier_share=SmallSupplierShare(fraction=D("0.5")))
    small = offer("o2", [2], 100, small_supplier=True)
    served = need("n1", [9], 150, **HARD)
    given = market(offer("o1", [10], 100), small, served, policy=share)
    clearing = true_clearing(given)
    assert [each.rule for each in clearing.relaxations] == ["small_supplier_share"]
    false = replace(clearing, relaxations=(replace(clearing.relaxations[0], order="n1"),))
    assert rejected(given, false) == {("3.23 relaxations", "/relaxations/0/order")}


def test_what_is_to_be_given_up_is_named_in_every_component_that_lacks_something():
    given = parted()
    clearing = true_clearing(given)
    assert (clearing.status, len(clearing.components), len(clearing.contradictions)) == ("optimal", 2, 2)
    for left in ((), clearing.contradictions[:1], clearing.contradictions[1:]):
        assert rejected(given, replace(clearing, contradictions=left)) == {("3.23 contradictions", "/contradictions")}


def test_no_rule_is_named_twice():
    given = parted()
    clearing = true_clearing(given)
    first, second = clearing.contradictions
    again = replace(clearing, contradictions=(first, second, first))
    assert rejected(given, again) == {("3.23 contradictions", "/contradictions/2/give_up")}
    doubled = Contradiction(give_up=tuple(one * 2 for one in first.give_up))
    false = replace(clearing, contradictions=(doubled, second))
    assert rejected(given, false) == {("3.23 contradictions", "/contradictions/0/give_up")}


def test_the_report_on_supporting_prices_is_not_left_out():
    given = parted()
    assert rejected(given, replace(true_clearing(given), support=None)) == {("5.1 support", "/support")}


def test_a_components_bound_is_in_hundredths():
    given = parted()
    clearing = true_clearing(given)
    first: ComponentResult = clearing.components[0]
    false = replace(first, bound=first.bound + D("0.000001"))
    assert ("number", "/components/0/bound") in rejected(
        given, replace(clearing, components=(false, *clearing.components[1:]))
    )


@pytest.mark.parametrize(
    ("limits", "name"),
    [
        (WorkLimits(gap=1e308), "gap"),
        (WorkLimits(gap=1.5), "gap"),
        (WorkLimits(gap=-0.1), "gap"),
        (WorkLimits(nodes=0), "nodes"),
        (WorkLimits(nodes=-1), "nodes"),
    ],
)
def test_limits_lie_where_the_command_line_lets_them(limits: WorkLimits, name: str):
    given = parted()
    assert rejected(given, replace(true_clearing(given), limits=limits)) == {("limits", f"/limits/{name}")}


def with_reason(clearing: Clearing, order: str, code: str, reason: Reason) -> Clearing:
    """Another reason in place of one of an order's."""
    changed = [
        replace(each, reasons=tuple(reason if r.code == code else r for r in each.reasons))
        if each.order == order
        else each
        for each in clearing.orders
    ]
    return replace(clearing, orders=tuple(changed))


def outbid() -> Market:
    """A need that is left with nothing since another pays more."""
    return market(offer("o1", [10], 100), need("n1", [10], 200), need("n2", [10], 150), need("n3", [10], 50))


RULES = [
    *("counterparties", "maximum_share", "approval_share", "source", "minimum_per_period", "incumbent", "group"),
    *("linked_to", "exclusive", "ramp", "credit_limit", "input", "storage", "tiers", "small_supplier_share"),
    "hard_rule",
]


@pytest.mark.parametrize("code", RULES)
def test_a_rule_that_nobody_states_is_no_reason(code: str):
    given = outbid()
    false = with_reason(true_clearing(given), "n2", "outbid", Reason(code=code, side="market", counterparties=1))
    assert ("7 reasons", "/orders/2/reasons/0/code") in rejected(given, false)


def test_a_rule_that_somebody_states_may_be_one():
    given = outbid()
    stating = replace(given.orders[0], counterparties=Counterparties(most=1))
    given = replace(given, orders=(stating, *given.orders[1:]))
    clearing = true_clearing(given)
    assert "counterparties" in {reason.code for reason in clearing.orders[2].reasons}


@pytest.mark.parametrize(
    ("amount", "unit", "field"),
    [(D(50), "CNY/kg", "unit"), (D(50), "free text", "unit"), (D(50), None, "unit"), (None, "CNY/t", "unit")],
)
def test_the_unit_of_a_reason_is_that_of_its_amount(amount: Decimal | None, unit: str | None, field: str):
    given = outbid()
    reason = Reason(code="price", side="market", counterparties=1, amount=amount, unit=unit)
    false = with_reason(true_clearing(given), "n3", "price", reason)
    assert rejected(given, false) == {("7.4 reasons", f"/orders/3/reasons/0/{field}")}


def test_no_other_reason_than_the_price_has_an_amount():
    given = outbid()
    reason = Reason(code="outbid", side="market", counterparties=1, amount=D(5), unit="CNY/t")
    false = with_reason(true_clearing(given), "n2", "outbid", reason)
    assert rejected(given, false) == {("7.4 reasons", "/orders/2/reasons/0/amount")}


def test_where_hard_rules_cannot_hold_that_is_the_reason_of_every_pair():
    given = contradictory()
    clearing = true_clearing(given)
    assert clearing.status == "infeasible"
    found = {each.order: [(r.code, r.side, r.counterparties) for r in each.reasons] for each in clearing.orders}
    assert found == {
        "o1": [("hard_rule", "market", 2)],
        "n1": [("hard_rule", "market", 1)],
        "n2": [("hard_rule", "market", 1)],
    }
    text = describe(given, clearing, "n1")
    assert "必须满足的硬性规则未能全部满足" in text
    assert "the rules that must hold do not all hold" in text
    false = with_reason(clearing, "n1", "hard_rule", Reason(code="unfinished", side="market", counterparties=1))
    assert ("7 reasons", "/orders/1/reasons/0/code") in rejected(given, false)


def test_an_infeasible_market_names_what_to_give_up():
    given = contradictory()
    false = replace(true_clearing(given), contradictions=())
    assert rejected(given, false) == {("3.23 contradictions", "/contradictions")}
