"""The kinds of columns, and how a value of each is written: exactly, and the same for both databases."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from marketplace.shared.database import ExactDecimal, UtcDateTime
from marketplace.shared.quantities import amount_text

Written = bool | int | str | None

_EXACT_AS_WHOLE = 1e16  # from here on Python writes an exponent, and JSONB gives a whole number back


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DECIMAL = "decimal"
    MOMENT = "moment"
    DATE = "date"
    JSON = "json"
    BYTES = "bytes"


_KINDS: tuple[tuple[type[sa.types.TypeEngine[Any]], Kind], ...] = (
    (ExactDecimal, Kind.DECIMAL),
    (UtcDateTime, Kind.MOMENT),
    (sa.Boolean, Kind.BOOLEAN),
    (sa.Integer, Kind.INTEGER),
    (sa.Date, Kind.DATE),
    (sa.JSON, Kind.JSON),
    (sa.LargeBinary, Kind.BYTES),
    (sa.String, Kind.TEXT),
)


def kind_of(type_: sa.types.TypeEngine[Any]) -> Kind:
    """The kind of a model's column; raises TypeError for a type that no backup knows how to write."""
    for known, kind in _KINDS:
        if isinstance(type_, known):
            return kind
    raise TypeError(f"no backup knows how to write {type_!r}")


def type_of(kind: Kind) -> sa.types.TypeEngine[Any]:
    """The type by which both databases give and take values of a kind; documents as their text."""
    types: dict[Kind, sa.types.TypeEngine[Any]] = {
        Kind.DECIMAL: ExactDecimal(),
        Kind.MOMENT: UtcDateTime(),
        Kind.BOOLEAN: sa.Boolean(),
        Kind.INTEGER: sa.BigInteger(),
        Kind.DATE: sa.Date(),
        Kind.BYTES: sa.LargeBinary(),
    }
    return types.get(kind, sa.Text())


def canonical_document(text: str) -> str:
    """A document's JSON, names sorted, as short as can be; whole numbers and zeros as both databases keep them.

    >>> canonical_document('{"b": 1e+16, "a": [0.10, -0.0, null]}')
    '{"a":[0.1,0.0,null],"b":10000000000000000}'
    """
    value = json.loads(text, parse_float=_number)
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _number(text: str) -> float | int:
    number = float(text) + 0.0  # -0.0 becomes 0.0
    return int(number) if abs(number) >= _EXACT_AS_WHOLE else number


def writer_of(kind: Kind) -> Callable[[Any], Written]:
    """What writes a value, as the database gives it, into a backup; None stays None."""
    write = _WRITERS.get(kind)
    return _same if write is None else lambda value: None if value is None else write(value)


def _same(value: Any) -> Written:
    return value  # type: ignore[no-any-return]


_WRITERS: dict[Kind, Callable[[Any], Written]] = {
    Kind.DECIMAL: amount_text,
    Kind.MOMENT: lambda moment: moment.astimezone(UTC).isoformat(),
    Kind.DATE: lambda day: day.isoformat(),
    Kind.JSON: canonical_document,
    Kind.BYTES: lambda content: base64.b64encode(content).decode("ascii"),
}


def read(kind: Kind, written: Written) -> Any:
    """A value as the databases take it, from what a backup holds; raises ValueError for anything else.

    >>> read(Kind.DECIMAL, "98000.5"), read(Kind.BOOLEAN, None)
    (Decimal('98000.5'), None)
    >>> read(Kind.INTEGER, "7")
    Traceback (most recent call last):
    ValueError: '7' is no integer
    """
    if written is None:
        return None
    taken: tuple[type, Callable[[Any], Any]] = _READERS[kind]
    if type(written) is not taken[0]:
        raise ValueError(f"{str(written)[:40]!r} is no {kind}")
    try:
        return taken[1](written)
    except (ValueError, InvalidOperation, binascii.Error):
        raise ValueError(f"{str(written)[:40]!r} is no {kind}") from None


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("no zone")
    return moment


def _document(text: str) -> str:
    """As the application itself writes documents."""
    return json.dumps(json.loads(text), ensure_ascii=False, sort_keys=True)


def _decimal(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite():
        raise ValueError("no number")
    return number


_READERS: dict[Kind, tuple[type, Callable[[Any], Any]]] = {
    Kind.TEXT: (str, _same),
    Kind.INTEGER: (int, _same),
    Kind.BOOLEAN: (bool, _same),
    Kind.DECIMAL: (str, _decimal),
    Kind.MOMENT: (str, _moment),
    Kind.DATE: (str, date.fromisoformat),
    Kind.JSON: (str, _document),
    Kind.BYTES: (str, lambda text: base64.b64decode(text, validate=True)),
}
