"""News goes up as events: a lower domain publishes, an upper one subscribes, in the same transaction.

Subscribers are wired in ``marketplace.app`` and nowhere else.  A failing subscriber is never
swallowed: the transaction fails with it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any


class Event:
    """Base of all events: frozen dataclasses that carry identifiers and plain values."""


class EventBus:
    """Calls the subscribers of an event's class, in the order in which they were wired.

    >>> bus, heard = EventBus(), []
    >>> class Rang(Event): pass
    >>> bus.subscribe(Rang, heard.append)
    >>> bus.publish(Rang())
    >>> len(heard)
    1
    """

    def __init__(self) -> None:
        self._subscribers: dict[type[Event], list[Callable[[Any], object]]] = defaultdict(list)

    def subscribe(self, kind: type[Event], handler: Callable[[Any], object]) -> None:
        """Call ``handler`` for every event of this class from now on; once, however often it is wired."""
        if handler not in self._subscribers[kind]:
            self._subscribers[kind].append(handler)

    def publish(self, event: Event) -> None:
        """Tell all subscribers, now; what they raise is raised here."""
        for handler in self._subscribers[type(event)]:
            handler(event)


bus = EventBus()
