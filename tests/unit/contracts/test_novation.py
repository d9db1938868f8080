"""Who holds which month, who sees which version, and whose confirmation is lacking: against plain recounts."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.contracts.rules.novation import ROLES, Former, holder, lacking, stays
from marketplace.shared.months import shifted

MONTHS = [shifted("2027-01", count) for count in range(6)]
NOW = datetime(2027, 1, 1, tzinfo=UTC)


@st.composite
def changes(draw: st.DrawFn) -> list[tuple[int, str]]:
    """Versions by which one side changed, each with the new party's first month, never before an earlier one's."""
    numbers = sorted(draw(st.sets(st.integers(2, 20), max_size=5)))
    firsts = sorted(draw(st.lists(st.sampled_from(MONTHS), min_size=len(numbers), max_size=len(numbers))))
    return list(zip(numbers, firsts, strict=True))


def left(made: list[tuple[int, str]]) -> list[Former]:
    """As it is stored; parties are numbered as they came: p0, p1, ..."""
    return [Former(number, f"p{place}", shifted(first, -1)) for place, (number, first) in enumerate(made)]


@given(changes())
def test_months_are_handed_on_as_each_change_says(made: list[tuple[int, str]]) -> None:
    held = dict.fromkeys(MONTHS, "p0")
    for place, (_, first) in enumerate(made, start=1):
        held |= {month: f"p{place}" for month in MONTHS if month >= first}
    former, present = left(made), f"p{len(made)}"
    assert {month: holder(reversed(former), present, month) for month in MONTHS} == held


@given(changes(), st.integers(1, 25))
def test_every_version_is_somebodys_and_a_change_is_both_parties(made: list[tuple[int, str]], number: int) -> None:
    there = stays(left(made), f"p{len(made)}")
    assert [each.organisation_id for each in there] == [f"p{place}" for place in range(len(made) + 1)]
    seen = [each.organisation_id for each in there if each.first <= number <= (each.last or number)]
    before = sum(each < number for each, _ in made)
    both = number in {each for each, _ in made}
    assert seen == [f"p{before}", f"p{before + 1}"] if both else seen == [f"p{before}"]


@pytest.mark.parametrize("confirmed", [set(c) for size in range(4) for c in itertools.combinations(ROLES, size)])
@pytest.mark.parametrize("days", [None, -1, 0, 1])
def test_all_three_are_needed_but_an_insolvent_party_whose_days_are_over(confirmed: set[str], days: int | None) -> None:
    end = None if days is None else NOW + timedelta(days=days)
    needed = {"remaining", "incoming"} if days in (-1, 0) else set(ROLES)
    assert set(lacking(confirmed, end, NOW)) == needed - confirmed
