"""One database layer for SQLite and PostgreSQL: session, column types, transactions.

Only the delivery code (api, console, jobs, cli) opens a unit of work; services add and flush.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase

from marketplace.shared import sqlite
from marketplace.shared.quantities import amount_text
from marketplace.shared.sqlite import TurnTaking

_AT_ONCE = 500  # identifiers in one query

# How a row is held against all other writers; who only inserts a row that refers to it need not wait (PostgreSQL).
HELD: dict[str, Any] = {"key_share": True}

TRIED_AFTER_SECONDS = 5.0
# Of the session, unless its user or its address has a limit already.
_WAIT_FOR_LOCKS = "SELECT set_config('lock_timeout', %s, false) WHERE current_setting('lock_timeout') = '0'"

# The database did not serve: it is away, or locked, or all connections to it are in use.  Another time it may.
BUSY = (sa.exc.OperationalError, sa.exc.TimeoutError)

_CONNECTION = "changdan-connection"  # of a session, with the transaction in which it is its own
_RESTS_SINCE = "changdan-rests-since"  # of a connection in the pool
_ONLY_READS = "changdan-only-reads"  # of a connection to SQLite: no statement of its transaction has written yet
_READS = ("SELECT", "PRAGMA", "EXPLAI", "BEGIN", "COMMIT")  # what a statement begins with that takes no lock


class Base(DeclarativeBase):
    """Base of all models; constraint names are fixed so that migrations can name them on both databases."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class JsonText(str):
    """A value of a Document that is written already: what is stored in many rows is written once, and before a lock."""

    @classmethod
    def of(cls, value: Any) -> JsonText:
        """As it would be stored."""
        return cls(_write_json(value))


_write_json = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode


def _as_json(value: Any) -> str:
    return str(value) if isinstance(value, JsonText) else _write_json(value)


db = SQLAlchemy(
    model_class=Base,
    session_options={"expire_on_commit": False},
    engine_options={
        "json_serializer": _as_json,
        "hide_parameters": True,  # else the words of an error hold what was to be stored
    },
)


