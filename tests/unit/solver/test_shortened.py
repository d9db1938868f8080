"""Components searched over few of their pairs, and arrays that hold once what does not differ."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from solver.clear import clear
from solver.form.clearing import WorkLimits
from solver.generate import generate
from solver.pairs.compact import compact, held, joined, rows_at
from solver.pairs.counted import counted
from solver.pairs.screened import Pairs
from solver.screening.decompose import components
from solver.screening.screen import screen
from solver.search import shortened
from solver.search.bound import exact_bound, no_prices
from solver.search.component import component_of
from solver.search.relaxation import relax
from solver.search.shortened import Kept, of_the_whole, worth_keeping
from solver.search.stages import Search
from solver.search.standing import Standing
from solver.verify import verify

LIMITS = WorkLimits(gap=0.001)


@pytest.fixture
def two_per_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shortened, "LONG", 1)
    monkeypatch.setattr(shortened, "PER_ORDER", 2)


@pytest.mark.parametrize("law", ["flat", "ramped"])
def test_the_bound_is_that_of_all_pairs(monkeypatch: pytest.MonkeyPatch, law: str) -> None:
    """What is found over few pairs is a clearing of all; what bounds it bounds the best over all pairs too."""
    market = generate(40, 40, 6, 3, law)
    over_all = clear(market, LIMITS)
    monkeypatch.setattr(shortened, "LONG", 1)
    monkeypatch.setattr(shortened, "PER_ORDER", 2)
    over_few = clear(market, LIMITS)
    assert verify(market, over_few) == []
    assert over_few.bound >= over_all.objective
    assert over_few.objective <= over_all.bound
    assert over_few.objective >= over_all.objective * 95 / 100
    assert {part.bound_kind for part in over_few.components} == {"recomputed"}  # no model of few pairs is a bound


def test_pairs_that_are_left_out_count_in_the_bound() -> None:
    """At no multipliers every pair has a profit, so a bound of the kept pairs alone would be too small."""
    screened = screen(generate(40, 40, 6, 3))
    whole = component_of(screened, components(screened)[0])
    kept, prices = Kept(np.arange(0, len(whole), 2)), no_prices(whole)
    standing = Standing(whole, LIMITS, None, prices, kept=kept)
    assert standing.bound == exact_bound(whole, prices) > exact_bound(kept.of_component(whole), prices)
    standing.note_bound(1.0)  # what a model of the kept pairs has proven
    standing.improve_bound(relax(standing.component).prices)
    assert standing.bound == exact_bound(whole, prices)


@pytest.mark.usefixtures("two_per_order")
def test_volumes_of_the_kept_pairs_are_those_of_the_same_orders() -> None:
    screened = screen(generate(40, 40, 6, 3))
    whole = component_of(screened, components(screened)[0])
    search = Search(whole, LIMITS)
    search.start()
    assert len(search.component) < len(whole)
    found = of_the_whole(search.found, whole)
    assert found.kept is None
    for p, quanta in search.best.quanta.items():
        named = (search.component.seller[p], search.component.buyer[p])
        (place,) = np.flatnonzero((whole.seller == named[0]) & (whole.buyer == named[1]))
        assert found.best.quanta[int(place)] == quanta
    assert found.objective >= search.objective
    assert found.bound == max(found.objective, search.recomputed)


@pytest.mark.usefixtures("two_per_order")
def test_what_is_kept_has_every_orders_best_and_the_relaxations_pairs() -> None:
    screened = screen(generate(40, 40, 6, 3))
    whole = component_of(screened, components(screened)[0])
    relaxed = relax(whole)
    kept = worth_keeping(whole, relaxed, None)
    assert kept is not None
    for rows in whole.orders:
        best = rows.pairs[np.argsort(-relaxed.profits[rows.pairs], kind="stable")[:2]]
        assert set(best.tolist()) <= set(kept.positions.tolist())
    assert set(np.flatnonzero(relaxed.volumes.sum(axis=1) > 0)) <= set(kept.positions.tolist())
    assert np.array_equal(kept.of_component(whole).pairs.gain, whole.pairs.gain[kept.positions])
    assert np.array_equal(kept.of_relaxed(relaxed).profits, relaxed.profits[kept.positions])


def test_without_many_pairs_or_with_rules_all_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    screened = screen(generate(20, 20, 6, 3))
    whole = component_of(screened, components(screened)[0])
    assert worth_keeping(whole, relax(whole), None) is None
    monkeypatch.setattr(shortened, "LONG", 1)
    for seed in range(20):
        screened = screen(counted(generate(20, 20, 6, seed, terms=0.5)))
        for positions in components(screened):
            part = component_of(screened, positions)
            if part.rules:
                assert worth_keeping(part, relax(part), None) is None
                return
    pytest.fail("no component has rules")


@pytest.mark.parametrize("shape", [(5,), (5, 3)])
@pytest.mark.parametrize("same", ["nothing", "rows", "columns", "all"])
def test_compact_arrays_are_the_same_arrays(shape: tuple[int, ...], same: str) -> None:
    random = np.random.default_rng(1)
    values = random.random(shape)
    if same in ("rows", "all"):
        values[:] = values[:1]
    if same in ("columns", "all") and values.ndim == 2:
        values[:] = values[:, :1]
    packed, positions = compact(values), np.array([3, 0, 3])
    assert np.array_equal(packed, values)
    assert held(packed).size == {"rows": values[0].size, "all": 1}.get(
        same, values.size if same == "nothing" or values.ndim == 1 else 5
    )
    assert np.array_equal(rows_at(packed, positions), values[positions])
    assert np.array_equal(joined([packed, values, packed[:0]]), np.concatenate([values, values]))


def test_pairs_go_from_process_to_process_as_small_as_they_are() -> None:
    pairs = screen(generate(40, 40, 12, 3)).pairs
    there = pickle.loads(pickle.dumps(pairs))
    few = pairs.at(np.arange(0, len(pairs), 2))
    again = Pairs.joined([pairs.at(np.arange(1, len(pairs), 2)), Pairs.none(12), few])
    for name in ("offer", "need", "gain", "most", "contract_least", "contract_cost", "step", "has_lot"):
        assert np.array_equal(getattr(there, name), getattr(pairs, name)), name
        assert np.array_equal(getattr(again, name), getattr(pairs, name)), name
    assert held(there.gain).shape == (len(pairs), 1)
    assert len(pickle.dumps(pairs)) < pairs.gain.nbytes + pairs.most.nbytes
