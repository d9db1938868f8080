"""The rules and rows of the search, one file dropped, turned or loosened: the verifier or the welfare shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from solver.clear import clear
from solver.form.clearing import Clearing, WorkLimits
from solver.form.market import Market
from solver.form.reading import read_market
from solver.pairs.counted import counted
from solver.screening.decompose import components
from solver.screening.screen import screen
from solver.search import begun, rules
from solver.search.backend import EQUAL, NOT_ABOVE, NOT_BELOW, Model
from solver.search.component import component_of
from solver.search.formulation import assemble, lots
from solver.search.rules.ramp import Ramp
from solver.search.rules.row import Row
from solver.search.rules.running import Running
from solver.search.rules.tiers import Tiers
from solver.verify import verify
from tests.unit.solver.edges_joint import EDGES
from tests.unit.solver.hand_markets import market
from tests.unit.solver.kept_back import MARKETS
from tests.unit.solver.tiny_joint import joint_market
from tests.unit.solver.tiny_markets import tiny_market

EXACT = WorkLimits(gap=0.0)
KNOWN = Path(__file__).parents[2] / "known_answers"
TURNED = {NOT_ABOVE: NOT_BELOW, NOT_BELOW: NOT_ABOVE, EQUAL: NOT_ABOVE}
RULES = [*rules.FAMILIES, rules.credit, rules.inputs]
# Names of rows in the models.  "any" and "none" tie a set to its contracts; what the rules add has their terms' names.
ROWS = """any capacity contract_least contract_most counterparties credit_limit exclusive fill group incumbent input
 linked_to lots maximum_share minimum_fill none parties_least parties_most ramp runs share share_awarded source starts
 trial"""


def wrong(due: tuple[Market, Clearing]) -> bool:
    """Whether the search as it is now does not come to the clearing's welfare, or to a clearing at all."""
    given, right = due
    try:
        found = clear(given, EXACT)
    except Exception:
        return True
    return found.objective != right.objective or found.bound != right.bound or verify(given, found) != []


@pytest.fixture(scope="module")
def cases() -> list[tuple[Market, Clearing]]:
    given = [read_market(path) for path in sorted(KNOWN.glob("*.market.json"))]
    given += [market(*each.orders) for each in MARKETS.values()]
    given += [each.outside for each in EDGES.values()] + [each.inside for each in EDGES.values()]
    given += [joint_market(seed) for seed in range(30)] + [tiny_market(seed) for seed in range(30)]
    return [(each, clear(each, EXACT)) for each in given]


@pytest.fixture(autouse=True)
def relaxation_without_rules(monkeypatch: pytest.MonkeyPatch):
    """The relaxation knows some rules too, and would hide on small markets what the models miss."""
    monkeypatch.setattr(begun, "rule_rows", lambda _: None)


def caught(cases: list[tuple[Market, Clearing]]) -> bool:
    killer = next((k for k, case in enumerate(cases) if wrong(case)), None)
    if killer is not None:
        cases.insert(0, cases.pop(killer))
    return killer is not None


def turned(rule: Any) -> Any:
    if isinstance(rule, Row):
        return replace(rule, at_least=not rule.at_least)
    if isinstance(rule, Tiers):
        return replace(rule, opens=tuple(len(rule.discounts.steps) - first for first in rule.opens))
    if isinstance(rule, Running):
        return replace(rule, least=4 * rule.least, least_volume=4 * rule.least_volume)
    return replace(rule, fraction=1 - rule.fraction)


def loosened(rule: Any) -> Any:
    if isinstance(rule, Row):
        return replace(rule, limit=rule.limit + (-2 if rule.at_least else 2))
    if isinstance(rule, Tiers):
        return replace(rule, opens=(0,) * len(rule.opens))
    if isinstance(rule, Running):
        return replace(rule, least=1, least_volume=rule.least_volume / rule.least)
    return replace(rule, fraction=4 * rule.fraction + Fraction(1, 2))


@pytest.mark.parametrize("module", RULES, ids=lambda module: module.__name__.rpartition(".")[2])
@pytest.mark.parametrize("change", [None, turned, loosened], ids=["dropped", "turned", "loosened"])
def test_a_rule_is_missed(
    module: ModuleType,
    change: Callable[[Any], Any] | None,
    cases: list[tuple[Market, Clearing]],
    monkeypatch: pytest.MonkeyPatch,
):
    right = module.rules

    def changed(*given: Any) -> Iterator[Any]:
        return (change(rule) for rule in right(*given)) if change is not None else iter(())

    monkeypatch.setattr(module, "rules", changed)
    assert caught(cases)


# Without rows for lots the volumes are rounded, and small markets then come out right all the same: test_formulation
# looks at those rows by themselves.
FILES = [add for add in assemble.FAMILIES if add is not lots.add_rows]


@pytest.mark.parametrize("family", FILES, ids=lambda add: add.__module__.rpartition(".")[2])
def test_a_file_of_rows_is_missed(family: Any, cases: list[tuple[Market, Clearing]], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(assemble, "FAMILIES", tuple(add for add in assemble.FAMILIES if add is not family))
    assert caught(cases)


@pytest.mark.parametrize("name", ROWS.split())
def test_a_row_the_wrong_way_round_is_missed(
    name: str, cases: list[tuple[Market, Clearing]], monkeypatch: pytest.MonkeyPatch
):
    right, added = Model.row, []

    def row(self: Model, which: str, handles: Any, coefficients: Any, sense: Any, limit: float) -> None:
        added.append(which)
        right(self, which, handles, coefficients, TURNED[sense] if which == name else sense, limit)

    monkeypatch.setattr(Model, "row", row)
    assert caught(cases)
    assert name in added


def test_the_search_itself_is_right_again(cases: list[tuple[Market, Clearing]]):
    assert {Ramp, Row, Running} <= {type(rule) for given, _ in cases for rule in rules_of_market(given)}
    assert not any(map(wrong, cases))


def rules_of_market(given: Market) -> Iterator[Any]:
    screened = screen(counted(given))
    for positions in components(screened):
        yield from component_of(screened, positions).rules
