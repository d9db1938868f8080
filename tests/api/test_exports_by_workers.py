"""Exports that are made in the background: how many, by whom, and what becomes of those that fail."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.accounts import errands
from marketplace.config import Settings
from marketplace.contracts import services
from marketplace.contracts.models import Export
from marketplace.contracts.queries import exports as export_queries
from marketplace.contracts.queries.kept_exports import own_export
from marketplace.contracts.rules.exports import Months, Spool, Wish
from marketplace.contracts.services import exporting
from marketplace.jobs import engine
from marketplace.jobs.kinds import KINDS
from marketplace.jobs.make_export import MAKE_EXPORT
from marketplace.shared.database import database_now, db, unit_of_work
from marketplace.shared.errors import InvalidInput, LimitReached, NotFound, Superseded
from tests.conftest import NOW
from tests.factories.accounts import make_member
from tests.factories.kept_exports import (
    LEASE,
    PUBLISHER,
    URL,
    asked,
    call,
    delivered,
    export,
    fetched,
    pieces,
    told,
)


def test_too_many_rows_are_refused(served_app: Flask, served_context: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with unit_of_work():
        _, member = delivered()
    export_id = asked(member, Wish("schedules", "csv"))
    monkeypatch.setattr(exporting, "MOST_ROWS_LATER", 2)
    assert MAKE_EXPORT.run(export_id) == "refused for 1 faults"
    found = call(served_app, member, f"{URL}/{export_id}").json
    assert found["status"] == "refused"
    assert [(e["pointer"], e["code"], e["limit"]) for e in found["errors"]] == [
        ("/from_month", "too-many-rows", "at most 2")
    ]
    answer = fetched(served_app, member, export_id)
    assert (answer.status_code, answer.json["type"]) == (409, "urn:changdan:problem:export-not-made")
    assert "refused" in answer.json["detail_zh"]
    assert told(export_id) == ["contracts-export-refused"]


def test_more_rows_may_come_in_the_background_than_at_once(
    served_context: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with unit_of_work():
        _, member = delivered()
    monkeypatch.setattr(export_queries, "MOST_ROWS", 2)
    with pytest.raises(InvalidInput):
        export_queries.contracts_table("schedules", Months(), form="csv", actor=member.actor)
    assert MAKE_EXPORT.run(asked(member, Wish("schedules", "csv"))).startswith("made, 3 rows")


def test_so_many_wait_and_no_more(served_app: Flask, served_context: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with unit_of_work():
        member = make_member()
        colleague = make_member(organisation=member.organisation)
    waiting = [asked(each, Wish("schedules", "csv")) for each in (member, colleague, member, member, member)]
    answer = call(served_app, member, URL, json={"what": "schedules"})
    assert (answer.status_code, answer.json["type"]) == (409, "urn:changdan:problem:limit-reached")
    assert [(e["pointer"], e["value"], e["limit"], e["code"]) for e in answer.json["errors"]] == [
        ("/what", 6, "at most 5", "too-many")
    ]
    assert answer.json["detail_zh"] == "数量将达 6，至多 5，请稍后再试"
    MAKE_EXPORT.run(waiting[0])
    asked(member, Wish("schedules", "csv"))
    monkeypatch.setattr(errands, "MOST_WAITING", 100)
    monkeypatch.setattr(exporting, "MOST_A_DAY", 6)
    with pytest.raises(LimitReached, match="exports within a day: 7, at most 6"):
        asked(colleague, Wish("schedules", "csv"))
    with unit_of_work():
        services.ask_for_export(Wish("schedules", "csv"), actor=member.actor, now=NOW + timedelta(days=1))


def test_one_has_it_until_it_gives_no_sign_of_life(served_context: None) -> None:
    with unit_of_work():
        _, member = delivered()
    export_id = asked(member, Wish("deliveries", "csv"))
    with unit_of_work():
        now = database_now()
        assert export_id in errands.due(Export, now=now)
        first = errands.claim(Export, export_id, now=now)
        assert first is not None
        assert errands.claim(Export, export_id, now=now + LEASE / 2) is None
        errands.renew(first, 1, now=now + LEASE / 2)
        assert export_id not in errands.due(Export, now=now + LEASE)
        assert errands.claim(Export, export_id, now=now + LEASE) is None
        second = errands.claim(Export, export_id, now=now + 2 * LEASE)
        assert second is not None
        assert second.token == first.token + 1

    def made(claim: errands.Claim[Export], packed: Spool) -> exporting.MadeFile:
        return services.make_export(claim, packed, publisher=PUBLISHER, progress=lambda _: None)

    with Spool(at_once=1) as packed:
        with unit_of_work(writes=False):
            file = made(second, packed)
        for late in (
            lambda: made(first, packed),
            lambda: errands.renew(first, 1, now=now),
            lambda: services.store_export(first, file, now=NOW),
            lambda: services.refuse_export(first, InvalidInput([]), now=NOW),
            lambda: services.fail_export(first, "late", now=NOW),
        ):
            with pytest.raises(Superseded), unit_of_work():
                late()
        assert pieces(export_id) == []
        with unit_of_work():
            services.store_export(second, file, now=NOW)
    assert hashlib.sha256(b"".join(pieces(export_id))).hexdigest() == export(export_id).sha256
    assert MAKE_EXPORT.run(export_id) == "nothing to do"


def test_who_is_killed_while_storing_has_stored_nothing(served_context: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with unit_of_work():
        _, member = delivered()
    export_id = asked(member, Wish("deliveries", "csv"))

    def killed(*_: Any, **__: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(exporting, "tell", killed)  # after all else of the transaction
        with pytest.raises(SystemExit):
            MAKE_EXPORT.run(export_id)
    assert (export(export_id).status, pieces(export_id)) == ("running", [])
    assert export_id not in MAKE_EXPORT.due()
    with unit_of_work():
        export(export_id).leased_until = database_now() - timedelta(seconds=1)
    assert export_id in MAKE_EXPORT.due()
    assert MAKE_EXPORT.run_due() >= 1
    assert export(export_id).status == "made"


def test_one_that_takes_down_whoever_has_it_is_given_up(served_context: None) -> None:
    with unit_of_work():
        member = make_member()
    export_id = asked(member, Wish("schedules", "csv"))
    with unit_of_work():
        export(export_id).token = errands.MOST_LEASES
    assert MAKE_EXPORT.run(export_id) == "failed"
    assert export(export_id).failure == "given up: 5 times whoever did it was lost"


def test_an_unexpected_error_is_told_by_its_place_alone(served_context: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_: Any, **__: Any) -> None:
        raise RuntimeError("the price is 98000")

    with unit_of_work():
        member = make_member()
    export_id = asked(member, Wish("schedules", "csv"))
    monkeypatch.setattr(exporting, "write_table", stumble)
    assert MAKE_EXPORT.run(export_id) == "failed"
    failure = export(export_id).failure or ""
    assert failure.startswith("it could not be made: RuntimeError at test_exports_by_workers.py")
    assert "98000" not in failure


def test_workers_are_told(served_app: Flask, served_context: None) -> None:
    with unit_of_work():
        _, member = delivered()
    settings: Settings = served_app.extensions["changdan-settings"]
    object.__setattr__(settings, "jobs", "workers")
    try:
        answer = call(served_app, member, URL, json={"what": "schedules"})
        refused = call(served_app, member, f"{URL}?wait=true", json={"what": "schedules"})
    finally:
        object.__setattr__(settings, "jobs", "own")
    assert [each["pointer"] for each in refused.json["errors"]] == ["/wait"]
    export_id = answer.json["id"]
    assert (export(export_id).status, export(export_id).form) == ("waiting", "csv")
    if engine.uses_engine():
        query = sa.text("SELECT args->>'subject' FROM procrastinate_jobs WHERE task_name = 'make_export'")
        assert export_id in list(db.session.scalars(query))
    (kind,) = (kind for kind in KINDS if kind.name == "make_export")
    assert export_id in kind.due()
    assert kind.waiting is not None
    assert NOW in kind.waiting()
    assert kind.run(export_id).startswith("made, 3 rows")


def test_exports_are_forgotten_with_their_files(served_context: None) -> None:
    with unit_of_work():
        member = make_member()
    old, waiting = (asked(member, Wish("schedules", "csv")) for _ in range(2))
    MAKE_EXPORT.run(old)
    tick = timedelta(microseconds=1)
    with unit_of_work():
        services.forget_exports(NOW + timedelta(days=7) - tick)
    assert pieces(old) != []
    with unit_of_work():
        assert services.forget_exports(NOW + timedelta(days=7)) >= 1
    assert pieces(old) == []
    with pytest.raises(NotFound):
        own_export(old, member.actor)
    assert export(waiting).status == "waiting"
