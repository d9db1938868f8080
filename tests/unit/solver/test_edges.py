"""Markets at the edges of volumes, lots and quanta, by hand: solver and verifier draw every line at the same place."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from solver.clear import clear
from solver.form.clearing import Clearing, WorkLimits
from solver.form.faults import MarketError
from solver.form.market import Market, canonical_bytes
from solver.form.reading import read_clearing, read_market
from solver.form.terms import Approval, Approved, Exclusion, Flexibility, Option
from solver.verify import verify
from tests.unit.solver.hand_markets import market, need, offer

EXACT = WorkLimits(gap=0.0)
D = Decimal


def cleared(*orders: Any, **fields: Any) -> Clearing:
    """The clearing of a market that went through its file form, accepted by the verifier in its own."""
    found: Market = read_market(canonical_bytes(market(*orders, **fields)))
    clearing = clear(found, EXACT)
    assert verify(found, read_clearing(canonical_bytes(clearing))) == []
    return clearing


def reasons(clearing: Clearing, order: str) -> list[str]:
    return [reason.code for outcome in clearing.orders if outcome.order == order for reason in outcome.reasons]


def options(requires_up: str = "0", grants_up: str = "0") -> Flexibility:
    return Flexibility(requires=Option(up=D(requires_up)), grants=Option(up=D(grants_up)))


def test_a_volume_that_an_option_brings_under_one_quantum_does_not_fit_and_stops_nobody():
    """The need's 1 t is under a quantum once the seller may deliver 5 % more; the other pair trades."""
    clearing = cleared(
        offer("o1", [20], 9000, flexibility=options(requires_up="0.05", grants_up="0.1")),
        need("n1", [1], 10000, flexibility=options(grants_up="0.1")),
        need("n2", [10], 10000, flexibility=options(grants_up="0.1")),
    )
    assert [(match.need, match.volumes) for match in clearing.matches] == [("n2", (D(9),))]
    assert "quantity" in reasons(clearing, "n1")


@pytest.mark.parametrize(("trial_share", "volumes"), [("0.05", None), ("0.1", (D(4), D(0), D(0)))])
def test_trial_volume_and_approved_volume_are_each_in_whole_lots(trial_share: str, volumes: Any):
    """Lots of 4; approved from February with 1 + 3 t: no lot there.  In January 5 % of 45 t is no lot, 10 % is one."""
    approved = Approved(
        kind="only", counterparties=(Approval(organisation="org-o1", since="2027-02-01"),), trial_share=D(trial_share)
    )
    clearing = cleared(offer("o1", [24, 4, 3], 9000), need("n1", [32, 1, 12], 10000, lot=D(4), approved=approved))
    assert [match.volumes for match in clearing.matches] == ([] if volumes is None else [volumes])
    assert ("quantity" in reasons(clearing, "n1")) == (volumes is None)


def test_room_just_under_a_quantum_is_no_room():
    """9.999 t with an option of a trillionth leave 1e-11 t less than one quantum of the need's side."""
    clearing = cleared(
        offer("o1", [10], 9000, flexibility=options(grants_up="0.1")),
        need("n1", [10], 10000, flexibility=options(requires_up="0.000000000001")),
        quantum="0.001",
    )
    assert [match.volumes for match in clearing.matches] == [(D("9.999"),)]
    assert reasons(clearing, "o1") == ["own_volume"]


def test_lots_without_a_common_multiple_in_reach_do_not_trade():
    """The product of these lots, in quanta, is 2^64 - 6 and more: it must not be taken for a small one."""
    clearing = cleared(
        offer("o1", [10**9], 10, lot=D("4294967.299")),
        need("n1", [10**9], 100, lot=D("4294967.294")),
        quantum="0.001",
    )
    assert clearing.status == "empty"
    assert "quantity" in reasons(clearing, "n1")


def test_coarse_quanta_end_in_the_optimum():
    """Whole quanta decide, not tonnes that are rounded afterwards.

    A model that presolve settles, given a start: some versions of HiGHS give the start back under the optimum's value.
    """
    clearing = cleared(
        offer("o1", [1, 3], 9449, flexibility=options(grants_up="0.1")),
        offer("o2", [4, 1], 9419, flexibility=options(grants_up="0.1")),
        need("n1", [6, 3], 10356, minimum_contract=D(5)),
        need("n2", [9, 17], 10665, flexibility=options(requires_up="0.05", grants_up="0.05")),
        need("n3", [3, 17], 11432, exclusions=(Exclusion(organisation="org-o2", reason="example"),)),
    )
    # o1 to n3: 1 + 3 t at 1983.  o2 to n1: 4 + 1 t at 937; to n2 it would be 3 / 1.05 and 1 / 1.05, 3 t at 1246.
    assert clearing.status == "optimal"
    assert clearing.objective == clearing.bound == 4 * 1983 + 5 * 937


def test_totals_beyond_what_an_order_may_state_are_read_again():
    clearing = cleared(offer("o1", [900_000_000_000], 10), need("n1", [900_000_000_000], 110))
    assert clearing.objective == D("90000000000000.00")


def test_more_quanta_than_can_be_counted_are_refused():
    with pytest.raises(MarketError, match=r"/orders/0/volumes/0: 1000001: must be at most 1000000"):
        read_market(canonical_bytes(market(offer("o1", ["1000001"], 10), quantum="0.000000001")))
