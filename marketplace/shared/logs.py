"""How logs are written: lines for people, or one JSON object a line; either way without secrets.

Of an error its kind and places are written, never its message.  JSON is python-json-logger's work.
"""

from __future__ import annotations

import logging
import sys
import threading
from datetime import UTC, datetime
from typing import Any, TextIO

from flask.logging import default_handler

from marketplace.shared import log_context
from marketplace.shared.error_places import place_of, places_of
from marketplace.shared.redaction import redacted

TEXT, JSON = "text", "json"
FORMS = (TEXT, JSON)

# What else a line may say.  Nothing that a library adds to its records is written: nobody knows what it holds.
FIELDS = (
    "request_id",
    "organisation_id",
    "method",
    "route",
    "status",
    "duration_ms",
    "job_id",
    "job",
    "subject",
    "error",
)


class Guard(logging.Filter):
    """Makes a record fit to be written, whoever made it and however it will be formatted."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true; the record is changed."""
        if getattr(record, "guarded", False):
            return True
        if isinstance(record.msg, BaseException):
            record.msg = place_of(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(_fit(each) for each in record.args)
        elif isinstance(record.args, dict):
            record.args = {name: _fit(each) for name, each in record.args.items()}
        try:
            message = record.getMessage()
        except (TypeError, ValueError, KeyError):  # words and values that do not fit together
            message = str(record.msg)
        record.msg, record.args = redacted(message), None
        if record.exc_info and record.exc_info[1] is not None:
            record.error = places_of(record.exc_info[1])
        record.exc_info = record.exc_text = record.stack_info = None
        for name, value in log_context.present().items():
            if name in FIELDS and not hasattr(record, name):
                setattr(record, name, value)
        record.guarded = True
        return True


GUARD = Guard()


def _fit(value: object) -> object:
    return place_of(value) if isinstance(value, BaseException) else value


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """What a record says besides its words, in the order of FIELDS."""
    found = {name: getattr(record, name, None) for name in FIELDS}
    return {name: value for name, value in found.items() if value is not None}


class TextFormatter(logging.Formatter):
    """A line for people; behind it what it is about."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        line = " ".join(super().format(record).splitlines())
        return " ".join([line, *(f"{name}={value}" for name, value in fields_of(record).items())])


def json_formatter() -> logging.Formatter:
    """One JSON object a line: time, level, logger, message, and of FIELDS what there is."""
    from pythonjsonlogger.json import JsonFormatter

    class Formatter(JsonFormatter):
        """The library's, with our fields alone."""

        def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
            """Whatever else a record carries is left out."""
            moment = datetime.fromtimestamp(record.created, UTC)
            log_data["time"] = moment.isoformat(timespec="milliseconds")
            log_data.update(level=record.levelname, logger=record.name, message=record.getMessage())
            log_data.update(fields_of(record))

    return Formatter(json_ensure_ascii=False)


def handler_to(stream: TextIO, form: str) -> logging.Handler:
    """A handler that writes to a stream in one of FORMS."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(json_formatter() if form == JSON else TextFormatter())
    handler.addFilter(GUARD)
    return handler


def configure(form: str) -> None:
    """Have this process log to standard error; handlers that are there already are made to write the same way."""
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    logging.getLogger("marketplace").removeHandler(default_handler)  # Flask's, from before: all would stand there twice
    if not root.handlers:
        root.addHandler(handler_to(sys.stderr, form))
    for handler in [*root.handlers, *logging.getLogger("gunicorn.error").handlers]:
        handler.addFilter(GUARD)
        if form == JSON:
            handler.setFormatter(json_formatter())
    sys.excepthook = lambda _kind, error, _place: _uncaught(error)
    threading.excepthook = lambda ended: None if ended.exc_value is None else _uncaught(ended.exc_value)
    for noisy in ("procrastinate", "flask-limiter", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _uncaught(error: BaseException) -> None:
    """What Python would print with its message, as it would end a thread or the process."""
    if not isinstance(error, KeyboardInterrupt | SystemExit):
        logging.getLogger("marketplace").critical("uncaught: %s", places_of(error))
