"""What two parties have said of a proposal: each answer names the revision that it answers, and comes in time.

A counter is a further revision: it carries its author's acceptance and takes back whatever was accepted before.
Agreed is what both have accepted as it stands; from then on neither side's answer is changed any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from marketplace.shared.errors import Conflict

Party = Literal["seller", "buyer"]
PARTIES: tuple[Party, Party] = ("seller", "buyer")
MOST_REVISIONS = 20  # haggling without end helps nobody who waits for the round


class TooLate(Conflict):
    """The time to answer is over, whether or not anybody has noted it yet."""

    code = "too-late"

    def __init__(self, answer_by: datetime) -> None:
        super().__init__(f"answers were due before {answer_by.isoformat()}")


class StaleRevision(Conflict):
    """The answer is to terms that no longer stand."""

    code = "stale-revision"

    def __init__(self, answered: int, stands: int) -> None:
        super().__init__(f"revision {answered} was answered, {stands} stands")


class AlreadyAnswered(Conflict):
    """The same was said before, or both are agreed."""

    code = "already-answered"


class TooManyRevisions(Conflict):
    """No further counter."""

    code = "too-many-revisions"


@dataclass(frozen=True)
class Answers:
    """Where a negotiation stands.  ``revision``: the terms on the table, 1 being the round's own."""

    answer_by: datetime
    revision: int = 1
    accepted: Mapping[Party, int] = field(default_factory=dict)  # by party: the revision that it accepted

    @property
    def agreed(self) -> bool:
        """Whether both have accepted what stands."""
        return all(self.accepted.get(party) == self.revision for party in PARTIES)

    def accept(self, party: Party, revision: int, *, now: datetime) -> Answers:
        """One party accepts what stands.

        Raises: TooLate, StaleRevision, AlreadyAnswered.

        >>> from datetime import UTC
        >>> start = Answers(datetime(2027, 1, 10, tzinfo=UTC))
        >>> at = datetime(2027, 1, 9, tzinfo=UTC)
        >>> start.accept("seller", 1, now=at).accept("buyer", 1, now=at).agreed
        True
        """
        self.check(revision, now)
        if self.accepted.get(party) == revision:
            raise AlreadyAnswered(f"the {party} has accepted revision {revision} before")
        return replace(self, accepted={**self.accepted, party: revision})

    def take_back(self, party: Party, revision: int, *, now: datetime) -> Answers:
        """One party takes its acceptance back, which it may until the other has accepted too.

        Raises: TooLate, StaleRevision, AlreadyAnswered where both are agreed, or there is nothing to take back.
        """
        self.check(revision, now)
        if self.accepted.get(party) != revision:
            raise AlreadyAnswered(f"the {party} has not accepted revision {revision}")
        return replace(self, accepted={name: of for name, of in self.accepted.items() if name != party})

    def counter(self, party: Party, revision: int, *, now: datetime, within: timedelta, ends: datetime) -> Answers:
        """One party puts other terms on the table; the other has so much time to answer, but not beyond the end.

        Raises: TooLate, StaleRevision, AlreadyAnswered where both are agreed, TooManyRevisions.
        """
        self.check(revision, now)
        if self.revision == MOST_REVISIONS:
            raise TooManyRevisions(f"at most {MOST_REVISIONS} revisions of a proposal")
        following = self.revision + 1
        return Answers(min(now + within, ends), following, {party: following})

    def check(self, revision: int, now: datetime) -> None:
        """Whether an answer to this revision counts now.  Raises: AlreadyAnswered, TooLate, StaleRevision."""
        if self.agreed:
            raise AlreadyAnswered(f"both have accepted revision {self.revision}")
        if now >= self.answer_by:
            raise TooLate(self.answer_by)
        if revision != self.revision:
            raise StaleRevision(revision, self.revision)
