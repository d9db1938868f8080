"""Related companies are one party: for shares, for the number of counterparties, and for who stands behind a figure."""

from __future__ import annotations

from collections.abc import Mapping


def parties(parent_of: Mapping[str, str | None]) -> dict[str, str]:
    """The head of every company's group, by credit code; a company without a parent is its own.

    A parent that is not registered is a head.  Where companies name each other in a circle, the least code is the head.

    >>> parties({"mine": "group", "mill": "mine", "other": None})
    {'mine': 'group', 'mill': 'group', 'other': 'other'}
    >>> parties({"b": "a", "a": "b"})
    {'b': 'a', 'a': 'a'}
    """
    return {company: _head(company, parent_of) for company in parent_of}


def _head(company: str, parent_of: Mapping[str, str | None]) -> str:
    way = [company]
    while parent := parent_of.get(way[-1]):
        if parent in way:
            return min(way[way.index(parent) :])
        way.append(parent)
    return way[-1]
