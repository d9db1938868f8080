"""JSON as RFC 8259 has it, without what Python would take beside it."""

from __future__ import annotations

import json
from typing import Any, NoReturn

_DEEPEST = 30


def read_json(text: str) -> Any:
    """One JSON value; raises ValueError for bad syntax, a name given twice, NaN, half a character, too deep a nesting.

    >>> read_json('{"a": 1, "a": 2}')
    Traceback (most recent call last):
    ValueError: the name 'a' is given twice in one object
    """
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except json.JSONDecodeError as error:
        raise ValueError(f"is not valid JSON: {error.msg}, column {error.pos + 1}") from None
    except RecursionError:
        raise ValueError(f"is nested too deeply: at most {_DEEPEST} levels") from None
    if _depth(value) > _DEEPEST:
        raise ValueError(f"is nested too deeply: at most {_DEEPEST} levels")
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ValueError("holds half of a surrogate pair, which is no text") from None
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"the name {name[:80]!r} is given twice in one object")
        found[name] = value
    return found


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _depth(value: Any) -> int:
    """Levels of objects and lists; a JSON text of more than a few hundred ends in RecursionError above."""
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if below is None else 1 + max(map(_depth, below), default=0)
