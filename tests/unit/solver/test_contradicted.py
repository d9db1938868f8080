"""What goes wrong inside a search is no answer and no fault of the market: empty rounds, floats, forced contracts."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from msgspec.structs import replace
from scipy.sparse import csc_array, csr_array

from solver.clear import clear
from solver.form.clearing import WorkLimits
from solver.form.faults import MarketError
from solver.form.market import Grade, Market, canonical_bytes
from solver.form.reading import read_market
from solver.form.terms import Counterparties, Group, Storage
from solver.search.backend import BackendError
from solver.search.bound import no_prices
from solver.search.exact import ExactVolumes
from solver.search.formulation import build
from solver.search.found import Found
from solver.search.linear import LinearProgram
from solver.search.neighbourhoods import SEEN_AT_ONCE, Neighbourhoods
from solver.search.standing import Standing
from solver.verify import verify
from tests.unit.solver.hand_markets import market, need, offer, only_component

EXACT = WorkLimits(gap=0.0)
NO_PAIRS = np.zeros(0, dtype=np.int64)


def test_a_round_without_any_order_to_begin_with_ends_the_neighbourhoods() -> None:
    """No likely pair and none added: there is nothing to decide, and nothing to take from an empty list."""
    component = only_component(market(offer("o1", [10], 50), need("n1", [10], 100)))
    nothing = np.zeros(component.pairs.gain.shape)
    parts = Neighbourhoods(component, nothing, np.ones(len(component)), NO_PAIRS, SEEN_AT_ONCE)
    assert parts.improve(lambda *_, **__: pytest.fail("nothing is to be solved"), 0.0, lambda: False) is False  # type: ignore[arg-type]


def test_components_alike_in_size_are_numbered_by_their_first_pair_whatever_grade_it_is_in() -> None:
    """Both have two pairs; that of grades H and G, joined by a link, has the file's first pair, and that in H."""
    given = market(
        replace(offer("o1", [10], 50), grade="H", organisation="A"),
        replace(offer("o2", [10], 50), grade="K"),
        offer("o3", [10], 50, linked_to="o1", organisation="A"),
        replace(need("n1", [10], 100), grade="H"),
        replace(need("n2", [10], 100), grade="K"),
        need("n3", [10], 100),
        replace(need("n4", [10], 100), grade="K"),
    )
    given = replace(given, grades=tuple(Grade(id=name, unit="t", quantum=Decimal(1)) for name in "GKH"))
    clearing = clear(given, EXACT)
    assert list(verify(given, clearing)) == []


def test_what_is_proven_in_floats_is_no_less_than_the_best_clearing() -> None:
    """Volumes of millions beside thousandths, where a backend's bound is some cents short of the optimum."""
    given = market(
        offer("o1", ["9000000", "0.001"], 50),
        need("n1", [10, 10], 100),
        need("n2", ["0.001", "9000000"], 100, minimum_fill=Decimal("0.5")),
        offer(
            "o3",
            ["0.001", "9000000"],
            50,
            minimum_fill=Decimal(1),
            storage=Storage(
                owner="seller",
                place="x",
                opening=Decimal("0.001"),
                closing=Decimal(0),
                capacity=Decimal(9000000),
                cost=Decimal("0.000001"),
            ),
        ),
        quantum="0.001",
    )
    clearing = clear(given, EXACT)
    assert clearing.bound >= Decimal("450000500.20") - Decimal("0.01")
    assert list(verify(given, clearing)) == []


def test_volumes_that_are_worth_more_than_what_was_proven_refute_it() -> None:
    component = only_component(market(offer("o1", [10], 50), need("n1", [10], 100)))
    best = ExactVolumes(component)
    best.change(0, 0, 10)
    assert best.welfare() == 500
    for proven, bound in ((Decimal("499.995"), 500), (Decimal("499"), 700), (Decimal("600"), 600)):
        found = Found(component, best, no_prices(component), Decimal(700), proven)
        assert found.bound == bound


def test_a_model_whose_contracts_are_forced_may_have_no_solution() -> None:
    """Two contracts of at least 6 t each out of 10 t: impossible together, which is nobody's failure."""
    component = only_component(
        market(
            offer("o1", [10], 50, minimum_contract=Decimal(6)),
            need("n1", [10], 100),
            need("n2", [10], 100),
        )
    )
    for forced, failure in ((True, None), (False, "the backend ended as infeasible")):
        standing = Standing(component, EXACT, None, no_prices(component))
        draft = build(component, np.arange(len(component)))
        draft.make_all()
        assert not standing.solve(draft, gap=0.0, forced=forced).usable
        assert standing.failure == failure


def test_a_coefficient_beyond_what_the_backend_takes_is_said_and_not_left_out() -> None:
    program = LinearProgram(np.ones(1))
    with pytest.raises(BackendError, match="a coefficient beyond what HiGHS takes"):
        program.add_columns(np.ones(1), np.ones(1), csc_array([[1e18]]))
    program.add_columns(np.ones(1), np.ones(1), csc_array([[1.0]]))
    with pytest.raises(BackendError):
        program.add_rows(np.ones(1), csr_array([[1e18]]))


@pytest.mark.parametrize(
    ("terms", "pointer"),
    [
        ({"counterparties": Counterparties(least=10**6 + 1)}, "/orders/0/counterparties/least"),
        ({"counterparties": Counterparties(most=2**63)}, "/orders/0/counterparties/most"),
        (
            {"groups": (Group(tag="x", rule="at_least", measure="count", value=Decimal(10**6 + 1)),)},
            "/orders/0/groups/0/value",
        ),
        (
            {"groups": (Group(tag="x", rule="at_least", measure="volume", value=Decimal(10**15 + 1)),)},
            "/orders/0/groups/0/value",
        ),
    ],
)
def test_counts_beyond_any_market_are_refused_where_they_are_read(terms: dict[str, object], pointer: str) -> None:
    given: Market = market(offer("o1", [10], 50, **terms), need("n1", [10], 100))
    with pytest.raises(MarketError) as refused:
        read_market(canonical_bytes(given))
    assert [fault.pointer for fault in refused.value.faults] == [pointer]
