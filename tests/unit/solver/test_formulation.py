"""Each family of rows alone, on markets that are solved by hand; left out, the optimum is another."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from solver.form.market import Market
from solver.form.terms import Approval, Approved, Counterparties, Flexibility, MaximumShare, Option
from solver.search.backend import NOT_ABOVE
from solver.search.component import Component
from solver.search.formulation import approvals, build, capacity, contracts, counterparties, fill, lots, share, welfare
from solver.search.formulation.assemble import FAMILIES, empty_draft
from solver.search.formulation.draft import Draft
from tests.unit.solver.hand_markets import market, need, offer, only_component

UP = Decimal("0.25")


def optimum(of: Market | Component, *without: object) -> float:
    """The model's optimum with all families of rows but these."""
    component = of if isinstance(of, Component) else only_component(of)
    draft = empty_draft(component)
    for add in FAMILIES:
        if add not in without:
            add(draft)
    return draft.model.solve().objective


def test_3_1_and_3_2_capacity():
    """10 and 8 offered, 12 needed: 8 t gain 30, the other 4 gain 20."""
    found = market(offer("dear", [10], 80), offer("cheap", [8], 70), need("n", [12], 100))
    assert optimum(found) == pytest.approx(8 * 30 + 4 * 20)
    assert optimum(found, capacity.add_rows) == pytest.approx(8 * 30 + 10 * 20)


def test_3_1_counts_what_may_be_called():
    """The need may call a quarter more: 8 t expected take all 10 of the offer."""
    flexible = Flexibility(requires=Option(up=UP)), Flexibility(grants=Option(up=UP))
    found = market(offer("o", [10], 0, flexibility=flexible[1]), need("n", [20], 1, flexibility=flexible[0]))
    assert optimum(found) == pytest.approx(8)


def test_3_2_counts_what_may_be_delivered():
    flexible = Flexibility(requires=Option(up=UP)), Flexibility(grants=Option(up=UP))
    found = market(offer("o", [20], 0, flexibility=flexible[0]), need("n", [10], 1, flexibility=flexible[1]))
    assert optimum(found) == pytest.approx(8)


def test_3_4_least_and_greatest_contract():
    """Twelve to share by two needs that take nothing or at least 5, at most 8 each."""
    buying = {"minimum_contract": Decimal(5), "maximum_contract": Decimal(8)}
    found = market(offer("o", [6, 6], 0), need("a", [10, 10], 10, **buying), need("b", [10, 10], 9, **buying))
    assert optimum(found) == pytest.approx(7 * 10 + 5 * 9)
    assert optimum(found, contracts.add_rows) == pytest.approx(12 * 10)


def test_3_0_a_contract_has_its_cost():
    """One contract of 10 at 3 beats two of 5 when each costs 8."""
    found = market(offer("o", [10], 0), need("a", [10], 3), need("b", [5], 4), contract_cost="8")
    assert optimum(found) == pytest.approx(30 - 8)


def test_3_5_lots():
    """Lots of 4 and 6: whole twelves only; 3.1 alone would allow 20."""
    found = market(offer("o", [20], 0, lot=Decimal(4)), need("n", [30], 1, lot=Decimal(6)))
    assert optimum(found) == pytest.approx(12)
    assert optimum(found, lots.add_rows) == pytest.approx(20)


def test_3_6_minimum_fill():
    """The need takes 18 of its 20 or nothing; the second offer's 8 at a loss of 1 make up the 10 at a gain of 3."""
    found = market(offer("o", [10], 0), offer("p", [8], "3.5"), need("n", [20], 3, minimum_fill=Decimal("0.5")))
    assert optimum(found) == pytest.approx(30)
    everything = market(offer("o", [10], 0), offer("p", [8], 2), need("n", [20], 3, minimum_fill=Decimal(1)))
    assert optimum(everything) == pytest.approx(0)
    assert optimum(everything, fill.add_rows) == pytest.approx(38)


def test_3_6_all_or_nothing_across_orders():
    """The all-or-nothing need of 15 is worth more than the partial one only together with both offers."""
    found = market(
        offer("o", [10], 0),
        offer("p", [5], 0),
        need("all", [15], 10, minimum_fill=Decimal(1)),
        need("some", [10], 12),
    )
    assert optimum(found) == pytest.approx(150)


def test_3_7_most_counterparties():
    found = market(
        *(offer(f"o{i}", [10], i) for i in range(4)), need("n", [40], 10, counterparties=Counterparties(most=2))
    )
    assert optimum(found) == pytest.approx(100 + 90)
    assert optimum(found, counterparties.add_rows) == pytest.approx(100 + 90 + 80 + 70)


def test_3_7_related_parties_count_as_one():
    found = market(
        *(offer(f"o{i}", [10], i, group_parent="P" if i > 1 else None) for i in range(4)),
        need("n", [40], 10, counterparties=Counterparties(most=2)),
    )
    assert optimum(found) == pytest.approx(100 + 80 + 70)


def test_3_7_least_counterparties():
    """Three or none: the third loses nothing but its contract's cost, and all three beat none."""
    found = market(
        *(offer(f"o{i}", [10], 0) for i in range(3)),
        need("n", [10], 10, counterparties=Counterparties(least=3)),
        contract_cost="20",
    )
    assert optimum(found) == pytest.approx(100 - 60)
    dear = market(
        *(offer(f"o{i}", [10], 0) for i in range(3)),
        need("n", [10], 10, counterparties=Counterparties(least=3)),
        contract_cost="40",
    )
    assert optimum(dear) == pytest.approx(0)


