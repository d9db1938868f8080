"""Which matches can be concluded when some are not: judged like a whole clearing, by hand and on tiny markets."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from random import Random

import pytest
from msgspec.structs import replace

from solver.clear import clear
from solver.form.clearing import Clearing, WorkLimits
from solver.form.market import Market
from solver.form.terms import Counterparties, MaximumShare
from solver.verify import verify
from solver.verify.remaining import UnknownMatchError, bundles, concluded
from tests.unit.solver.enumerated_markets import markets
from tests.unit.solver.hand_markets import market, need, offer

MISSED = {
    "3.6 minimum fill", "3.7 counterparties", "3.8 maximum share", "3.13 incumbent", "3.14 group", "3.15 linked",
    "3.19 input", "3.20 storage",
}  # fmt: skip
NEVER = {
    "3.1 offer capacity", "3.2 need demand", "3.9 approvals", "3.10 source", "3.16 exclusive", "3.18 credit limit",
}  # fmt: skip


def cleared(*orders: object) -> tuple[Market, Clearing]:
    given = market(*orders)  # type: ignore[arg-type]
    return given, clear(given, WorkLimits(gap=0.0))


def pairs(clearing: Clearing) -> dict[str, str]:
    """The matches by offer and need."""
    return {f"{match.offer} {match.need}": match.id for match in clearing.matches}


def test_all_or_nothing_lapses_and_takes_what_hangs_on_it():
    """n1 takes all of 10 t or nothing, o2 is sold only beside o1: without o1's contract all of it ends."""
    given, clearing = cleared(
        offer("o1", [5], 90),
        offer("o2", [5], 90, linked_to="o1", organisation="org-o1"),
        need("n1", [10], 100, minimum_fill=Decimal(1)),
    )
    by_pair = pairs(clearing)
    assert set(by_pair) == {"o1 n1", "o2 n1"}
    assert concluded(given, clearing, by_pair.values()) == (sorted(by_pair.values()), {})
    kept, lost = concluded(given, clearing, [by_pair["o2 n1"]])
    assert kept == []
    assert lost == {"n1": ["3.6 minimum fill"], "o2": ["3.15 linked"]}


def test_one_loss_leads_to_the_next():
    """o2 sells to two parties or none: n1's contract with it ends since n2's did, and then n1 has too little."""
    given, clearing = cleared(
        offer("o1", [6], 90),
        offer("o2", [10], 90, counterparties=Counterparties(least=2)),
        need("n1", [10], 100, minimum_fill=Decimal("0.9")),
        need("n2", [6], 100),
    )
    by_pair = pairs(clearing)
    assert {"o2 n1", "o2 n2"} <= set(by_pair)
    wanted = [match for name, match in by_pair.items() if name != "o2 n2"]
    kept, lost = concluded(given, clearing, wanted)
    assert kept == []
    assert lost == {"o2": ["3.7 counterparties"], "n1": ["3.6 minimum fill"]}


def test_a_share_of_the_awarded_is_missed_when_others_leave():
    half = MaximumShare(fraction=Decimal("0.5"), of="awarded")
    given, clearing = cleared(offer("o1", [5], 90), offer("o2", [5], 91), need("n1", [10], 100, maximum_share=half))
    assert concluded(given, clearing, ["m1"]) == ([], {"n1": ["3.8 maximum share"]})
    assert concluded(given, clearing, []) == ([], {})


def test_other_matches_are_refused():
    given, clearing = cleared(offer("o1", [5], 90), need("n1", [5], 100))
    with pytest.raises(UnknownMatchError, match="m2"):
        concluded(given, clearing, ["m1", "m2"])


def test_bundles_by_hand():
    """n1's fill ties its two matches; o3 and n3 trade alone; o4's contract hangs on o3's."""
    orders = [
        offer("o1", [5, 0, 0], 90),
        offer("o2", [5, 0, 0], 90),
        offer("o3", [0, 3, 0], 50),
        need("n1", [10, 0, 0], 100, minimum_fill=Decimal(1)),
        need("n3", [0, 3, 0], 60),
    ]
    given, clearing = cleared(*orders)
    named = {match: name for name, match in pairs(clearing).items()}
    found = [sorted(named[match] for match in bundle) for bundle in bundles(given, clearing)]
    assert sorted(map(tuple, found)) == [("o1 n1", "o2 n1"), ("o3 n3",)]
    hung = offer("o4", [0, 0, 2], 30, linked_to="o3", organisation="org-o3"), need("n4", [0, 0, 2], 40)
    given, clearing = cleared(*sorted((*orders, *hung), key=lambda order: order.side, reverse=True))
    named = {match: name for name, match in pairs(clearing).items()}
    found = [sorted(named[match] for match in bundle) for bundle in bundles(given, clearing)]
    assert sorted(map(tuple, found)) == [("o1 n1", "o2 n1"), ("o3 n3", "o4 n4")]


def some(first: int, beyond: int) -> Iterator[tuple[str, Market, Clearing, list[str]]]:
    """Cleared tiny markets over all terms, each with some of its matches."""
    for name, given in markets(first, beyond):
        clearing = clear(given, WorkLimits(gap=0.0))
        random = Random(name)
        for _ in range(3 if len(clearing.matches) > 1 else 0):
            yield name, given, clearing, [match.id for match in clearing.matches if random.random() < 0.6]


@pytest.mark.parametrize("first", [0, 150])
def test_it_says_what_the_verifier_says_of_a_clearing_with_these_alone(first: int):
    missing = whole = apart = 0
    for name, given, clearing, wanted in some(first, first + 150):
        kept, lost = concluded(given, clearing, wanted)
        terms = {term for missed in lost.values() for term in missed}
        assert terms <= MISSED, name
        said = {each.term for each in verify(given, only(clearing, wanted))}
        assert not said & NEVER, name
        assert bool(said & MISSED) == bool(lost), f"{name}: {said & MISSED} {lost}"
        assert not {each.term for each in verify(given, only(clearing, kept))} & (MISSED | NEVER), name
        assert concluded(given, clearing, kept) == (kept, {}), name
        assert concluded(given, clearing, list(reversed(wanted))) == (kept, lost), name
        alone = [concluded(given, clearing, [m for m in wanted if m in bundle]) for bundle in bundles(given, clearing)]
        assert sorted(match for each, _ in alone for match in each) == sorted(kept), name
        assert {name: terms for _, each in alone for name, terms in each.items()} == lost, name
        apart += sum(bool(each) for each, _ in alone) > 1
        missing += bool(lost)
        whole += not lost and bool(wanted)
    assert min(missing, whole, apart) > 5


def only(clearing: Clearing, wanted: list[str]) -> Clearing:
    """The clearing with some of its matches, numbered anew."""
    kept = [match for match in clearing.matches if match.id in wanted]
    return replace(clearing, matches=tuple(replace(match, id=f"m{k + 1}") for k, match in enumerate(kept)))
