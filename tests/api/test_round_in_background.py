"""A run in the background of the process, with real commits: it is seen while it works and holds no lock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from marketplace.jobs import heartbeat
from marketplace.jobs import run_round as jobs
from marketplace.jobs.own_runs import put_back_own_runs
from marketplace.rounds import services
from marketplace.rounds.services import Verified
from marketplace.shared.actor import SYSTEM, Role
from marketplace.shared.database import unit_of_work
from tests.conftest import NOW
from tests.factories.accounts import make_member, signed_in
from tests.factories.rounds import make_market, make_round

PATIENCE_SECONDS = 120


class Gate:
    """A solve that waits in its middle until the test lets it go on."""

    def __init__(self) -> None:
        self.reached, self.go = threading.Event(), threading.Event()

    def __call__(self, document: bytes, *, progress: Callable[[dict[str, Any]], object], **options: Any) -> Verified:
        """Report, wait, then solve."""
        progress({"component": 0, "of": 1})
        self.reached.set()
        assert self.go.wait(PATIENCE_SECONDS)
        return services.solve(document, progress=progress, **options)


def test_the_round_is_seen_running_and_nothing_is_locked(own_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate()
    solve_by(gate, monkeypatch)
    with own_app.app_context(), unit_of_work():
        round_id = make_round(make_market().grade, until="frozen").id
        member = make_member(roles=[Role.OPERATOR])
        headers = signed_in(own_app.test_client(), member)
    client, url = own_app.test_client(), f"/api/v1/rounds/{round_id}"
    started = client.post(f"{url}/running", headers=headers)
    assert (started.status_code, started.json["status"]) == (202, "running")
    assert gate.reached.wait(PATIENCE_SECONDS)
    progress = client.get(started.headers["Location"], headers=headers).json
    assert (progress["status"], progress["component"], progress["components"]) == ("running", 0, 1)
    assert client.post(f"{url}/running", headers=headers).status_code == 409
    with own_app.app_context(), unit_of_work():  # somebody else writes while the solver works
        make_member()
    gate.go.set()
    assert ended(lambda: client.get(f"{url}/progress", headers=headers).json["status"]) == "solved"


def test_a_failing_run_in_the_background_leaves_the_round_frozen(
    own_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **options: Any) -> Verified:
        raise services.RunFailed("out of memory")

    solve_by(fail, monkeypatch)
    with own_app.app_context(), unit_of_work():
        round_id = make_round(make_market().grade, until="frozen").id
        headers = signed_in(own_app.test_client(), make_member(roles=[Role.OPERATOR]))
    client, url = own_app.test_client(), f"/api/v1/rounds/{round_id}"
    assert client.post(f"{url}/running", headers=headers).status_code == 202
    assert ended(lambda: client.get(f"{url}/progress", headers=headers).json["status"]) == "frozen"
    assert client.get(f"{url}/progress", headers=headers).json["failure"] == "out of memory"


def test_signs_of_life_are_given_while_the_solver_is_silent(own_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long that is, nobody may run the round again; and there is one sign of life, whoever asks."""
    clock = MovingClock(NOW)
    own_app.extensions["changdan-clock"] = clock
    monkeypatch.setattr(heartbeat, "BETWEEN_BEATS_SECONDS", 0.02)
    gate = Gate()
    solve_by(gate, monkeypatch)
    with own_app.app_context(), unit_of_work():
        round_id = make_round(make_market().grade, until="frozen").id
        headers = signed_in(own_app.test_client(), make_member(roles=[Role.OPERATOR]))
    client, url = own_app.test_client(), f"/api/v1/rounds/{round_id}"
    assert client.post(f"{url}/running", headers=headers).status_code == 202
    assert gate.reached.wait(PATIENCE_SECONDS)
    for _ in range(3):
        clock.moment += timedelta(seconds=50)
        until(lambda: client.get(f"{url}/progress", headers=headers).json["heartbeat_at"] == clock.moment.isoformat())
    for step in ("running", "cancellation"):
        refused = client.post(f"{url}/{step}", headers=headers)
        assert refused.status_code == 409
        assert f"last sign of life was at {clock.moment.isoformat()}" in refused.json["detail"]
    gate.go.set()
    assert ended(lambda: client.get(f"{url}/progress", headers=headers).json["status"]) == "solved"
    until(lambda: not any(thread.name == f"life-{round_id}" for thread in threading.enumerate()))


def test_a_process_that_stops_puts_back_its_own_runs_alone(own_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate()
    solve_by(gate, monkeypatch)
    with own_app.app_context(), unit_of_work():
        own, other, taken_over = (make_round(make_market().grade, until="frozen").id for _ in range(3))
        headers = signed_in(own_app.test_client(), make_member(roles=[Role.OPERATOR]))
        services.claim_run(other, actor=SYSTEM, now=NOW)  # as another process would
    client = own_app.test_client()
    for round_id in (own, taken_over):
        assert client.post(f"/api/v1/rounds/{round_id}/running", headers=headers).status_code == 202
    with own_app.app_context(), unit_of_work():
        services.claim_run(taken_over, actor=SYSTEM, now=NOW + timedelta(seconds=60))

    def seen(round_id: str) -> tuple[str, int, str | None]:
        progress = client.get(f"/api/v1/rounds/{round_id}/progress", headers=headers).json
        return progress["status"], progress["attempt"], progress["failure"]

    assert put_back_own_runs(own_app) == 2
    expected = {
        own: ("frozen", 1, "the run was interrupted: the service was stopped"),
        other: ("running", 1, None),
        taken_over: ("running", 2, None),
    }
    assert {round_id: seen(round_id) for round_id in expected} == expected
    assert put_back_own_runs(own_app) == 0
    gate.go.set()  # what the solvers find now comes too late
    until(lambda: not any(thread.name.startswith("round-") for thread in threading.enumerate()))
    assert {round_id: seen(round_id) for round_id in expected} == expected


def test_while_a_run_lasts_a_repeat_is_told_so(own_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate()
    monkeypatch.setattr(jobs, "run_claimed", partial(jobs.run_claimed, solve=gate))
    with own_app.app_context(), unit_of_work():
        round_id = make_round(make_market().grade, until="frozen").id
        headers = signed_in(own_app.test_client(), make_member(roles=[Role.OPERATOR])) | {"Idempotency-Key": "run-1"}

    def post() -> TestResponse:
        return own_app.test_client().post(f"/api/v1/rounds/{round_id}/running?wait=true", headers=headers)

    with ThreadPoolExecutor(1) as hand:
        first = hand.submit(post)
        assert gate.reached.wait(PATIENCE_SECONDS)
        meanwhile = post()
        assert (meanwhile.status_code, meanwhile.json["status"]) == (202, "running")
        gate.go.set()
        assert (first.result().status_code, first.result().json["status"]) == (200, "solved")
    afterwards = post()
    assert (afterwards.status_code, afterwards.data) == (200, first.result().data)


class MovingClock:
    """The application's clock, moved by the test."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        """The moment that the test has set."""
        return self.moment


def until(holds: Callable[[], bool]) -> None:
    """Wait for something that another thread brings about."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def solve_by(solve: Callable[..., Verified], monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the interface start its background runs with this solve."""
    monkeypatch.setattr(jobs, "run_in_background", partial(jobs.run_in_background, solve=solve))


def ended(status: Callable[[], str]) -> str:
    """The status once it is no longer running."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (found := status()) == "running" and time.monotonic() < deadline:
        time.sleep(0.05)
    return found
