"""What is wrong with a file: every fault with its place, its value and the limit it breaks."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that keeps a file from being used."""

    pointer: str  # RFC 6901, e.g. /orders/3/volumes/1
    value: str  # the value as written, cut to a readable length
    message: str  # what would be right

    def __str__(self) -> str:
        return visible(f"{self.pointer or '/'}: {self.value}: {self.message}")


class MarketError(ValueError):
    """A market or clearing that is refused; ``faults`` holds all that was found, not only the first."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = list(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class WrongArgument(ValueError):
    """An argument of a function that cannot be used: its name, its value and the limit."""

    def __init__(self, name: str, value: object, limit: str) -> None:
        super().__init__(f"{name} = {value}; it {limit}")
        self.name, self.value, self.limit = name, value, limit


def pointer(*parts: str | int) -> str:
    """A JSON pointer from its parts.

    >>> pointer("orders", 3, "specification", "Fe/ppm")
    '/orders/3/specification/Fe~1ppm'
    """
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def shown(value: object, most: int = 60) -> str:
    """A value as it stands in a message, shortened.

    >>> shown("x" * 100)[-3:]
    '...'
    """
    text = str(value)
    return text if len(text) <= most else text[: most - 3] + "..."


def visible(text: str) -> str:
    r"""A text as one line that any terminal can show: what cannot be seen is escaped.

    >>> visible("a\nb")
    'a\\nb'
    """
    return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def date_faults(text: str | None, *place: str | int) -> Iterator[Fault]:
    """A date must be a day of the calendar, written YYYY-MM-DD."""
    if text is None:
        return
    try:
        right = date.fromisoformat(text).isoformat() == text
    except ValueError:
        right = False
    if not right:
        yield Fault(pointer(*place), shown(text), "must be a date YYYY-MM-DD")


def within(
    value: Decimal | float | None, least: Decimal | int | None, most: Decimal | int | None, *place: str | int
) -> Iterator[Fault]:
    """A number must be finite and lie between two limits, both included; None is no number."""
    if value is None:
        return
    if not math.isfinite(value):
        yield Fault(pointer(*place), shown(value), "must be a finite number")
    elif least is not None and value < least:
        yield Fault(pointer(*place), shown(value), f"must be at least {least}")
    elif most is not None and value > most:
        yield Fault(pointer(*place), shown(value), f"must be at most {most}")


def repeated(names: Iterable[Any]) -> set[Any]:
    """The names that occur more than once."""
    return {name for name, count in Counter(names).items() if count > 1}
