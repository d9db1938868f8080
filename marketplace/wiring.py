"""Who hears which event: the one table of subscriptions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marketplace.shared.events import Event, bus

SUBSCRIPTIONS: tuple[tuple[type[Event], Callable[[Any], object]], ...] = ()


def subscribe_all() -> None:
    """Wire every subscription, once."""
    for kind, handler in SUBSCRIPTIONS:
        bus.subscribe(kind, handler)
