"""A search that begins with an earlier clearing: what it takes over, what it leaves out; nothing is believed."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from solver.clear import clear
from solver.form.clearing import Clearing, Multipliers, WorkLimits
from solver.form.market import Market, canonical_bytes, content_hash
from solver.form.terms import Counterparties
from solver.generate import generate
from solver.screening.decompose import components
from solver.screening.screen import screen
from solver.search import begun, stages, whole
from solver.search.begun import TINY_CELLS
from solver.search.bound import exact_bound
from solver.search.by_term import ByTerm
from solver.search.component import Component, component_of
from solver.search.stages import Search
from solver.search.warm import warm_starts
from solver.verify import verify
from tests.unit.solver.hand_markets import market, need, offer
from tests.unit.solver.tiny_markets import tiny_market

D = Decimal
ROUGH, FINE = WorkLimits(gap=0.5, nodes=1), WorkLimits(gap=0.0, nodes=200)


def changed(of: Market, seed: int) -> Market:
    """Some of a market's orders have other volumes, others are gone, others are new."""
    orders = list(of.orders)
    orders[seed] = replace(orders[seed], volumes=tuple(v // 2 for v in orders[seed].volumes))  # type: ignore[operator]
    orders[seed + 5] = replace(orders[seed + 5], id="new")
    orders[-seed - 1] = replace(orders[-seed - 1], counterparties=Counterparties(most=1))
    del orders[seed + 8]
    return replace(of, orders=tuple(orders))


@pytest.mark.parametrize("law", ["flat", "ramped"])
@pytest.mark.parametrize("seed", range(4))
def test_of_the_same_market_it_is_never_worse(law: str, seed: int):
    found = generate(20, 20, 3, seed, law)  # type: ignore[arg-type]
    first = clear(found, ROUGH)
    again = clear(found, ROUGH, warm=first)
    assert again.warm_start == content_hash(first)
    assert again.objective >= first.objective
    assert again.bound <= first.bound or again.bound_kind == "recomputed"
    assert verify(found, again) == []


@pytest.mark.parametrize("law", ["flat", "ramped"])
@pytest.mark.parametrize("seed", range(6))
def test_of_a_changed_market_what_fits_no_more_is_left_out(law: str, seed: int):
    before = generate(20, 20, 3, seed, law)  # type: ignore[arg-type]
    after = changed(before, seed)
    first = clear(before, WorkLimits(gap=0.01))
    warm = clear(after, WorkLimits(gap=0.01), warm=first)
    assert verify(after, warm) == []
    assert warm.gap <= D("0.01")
    assert canonical_bytes(warm) == canonical_bytes(clear(after, WorkLimits(gap=0.01), warm=first))


@pytest.mark.parametrize("seed", range(40))
def test_with_every_term_it_comes_to_the_same_optimum(seed: int):
    found = tiny_market(seed)
    other = tiny_market(seed + 1)  # the same names, other terms
    cold = clear(found, FINE)
    for earlier in (cold, clear(other, FINE)):
        warm = clear(found, FINE, warm=earlier)
        assert verify(found, warm) == []
        assert (warm.status, warm.objective) == (cold.status, cold.objective)


def test_where_the_earlier_volumes_are_good_nothing_is_searched():
    found = generate(60, 60, 6, 3)
    first = clear(found, WorkLimits(gap=0.002))
    screened = screen(found)
    part = component_of(screened, components(screened)[0])
    (start,) = warm_starts(first, [part])
    search = Search(part, WorkLimits(gap=0.5), None, start)
    nodes = search.nodes_left
    assert part.pairs.gain.size > TINY_CELLS
    assert search.recomputed <= exact_bound(part, start.prices.rounded())
    assert search.objective == pytest.approx(first.components[0].objective, abs=D("0.01"))
    search.start()
    assert search.nodes_left == nodes


@pytest.mark.parametrize("law", ["flat", "ramped"])
def test_what_is_too_much_for_one_model_is_decided_again_part_by_part(monkeypatch: pytest.MonkeyPatch, law: str):
    before = generate(80, 80, 12, 4, law)  # type: ignore[arg-type]
    first, screened = clear(before, WorkLimits(gap=0.01)), screen(before)
    largest = component_of(screened, components(screened)[0])
    here = {order.id for order in largest.market.orders} & {match.need for match in first.matches}
    sold = {match.offer: match.need for match in first.matches if match.need in here}
    less = set(sold) | set(sorted(here)[::3])  # every offer and a third of the needs that trade
    orders = tuple(
        replace(o, volumes=tuple(v * 3 // 4 for v in o.volumes)) if o.id in less else o  # type: ignore[operator]
        for o in before.orders
    )
    screened = screen(replace(before, orders=orders))
    part = component_of(screened, components(screened)[0])
    (start,) = warm_starts(first, [part])
    asked: list[int] = []

    def noted(self: Search, over: Component, *rest: object):
        asked.append(over.periods)
        return ByTerm._swept(self, over, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(stages, "START_CELLS", 0)
    monkeypatch.setattr(Search, "_swept", noted)
    search = Search(part, WorkLimits(gap=0.0), None, start)
    taken_over = search.objective
    search.start()
    assert asked == [1 if law == "flat" else 12]
    assert search.objective >= taken_over > 0
    assert not search.best.shortfalls()


def test_charges_of_rows_over_the_term_are_not_taken_for_those_by_the_period(monkeypatch: pytest.MonkeyPatch):
    """Inputs have a row for each period, and one over the term."""
    monkeypatch.setattr(begun, "FULL_CELLS", 0)
    monkeypatch.setattr(begun, "TINY_CELLS", 0)
    monkeypatch.setattr(begun, "MANY_PAIRS", 0)
    found = generate(50, 50, 12, 3, terms=0.3, only=("inputs",))
    first = clear(found, WorkLimits(gap=0.02))
    warm = clear(found, WorkLimits(gap=0.01), warm=first)
    assert warm.note is None
    assert verify(found, warm) == []


def test_a_false_clearing_is_a_bad_start_and_nothing_else():
    found = generate(12, 12, 2, 5)
    first = clear(found, FINE)
    false = replace(
        first,
        matches=tuple(replace(match, volumes=tuple(v * 1000 for v in match.volumes)) for match in first.matches),
        multipliers=Multipliers({name: value + 10**6 for name, value in first.multipliers.values.items()}),
        objective=D("1e15"),
        bound=D(0),
    )
    warm = clear(found, FINE, warm=false)
    assert verify(found, warm) == []
    assert warm.objective == first.objective


def test_periods_that_are_not_the_same_are_passed_over():
    first = clear(generate(8, 8, 2, 1))
    after = generate(8, 8, 3, 1)
    assert verify(after, clear(after, warm=first)) == []


def test_contracts_beyond_a_count_that_fell_are_left_out_least_first():
    before = market(offer("o", [30], 1), need("a", [10], 4), need("b", [10], 3), need("c", [10], 2))
    first = clear(before)
    after = replace(
        before,
        orders=tuple(replace(o, counterparties=Counterparties(most=2)) if o.id == "o" else o for o in before.orders),
    )
    warm = clear(after, warm=first)
    assert [match.need for match in first.matches] == ["a", "b", "c"]
    assert [match.need for match in warm.matches] == ["a", "b"]
    assert verify(after, warm) == []


def test_processes_give_the_same_bytes(monkeypatch: pytest.MonkeyPatch):
    before = generate(20, 20, 3, 11, "ramped")
    first, after = clear(before), changed(before, 2)
    here = clear(after, warm=first)
    monkeypatch.setattr(whole, "WORTH_A_PROCESS", 0)
    assert canonical_bytes(clear(after, warm=first, threads=2)) == canonical_bytes(here)


@pytest.mark.parametrize("false", ["", "sha256:", "sha256:" + "g" * 64, "md5:" + "0" * 64])
def test_what_it_says_it_began_with_is_a_hash(false: str):
    found = market(offer("o", [10], 1), need("n", [10], 2))
    clearing: Clearing = clear(found, warm=clear(found))
    assert verify(found, clearing) == []
    assert "/warm_start" in [violation.pointer for violation in verify(found, replace(clearing, warm_start=false))]
