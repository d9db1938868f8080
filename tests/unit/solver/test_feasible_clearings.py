"""The verifier accepts every feasible clearing of tiny markets over all terms, not only the best ones."""

from __future__ import annotations

from functools import cache

import pytest

from tests.unit.solver.feasible_clearings import judged

STARTS, BATCH, MOST = range(0, 680, 40), 40, 25


@cache
def batch(start: int) -> list[tuple[str, list[str]]]:
    return list(judged(start, start + BATCH, MOST))


@pytest.mark.parametrize("start", STARTS)
def test_feasible_clearings_are_accepted(start: int):
    assert [fault for _, faults in batch(start) for fault in faults] == []


def test_they_are_two_thousand_of_three_hundred_markets():
    every = [name for start in STARTS for name, _ in batch(start)]
    assert len(every) >= 2000
    assert len(set(every)) >= 300
