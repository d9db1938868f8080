"""The form of a JSON file: every value walked beside its declared type, so that each fault is found with its place.

Amounts are decimal strings, unknown fields are refused.  What passes here is built by msgspec.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from solver.form.faults import Fault, pointer, shown, visible

DECIMAL_PATTERN = r"^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?$"

_DECIMAL = re.compile(DECIMAL_PATTERN, re.ASCII)
AMOUNT = 'must be a decimal number written as a string, such as "12.5"'
Place = tuple[str | int, ...]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limits:
    """How large an amount may be, either sign, how many digits it may have after the point; how long a text may be."""

    greatest: Decimal
    most_digits: int
    longest: int  # characters


STATED = Limits(Decimal(10) ** 12, 20, 1000)  # nobody states more, or finer, and exact sums stay short
COMPUTED = Limits(Decimal(10) ** 60, 200, 10**7)  # sums and products of stated amounts; notes on all that is stated
INVISIBLE = frozenset({"Cc", "Cf", "Zl", "Zp"})  # control, format (U+202E turns what follows around), ends of lines


def build(raw: Any, of: type[T], *place: str | int, limits: Limits = STATED) -> tuple[T | None, list[Fault]]:
    """A structure from plain JSON, or the faults that forbid it; ``place`` is where ``raw`` stands."""
    declared: Any = of
    faults = list(form_faults(raw, _declared(declared), place, limits))
    if faults:
        return None, faults
    try:
        return msgspec.convert(raw, of), []
    except msgspec.ValidationError as error:  # what the walk does not know of: refused all the same
        return None, [Fault(pointer(*place), "value", str(error))]


def form_faults(raw: Any, of: inspect.Type, place: Place, limits: Limits = STATED) -> Iterator[Fault]:
    """Every fault of form of a value and of all that stands below it."""
    if isinstance(of, inspect.UnionType):
        choices = [choice for choice in of.types if _is_meant(raw, choice)]
        meant = choices[0] if choices else next(each for each in of.types if not isinstance(each, inspect.NoneType))
        yield from form_faults(raw, meant, place, limits)
    elif isinstance(of, inspect.DecimalType):
        yield from _amount_faults(raw, place, limits)
    elif not _is_meant(raw, of):
        yield Fault(pointer(*place), _shown(raw), _wanted(of))
    elif isinstance(of, inspect.StrType):
        yield from _text_faults(raw, place, limits)
    elif isinstance(of, inspect.StructType):
        yield from _object_faults(raw, of, place, limits)
    elif isinstance(of, inspect.VarTupleType):
        for index, item in enumerate(raw):
            yield from form_faults(item, of.item_type, (*place, index), limits)
    elif isinstance(of, inspect.DictType):
        for key, item in raw.items():
            wrong = list(_text_faults(key, (*place, shown(key)), limits))
            yield from wrong or form_faults(item, of.value_type, (*place, key), limits)


@cache
def _declared(of: Any) -> inspect.Type:
    """The declared type as msgspec sees it; costly to find, and asked for with every order."""
    return inspect.type_info(of)


def _object_faults(raw: dict[str, Any], of: inspect.StructType, place: Place, limits: Limits) -> Iterator[Fault]:
    fields = {field.encode_name: field for field in of.fields}
    for name, value in raw.items():
        if name in fields:
            yield from form_faults(value, fields[name].type, (*place, name), limits)
        else:
            yield Fault(pointer(*place, shown(name)), _shown(value), f"unknown field; known are {', '.join(fields)}")
    for name, field in fields.items():
        if field.required and name not in raw:
            yield Fault(pointer(*place, name), "missing", "is required")


def _text_faults(text: str, place: Place, limits: Limits) -> Iterator[Fault]:
    if len(text) > limits.longest:
        yield Fault(pointer(*place), shown(text), f"must have at most {limits.longest} characters")
    if not text.isprintable() and any(unicodedata.category(letter) in INVISIBLE for letter in text):
        yield Fault(pointer(*place), shown(visible(text)), "must be one line of visible characters")


def _amount_faults(raw: Any, place: Place, limits: Limits) -> Iterator[Fault]:
    if not isinstance(raw, str) or _DECIMAL.match(raw) is None:
        yield Fault(pointer(*place), shown(raw), AMOUNT)
        return
    amount, most = Decimal(raw), limits.greatest
    if abs(amount) > most:
        yield Fault(pointer(*place), shown(raw), f"must lie between -{most:g} and {most:g}")
    exponent = amount.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -limits.most_digits:
        yield Fault(pointer(*place), shown(raw), f"must have at most {limits.most_digits} digits after the point")


def _is_meant(raw: Any, of: inspect.Type) -> bool:
    """Whether a value is of a type's kind, so that its faults are those of that type."""
    if isinstance(of, inspect.LiteralType):
        return raw in of.values
    number = isinstance(raw, int | float) and not isinstance(raw, bool)
    return (
        isinstance(of, inspect.AnyType)
        or (isinstance(of, inspect.DecimalType) and (isinstance(raw, str) or number))
        or (isinstance(of, inspect.StructType | inspect.DictType) and isinstance(raw, dict))
        or (isinstance(of, inspect.VarTupleType) and isinstance(raw, list))
        or (isinstance(of, inspect.StrType) and isinstance(raw, str))
        or (isinstance(of, inspect.BoolType) and isinstance(raw, bool))
        or (isinstance(of, inspect.IntType) and isinstance(raw, int) and number)
        or (isinstance(of, inspect.FloatType) and number)
        or (isinstance(of, inspect.NoneType) and raw is None)
    )


def _wanted(of: inspect.Type) -> str:
    if isinstance(of, inspect.LiteralType):
        return "must be " + ("one of " if len(of.values) > 1 else "") + ", ".join(map(str, of.values))
    kinds: tuple[tuple[type[inspect.Type], str], ...] = (
        (inspect.StructType, "an object"),
        (inspect.DictType, "an object"),
        (inspect.VarTupleType, "a list"),
        (inspect.StrType, "a text"),
        (inspect.BoolType, "true or false"),
        (inspect.IntType, "a whole number"),
        (inspect.FloatType, "a number"),
    )
    return "must be " + next((text for kind, text in kinds if isinstance(of, kind)), "left out")


def _shown(raw: Any) -> str:
    return shown(msgspec.json.encode(raw).decode())
