"""Falsified clearings of demands, near-equals, stocks, discounts, alternates and rules of the round (3c to 3e)."""

from __future__ import annotations

from functools import cache
from random import Random

import pytest

from solver.clear import clear
from solver.form.clearing import Clearing, WorkLimits
from solver.form.market import Market
from solver.verify import verify
from tests.unit.solver import test_corrupted, test_corrupted_joint
from tests.unit.solver.corruptions import OF_AIMS, OF_DEMANDS, OF_THE_CLEARING
from tests.unit.solver.tightened import OF_THE_MARKET
from tests.unit.solver.tightened_joint import OF_SEVERAL
from tests.unit.solver.tightened_round import WIDER, falsified
from tests.unit.solver.tiny_aims import aimed_market
from tests.unit.solver.tiny_demands import demanding_market
from tests.unit.solver.tiny_joint import joint_market

EACH, TRIES = 20, 20_000


@cache
def true_clearings() -> tuple[tuple[Market, Clearing], ...]:
    """Clearings that match something, or say why nothing can be matched."""
    markets = [demanding_market(seed, joint=joint) for joint in (False, True) for seed in range(80)]
    markets += [aimed_market(seed) for seed in range(100)]
    markets += [joint_market(seed, only=only) for only in ("storage", "tiers", "alternates") for seed in range(40)]
    cleared = [(market, clear(market, WorkLimits(gap=0.0, nodes=200))) for market in markets]
    return tuple((market, clearing) for market, clearing in cleared if clearing.matches or clearing.contradictions)


def test_true_clearings_are_accepted():
    assert len(true_clearings()) > 100
    for market, clearing in true_clearings():
        assert verify(market, clearing) == []


@pytest.mark.parametrize("kind", OF_DEMANDS | OF_AIMS)
def test_a_falsified_statement_is_rejected(kind: str):
    random, made = Random(kind), 0
    for _ in range(TRIES):
        market, clearing = random.choice(true_clearings())
        false = (OF_DEMANDS | OF_AIMS)[kind](random, market, clearing)
        if false is None or false == clearing:
            continue
        assert verify(market, false) != [], f"{kind}, falsification {made}: {false.relaxations} {false.near_equals}"
        made += 1
        if made == EACH:
            return
    pytest.fail(f"only {made} clearings to falsify")


@pytest.mark.parametrize("kind", WIDER)
def test_a_market_tightened_under_a_clearing_is_reported_by_number(kind: str):
    random, made = Random(kind), 0
    expected = WIDER[kind][0].split("|")
    matched = [each for each in true_clearings() if each[1].matches]
    for _ in range(TRIES):
        false = falsified(kind, random, *random.choice(matched))
        if false is None:
            continue
        terms = [violation.term for violation in verify(*false)]
        if any(term.startswith("2 ") for term in terms) and not expected[0].startswith("2 "):
            continue  # the two may not trade at all any more: then nothing else is asked of them
        assert any(term.startswith(prefix) for term in terms for prefix in expected), f"{kind}: {terms}"
        made += 1
        if made == EACH:
            return
    pytest.fail(f"only {made} markets to tighten")


def test_at_least_two_thousand_falsifications_are_made():
    """Every kind makes ``EACH`` or its own test fails: here and in the two other files."""
    kinds = (OF_THE_CLEARING, OF_THE_MARKET, OF_SEVERAL, OF_DEMANDS, OF_AIMS, WIDER)
    assert min(EACH, test_corrupted.EACH, test_corrupted_joint.EACH) >= 20
    assert EACH * sum(map(len, kinds)) >= 2000
