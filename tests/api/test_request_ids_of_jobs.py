"""From a call to what a worker does for it: the lines of a job carry the id of the request that asked for it."""

from __future__ import annotations

import io
import json
import logging
import threading
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from flask import Flask

from marketplace.contracts import services as contracts
from marketplace.contracts.rules.exports import Wish
from marketplace.jobs import engine, errands, heartbeat
from marketplace.jobs.doing import done
from marketplace.jobs.kinds import KINDS
from marketplace.jobs.make_export import MAKE_EXPORT
from marketplace.rounds import services as rounds
from marketplace.shared import log_context, logs
from marketplace.shared.actor import SYSTEM, Role
from marketplace.shared.database import unit_of_work
from tests.conftest import NOW
from tests.factories.accounts import make_member, signed_in
from tests.factories.orders import entry_of, make_trader
from tests.factories.rounds import make_market, make_round

REQUEST = "my-request-0001"
SCENARIOS = {"scenarios": [{"id": "dear", "changes": [{"freight": {"scale": "2"}}]}]}


class Lines:
    """What is logged, line by line."""

    def __init__(self) -> None:
        self.stream = io.StringIO()
        self.handler = logs.handler_to(self.stream, logs.JSON)

    def of_job(self, name: str) -> list[dict[str, Any]]:
        """Those that a job wrote."""
        return [line for line in map(json.loads, self.stream.getvalue().splitlines()) if line.get("job") == name]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """All that is logged from here on."""
    found, root = Lines(), logging.getLogger()
    level = root.level
    root.addHandler(found.handler)
    root.setLevel(logging.INFO)
    yield found
    root.removeHandler(found.handler)
    root.setLevel(level)


@pytest.fixture
def by_workers(own_app: Flask) -> Iterator[Flask]:
    """An application whose jobs wait for workers."""
    settings = own_app.extensions["changdan-settings"]
    object.__setattr__(settings, "jobs", "workers")
    with own_app.app_context():
        if engine.uses_engine():
            engine.prepare_engine()
    yield own_app
    object.__setattr__(settings, "jobs", "own")


def asked(app: Flask, kind: str) -> str:
    """Ask for a job of a kind, and its subject."""
    with app.app_context(), unit_of_work():
        trader, operator = make_trader(), make_member(roles=[Role.OPERATOR])
        round_id = make_round(make_market().grade, until="frozen").id
        client, row = app.test_client(), json.dumps(entry_of(trader)).encode()
        by = {each: {**signed_in(client, each), "X-Request-ID": REQUEST} for each in (trader, operator)}
    lines = {"Content-Type": "application/x-ndjson"}
    calls: dict[str, Any] = {
        "store_upload": ("/api/v1/orders/uploads?wait=false", {"data": row, "headers": {**by[trader], **lines}}),
        "make_export": ("/api/v1/exports", {"json": {"what": "schedules"}, "headers": by[trader]}),
        "run_what_if": (f"/api/v1/rounds/{round_id}/what-if", {"json": SCENARIOS, "headers": by[operator]}),
        "join_round": (f"/api/v1/rounds/{round_id}/running", {"headers": by[operator]}),
    }
    url, given = calls[kind]
    answer = client.post(url, **given)
    assert (answer.status_code, answer.headers["X-Request-ID"]) == (202, REQUEST), answer.text
    return str(answer.json["id"])


@pytest.mark.parametrize("kind", ["store_upload", "make_export", "run_what_if", "join_round"])
def test_a_worker_says_for_which_call_it_works(by_workers: Flask, lines: Lines, kind: str) -> None:
    subject = asked(by_workers, kind)
    (job,) = (each for each in KINDS if each.name == kind)
    with by_workers.app_context():
        said = done(partial(job.run, subject), name=kind, subject=subject)
        again = done(partial(job.run, subject), name=kind, subject=subject)
    assert (said != "nothing to do", again) == (True, "nothing to do")
    first, second = [line for line in lines.of_job(kind) if line["logger"] == "marketplace.jobs.doing"]
    assert (first["subject"], first["request_id"]) == (subject, REQUEST)
    assert "request_id" not in second  # what is not done is done for nobody
    assert dict(log_context.present()) == {}


def test_so_does_a_thread_of_the_process_that_was_asked(
    own_app: Flask, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(errands, "patiently", fail)
    subject = asked(own_app, "store_upload")
    for thread in threading.enumerate():
        if thread.name == subject:
            thread.join(60)
    found = lines.of_job("store_upload")
    assert [(line["level"], line["subject"], line["request_id"]) for line in found] == [
        ("ERROR", subject, REQUEST),
        ("INFO", subject, REQUEST),  # a line a job, as a worker's
    ]


def test_one_call_is_not_taken_for_another(own_app: Flask, lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one process makes up leeway, each is done for its own caller, or for nobody who called."""

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError

    with own_app.app_context():
        with unit_of_work():
            actor = make_member().actor
            wish, ask = Wish("schedules", "csv"), contracts.ask_for_export
            ids = {ask(wish, actor=actor, now=NOW, request_id=by).id: by for by in ("request-1", None, "request-2")}
        monkeypatch.setattr("marketplace.jobs.errands.patiently", fail)
        assert MAKE_EXPORT.run_due() == 3
    found = {line["subject"]: line.get("request_id") for line in lines.of_job("make_export")}
    assert found == ids


def test_signs_of_life_are_given_for_the_call_as_well(
    own_app: Flask, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "BETWEEN_BEATS_SECONDS", 0.01)
    tried = threading.Event()

    def note(**_: Any) -> None:
        tried.set()
        raise RuntimeError

    with log_context.about(job="beating", request_id=REQUEST), heartbeat.heartbeat(own_app, "x", note):
        assert tried.wait(10)
    for thread in threading.enumerate():
        if thread.name == "life-x":
            thread.join(10)
    assert {line["request_id"] for line in lines.of_job("beating")} == {REQUEST}


def test_a_run_by_command_follows_no_call(own_app: Flask) -> None:
    with own_app.app_context(), unit_of_work():
        round_id = make_round(make_market().grade, until="frozen").id
        asked_by_call = rounds.claim_run(round_id, actor=SYSTEM, now=NOW, shared=True, request_id=REQUEST)
        shared = rounds.shared_claim(round_id)
        assert shared is not None
        assert (asked_by_call.request_id, shared.request_id) == (REQUEST, REQUEST)
        rounds.fail_run(shared, "again", actor=SYSTEM, now=NOW)
        assert rounds.claim_run(round_id, actor=SYSTEM, now=NOW).request_id is None
