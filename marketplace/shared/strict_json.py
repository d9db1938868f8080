"""JSON as RFC 8259 has it, without what Python would take beside it."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any, NoReturn

DEEPEST_NESTING = 60
MOST_DIGITS = 100
MOST_NAMES = 10_000  # in one object

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def read_json(text: str) -> Any:
    """One JSON value that any database can store.

    Raises: ValueError whose message goes on from "the body" or "this line": bad syntax, a name given twice or more than
    10,000 in one object, NaN or an infinity, a whole number of more than 100 digits, U+0000 or half a surrogate pair,
    nesting deeper than 60.

    >>> read_json('{"a": 1, "a": 2}')
    Traceback (most recent call last):
    ValueError: gives the name 'a' twice in one object
    """
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_constant, parse_int=_whole)
    except json.JSONDecodeError as error:
        raise ValueError(f"is not valid JSON: {error.msg}, line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise _too_deep() from None
    _check(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > MOST_NAMES:
        raise ValueError(f"gives {len(pairs)} names in one object; at most {MOST_NAMES} are read")
    found = dict(pairs)
    if len(found) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = next(name for name, count in counts.items() if count > 1)
        raise ValueError(f"gives the name {twice[:80]!r} twice in one object")
    return found


def _constant(name: str) -> NoReturn:
    raise ValueError(f"holds {name}, which is not a JSON number")


def _whole(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise ValueError(f"holds a number of {len(digits)} digits; at most {MOST_DIGITS} are read")
    return int(digits)


def _check(value: Any, depth: int = 0) -> None:
    if depth > DEEPEST_NESTING:
        raise _too_deep()
    if isinstance(value, str):
        if _UNSTORABLE.search(value):
            raise ValueError("holds U+0000 or half of a surrogate pair, which cannot be stored as text")
    elif isinstance(value, dict):
        for key, below in value.items():
            _check(key, depth + 1)
            _check(below, depth + 1)
    elif isinstance(value, list):
        for below in value:
            _check(below, depth + 1)


def _too_deep() -> ValueError:
    return ValueError(f"is nested too deeply; at most {DEEPEST_NESTING} levels are read")
