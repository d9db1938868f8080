"""What keeps an order back where it is a term over several contracts (docs/model.md 7.3)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from solver.clear import clear
from solver.explaining.rules_in_the_way import TERMS
from solver.form.clearing import WorkLimits
from solver.form.terms import MaximumShare, MinimumContract
from tests.unit.solver.hand_markets import market, need, offer
from tests.unit.solver.kept_back import MARKETS, line
from tests.unit.solver.tiny_joint import joint_market
from tests.unit.solver.tiny_markets import tiny_market

D = Decimal
EXACT = WorkLimits(gap=0.0)


@pytest.mark.parametrize("name", MARKETS)
def test_who_is_kept_back_is_told_by_which_term_and_whose(name: str):
    each = MARKETS[name]
    outcomes = {outcome.order: outcome for outcome in clear(market(*each.orders), EXACT).orders}
    assert {order: int(outcomes[order].filled) for order in each.filled} == each.filled
    told = {order: {(r.code, r.side) for r in outcome.reasons} for order, outcome in outcomes.items()}
    assert (each.term, "own") in told[each.owner]
    assert (each.term, "other") in told[each.other]
    assert "unfinished" not in {code for codes in told.values() for code, _ in codes}


def test_every_term_has_a_market():
    assert {each.term for each in MARKETS.values()} == set(TERMS)


def test_a_fill_beyond_the_line_is_the_lines_matter():
    """A little would keep the line, yet the need takes all or nothing: what fills it does not."""
    orders = (
        offer("o1", [2], 100, **line("3")),
        offer("o2", [4], 110, **line("3")),
        need("n1", [2], 140),
        need("n2", [4], 120, minimum_fill=D(1)),
    )
    outcomes = {outcome.order: outcome for outcome in clear(market(*orders), EXACT).orders}
    assert {name: int(outcome.filled) for name, outcome in outcomes.items()} == {"o1": 2, "o2": 0, "n1": 2, "n2": 0}
    assert ("source", "own") in {(reason.code, reason.side) for reason in outcomes["o2"].reasons}
    assert ("source", "other") in {(reason.code, reason.side) for reason in outcomes["n2"].reasons}


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"maximum_share": MaximumShare(fraction=D("0.25"))}, "maximum_share"),  # 2.5 of 10: one lot of 2
        ({"minimum_fill": D("0.25"), "maximum_contract": D(2)}, "minimum_fill"),  # 2.5: two lots
        ({"minimum_contract": MinimumContract(volume=D(3), pair_fraction=D(1)), "lot": D(2)}, None),
    ],
)
def test_room_counts_in_whole_lots(terms: dict[str, Any], code: str | None):
    found = clear(market(offer("o1", [10], 100, lot=D(2)), need("n1", [10], 120, **terms)), EXACT)
    codes = {reason.code for outcome in found.orders for reason in outcome.reasons}
    assert "unfinished" not in codes
    assert code is None or code in codes


def test_the_gain_of_a_new_contract_is_that_of_the_volume_it_may_have():
    """At most 3 t in all: 3 x 10 is not above the cost of a contract, the 10 t of both months would be."""
    orders = (offer("o1", [5, 5], 110, maximum_contract=D(3)), need("n1", [5, 5], 120))
    found = clear(market(*orders, contract_cost="29"), EXACT)
    assert [int(outcome.filled) for outcome in found.orders] == [3, 3]
    told = clear(market(*orders, contract_cost="31"), EXACT).orders
    assert {reason.code for outcome in told for reason in outcome.reasons} == {"contract_cost"}


@pytest.mark.parametrize("start", range(0, 200, 20))
def test_nothing_is_left_unfinished_at_an_exact_optimum(start: int):
    """Whatever keeps an order from more is then one of its terms, or another's: never the end of the search."""
    for seed in range(start, start + 20):
        for found in (clear(joint_market(seed), EXACT), clear(tiny_market(seed), EXACT)):
            told = {outcome.order: [reason.code for reason in outcome.reasons] for outcome in found.orders}
            assert [order for order, codes in told.items() if "unfinished" in codes] == [], f"seed {seed}"
