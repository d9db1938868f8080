"""The bound of docs/model.md 4.1: valid for any multipliers, and the same in floats and in fractions."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from solver.form.terms import Approval, Approved, Counterparties, Flexibility, MaximumShare, Option
from solver.generate import generate
from solver.screening.decompose import components
from solver.screening.screen import screen
from solver.search import relaxation
from solver.search.bound import Prices, bound_at, exact_bound, has_parties_row, no_prices, profits
from solver.search.component import Component, component_of
from solver.search.exact_terms import pair_terms
from solver.search.formulation import build
from solver.search.relaxation import best_per_order, relax
from solver.search.term import by_period, gains_stand_still, over_the_term
from tests.unit.solver.hand_markets import market, need, offer, only_component


def rich_component(seed: int) -> Component:
    """Offers of two groups, flexibility, shares, counts, approvals: every row of the bound."""
    draw = np.random.default_rng(seed)
    flexible = Flexibility(grants=Option(up=Decimal("0.2"))), Flexibility(requires=Option(up=Decimal("0.2")))
    offers = [
        offer(
            f"o{i}",
            draw.integers(1, 20, 3).tolist(),
            int(draw.integers(0, 8)),
            group_parent="P" if i < 2 else None,
            flexibility=flexible[0],
            counterparties=Counterparties(most=2),
        )
        for i in range(4)
    ]
    trial = Approved(
        kind="preferred",
        counterparties=(Approval(organisation="org-o1", since="2027-02-01"),),
        trial_share=Decimal("0.6"),
    )
    needs = [
        need(
            f"n{i}",
            draw.integers(5, 25, 3).tolist(),
            int(draw.integers(9, 15)),
            minimum_contract=Decimal(3),
            flexibility=flexible[1] if i else Flexibility(),
            maximum_share=MaximumShare(fraction=Decimal("0.45")),
            approved=trial if i == 2 else None,
            counterparties=Counterparties(most=3),
        )
        for i in range(3)
    ]
    return only_component(market(*offers, *needs, contract_cost="7.5"))


def random_prices(component: Component, seed: int) -> Prices:
    draw = np.random.default_rng(seed)
    relaxed = relax(component).prices
    shares = {key: float(draw.uniform(0, 2)) for key in relaxed.share}
    capacity = draw.uniform(0, 6, relaxed.capacity.shape) * (draw.random(relaxed.capacity.shape) < 0.7)
    return Prices(capacity, draw.uniform(0, 9, len(relaxed.parties)), shares)


@pytest.mark.parametrize("seed", range(8))
def test_no_multipliers_can_make_it_too_small(seed: int):
    component = rich_component(seed)
    optimum = build(component).model.solve().objective
    rows = np.array([has_parties_row(each) for each in component.orders])
    for each in range(5):
        prices = random_prices(component, each)
        prices = Prices(prices.capacity, np.where(rows, prices.parties, 0.0), prices.share)
        assert bound_at(component, prices) >= optimum - 1e-6
    assert relax(component).bound >= optimum - 1e-6


@pytest.mark.parametrize("seed", range(8))
def test_fractions_and_floats_agree(seed: int):
    component = rich_component(seed)
    for prices in (relax(component).prices.rounded(), random_prices(component, seed).rounded(), no_prices(component)):
        exact = exact_bound(component, prices)
        assert float(exact) == pytest.approx(bound_at(component, prices), rel=1e-9, abs=2e-6)


def test_a_bound_by_hand():
    """10 offered at 0, needs of 8 at 5 and 6 at 3; price 3: 10 x 3 + 8 x 2 = 46, which is the optimum."""
    component = only_component(market(offer("o", [10], 0), need("a", [8], 5), need("b", [6], 3)))
    capacity = np.array([[3.0], [0.0], [0.0]])
    prices = Prices(capacity, np.zeros(3), {})
    assert profits(component, prices).tolist() == [16.0, 0.0]
    assert exact_bound(component, prices) == 46
    assert prices.stated(component) == {"capacity:o:0": Decimal(3)}
    assert relax(component).bound == pytest.approx(46)


def test_a_plan_below_the_minimum_is_forced_up_to_it():
    """Gains 5 and -1 after multipliers over 4 and 4, at least 6: 4 x 5 - 2 x 1, less the cost of 3."""
    component = only_component(
        market(offer("o", [4, 4], 0, minimum_contract=Decimal(6)), need("n", [9, 9], 5), contract_cost="3")
    )
    prices = Prices(np.array([[0.0, 6.0], [0.0, 0.0]]), np.zeros(2), {})
    assert profits(component, prices).tolist() == [4 * 5 - 2 * 1 - 3]
    assert exact_bound(component, prices) == 6 * 4 + 15


def test_stated_multipliers_are_those_that_were_counted():
    component = rich_component(1)
    prices = random_prices(component, 1).rounded()
    named = prices.stated(component)
    assert {name.split(":")[0] for name in named} == {"capacity", "counterparties", "share"}
    assert all(value > 0 and value == round(value, 6) for value in named.values())
    for k, rows in enumerate(component.orders):
        name = rows.order.id
        for t in range(component.periods):
            assert float(named.get(f"capacity:{name}:{t}", 0)) == prices.capacity[k, t]
    assert "share:n0:P" in named


def test_a_party_of_several_pairs_has_no_row_of_its_count():
    """n's most counts groups, not offers: its row is left out, and stated nowhere."""
    component = rich_component(0)
    names = [rows.order.id for rows in component.orders]
    relaxed = relax(component)
    assert all(relaxed.prices.parties[k] == 0 for k, name in enumerate(names) if name.startswith("n"))


