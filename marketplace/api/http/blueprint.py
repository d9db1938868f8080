"""The blueprint of all resources: one transaction per request, kept replies for repeated POSTs, strict input."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, current_app, make_response, request
from flask_smorest import Blueprint
from webargs.flaskparser import FlaskParser

from marketplace.api.http import idempotency
from marketplace.shared.database import unit_of_work

_READS = ("GET", "HEAD", "OPTIONS")


class StrictParser(FlaskParser):
    """Unknown names are refused in the query string too."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": "raise"}


class ApiBlueprint(Blueprint):
    """A flask-smorest blueprint whose routes each run in one unit of work, reply included.

    The reply is built before the commit, so that a POST's effect and its kept reply stand or fall together.
    """

    ARGUMENTS_PARSER = StrictParser()

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: Callable[..., Any] | None = None,
        *args: Any,
        **options: Any,
    ) -> None:
        """Register a view inside its transaction; refuses a view that names no access rule."""
        if view_func is None or not hasattr(view_func, "__access__"):
            raise TypeError(f"{rule} of {self.name} has no @access rule")
        super().add_url_rule(rule, endpoint or view_func.__name__, _in_transaction(view_func), *args, **options)


def _in_transaction(view: Callable[..., Any]) -> Callable[..., Response]:
    @wraps(view)
    def run(*args: Any, **kwargs: Any) -> Response:
        with unit_of_work(writes=request.method not in _READS):
            kept = idempotency.begin()
            if kept is not None:
                return kept
            response = make_response(current_app.ensure_sync(view)(*args, **kwargs))
            idempotency.keep(response)
            return response

    return run
