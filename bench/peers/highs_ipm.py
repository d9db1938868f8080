"""A divisible market as a linear model in arrays, HiGHS by its interior point method."""

from __future__ import annotations

from bench.pairs import Given
from bench.peers.answer import Answer, Limits
from bench.peers.highs_simplex import solve as solve_by


def solve(given: Given, limits: Limits) -> Answer:
    """The same model by another method."""
    return solve_by(given, limits, "ipm")
