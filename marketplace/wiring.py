"""Who hears which event: the one table of subscriptions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marketplace.contracts.services import cancel_proposals, publish_proposals, write_proposals
from marketplace.rounds.rules.events import ClearingRecorded, RoundCancelled, RoundPublished
from marketplace.shared.events import Event, bus

SUBSCRIPTIONS: tuple[tuple[type[Event], Callable[[Any], object]], ...] = (
    (ClearingRecorded, write_proposals),
    (RoundPublished, publish_proposals),
    (RoundCancelled, cancel_proposals),
)


def subscribe_all() -> None:
    """Wire every subscription, once."""
    for kind, handler in SUBSCRIPTIONS:
        bus.subscribe(kind, handler)
