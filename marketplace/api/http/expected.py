"""What a field takes, in words: the ``limit`` of a refusal that a schema made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from marketplace.api.http.schemas import Amount

Part = ma.Schema | fields.Field[Any] | None

# The first that fits: subclasses stand before what they derive from.
_KINDS: tuple[tuple[type[Any], str], ...] = (
    (Amount, "a decimal number as text"),
    (fields.Nested, "an object"),
    (ma.Schema, "an object"),
    (fields.Dict, "an object"),
    (fields.List, "a list"),
    (fields.Integer, "a whole number"),
    (fields.Boolean, "true or false"),
    (fields.AwareDateTime, "a moment with its zone, as in 2027-01-01T09:00:00+08:00"),
    (fields.Date, "a day, as in 2027-01-01"),
    (fields.Email, "an e-mail address"),
    (fields.String, "text"),
)


def expected(part: Part) -> str | None:
    """The choices or bounds of a field, else its kind; None for fields whose messages say it themselves.

    >>> expected(fields.String(validate=validate.OneOf(["offer", "need"])))
    'offer, need'
    >>> expected(fields.Integer(validate=validate.Range(1, 200)))
    'a whole number, 1 to 200'
    >>> expected(Amount(above="0"))
    'a decimal number as text, above 0'
    """
    choices = next((each.choices for each in _validators(part) if isinstance(each, validate.OneOf)), None)
    if choices is not None:
        return ", ".join(map(str, choices))
    kind = next((words for cls, words in _KINDS if isinstance(part, cls)), None)
    return kind if kind is None else ", ".join([kind, *_bounds(part)])


def allowed_names(part: Part) -> str:
    """The fields that an object takes, for one that it does not know."""
    schema = part.schema if isinstance(part, fields.Nested) else part
    if not isinstance(schema, ma.Schema):
        return "no such field"
    names = [each.data_key or name for name, each in schema.load_fields.items()]
    return ", ".join(names) or "no field"


def _validators(part: Part) -> Iterator[Any]:
    yield from getattr(part, "validators", ())


def _bounds(part: Part) -> Iterator[str]:
    if isinstance(part, Amount):
        for word, bound in (("at least", part.least), ("at most", part.most), ("above", part.above)):
            if bound is not None:
                yield f"{word} {bound}"
    for each in _validators(part):
        if isinstance(each, validate.Range | validate.Length):
            ends = [str(end) for end in (each.min, each.max) if end is not None]
            yield " to ".join(ends) if len(ends) == 2 else f"at {'least' if each.min is not None else 'most'} {ends[0]}"
