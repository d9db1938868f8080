"""The verifier of docs/model.md 3b, wrong in one place: some market by hand shows it, wherever the place is.

A mutant has one comparison, sum, number, condition or yield of the verifier's files exchanged.  It is caught if the
verifier then says anything else of a clearing just inside or just outside a term.
"""

from __future__ import annotations

import inspect
from types import ModuleType

import pytest
from msgspec.structs import replace

from solver.clear import clear
from solver.form.clearing import Clearing, WorkLimits
from solver.form.market import Market, content_hash
from solver.verify import Violation, accounts, couplings, courses, joint_terms, links, storage, verify
from tests.unit.solver.hand_edges import EDGES, INSIDE
from tests.unit.solver.mutants import Mutant, in_place, mutants_of

NOTHING_USED = "if order.storage is None or not any(used):"
Case = tuple[Market, Clearing, list[Violation]]

# What says the same, by the line it stands in.
SAME = {
    # guards of what cannot be: an offer of a line states it; a contract without volume is refused before, and only
    # orders with stock are asked for its cost
    (
        "for period, capacity in enumerate(source.capacity if source is not None else ()):",
        "if source is not None -> True",
    ),
    ("for t in range(on[0], on[-1] + 1) if on else ():", "if on -> True"),
    (NOTHING_USED, "if order.storage is None or not any(used) -> False"),
    (NOTHING_USED, "order.storage is None or not any(used) -> order.storage is None and (not any(used))"),
    # what is there at the beginning has room
    ("before = opening if t == 0 else min(room, made)", "if t == 0 -> False"),
    # where no stock serves going forward, none does going back
    ("if low > high:", "if low > high -> False"),
    # the least stock has room whenever that of the month after has
    ("low, high = max(ZERO, low - rise), min(room, high - fall)", "min -> max"),
}


def says_the_same(mutant: Mutant) -> bool:
    """Known to be no other verifier; series zipped strictly are all as long as the calendar."""
    line = inspect.getsource(mutant.module).splitlines()[mutant.line - 1].strip()
    return (line, mutant.change) in SAME or ("strict=True" in line and mutant.change == "True -> False")


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
    # 4.1 is loose here, so that the search proves less: the figure itself is only named where this is denied
    market = INSIDE["a buyer's room is scarce"][0]
    false = replace(clear(market, WorkLimits(gap=0.0)), bound_kind="recomputed")
    found.append((market, false, verify(market, false)))
    return found


def shows(case: Case) -> bool:
    """Whether the verifier as it is now says anything else than it should."""
    market, clearing, due = case
    try:
        return verify(market, clearing) != due
    except Exception:
        return True


@pytest.mark.parametrize(
    "module", [accounts, joint_terms, links, courses, couplings, storage], ids=lambda m: m.__name__
)
def test_every_mutant_of_the_verifier_is_caught(module: ModuleType, cases: list[Case]):
    survivors: list[str] = []
    mutants = [mutant for mutant in mutants_of(module) if not says_the_same(mutant)]
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