class ExactDecimal(sa.types.TypeDecorator[Decimal]):
    """A decimal kept exactly: NUMERIC on PostgreSQL, text on SQLite (which has no decimals).

    On SQLite such a column must not be compared or sorted in SQL; what is sorted by amount is sorted in Python.
    """

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """NUMERIC without precision keeps every digit on PostgreSQL."""
        return dialect.type_descriptor(sa.Numeric() if dialect.name == "postgresql" else sa.Text())

    def process_bind_param(self, value: Decimal | None, dialect: sa.Dialect) -> Decimal | str | None:
        """Refuse floats: they have lost the amount already."""
        if value is None:
            return None
        if not isinstance(value, Decimal) or not value.is_finite():
            raise TypeError(f"{value!r} is not a finite Decimal")
        return value if dialect.name == "postgresql" else amount_text(value)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Decimal | None:
        """Back as Decimal from either."""
        return None if value is None else Decimal(amount_text(Decimal(value)))


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """A moment with zone, kept in UTC; a moment without zone is refused."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True
    python_type = datetime  # type: ignore[assignment]  # a decorator does not take it over from its impl

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Refuse moments without zone."""
        if value is not None and value.tzinfo is None:
            raise TypeError(f"{value!r} has no time zone")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """SQLite gives it back without zone; it is UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Document = sa.JSON().with_variant(JSONB(), "postgresql")


def chunks(names: Iterable[str]) -> Iterator[list[str]]:
    """Identifiers, each once, in pieces that fit an IN.

    >>> list(chunks(["b", "a", "b"]))
    [['b', 'a']]
    """
    listed = list(dict.fromkeys(names))
    return (listed[start : start + _AT_ONCE] for start in range(0, len(listed), _AT_ONCE))


@event.listens_for(sa.Pool, "checkin")
def _note_rest(_connection: Any, record: sa.pool.ConnectionPoolEntry) -> None:
    record.info[_RESTS_SINCE] = time.monotonic()


@event.listens_for(sa.Pool, "checkout")
def _try_after_rest(connection: Any, record: sa.pool.ConnectionPoolEntry, _proxy: Any) -> None:
    """A connection to PostgreSQL that has rested may have died meanwhile, with its server or the network between."""
    rests_since = record.info.get(_RESTS_SINCE)
    if (
        rests_since is None
        or time.monotonic() - rests_since < TRIED_AFTER_SECONDS
        or isinstance(connection, TurnTaking)
    ):
        return
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except Exception as error:  # whatever it is, this connection is of no use: the pool makes a new one
        raise sa.exc.DisconnectionError from error


@event.listens_for(sa.Engine, "do_connect")
def _take_turns(dialect: sa.Dialect, _record: Any, _arguments: Any, options: dict[str, Any]) -> None:
    if dialect.name == "sqlite":
        options["factory"] = TurnTaking


@event.listens_for(sa.Engine, "connect")
def _limit_waits(connection: Any, _record: Any) -> None:
    """Whoever waits for a lock is refused after a while, on either database: else a process serves nobody meanwhile."""
    if not isinstance(connection, TurnTaking):
        connection.execute(_WAIT_FOR_LOCKS, [f"{sqlite.LOCK_WAIT_SECONDS * 1000:.0f}"])
        connection.commit()


@event.listens_for(sa.Engine, "begin")
def _begin_sqlite(connection: sa.Connection) -> None:
    if connection.dialect.name == "sqlite":
        _driver(connection).execute("BEGIN")
        connection.info[_ONLY_READS] = True


@event.listens_for(sa.Engine, "before_cursor_execute")
def _lock_sqlite(connection: sa.Connection, _cursor: Any, statement: str, _values: Any, context: Any, _: bool) -> None:
    """Who is about to write, or to hold rows, takes the file's one lock: what was read before is let go of first.

    So reads see what is committed, as on PostgreSQL, nobody holds the lock while a request is judged, and no reader
    becomes a writer with what another has overwritten ("database is locked").
    """
    if connection.dialect.name == "sqlite" and connection.info.get(_ONLY_READS) and _locks(statement, context):
        _lock(connection)


@event.listens_for(sa.Engine, "savepoint")
def _lock_before_savepoint(connection: sa.Connection, _name: str | None) -> None:
    """A savepoint cannot outlive the transaction that only reads; whoever makes one is about to write."""
    if connection.dialect.name == "sqlite" and connection.info.get(_ONLY_READS):
        _lock(connection)


def _lock(connection: sa.Connection) -> None:
    driver = _driver(connection)
    try:
        driver.execute("COMMIT")
        driver.begin_to_write()
        connection.info[_ONLY_READS] = False
    except sqlite3.Error as error:
        if not driver.in_transaction:
            driver.execute("BEGIN")  # who goes on all the same must not write outside of any transaction
        raise sa.exc.DBAPIError.instance("BEGIN IMMEDIATE", None, error, sqlite3.Error, hide_parameters=True) from error


def _driver(connection: sa.Connection) -> TurnTaking:
    driver = connection.connection.driver_connection
    assert isinstance(driver, TurnTaking)
    return driver


def _locks(statement: str, context: Any) -> bool:
    if statement.lstrip()[:6].upper() not in _READS:
        return True
    compiled = getattr(context, "compiled", None)
    # SQLite's dialect leaves FOR UPDATE out, so it is seen in the statement alone.
    return getattr(getattr(compiled, "statement", None), "_for_update_arg", None) is not None


def database_now() -> datetime:
    """The database's own clock: leases that several machines take are judged by it, and by no machine's."""
    if db.engine.dialect.name != "postgresql":
        return datetime.now(UTC)  # one file, one machine
    moment: datetime = db.session.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    return moment.astimezone(UTC)


def execute(statement: sa.Executable, values: Any = None) -> sa.CursorResult[Any]:
    """A statement over tables in the session's transaction, without the price of what a session does for objects.

    Objects that wait to be written are not written first, and no object learns of what it changes.
    """
    session = db.session()
    present = session.get_nested_transaction() or session.get_transaction()
    transaction, connection = session.info.get(_CONNECTION, (None, None))
    if present is None or transaction is not present:  # to ask the session costs a fifth of a statement
        connection = session.connection()
        session.info[_CONNECTION] = session.get_nested_transaction() or session.get_transaction(), connection
    result: sa.CursorResult[Any] = connection.execute(statement, values)
    return result


class Both:
    """Two changes of which neither returns anything, one after the other; on PostgreSQL sent together.

    There both see the tables as they were before, and what refers from one to the other is checked after both.
    The names of their values must differ (``insert_named``).
    """

    def __init__(self, first: Any, second: Any) -> None:
        self._first, self._second = first, second
        self._joined = second.add_cte(first.cte("first"))

    def execute(self, first: Mapping[str, Any], second: Mapping[str, Any]) -> None:
        """With these values, in the session's transaction."""
        if db.session.get_bind().dialect.name == "postgresql":
            execute(self._joined, {**first, **second})
        else:
            execute(self._first, first)
            execute(self._second, second)


def insert_named(model: type[Base], prefix: str) -> Any:
    """An insert of one row of all columns but generated keys, whose values are named ``prefix`` and the column."""
    table = model.__table__
    return (
        sa.insert(table)
        .inline()
        .values(
            {
                column.name: sa.bindparam(prefix + column.name, type_=column.type)
                for column in table.columns
                if column is not table.autoincrement_column
            }
        )
    )


def prefixed(prefix: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row's values as ``insert_named`` names them."""
    return {prefix + name: value for name, value in row.items()}


@contextmanager
def unit_of_work(*, writes: bool = True) -> Iterator[None]:
    """One transaction around one use case: committed at the end, rolled back on any error."""
    try:
        yield
        if writes:
            db.session.commit()
        else:
            db.session.rollback()
    except BaseException:
        db.session.rollback()
        raise


@contextmanager
def snapshot() -> Iterator[None]:
    """A unit of work that only reads, and reads all as it is when it begins, however long that takes.

    On SQLite every transaction that only reads is one (its write-ahead log grows meanwhile); on PostgreSQL a repeatable
    read.  Nobody waits for it.
    """
    db.session.rollback()
    db.session.expire_all()  # what this session knows may be older
    with unit_of_work(writes=False):
        bind = db.session.get_bind()
        if isinstance(bind, sa.Engine) and bind.dialect.name == "postgresql":  # not one that has begun already
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
            db.session.connection(execution_options=options)
        yield
