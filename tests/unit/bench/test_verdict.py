"""Who refutes whom, and the figures of the table."""

from __future__ import annotations

import pytest

from bench.measure import Measured
from bench.peers.pulp_cbc import bound_in
from bench.plan import Case, full, short
from bench.race import OURS, Entry, allowed
from bench.table import growth, lines, medians, rows
from bench.verdict import best_bound, faults_of_ours, notes

CASE = Case("flat", 100, 0, 10.0)


def entry(
    participant: str,
    objective: float | None,
    bound: float | None,
    *,
    broken: tuple[str, ...] = (),
    case: Case = CASE,
    cost: Measured | None = Measured(8.0, 8.0, 100.0, 0),  # noqa: B008 - frozen
) -> Entry:
    claimed = objective if participant == OURS else None
    return Entry(
        case, participant, "found", 2, objective, bound, claimed, quantum_worth=5.0, broken=list(broken), cost=cost
    )


def test_all_is_well_where_nobody_is_above_anybodys_bound():
    entries = [entry(OURS, 990_000.0, 1_000_000.0), entry("other", 1_000_005.9, 1_100_000.0)]
    assert faults_of_ours(entries) == []  # one quantum in every period is worth 5, and a millionth of the bound is 1
    assert notes(entries) == []


def test_an_answer_above_our_bound_is_said_loudly():
    (fault,) = faults_of_ours([entry(OURS, 990_000.0, 1_000_000.0), entry("other", 1_000_006.1, None)])
    assert fault == "other found 1,000,006.10 CNY, above this solver's bound 1,000,000.00 CNY"


def test_an_answer_that_breaks_rows_refutes_nothing():
    entries = [entry(OURS, 990_000.0, 1_000_000.0), entry("other", 2e6, None, broken=("o1 trades 2 of 1",))]
    assert faults_of_ours(entries) == []
    assert notes(entries) == ["other: o1 trades 2 of 1"]
    assert lines(entries)[1].gap_to_best is None


def test_another_bound_that_our_answer_refutes_is_named_and_not_counted():
    entries = [entry(OURS, 990_000.0, 1_000_000.0), entry("other", 900_000.0, 950_000.0)]
    assert faults_of_ours(entries) == []
    assert best_bound(entries) == 1_000_000.0
    assert notes(entries) == ["other's bound 950,000.00 is refuted by this solver's 990,000.00"]


def test_our_own_clearing_has_to_be_there_keep_the_rows_and_be_worth_what_it_claims():
    broken, nothing = entry(OURS, 990.0, 1000.0, broken=("row",)), entry(OURS, None, None)
    claims = Entry(CASE, OURS, "found", 2, 990.0, 1000.0, claimed=991.0)
    for wrong, says in ((broken, "breaks a row"), (nothing, "no clearing"), (claims, "claims 991.00")):
        assert says in faults_of_ours([wrong])[0]


def test_whoever_is_late_is_named():
    late = entry("other", 1.0, 2.0, cost=Measured(15.5, 1.0, 1.0, 0))
    assert notes([late]) == ["other took 5.5 s more than the limit of 10 s"]


def test_peers_have_as_long_as_this_solver_took():
    for took, seconds in ((8.0, 10.0), (12.5, 12.5)):
        ours = entry(OURS, 1.0, 2.0, cost=Measured(took, 1.0, 1.0, 0))
        assert allowed(CASE, ours) == Case("flat", 100, 0, seconds)


def test_gaps_and_ratios():
    slow = Measured(16.0, 8.0, 50.0, 0)
    ours, other, absent = lines(
        [
            entry(OURS, 990_000.0, 1_000_000.0),
            entry("other", 495_000.0, 2_000_000.0, cost=slow),
            entry("absent", None, None, cost=None),
        ]
    )
    assert (ours.gap, ours.gap_to_best, ours.welfare, ours.time, ours.memory) == (0.01, 0.01, 1.0, 1.0, 1.0)
    assert (other.gap, other.gap_to_best, other.welfare) == (0.7525, 0.505, 0.5)
    assert (other.time, other.memory) == (2.0, 0.5)
    assert (absent.gap, absent.welfare, absent.time) == (None, None, None)
    assert "absent" in rows([ours, other, absent])
    assert "absent" not in medians([ours, other, absent])
    assert "1/1" in medians([ours, other, absent])


def test_growth_is_the_exponent_between_both_sizes():
    compared = []
    for size, wall_s, peak_mb in ((1_000, 30.0, 200.0), (10_000, 300.0, 2000.0 * 10**0.5)):
        cost = Measured(wall_s, 1.0, peak_mb, 0)
        compared += lines([entry(OURS, 990.0, 1000.0, case=Case("flat", size, 0, 1.0), cost=cost)])
    assert "time ~ size^1.00, memory ~ size^1.50" in growth(compared)
    assert growth(compared[:1]) == ""


@pytest.mark.parametrize(
    ("log", "bound"),
    [
        ("Result - Stopped on time limit\n\nObjective value:   90.0\nUpper bound:      100.5\n", 100.5),
        ("Cbc0005I Partial search - best objective -90 (best possible -1.005e+02), took 0 iterations\n", 100.5),
        ("Result - Optimal solution found\n\nObjective value:   90.0\n", 99.0),
        ("Result - Optimal solution found\n\nObjective value:   90.0\nUpper bound:  90.5\n", 90.5),
        ("killed\n", None),
    ],
)
def test_the_bound_of_cbc_is_read_from_its_log(log, bound):
    assert bound_in(log, 90.0, 0.1) == (bound if bound is None else pytest.approx(bound))


def test_the_plans():
    assert {case.law for case in short()} == {"flat", "ramped", "divisible"}
    by_size = {size: sum(case.size == size for case in full()) for size in (100, 300, 1_000, 10_000)}
    assert by_size == {100: 10, 300: 10, 1_000: 15, 10_000: 2}
