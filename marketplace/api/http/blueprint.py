"""The blueprint of all resources: one transaction per request, kept replies for repeated POSTs, strict input."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, current_app, g, make_response, request
from flask_login import current_user
from flask_smorest import Blueprint
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from marketplace.api.http import idempotency
from marketplace.api.http.access import SAFE_METHODS, Access, enforce
from marketplace.api.http.description import describe_access
from marketplace.api.http.limits import count_account
from marketplace.api.http.parsing import StrictParser, refuse_unread
from marketplace.api.http.sign_in import note_token_use
from marketplace.shared import log_context
from marketplace.shared.database import unit_of_work


class ApiBlueprint(Blueprint):
    """A flask-smorest blueprint whose routes each run in one unit of work, reply included.

    The reply is built before the commit, so that a POST's effect and its kept reply stand or fall together.
    """

    ARGUMENTS_PARSER = StrictParser()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._prepare_doc_cbks.append(describe_access)

    def arguments(self, schema: Any, *, location: str = "json", **options: Any) -> Callable[..., Any]:
        """flask-smorest's decorator, which here also notes what the view reads, so that the rest is refused."""
        if isinstance(schema, type):
            schema = schema()  # once, not with every request
        decorate = super().arguments(schema, location=location, **options)

        def reading(view: Callable[..., Any]) -> Callable[..., Any]:
            wrapped = decorate(view)
            wrapped.__reads__ = getattr(view, "__reads__", frozenset()) | {location}
            return wrapped

        return reading

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
        said = {"access": view_func.__access__, "names_a_thing": "<" in rule}
        view_func._apidoc = {**getattr(view_func, "_apidoc", {}), **said}  # type: ignore[attr-defined]
        super().add_url_rule(rule, endpoint or view_func.__name__, _in_transaction(view_func), *args, **options)


def store_after_reply(store: Callable[[], None]) -> None:
    """What stores the thing that this request's reply describes, as soon as that is written, in its transaction.

    Until something is stored nobody waits for the request: SQLite has one lock for all.
    """
    g.store_after_reply = store


def reads_body(*, may_be_long: Callable[[], bool]) -> Callable[..., Any]:
    """Says that a view reads the body itself, whatever its media type, and when that is as long as uploads may be."""

    def reading(view: Callable[..., Any]) -> Callable[..., Any]:
        view.__reads__ = getattr(view, "__reads__", frozenset()) | {"body"}  # type: ignore[attr-defined]
        view.__may_be_long__ = may_be_long  # type: ignore[attr-defined]
        return view

    return reading


def _receive_body(rule: Access, *, long: bool) -> None:
    """The whole body before a transaction begins: whoever sends slowly must not hold a lock meanwhile.

    What is longer than bodies are elsewhere is taken from those alone who may call.
    """
    if request.content_encoding not in (None, "", "identity"):
        raise UnsupportedMediaType(f"send the body as it is, without Content-Encoding: {request.content_encoding}")
    usual, length = request.max_content_length, request.content_length
    if long:
        request.max_content_length = current_app.extensions["changdan-settings"].max_upload_bytes
        if length is None or usual is None or length > usual:
            with unit_of_work(writes=False):
                enforce(rule)
    most = request.max_content_length
    if length is None or most is None or length <= most:  # else it is refused, unread, once it is known who calls
        _must_be_whole(len(request.get_data()), length, most)


def _must_be_whole(got: int, length: int | None, most: int | None) -> None:
    """gunicorn gives what came of a body that broke off, Werkzeug as much as it may of one without length: no error.

    A table of which the last rows are missing, or half of a number, would be taken for all of it.
    """
    if length is not None and got < length:
        raise BadRequest(f"the body broke off after {got} of {length} bytes")
    if length is None and most is not None and got >= most and request.environ["wsgi.input"].read(1):
        raise RequestEntityTooLarge


def _in_transaction(view: Callable[..., Any]) -> Callable[..., Response]:
    rule: Access = view.__access__  # type: ignore[attr-defined]
    reads: frozenset[str] = getattr(view, "__reads__", frozenset())
    may_be_long: Callable[[], bool] = getattr(view, "__may_be_long__", lambda: False)

    def once(*args: Any, **kwargs: Any) -> Response:
        with unit_of_work(writes=request.method not in SAFE_METHODS and not rule.reading):
            enforce(rule)  # before anything is read: strangers learn nothing from how their input is refused
            if not rule.public:
                log_context.note(organisation_id=current_user.organisation_id)
                count_account(current_user.id)
            refuse_unread(reads)
            response = idempotency.begin(rule)
            if response is None:
                g.store_after_reply = None
                response = make_response(current_app.ensure_sync(view)(*args, **kwargs))
                if g.store_after_reply is not None:
                    g.store_after_reply()
                idempotency.keep(response)
        return response

    @wraps(view)
    def run(*args: Any, **kwargs: Any) -> Response:
        if request.method not in SAFE_METHODS:
            _receive_body(rule, long=may_be_long())
        try:
            response = once(*args, **kwargs)
        except StaleDataError:
            if request.if_match:
                raise
            # Another request was quicker.  Who named no version is answered as if it had come after that one.
            response = once(*args, **kwargs)
        note_token_use()
        return response

    return run
