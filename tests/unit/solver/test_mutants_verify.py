"""The verifier of docs/model.md 3b, wrong in one place: some market by hand shows it, wherever the place is.

A mutant has one comparison, sum, number, condition or yield of the verifier's files exchanged.  It is caught if the
verifier then says anything else of a clearing just inside or just outside a term.
"""

from __future__ import annotations

from types import ModuleType

import pytest
from msgspec.structs import replace

from solver.clear import clear
from solver.form.clearing import Clearing, WorkLimits
from solver.form.market import Market, content_hash
from solver.verify import Violation, accounts, couplings, courses, joint_terms, links, verify
from tests.unit.solver.hand_edges import EDGES, INSIDE
from tests.unit.solver.mutants import in_place, mutants_of

Case = tuple[Market, Clearing, list[Violation]]

# Guards of what cannot be: without them the verifier says the same.
SAME = {
    "if source is not None -> True",  # links: an offer of a line states it
    "if on -> True",  # courses: a contract without volume is refused before
    "True -> False",  # strict zips of series that are all as long as the calendar
}


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    found: list[Case] = []
    for each in EDGES.values():
        clearing = clear(each.inside, WorkLimits(gap=0.0))
        found.append((each.inside, clearing, []))
        false = replace(clearing, market_hash=content_hash(each.outside))
        found.append((each.outside, false, verify(each.outside, false)))
    for market, _, _ in INSIDE.values():
        found.append((market, clear(market, WorkLimits(gap=0.0)), []))
    return found


def shows(case: Case) -> bool:
    """Whether the verifier as it is now says anything else than it should."""
    market, clearing, due = case
    try:
        return verify(market, clearing) != due
    except Exception:
        return True


@pytest.mark.parametrize("module", [accounts, joint_terms, links, courses, couplings], ids=lambda m: m.__name__)
def test_every_mutant_of_the_verifier_is_caught(module: ModuleType, cases: list[Case]):
    survivors: list[str] = []
    mutants = [mutant for mutant in mutants_of(module) if mutant.change not in SAME]
    assert len(mutants) > 5
    for mutant in mutants:
        with in_place(mutant):
            killer = next((k for k, case in enumerate(cases) if shows(case)), None)
        if killer is None:
            survivors.append(str(mutant))
        else:
            cases.insert(0, cases.pop(killer))  # the next mutant stands nearby
    assert survivors == []
    assert not any(map(shows, cases))
