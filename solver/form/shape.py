"""The form of a JSON file: every amount a decimal string, every other field of the type that is declared.

Amounts are walked beside their declared types, so that each bad one is found with its place; msgspec
then builds the structures and refuses unknown fields, missing fields and wrong types.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from solver.form.faults import Fault, MarketError, pointer, shown

DECIMAL_PATTERN = r"^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?$"
GREATEST_AMOUNT = Decimal(10) ** 12
MOST_DIGITS = 20  # after the point; nobody states a finer amount, and exact sums stay short

_DECIMAL = re.compile(DECIMAL_PATTERN, re.ASCII)
_AT = re.compile(r"^(?P<what>.*?)(?: - at `(?:key in )?\$(?P<path>.*)`)?$", re.DOTALL)
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")
_FIELD = re.compile(r" field `(.*)`$")
T = TypeVar("T")


def parse_json(text: bytes | str) -> Any:
    """Plain JSON, or a fault that says why it is none.  Raises: MarketError."""
    try:
        return msgspec.json.decode(text if isinstance(text, str) else text.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise MarketError([Fault("", f"byte {error.start}", "the text must be UTF-8")]) from error
    except msgspec.DecodeError as error:
        raise MarketError([Fault("", "malformed JSON", str(error))]) from error
    except RecursionError as error:
        raise MarketError([Fault("", "malformed JSON", "nested too deeply")]) from error


@cache
def _declared(of: Any) -> inspect.Type:
    """The declared type as msgspec sees it; costly to find, and asked for with every order."""
    return inspect.type_info(of)


def build(raw: Any, of: type[T], *place: str | int) -> tuple[T | None, list[Fault]]:
    """A structure from plain JSON, or the faults that forbid it; ``place`` is where ``raw`` stands."""
    declared: Any = of
    faults = list(amount_faults(raw, _declared(declared), place))
    if faults:
        return None, faults
    try:
        return msgspec.convert(raw, of), []
    except msgspec.ValidationError as error:
        found = _AT.match(str(error))
        what, path = (found["what"], found["path"] or "") if found else (str(error), "")
        steps: list[str | int] = [
            name or (int(index) if index.isdigit() else index) for name, index in _STEP.findall(path)
        ]
        steps += _FIELD.findall(what)  # an unknown or a missing field is named, not its parent
        return None, [Fault(pointer(*place, *steps), _value_at(raw, steps), what)]


def amount_faults(raw: Any, of: inspect.Type, place: tuple[str | int, ...]) -> Iterator[Fault]:
    """Faults of all amounts below a place; other faults of form are left to msgspec."""
    if isinstance(of, inspect.UnionType):
        for choice in of.types:
            if not isinstance(choice, inspect.DecimalType) or not any(_fits(raw, other) for other in of.types):
                yield from amount_faults(raw, choice, place) if _may_be(raw, choice) else ()
    elif isinstance(of, inspect.DecimalType):
        yield from _amount_fault(raw, place)
    elif isinstance(of, inspect.StructType) and isinstance(raw, dict):
        for field in of.fields:
            if field.encode_name in raw:
                yield from amount_faults(raw[field.encode_name], field.type, (*place, field.encode_name))
    elif isinstance(of, inspect.VarTupleType) and isinstance(raw, list):
        for index, item in enumerate(raw):
            yield from amount_faults(item, of.item_type, (*place, index))
    elif isinstance(of, inspect.DictType) and isinstance(raw, dict):
        for key, item in raw.items():
            yield from amount_faults(item, of.value_type, (*place, key))


def _amount_fault(raw: Any, place: tuple[str | int, ...]) -> Iterator[Fault]:
    if not isinstance(raw, str) or _DECIMAL.match(raw) is None:
        yield Fault(pointer(*place), shown(raw), 'must be a decimal number written as a string, such as "12.5"')
        return
    amount = Decimal(raw)
    if abs(amount) > GREATEST_AMOUNT:
        yield Fault(pointer(*place), shown(raw), f"must lie between -{GREATEST_AMOUNT:g} and {GREATEST_AMOUNT:g}")
    exponent = amount.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -MOST_DIGITS:
        yield Fault(pointer(*place), shown(raw), f"must have at most {MOST_DIGITS} digits after the point")


def _may_be(raw: Any, of: inspect.Type) -> bool:
    """Whether a choice of a union is the one that the value was meant for."""
    if isinstance(of, inspect.DecimalType):
        return not isinstance(raw, dict | list | None.__class__)
    return _fits(raw, of)


def _fits(raw: Any, of: inspect.Type) -> bool:
    return (
        (isinstance(of, inspect.StructType | inspect.DictType) and isinstance(raw, dict))
        or (isinstance(of, inspect.VarTupleType) and isinstance(raw, list))
        or (isinstance(of, inspect.StrType) and isinstance(raw, str))
        or (isinstance(of, inspect.NoneType) and raw is None)
    )


def _value_at(raw: Any, steps: list[str | int]) -> str:
    for step in steps:
        try:
            raw = raw[step]
        except (KeyError, IndexError, TypeError):
            return "missing"
    return shown(msgspec.json.encode(raw).decode())
