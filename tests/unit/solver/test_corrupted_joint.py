"""Falsified clearings of terms over several contracts: a term tightened, or volumes exchanged, under a true one."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import product
from random import Random

import pytest
from msgspec.structs import replace

from solver.clear import clear
from solver.form.clearing import Clearing, Match, WorkLimits
from solver.form.market import Market
from solver.generate import generate
from solver.verify import verify
from solver.verify.admission import PairFacts, judge
from solver.verify.ground import Ground
from tests.unit.solver.enumeration_joint import course_allowed, in_own_units, joint_allowed, stock_cost, tiers_allow
from tests.unit.solver.small_trades import match_of
from tests.unit.solver.tightened_joint import OF_SEVERAL, falsified
from tests.unit.solver.tiny_joint import FAMILIES, joint_market

EACH, TRIES = 20, 3000
OF_EVERY_ORDER = ("3.6", "3.7", "3.8")  # fill, parties and share are judged beside each of these terms
NUMBERS = {
    "source": ("3.10",),
    "family": ("3.6", "3.7", "3.8"),
    "minimum_per_period": ("3.12",),
    "incumbents": ("3.13",),
    "groups": ("3.14",),
    "links": ("3.15", "3.16"),
    "ramp": ("3.17",),
    "credit_limit": ("3.18",),
    "inputs": ("3.19",),
    "storage": ("3.20",),
    "tiers": ("3.21",),
    "alternates": ("3.6", "3.7", "3.8"),
}


@cache
def true_clearings() -> tuple[tuple[Market, Clearing], ...]:
    """Clearings of tiny markets with every such term, and of some larger ones without."""
    markets = [joint_market(seed) for seed in range(100)]
    markets += [joint_market(seed, only=family) for family in FAMILIES for seed in range(5000, 5006)]
    markets += [generate(16, 16, 4, seed, "ramped") for seed in (4, 5)]
    cleared = [(market, clear(market, WorkLimits(gap=0.0, nodes=200))) for market in markets]
    return tuple((market, clearing) for market, clearing in cleared if clearing.matches)


def test_true_clearings_are_accepted():
    assert len(true_clearings()) > 50
    for market, clearing in true_clearings():
        assert verify(market, clearing) == []


@pytest.mark.parametrize("kind", OF_SEVERAL)
def test_a_term_tightened_under_a_clearing_is_reported_by_number(kind: str):
    random, made = Random(kind), 0
    number, _ = OF_SEVERAL[kind]
    for _ in range(TRIES):
        false = falsified(kind, random, *random.choice(true_clearings()))
        if false is None:
            continue
        terms = [violation.term.split()[0] for violation in verify(*false)]
        if "2" in terms:
            continue  # the two may not trade at all any more: then nothing else is asked of them
        assert number in terms, f"{kind}: {terms}"
        made += 1
        if made == EACH:
            return
    pytest.fail(f"only {made} markets to tighten")


@pytest.mark.parametrize("family", NUMBERS)
def test_volumes_are_called_false_exactly_where_they_break_the_term(family: str):
    """Any volumes whatever, judged by the verifier and by the enumeration, which know nothing of each other."""
    random, allowed, broken = Random(family), 0, 0
    for seed in range(6000, 6700 if family == "tiers" else 6300):  # few volumes lie below a step
        market = joint_market(seed, only=family)
        ground, clearing = Ground(market), clear(market, WorkLimits(gap=0.0))
        pairs = {pair: facts for pair, facts in admitted(ground) if any(facts.greatest)}
        for _ in range(4 if pairs else 0):
            chosen = any_volumes(random, market, pairs)
            false = replace(clearing, matches=tuple(matches(market, chosen)))
            named = {violation.term.split()[0] for violation in verify(market, false)}
            named &= {*NUMBERS[family], *OF_EVERY_ORDER}
            keeps = allowed_by_the_terms(ground, pairs, chosen)
            assert keeps == (not named), f"seed {seed}: {named} {chosen}"
            allowed, broken = allowed + keeps, broken + bool(named & set(NUMBERS[family]))
        if min(allowed, broken) >= EACH:
            return
    pytest.fail(f"{allowed} allowed and {broken} broken")


Chosen = dict[tuple[str, str], tuple[Fraction, ...]]
Pairs = dict[tuple[str, str], PairFacts]


def admitted(ground: Ground) -> list[tuple[tuple[str, str], PairFacts]]:
    offers, needs = ([o for o in ground.market.orders if o.side == side] for side in ("offer", "need"))
    judged = (((o.id, n.id), judge(ground, o, n)) for o, n in product(offers, needs))
    return [(pair, facts) for pair, facts in judged if not isinstance(facts, str)]


def any_volumes(random: Random, market: Market, pairs: Pairs) -> Chosen:
    """Some contracts of a few tonnes."""
    chosen: Chosen = {}
    for pair in random.sample(sorted(pairs), random.randint(1, min(4, len(pairs)))):
        volumes = tuple(Fraction(random.choice((0, 1, 2, 2, 3)) if u > 0 else 0) for u in pairs[pair].greatest)
        if any(volumes):
            chosen[pair] = volumes
    return chosen


def matches(market: Market, chosen: Chosen) -> list[Match]:
    orders = {order.id: order for order in market.orders}
    made = [match_of(orders[o], orders[n], tuple(str(v) for v in volumes)) for (o, n), volumes in chosen.items()]
    return [replace(match, id=f"m{number}") for number, match in enumerate(made, start=1)]


def allowed_by_the_terms(ground: Ground, pairs: Pairs, chosen: Chosen) -> bool:
    lots = all(
        sum(sum(in_own_units(order, ground.orders[o], v)) for (o, n), v in chosen.items() if order.id in (o, n))
        >= max(order.lot or 0, ground.grades[order.grade].quantum)
        for order in ground.market.orders
        if any(order.id in pair for pair in chosen)
    )
    courses = (course_allowed(ground.orders[o], ground.orders[n], pairs[o, n], v) for (o, n), v in chosen.items())
    tiers = (tiers_allow(ground.market, ground.orders[o], pairs[o, n], v) for (o, n), v in chosen.items())
    return lots and all(courses) and all(tiers) and stocks_allow(ground, chosen) and joint_allowed(ground, chosen)


def stocks_allow(ground: Ground, chosen: Chosen) -> bool:
    for order in ground.market.orders:
        own = {(o, n): v for (o, n), v in chosen.items() if order.id in (o, n)}
        if order.storage is None or not own:
            continue
        others = {(o, n): ground.orders[n if order.id == o else o].flexibility.requires for o, n in own}
        up = {pair: Fraction(option.up if option else 0) for pair, option in others.items()}
        used = [sum(((1 + up[pair]) * v[t] for pair, v in own.items()), Fraction(0)) for t in range(ground.periods)]
        if stock_cost(ground, order, used) is None:
            return False
    return True
