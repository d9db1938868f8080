"""The clearing as a whole: determinism, honest statuses, failures that stay where they are."""

from __future__ import annotations

import subprocess
import sys
import time
from decimal import Decimal
from typing import Any

import msgspec
import numpy as np
import pytest

from solver.clear import _for_the_search, clear, gap_of
from solver.form.clearing import WorkLimits
from solver.form.honoured import HONOURED_TERMS, NOT_YET_HONOURED
from solver.form.market import Market, Order, canonical_bytes, content_hash
from solver.form.terms import (
    Component,
    Counterparties,
    Delivery,
    LimitPrice,
    Option,
    Payment,
)
from solver.generate import generate
from solver.screening.decompose import components
from solver.screening.screen import screen
from solver.search import stages as search
from solver.search.backend import BackendError, Model, Solution
from solver.verify import verify
from tests.unit.solver.hand_markets import market, need, offer

ONE = Decimal(1)
PRICE = Component(fixed=ONE)


def test_a_market_by_hand():
    found = market(offer("o", [10], 100), need("a", [8], 150), need("b", [8], 120), contract_cost="5")
    clearing = clear(found, WorkLimits(gap=0.0))
    assert (clearing.status, clearing.objective, clearing.bound, clearing.gap) == ("optimal", 430, 430, 0)
    assert [(match.offer, match.need, match.volumes) for match in clearing.matches] == [
        ("o", "a", (Decimal(8),)),
        ("o", "b", (Decimal(2),)),
    ]
    assert clearing.market_hash == content_hash(found)
    assert clearing.note is None
    assert verify(found, clearing) == []


def test_the_same_market_and_limits_give_the_same_bytes():
    found, limits = generate(30, 30, 3, 11), WorkLimits(gap=0.002, nodes=200)
    first = canonical_bytes(clear(found, limits))
    assert canonical_bytes(clear(found, limits)) == first
    assert canonical_bytes(clear(found, limits, threads=2)) == first
    program = (
        "import sys; from solver.clear import clear; from solver.form.clearing import WorkLimits;"
        "from solver.generate import generate; from solver.form.market import canonical_bytes;"
        "found = clear(generate(30, 30, 3, 11), WorkLimits(gap=0.002, nodes=200));"
        "sys.stdout.buffer.write(canonical_bytes(found))"
    )
    other = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert other.stdout == first


@pytest.mark.parametrize("seed", range(4))
def test_both_backends_prove_the_same_optimum(seed: int):
    draw = np.random.default_rng(seed)
    terms = {"minimum_contract": Decimal(4), "minimum_fill": Decimal("0.5"), "counterparties": Counterparties(most=2)}
    found = market(
        *(offer(f"o{i}", draw.integers(1, 12, 2).tolist(), int(draw.integers(0, 9))) for i in range(5)),
        *(need(f"n{i}", draw.integers(1, 12, 2).tolist(), int(draw.integers(5, 15)), **terms) for i in range(5)),
        contract_cost="3",
    )
    proven = [clear(found, WorkLimits(gap=0.0, backend=backend)) for backend in ("highs", "cbc")]  # type: ignore[arg-type]
    assert [verify(found, clearing) for clearing in proven] == [[], []]
    assert [clearing.status for clearing in proven] == ["optimal", "optimal"]
    assert proven[0].objective == proven[1].objective > 0


def test_nothing_to_trade_is_empty_and_says_why():
    found = market(offer("o", [10], 100), need("n", [10], 90))
    clearing = clear(found)
    assert (clearing.status, clearing.objective, clearing.bound, clearing.gap) == ("empty", 0, 0, 0)
    assert clearing.matches == clearing.components == ()
    assert [[reason.code for reason in outcome.reasons] for outcome in clearing.orders] == [["price"], ["price"]]
    assert clearing.note is not None
    assert verify(found, clearing) == []


@pytest.mark.parametrize("one_sided", [market(offer("o", [10], 100)), market(need("n", [10], 100))])
def test_one_side_alone_is_empty(one_sided: Market):
    clearing = clear(one_sided)
    assert clearing.status == "empty"
    assert [reason.code for reason in clearing.orders[0].reasons] == ["no_counterparty"]


def two_components() -> Market:
    grades = generate(20, 20, 2, 1)
    assert len(components(screen(grades))) > 1
    return grades


