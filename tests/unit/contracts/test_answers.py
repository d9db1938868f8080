"""Answers to a proposal: each in its time and to what stands; a machine of random answers never agrees by mistake."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from marketplace.contracts.rules.answers import (
    MOST_REVISIONS,
    PARTIES,
    AlreadyAnswered,
    Answers,
    Party,
    StaleRevision,
    TooLate,
    TooManyRevisions,
)

START = datetime(2027, 1, 4, 1, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ENDS = START + 10 * DAY
FRESH = Answers(ENDS)


def test_both_accept_the_rounds_own_terms() -> None:
    one = FRESH.accept("buyer", 1, now=START)
    assert not one.agreed
    assert one.accept("seller", 1, now=ENDS - timedelta(microseconds=1)).agreed


def test_the_deadline_itself_is_too_late() -> None:
    for late in (ENDS, ENDS + DAY):
        with pytest.raises(TooLate, match="2027-01-14T01:00:00"):
            FRESH.accept("seller", 1, now=late)
        with pytest.raises(TooLate):
            FRESH.counter("seller", 1, now=late, within=DAY, ends=ENDS)


def test_a_counter_carries_its_authors_acceptance_and_voids_the_others() -> None:
    countered = FRESH.accept("buyer", 1, now=START).counter("seller", 1, now=START, within=2 * DAY, ends=ENDS)
    assert countered == Answers(START + 2 * DAY, 2, {"seller": 2})
    with pytest.raises(StaleRevision, match="revision 1 was answered, 2 stands"):
        countered.accept("buyer", 1, now=START)
    assert countered.accept("buyer", 2, now=START + DAY).agreed
    with pytest.raises(TooLate):
        countered.accept("buyer", 2, now=START + 2 * DAY)


def test_a_counter_is_answered_within_the_rounds_time() -> None:
    assert FRESH.counter("buyer", 1, now=ENDS - DAY, within=2 * DAY, ends=ENDS).answer_by == ENDS


def test_what_was_accepted_may_be_taken_back_until_both_have() -> None:
    one = FRESH.accept("seller", 1, now=START)
    assert one.take_back("seller", 1, now=START) == FRESH
    with pytest.raises(AlreadyAnswered, match="the buyer has not accepted revision 1"):
        one.take_back("buyer", 1, now=START)
    both = one.accept("buyer", 1, now=START)
    for say in (both.take_back, both.accept):
        with pytest.raises(AlreadyAnswered, match="both have accepted"):
            say("seller", 1, now=START)
    with pytest.raises(AlreadyAnswered, match="the seller has accepted revision 1 before"):
        one.accept("seller", 1, now=START)


def test_countering_ends() -> None:
    answers = FRESH
    for number in range(1, MOST_REVISIONS):
        answers = answers.counter(PARTIES[number % 2], number, now=START, within=DAY, ends=ENDS)
    with pytest.raises(TooManyRevisions, match=str(MOST_REVISIONS)):
        answers.counter("seller", MOST_REVISIONS, now=START, within=DAY, ends=ENDS)
    assert answers.accept("seller", MOST_REVISIONS, now=START).agreed


class Negotiation(RuleBasedStateMachine):
    """Two parties who say anything at any time, beside a plain record of what each has agreed to last."""

    def __init__(self) -> None:
        super().__init__()
        self.answers, self.now = FRESH, START
        self.said: dict[Party, int | None] = {"seller": None, "buyer": None}

    @rule(hours=st.integers(1, 30))
    def time_passes(self, hours: int) -> None:
        """The clock goes on."""
        self.now += timedelta(hours=hours)

    @precondition(lambda self: not self.answers.agreed)
    @rule(party=st.sampled_from(PARTIES), off=st.integers(-1, 1), what=st.sampled_from(["accept", "back", "counter"]))
    def somebody_says(self, party: Party, off: int, what: str) -> None:
        """An answer, perhaps to another revision than stands."""
        named = self.answers.revision + off
        try:
            if what == "accept":
                after = self.answers.accept(party, named, now=self.now)
            elif what == "back":
                after = self.answers.take_back(party, named, now=self.now)
            else:
                after = self.answers.counter(party, named, now=self.now, within=3 * DAY, ends=ENDS)
        except (TooLate, StaleRevision, AlreadyAnswered, TooManyRevisions):
            return
        assert off == 0
        assert self.now < self.answers.answer_by
        self.said[party] = None if what == "back" else after.revision
        self.answers = after

    @invariant()
    def agreed_is_what_both_said_last(self) -> None:
        """Of the same terms, in time."""
        both = set(self.said.values())
        assert self.answers.agreed == (both == {self.answers.revision})
        assert self.answers.answer_by <= ENDS


TestNegotiation = Negotiation.TestCase
TestNegotiation.settings = settings(max_examples=200, stateful_step_count=30, deadline=None)