def largest(seed: int, size: int, law: str = "flat", periods: int = 4) -> Component:
    screened = screen(generate(size, size, periods, seed, law))  # type: ignore[arg-type]
    return component_of(screened, components(screened)[0])


@pytest.mark.parametrize("law", ["flat", "ramped"])
def test_columns_generated_and_all_at_once_give_the_same_bound(law: str, monkeypatch: pytest.MonkeyPatch):
    component = largest(1, 120, law)
    whole = relax(component)
    monkeypatch.setattr(relaxation, "ALL_AT_ONCE", 0)
    monkeypatch.setattr(relaxation, "FIRST_PER_ORDER", 1)
    monkeypatch.setattr(relaxation, "CLOSE_ENOUGH", 1e-9)
    parts = relax(component)
    assert parts.bound == pytest.approx(whole.bound, rel=1e-3)


def test_over_the_term_the_bound_is_one_of_the_periods_too():
    component = largest(2, 100)
    assert gains_stand_still(component)
    term = over_the_term(component)
    relaxed = relax(term)
    assert bound_at(component, by_period(relaxed.prices, component.periods)) == pytest.approx(relaxed.bound, rel=1e-9)
    assert relaxed.bound >= relax(component).bound * (1 - 1e-9)


def test_moving_gains_are_not_added_up():
    assert not gains_stand_still(largest(2, 100, "ramped"))


def test_an_approval_on_the_way_is_not_added_up():
    rule = Approved(
        kind="preferred",
        counterparties=(Approval(organisation="org-o", since="2027-02-01"),),
        trial_share=Decimal("0.5"),
    )
    sides = offer("o", [5, 5], 0), need("n", [5, 5], 1, approved=rule)
    assert not gains_stand_still(only_component(market(*sides)))
    assert gains_stand_still(only_component(market(sides[0], need("n", [5, 5], 1))))


@pytest.mark.parametrize("seed", range(4))
def test_the_terms_of_a_pair_in_fractions_are_those_of_the_screen(seed: int):
    component = rich_component(seed)
    for p in range(len(component)):
        terms = pair_terms(component, p)
        assert float(terms.contract_most) == pytest.approx(component.pairs.contract_most[p])
        assert float(terms.contract_least) == component.pairs.contract_least[p]
        assert [float(most) for most in terms.most] == pytest.approx(component.pairs.most[p].tolist())
        assert float(terms.contract_cost) == component.pairs.contract_cost[p]


def test_the_best_pairs_of_every_order():
    component = largest(3, 60)
    worth = np.arange(len(component), dtype=float)
    chosen = set(best_per_order(component, worth, 2).tolist())
    for rows in component.orders:
        assert set(np.sort(rows.pairs)[-2:].tolist()) <= chosen