def test_a_failing_component_leaves_the_others(monkeypatch: pytest.MonkeyPatch):
    found = two_components()
    calls = []
    original = Model.solve

    def sometimes(self: Model, *args: Any, **kwargs: Any) -> Solution:
        calls.append(self)
        if len(calls) == 1:
            raise BackendError("highs: broken")
        return original(self, *args, **kwargs)

    monkeypatch.setattr(search.Search, "refine", lambda self: False)
    whole = clear(found)
    monkeypatch.setattr(Model, "solve", sometimes)
    clearing = clear(found)
    (lost,) = (part for part in clearing.components if part.status == "failed")
    due = {part.number: part.objective for part in whole.components}
    assert lost.objective == 0
    assert lost.bound >= due.pop(lost.number)
    assert {part.number: part.objective for part in clearing.components if part is not lost} == due
    assert clearing.status == "feasible"
    assert clearing.note == f"component {lost.number} failed: highs: broken"
    assert clearing.bound >= whole.objective


def test_when_all_fail_the_clearing_has_failed(monkeypatch: pytest.MonkeyPatch):
    def broken(self: Model, *args: Any, **kwargs: Any) -> Solution:
        raise BackendError("highs: broken")

    monkeypatch.setattr(Model, "solve", broken)
    clearing = clear(market(offer("o", [10], 1), need("n", [10], 2)))
    assert clearing.status == "failed"
    assert clearing.note == "no component could be searched: highs: broken"
    assert (clearing.objective, clearing.bound) == (0, 10)


def test_no_time_is_said_and_nothing_is_called_optimal():
    found = generate(60, 60, 6, 2)
    clearing = clear(found, WorkLimits(gap=0.0), seconds=0.5)
    assert clearing.clock_hit
    assert clearing.status == "feasible"
    assert clearing.bound >= clearing.objective
    assert verify(found, clearing) == []


def test_work_ends_the_search_without_the_clock():
    found = generate(40, 40, 3, 2)
    clearing = clear(found, WorkLimits(gap=0.0, nodes=1))
    assert not clearing.clock_hit
    assert clearing.bound >= clearing.objective > 0
    assert verify(found, clearing) == []


@pytest.mark.parametrize("law", ["flat", "ramped"])
def test_the_gap_that_was_asked_for_is_reached(law: str):
    found = generate(40, 40, 6, 9, law)  # type: ignore[arg-type]
    clearing = clear(found, WorkLimits(gap=0.01))
    assert clearing.gap <= Decimal("0.01")
    parts = sum((part.bound for part in clearing.components), Decimal(0))
    assert abs(parts - clearing.bound) <= Decimal("0.01") * len(clearing.components)
    assert verify(found, clearing) == []


def test_progress_is_told_component_by_component():
    told: list[dict[str, Any]] = []
    clearing = clear(two_components(), progress=told.append)
    first = told[: len(clearing.components)]
    assert [each["component"] for each in first] == list(range(1, len(clearing.components) + 1))
    assert all(each["of"] == len(clearing.components) and each["gap"] >= 0 for each in told)


@pytest.mark.parametrize(
    ("objective", "bound", "gap"),
    [("100", "101", "0.009901"), ("100", "100", "0"), ("0", "0.5", "0.5"), ("99.99999", "100", "0.000001")],
)
def test_gap_is_rounded_up(objective: str, bound: str, gap: str):
    assert gap_of(Decimal(objective), Decimal(bound)) == Decimal(gap)


def test_every_term_of_an_order_is_either_cleared_or_refused():
    """A term that is added to the types must be put into one of the lists."""
    listed = {pattern.split("/")[1] for pattern in (*HONOURED_TERMS, *NOT_YET_HONOURED)}
    assert listed == {field.name for field in msgspec.structs.fields(Order)}
    for of, place in ((LimitPrice, "limit_price"), (Payment, "payment"), (Delivery, "delivery")):
        named = {p.split("/")[2] for p in (*HONOURED_TERMS, *NOT_YET_HONOURED) if p.startswith(f"/{place}/")}
        assert named == {field.name for field in msgspec.structs.fields(of)}
    options = {p.split("/")[3] for p in (*HONOURED_TERMS, *NOT_YET_HONOURED) if p.startswith("/flexibility/")}
    assert options == {field.name for field in msgspec.structs.fields(Option)}
    parts = {p.split("/")[4] for p in (*HONOURED_TERMS, *NOT_YET_HONOURED) if p.startswith("/limit_price/components/")}
    assert parts == {field.name for field in msgspec.structs.fields(Component)}
    assert not set(HONOURED_TERMS) & set(NOT_YET_HONOURED)


def test_of_a_limit_in_seconds_some_is_kept_for_prices_and_reasons():
    screened, now = screen(generate(300, 300, 3, 0)), time.monotonic()
    kept = 600 * 0.0009 + len(screened.pairs) * 3e-6
    assert len(screened.pairs) > 1000
    assert _for_the_search(None, now, screened) is None
    assert _for_the_search(100.0, now - 10, screened) == pytest.approx(100 - 10 - 5 - kept, abs=0.1)
    assert _for_the_search(0.5, now, screened) == 0.0
