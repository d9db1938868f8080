"""JSON as RFC 8259 has it, without what Python would take beside it."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from solver.form.faults import Fault, MarketError, shown

MOST_DIGITS = 20  # of a whole number; counts and days have a few


class _Refused(ValueError):
    """JSON that could be read in more than one way, or not at all."""


def parse_json(text: bytes | str) -> Any:
    """Plain JSON, or a fault that says why it is none.

    Raises: MarketError: not UTF-8, bad syntax, a name given twice in one object, NaN or an infinity, too deep.
    """
    try:
        return json.loads(
            text if isinstance(text, str) else text.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_int=_whole,
        )
    except UnicodeDecodeError as error:
        raise MarketError([Fault("", f"byte {error.start}", "the text must be UTF-8")]) from error
    except json.JSONDecodeError as error:
        where = f"{error.msg}, line {error.lineno}, column {error.colno}"
        raise MarketError([Fault("", "malformed JSON", where)]) from error
    except _Refused as error:
        raise MarketError([Fault("", "malformed JSON", str(error))]) from error
    except RecursionError as error:
        raise MarketError([Fault("", "malformed JSON", "nested too deeply")]) from error


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
