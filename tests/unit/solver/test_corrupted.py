"""Every falsified clearing is rejected; every true one is accepted."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from random import Random

import pytest
from msgspec.structs import replace

from solver.clear import clear
from solver.form.clearing import Clearing, WorkLimits
from solver.form.market import Market
from solver.form.reading import read_market
from solver.generate import generate
from solver.verify import verify
from tests.unit.solver.corruptions import OF_THE_CLEARING
from tests.unit.solver.leaves import RECORDED, leaf_falsified
from tests.unit.solver.tightened import OF_THE_MARKET, falsified
from tests.unit.solver.tiny_markets import banded_market, tiny_market

EACH = 20  # falsified clearings of each kind
TRIES = 6000
KNOWN = Path(__file__).parents[2] / "known_answers"
FILES = (
    *("formula", "flexibility", "double-auction", "quality-and-certificate", "counterparties-of-a-group", "lots"),
    *("alternate-grades", "alternate-lots"),
    *("price-paths", "quotation-assay-currency", "prepayment-deposit-acceptance"),
)


@cache
def true_clearings() -> tuple[tuple[Market, Clearing], ...]:
    """Clearings that falsifications start from: all terms, every form of price, bounds of both kinds."""
    markets = [read_market(KNOWN / f"{name}.market.json") for name in FILES]
    markets += [tiny_market(seed) for seed in range(100)]
    markets += [generate(16, 16, 4, seed, "ramped") for seed in (4, 5)]
    markets += [banded_market(seal) for seal in ("a", "b", "c")]
    cleared = [(market, clear(market, WorkLimits(gap=0.0, nodes=200))) for market in markets]
    unfinished = generate(30, 30, 4, 6, "ramped")
    cleared.append((unfinished, clear(unfinished, WorkLimits(gap=0.0, nodes=1))))
    return tuple((market, clearing) for market, clearing in cleared if clearing.matches)


def test_true_clearings_are_accepted():
    assert len(true_clearings()) > 40
    for market, clearing in true_clearings():
        assert verify(market, clearing) == [], market.name


def test_an_empty_clearing_is_accepted():
    market = read_market(KNOWN / "nothing-to-trade.market.json")
    clearing = clear(market)
    assert clearing.status == "empty"
    assert verify(market, clearing) == []
    assert verify(market, replace(clearing, status="optimal")) != []
    assert verify(market, replace(clearing, note=None)) != []


@pytest.mark.parametrize("kind", OF_THE_CLEARING)
def test_a_falsified_clearing_is_rejected(kind: str):
    random = Random(kind)
    made = 0
    for _ in range(TRIES):
        market, clearing = random.choice(true_clearings())
        false = OF_THE_CLEARING[kind](random, market, clearing)
        if false is None or false == clearing:
            continue
        assert verify(market, false) != [], f"{kind}, falsification {made}, {market.name or clearing.market_hash}"
        made += 1
        if made == EACH:
            return
    pytest.fail(f"only {made} clearings to falsify")


@pytest.mark.parametrize("kind", OF_THE_MARKET)
def test_a_term_tightened_under_a_clearing_is_reported_by_name(kind: str):
    random = Random(kind)
    made = 0
    expected = OF_THE_MARKET[kind][0].split("|")
    for _ in range(TRIES):
        market, clearing = random.choice(true_clearings())
        false = falsified(kind, random, market, clearing)
        if false is None:
            continue
        terms = [violation.term for violation in verify(*false)]
        assert any(term.startswith(prefix) for term in terms for prefix in expected), f"{kind}: {terms}"
        made += 1
        if made == EACH:
            return
    pytest.fail(f"only {made} markets to tighten")


def test_any_leaf_of_a_clearing_that_is_changed_is_noticed():
    """But for what a clearing only records: nothing in it goes unread."""
    random = Random("leaves")
    noticed: set[str] = set()
    for _ in range(500):
        market, clearing = random.choice(true_clearings())
        false = leaf_falsified(random, clearing)
        if false is None or RECORDED.fullmatch(false[0]):
            continue
        assert verify(market, false[1]) != [], f"{false[0]} in {market.name or clearing.market_hash}"
        noticed.add(false[0])
    assert len(noticed) > 35


def test_matches_of_all_kinds_stand_in_the_true_clearings():
    """The falsifications reach formulas, uniform prices, exceptions, bands, both kinds of bound, several periods."""
    matches = [match for _, clearing in true_clearings() for match in clearing.matches]
    prices = [match.price for match in matches if match.price is not None]
    assert len(matches) > 80
    assert any(price.formula is not None for price in prices)
    assert any(price.uniform for price in prices)
    assert any(price.exception_gap is not None for price in prices)
    assert any(
        cap != ref for price in prices if not price.formula for cap, ref in zip(price.cap, price.reference, strict=True)
    )
    assert any(match.incoterm is not None for match in matches)
    assert any(match.band_up > 0 for match in matches)
    kinds = {part.bound_kind for _, clearing in true_clearings() for part in clearing.components}
    assert kinds == {"solver", "recomputed"}
