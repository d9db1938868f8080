"""A marshmallow schema's nested messages as a flat list: one entry per bad value, with a pointer to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import marshmallow as ma
from marshmallow import fields

from marketplace.api.http.chinese import fault_zh
from marketplace.api.http.expected import Part, allowed_names, expected
from marketplace.shared.errors import plain

Path = tuple[str, ...]
UNKNOWN = ma.Schema().error_messages["unknown"]

# What a message begins with; the first that fits counts.
_CODES = tuple(
    (re.compile(pattern), code)
    for pattern, code in (
        (re.escape(UNKNOWN), "unknown-field"),
        ("Missing data", "missing"),
        ("Must be one of", "not-a-choice"),
        ("Must be (greater|less)|is (below|above) the|must be above", "out-of-range"),
        ("Length must|Shorter than|Longer than", "wrong-length"),
        ("Not a valid email", "email"),
        ("Not a valid|Invalid input|Field may not be null|must be a |Invalid value", "wrong-type"),
        ("write amounts as|.* is not a (decimal|finite) number|.* has more than|.* is beyond", "not-a-number"),
    )
)


def entries(messages: dict[str, Any], schema: ma.Schema | None, sent: Any, location: str) -> Iterator[dict[str, Any]]:
    """Entries for the ``errors`` of a problem document.

    ``sent`` is the input; the value that stands where a message points is given back, cut to 200
    characters, unless its field is write-only, as passwords are.  ``limit`` says what the field takes, or which
    fields there are.
    """
    for path, message, part, above in _leaves(messages, (), schema, None):
        entry: dict[str, Any] = {"pointer": pointer(path), "code": code_of(message), "detail": message}
        if location == "query" and path:
            entry["parameter"] = path[0]
        value = None if isinstance(part, fields.Field) and part.load_only else _lookup(sent, path)
        if value is not None:
            entry["value"] = plain(value)
        limit = allowed_names(above) if message == UNKNOWN else expected(part)
        if limit is not None:
            entry["limit"] = limit
        entry["detail_zh"] = fault_zh(entry["code"], message, entry.get("value"), limit)
        yield entry


def code_of(message: str) -> str:
    """The code of what marshmallow, or a field of ours, says of a value.

    >>> [code_of(x) for x in ("Missing data for required field.", "Must be one of: a, b.", "Not a valid integer.")]
    ['missing', 'not-a-choice', 'wrong-type']
    """
    return next((code for pattern, code in _CODES if pattern.match(message)), "invalid")


def pointer(path: Path) -> str:
    """An RFC 6901 pointer.

    >>> pointer(("volumes", "2027-01", "a/b"))
    '/volumes/2027-01/a~1b'
    """
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in path)


def _leaves(tree: Any, path: Path, part: Part, above: Part) -> Iterator[tuple[Path, str, Part, Part]]:
    """Walk messages along the schema, which alone tells a field called "value" from marshmallow's own wrapping."""
    if isinstance(tree, list):
        for message in tree:
            yield from _leaves(message, path, part, above)
    elif not isinstance(tree, dict):
        yield path, str(tree), part, above
    else:
        for key, below in tree.items():
            if key == "_schema":
                yield from _leaves(below, path, part if isinstance(part, fields.Nested) else None, None)
            elif isinstance(part, fields.Dict):
                yield from _of_mapping(below, (*path, str(key)), part)
            else:
                yield from _leaves(below, (*path, str(key)), _part_below(part, key), part)


def _of_mapping(tree: Any, path: Path, mapping: fields.Dict) -> Iterator[tuple[Path, str, Part, Part]]:
    if not isinstance(tree, dict):
        yield from _leaves(tree, path, None, None)
        return
    for kind, below in tree.items():  # "key" or "value"
        yield from _leaves(below, path, mapping.value_field if kind == "value" else mapping.key_field, mapping)


def _part_below(part: Part, key: Any) -> Part:
    if isinstance(part, fields.Nested):
        if isinstance(key, int):  # many=True: the key is a position, the schema stays
            return part
        part = part.schema
    if isinstance(part, ma.Schema):
        return next((f for name, f in part.fields.items() if (f.data_key or name) == key), None)
    return part.inner if isinstance(part, fields.List) else None


def _lookup(sent: Any, path: Path) -> Any:
    for step in path:
        try:
            sent = sent[int(step)] if isinstance(sent, list) else sent[step]
        except (KeyError, IndexError, ValueError, TypeError):
            return None
    return sent
