"""JSON as RFC 8259 has it, without what Python would take beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from solver.form.faults import Fault, MarketError, pointer, shown, visible

_ESCAPED = re.compile(r"\\u[dD][89a-fA-F]")  # a surrogate as JSON writes it; two of them may be one character
_HALF = re.compile("[\ud800-\udfff]")
MOST_DIGITS = 20  # of a whole number; counts and days have a few


class _Refused(ValueError):
    """JSON that could be read in more than one way, or not at all."""


def parse_json(text: bytes | str) -> Any:
    """Plain JSON, or a fault that says why it is none.

    Raises: MarketError: not UTF-8, bad syntax, a name given twice in one object, NaN or an infinity, too deep,
    half of a surrogate pair in a text or a name, which is no character and cannot be written again.
    """
    try:
        text = text if isinstance(text, str) else text.decode("utf-8")
        found = json.loads(text, object_pairs_hook=_object, parse_constant=_constant, parse_int=_whole)
        faults = list(_half_faults(found)) if _ESCAPED.search(text) or _HALF.search(text) else []
    except UnicodeDecodeError as error:
        raise MarketError([Fault("", f"byte {error.start}", "the text must be UTF-8")]) from error
    except json.JSONDecodeError as error:
        where = f"{error.msg}, line {error.lineno}, column {error.colno}"
        raise MarketError([Fault("", "malformed JSON", where)]) from error
    except _Refused as error:
        raise MarketError([Fault("", "malformed JSON", str(error))]) from error
    except RecursionError as error:
        raise MarketError([Fault("", "malformed JSON", "nested too deeply")]) from error
    if faults:
        raise MarketError(faults)
    return found


def _half_faults(value: Any, *place: str | int) -> Iterator[Fault]:
    if isinstance(value, str):
        if _HALF.search(value):
            yield Fault(pointer(*place), shown(visible(value)), "must not hold half of a surrogate pair")
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _half_faults(each, *place, index)
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from _half_faults(name, *place, shown(visible(name)))
            yield from _half_faults(each, *place, shown(visible(name)))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _Refused(f"the name {shown(twice)!r} is given twice in one object")
    return found


def _constant(name: str) -> NoReturn:
    raise _Refused(f"{name} is not a JSON number")


def _whole(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise _Refused(f"a number of {len(digits)} digits; at most {MOST_DIGITS} are read")
    return int(digits)
