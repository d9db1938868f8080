"""The news of a round, for the domains above."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from marketplace.shared.actor import Actor
from marketplace.shared.events import Event


@dataclass(frozen=True)
class RoundNews(Event):
    """Which round, by whose act, when."""

    round_id: str
    actor: Actor
    now: datetime


class ClearingRecorded(RoundNews):
    """A verified clearing was recorded; its matches can be read."""


class RoundPublished(RoundNews):
    """Parties may see what became of their orders."""


class RoundCancelled(RoundNews):
    """The round ended without publication; its orders are free again."""