def test_3_8_share_of_the_requested_over_related_parties():
    """Two offers of one group may sell half of 20 together."""
    found = market(
        offer("a", [10], 0, group_parent="P"),
        offer("b", [10], 1, group_parent="P"),
        offer("c", [10], 5),
        need("n", [20], 10, maximum_share=MaximumShare(fraction=Decimal("0.5"))),
    )
    assert optimum(found) == pytest.approx(100 + 50)
    assert optimum(found, share.add_rows) == pytest.approx(100 + 90)


def test_3_8_share_of_the_awarded():
    """The second offer has 4; at half of what is awarded the first may have no more."""
    found = market(
        offer("a", [10], 0),
        offer("b", [4], 5),
        need("n", [20], 10, maximum_share=MaximumShare(fraction=Decimal("0.5"), of="awarded")),
    )
    assert optimum(found) == pytest.approx(4 * 10 + 4 * 5)
    assert optimum(found, share.add_rows) == pytest.approx(100 + 20)


def test_3_9_the_others_have_the_trial_share_together():
    rule = Approved(kind="only", counterparties=(Approval(organisation="org-a"),), trial_share=Decimal("0.25"))
    found = market(offer("a", [8], 5), offer("b", [4], 0), offer("c", [4], 1), need("n", [20], 10, approved=rule))
    assert optimum(found) == pytest.approx(8 * 5 + 4 * 10 + 1 * 9)
    assert optimum(found, approvals.add_rows) == pytest.approx(8 * 5 + 4 * 10 + 4 * 9)


def test_3_9_a_partner_is_on_trial_until_its_approval():
    rule = Approved(
        kind="preferred",
        counterparties=(Approval(organisation="org-a", since="2027-02-01"),),
        trial_share=Decimal("0.1"),
    )
    found = market(offer("a", [10, 10], 0), need("n", [10, 10], 1, approved=rule))
    assert optimum(found) == pytest.approx(2 + 10)


def random_component(seed: int) -> Component:
    draw = np.random.default_rng(seed)
    offers = [offer(f"o{i}", draw.integers(1, 9, 2).tolist(), int(draw.integers(0, 8))) for i in range(4)]
    needs = [
        need(
            f"n{i}",
            draw.integers(1, 9, 2).tolist(),
            int(draw.integers(9, 15)),
            minimum_fill=Decimal("0.5"),
            minimum_contract=Decimal(3),
            counterparties=Counterparties(least=2, most=3),
            maximum_share=MaximumShare(fraction=Decimal("0.75"), of="awarded"),
        )
        for i in range(3)
    ]
    return only_component(market(*offers, *needs, contract_cost="5"))


@pytest.mark.parametrize("seed", range(6))
def test_the_rest_held_at_an_optimum_the_free_pairs_find_it_again(seed: int):
    component = random_component(seed)
    whole = build(component)
    best = whole.model.solve()
    volumes = whole.volumes(best)
    for free in (np.arange(4), np.arange(3, len(component)), np.arange(0, len(component), 3)):
        draft = build(component, free, volumes)
        again = draft.model.solve(start=draft.values(volumes))
        assert component.welfare(draft.volumes(again)) == pytest.approx(best.objective, abs=1e-5)


@pytest.mark.parametrize("seed", range(6))
def test_highs_and_cbc_agree(seed: int):
    component = random_component(seed)
    assert build(component).model.solve("cbc").objective == pytest.approx(
        build(component).model.solve("highs").objective, abs=1e-5
    )


@pytest.mark.parametrize("backend", ["highs", "cbc"])
def test_a_start_stands_for_its_volumes(backend: str):
    """The values of a draft for an optimum satisfy every row: one node suffices to have it back."""
    component = random_component(2)
    draft = build(component)
    best = draft.model.solve()
    again = build(component)
    found = again.model.solve(backend, nodes=1, start=again.values(draft.volumes(best)))
    assert found.objective == pytest.approx(best.objective, abs=1e-5)


def test_contracts_that_must_be_made():
    found = only_component(
        market(offer("o", [10], 0), need("a", [10], 3), need("b", [5], 4, minimum_contract=Decimal(5)))
    )
    draft = build(found)
    draft.make_all()
    assert draft.model.solve().objective == pytest.approx(5 * 4 + 5 * 3)
    draft.model.row("not_both", draft.contract, 1.0, NOT_ABOVE, 1.0)
    assert not draft.model.solve().usable


def test_whole_quanta_by_the_model():
    """Half of an odd volume: 2.5 of 5 with a quantum of 1."""
    found = only_component(
        market(offer("o", [5], 0), need("n", [5], 2, maximum_share=MaximumShare(fraction=Decimal("0.5"))))
    )
    assert build(found).model.solve().objective == pytest.approx(5)
    assert build(found, whole_quanta=True).model.solve().objective == pytest.approx(4)


def test_every_family_is_in_the_model():
    assert {each.__module__ for each in FAMILIES} == {
        each.__name__ for each in (capacity, contracts, lots, fill, counterparties, share, approvals, welfare)
    }
    assert Draft.__slots__
