"""Reading requests strictly: what would be guessed, dropped or cut is refused instead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import marshmallow as ma
from flask import Request, request
from webargs import core
from webargs.flaskparser import FlaskParser, is_json_request
from werkzeug.exceptions import BadRequest, NotFound, UnsupportedMediaType

from marketplace.shared.errors import Fault, InvalidInput
from marketplace.shared.strict_json import read_json


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
        return read_body(body)

    def load_querystring(self, req: Request, schema: ma.Schema) -> Any:
        """The query string; only a list may be given by repeating its name."""
        proxy = super().load_querystring(req, schema)
        refuse_faulty_query(req, repeatable=proxy.multiple_keys)
        return proxy


def read_body(body: bytes) -> Any:
    """One JSON value out of UTF-8 bytes; raises BadRequest saying what is wrong and where."""
    try:
        return read_json(body.decode())
    except UnicodeDecodeError as error:
        raise BadRequest(f"the body is not UTF-8: byte {error.start} cannot be read") from None
    except ValueError as error:
        raise BadRequest(f"the body {error}") from None


def refuse_faulty_query(req: Request, repeatable: Sequence[str] | set[str] = ()) -> None:
    """Raises InvalidInput for a parameter given twice or holding the zero character."""
    faults = []
    for name, values in req.args.lists():
        if len(values) > 1 and name not in repeatable:
            faults.append(Fault(f"/{name}", "is given more than once", ", ".join(values), "once", "repeated"))
        elif any("\0" in value for value in [name, *values]):
            faults.append(Fault(f"/{name}", "holds the character U+0000", None, "no U+0000", "not-printable"))
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
    if (
        request.is_json
        and not locations & {"json", "body"}
        and request.get_data(cache=True).strip() not in (b"", b"{}")
    ):
        raise InvalidInput.at("", "this route takes no body", code="unknown")
