"""Reading requests strictly: what would be guessed, dropped or cut is refused instead."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NoReturn

import marshmallow as ma
from flask import Request, request
from webargs import core
from webargs.flaskparser import FlaskParser, is_json_request
from werkzeug.exceptions import BadRequest, NotFound, UnsupportedMediaType

from marketplace.shared.errors import Fault, InvalidInput

DEEPEST_NESTING = 60


class StrictParser(FlaskParser):
    """webargs' parser with unknown names, repeated names and other media types refused."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": "raise"}

    def load_json(self, req: Request, schema: ma.Schema) -> Any:
        """The body as JSON; no body at all is an empty object."""
        body = req.get_data(cache=True)
        if not body:
            return core.missing
        if not is_json_request(req):
            raise UnsupportedMediaType("send the body as 'Content-Type: application/json'")
        return read_json(body)

    def load_querystring(self, req: Request, schema: ma.Schema) -> Any:
        """The query string; only a list may be given by repeating its name."""
        proxy = super().load_querystring(req, schema)
        refuse_faulty_query(req, repeatable=proxy.multiple_keys)
        return proxy


def read_json(body: bytes) -> Any:
    """One JSON value out of UTF-8 bytes; raises BadRequest saying what is wrong and where.

    Refused although Python would take it: names given twice, NaN and infinities, lone surrogates and the zero
    character (no database stores them), numbers of more than 4,300 digits, nesting deeper than 60.
    """
    try:
        text = body.decode()
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except UnicodeDecodeError as error:
        raise BadRequest(f"the body is not UTF-8: byte {error.start} cannot be read") from None
    except json.JSONDecodeError as error:
        raise BadRequest(
            f"the body is not valid JSON: {error.msg}, line {error.lineno}, column {error.colno}"
        ) from None
    except RecursionError:
        raise BadRequest(f"the body is nested too deeply; at most {DEEPEST_NESTING} levels are read") from None
    except ValueError as error:
        raise BadRequest(f"the body cannot be read: {error}") from None
    _check_strings(value)
    return value


def refuse_faulty_query(req: Request, repeatable: Sequence[str] | set[str] = ()) -> None:
    """Raises InvalidInput for a parameter given twice or holding the zero character."""
    faults = []
    for name, values in req.args.lists():
        if len(values) > 1 and name not in repeatable:
            faults.append(Fault(f"/{name}", "is given more than once", ", ".join(values), "once", "repeated"))
        elif any("\0" in value for value in [name, *values]):
            faults.append(Fault(f"/{name}", "holds the character U+0000", None, "no U+0000"))
    if faults:
        raise InvalidInput(faults)


def refuse_unread(locations: frozenset[str]) -> None:
    """Raises for input that the view, which reads only these locations, would ignore."""
    if any("\0" in str(value) for value in (request.view_args or {}).values()):
        raise NotFound("no such thing")
    if request.args and not any(location.startswith("query") for location in locations):
        raise InvalidInput(
            Fault(f"/{name}", "is no parameter of this route", code="unknown") for name in dict(request.args)
        )
    if request.is_json and "json" not in locations and request.get_data(cache=True).strip() not in (b"", b"{}"):
        raise InvalidInput.at("", "this route takes no body", code="unknown")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {twice[:80]!r} is given twice in one object")
    return found


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _check_strings(value: Any, depth: int = 0) -> None:
    if depth > DEEPEST_NESTING:
        raise BadRequest(f"the body is nested too deeply; at most {DEEPEST_NESTING} levels are read")
    if isinstance(value, str):
        if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
            raise BadRequest("the body holds U+0000 or half of a surrogate pair, which cannot be stored as text")
    elif isinstance(value, dict):
        for key, below in value.items():
            _check_strings(key, depth + 1)
            _check_strings(below, depth + 1)
    elif isinstance(value, list):
        for below in value:
            _check_strings(below, depth + 1)
