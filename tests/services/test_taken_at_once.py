"""What somebody is just taking is nothing to wait for: whoever comes second goes on to something else at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask

from marketplace.accounts import errands
from marketplace.contracts import services as contracts
from marketplace.contracts.models import Export
from marketplace.contracts.rules.exports import Wish
from marketplace.rounds import services as rounds
from marketplace.rounds.models import RoundWhatIf
from marketplace.shared.actor import SYSTEM
from marketplace.shared.database import HELD, database_now, db, unit_of_work
from tests.conftest import NOW
from tests.factories.accounts import make_member
from tests.factories.rounds import make_market, make_round
from tests.services.test_what_if_runs import DEAR


@contextmanager
def held(app: Flask, model: Any, row_id: str) -> Iterator[None]:
    """Somebody else has this row in a transaction that goes on."""
    has_it, ended = threading.Event(), threading.Event()

    def hold() -> None:
        with app.app_context(), unit_of_work():
            assert db.session.get(model, row_id, with_for_update=HELD) is not None
            has_it.set()
            ended.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    assert has_it.wait(30)
    try:
        yield
    finally:
        ended.set()
        thread.join()


def an_export() -> tuple[Any, str, Callable[[], Any]]:
    """One that waits, and how it is taken."""
    export_id = contracts.ask_for_export(Wish("schedules", "csv"), actor=make_member().actor, now=NOW).id
    return Export, export_id, lambda: errands.claim(Export, export_id, now=database_now())


def a_what_if() -> tuple[Any, str, Callable[[], Any]]:
    """One that is left to workers, and how it is taken."""
    round_ = make_round(make_market().grade, until="frozen")
    claim = rounds.ask_what_if(round_.id, DEAR, actor=SYSTEM, now=NOW, shared=True)
    return RoundWhatIf, claim.id, lambda: rounds.take_what_if(claim.id, now=NOW, leased_at=database_now())


@pytest.mark.parametrize("made", [an_export, a_what_if])
def test_who_comes_second_does_not_wait(
    app: Flask, committed: None, made: Callable[[], tuple[Any, str, Callable[[], Any]]]
) -> None:
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            pytest.skip("left out: SQLite has one lock for all, for which everybody waits")
        with unit_of_work():
            model, row_id, take = made()
        with held(app, model, row_id):
            began = time.monotonic()
            with unit_of_work():
                assert take() is None
            assert time.monotonic() - began < 5
        with unit_of_work():
            assert take() is not None
