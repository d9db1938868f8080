"""Guessing passwords: pauses grow, outlive the process, shut nobody out from elsewhere, and tell nothing."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal

import flask_migrate
import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from marketplace.accounts import services
from marketplace.accounts.models import LoginFailure
from marketplace.accounts.rules.sign_in import FORGOTTEN_AFTER, FREE_PER_ACCOUNT, FREE_PER_ADDRESS
from marketplace.accounts.services import passwords
from marketplace.app import create_app
from marketplace.config import Settings
from marketplace.shared.audit import AuditEntry, broken_entries
from marketplace.shared.database import db
from tests.conftest import NOW, SECRET_KEY
from tests.databases import database_urls, prepare
from tests.factories.accounts import PASSWORD, make_member

SESSION = "/api/v1/session"
EMAIL, UNKNOWN = "guessed@example.com", "nobody@example.com"
HERE, ELSEWHERE = "192.0.2.1", "198.51.100.7"


class Place:
    """A database with one member, a clock to be moved, and an application of one of several processes."""

    def __init__(self, url: str) -> None:
        self.url, self.moment = url, NOW
        self.client = self.another_process().test_client()

    def another_process(self) -> Flask:
        """An application that shares nothing with the others but the database."""
        settings = Settings(database_url=self.url, secret_key=SECRET_KEY, testing=True)
        return create_app(settings, clock=lambda: self.moment)

    def enter(self, email: str, password: str, address: str = HERE, client: FlaskClient | None = None) -> TestResponse:
        """One attempt."""
        return (client or self.client).post(
            SESSION, json={"email": email, "password": password}, environ_overrides={"REMOTE_ADDR": address}
        )

    def fail(self, times: int, email: str = EMAIL, address: str = HERE) -> list[int]:
        """What so many wrong passwords get."""
        return [self.enter(email, "not the password", address).status_code for _ in range(times)]

    def later(self, seconds: float) -> datetime:
        """Let time pass."""
        self.moment += timedelta(seconds=seconds)
        return self.moment


@pytest.fixture(params=database_urls())
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """On a migrated database of each kind."""
    with prepare(request.param, tmp_path_factory) as url:
        found = Place(url)
        app = found.client.application
        with app.app_context():
            flask_migrate.upgrade()
            make_member(email=EMAIL)
            make_member(email="colleague@example.com")
            db.session.commit()
        yield found
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def test_after_five_failures_the_right_password_waits_too(place: Place) -> None:
    """30 s, said in the header and in Chinese; afterwards it opens, and what was counted is forgotten."""
    assert place.fail(5) == [401] * 5
    reply = place.enter(EMAIL, PASSWORD)
    assert reply.status_code == 429
    assert reply.headers["Retry-After"] == "30"
    assert reply.json["type"] == "urn:changdan:problem:sign-in-paused"
    assert reply.json["detail_zh"] == "登录尝试过多，请在 30 秒后再试"
    assert "Set-Cookie" not in reply.headers
    place.later(29)
    assert place.enter(EMAIL, PASSWORD).headers["Retry-After"] == "1"
    place.later(1)
    assert place.enter(EMAIL, PASSWORD).status_code == 200
    assert place.fail(5) == [401] * 5


def test_pauses_double_up_to_a_quarter_of_an_hour(place: Place) -> None:
    """Knocking during a pause makes it no longer."""
    place.fail(5)
    for pause in (30, 60, 120, 240, 480, 900, 900):
        assert place.fail(3) == [429] * 3
        place.later(pause - 1)
        assert place.fail(1) == [429]
        place.later(1)
        assert place.fail(1) == [401]


def test_failures_are_forgotten_after_an_hour(place: Place) -> None:
    place.fail(4)
    place.later(FORGOTTEN_AFTER.total_seconds())
    assert place.fail(5) == [401] * 5
    assert place.fail(1) == [429]


def test_from_elsewhere_the_account_stays_open(place: Place) -> None:
    """Nobody can shut a member out by guessing, and from here others still sign in."""
    place.fail(5)
    assert place.fail(1) == [429]
    assert place.enter(EMAIL, PASSWORD, ELSEWHERE).status_code == 200
    assert place.enter("colleague@example.com", PASSWORD).status_code == 200
    assert place.enter(EMAIL, PASSWORD).status_code == 429, "signing in elsewhere ends no pause here"


def test_one_password_on_many_accounts_pauses_the_address(place: Place) -> None:
    """Own successes between give nothing back; from elsewhere all is open."""
    for number in range(FREE_PER_ADDRESS):
        assert place.fail(1, f"victim{number}@example.com") == [401]
        if number % 10 == 9 and number < FREE_PER_ADDRESS - 1:
            assert place.enter("colleague@example.com", PASSWORD).status_code == 200
    reply = place.enter("colleague@example.com", PASSWORD)
    assert (reply.status_code, reply.headers["Retry-After"]) == (429, "30")
    assert place.enter("colleague@example.com", PASSWORD, ELSEWHERE).status_code == 200


def test_pauses_hold_in_every_process_and_outlive_it(place: Place) -> None:
    place.fail(5)
    other = place.another_process()
    assert place.enter(EMAIL, PASSWORD, client=other.test_client()).status_code == 429
    with other.app_context():
        db.engine.dispose()


def test_attempts_at_once_are_counted_each(place: Place) -> None:
    """The burst gets no more looks at the password than the same attempts one by one."""
    app = place.client.application

    def attempt(_: int) -> int:
        return place.enter(EMAIL, "not the password", client=app.test_client()).status_code

    with ThreadPoolExecutor(8) as threads:
        found = sorted(threads.map(attempt, range(24)))
    assert found == [401] * FREE_PER_ACCOUNT + [429] * (24 - FREE_PER_ACCOUNT)


def seen(reply: TestResponse) -> tuple[int, Any, dict[str, str]]:
    """All that a caller can tell of a reply but when it came and the number that it got."""
    told = {name: text for name, text in reply.headers.items() if name not in ("Date", "X-Request-ID")}
    return reply.status_code, reply.json, told


def test_unknown_accounts_look_the_same_all_the_way(place: Place) -> None:
    """Reply for reply, rows and entries included; from two addresses, so that neither adds to the other's."""
    for wait in (0, 0, 0, 0, 0, 0, 31, 0, 61):
        place.later(wait)
        known = place.enter(EMAIL, "not the password", "192.0.2.10")
        unknown = place.enter(UNKNOWN, "not the password", "192.0.2.11")
        assert seen(known) == seen(unknown)
    with place.client.application.app_context():
        rows = db.session.scalars(sa.select(LoginFailure).where(LoginFailure.account != "")).all()
        assert len({(row.failures, row.last_at, row.paused_until) for row in rows}) == 1
        assert {len(row.account) for row in rows} == {64}
        entries = db.session.scalars(sa.select(AuditEntry).filter_by(action="accounts:session:paused")).all()
        assert len(entries) == 6
        assert {len(entry.payload) for entry in entries} == {3}


def test_a_pause_is_in_the_trail_of_the_account_s_organisation(place: Place) -> None:
    """With the address, never the password; of an unknown account in the system's, by hash."""
    place.fail(5)
    place.fail(3)
    place.fail(5, UNKNOWN, ELSEWHERE)
    with place.client.application.app_context():
        known, unknown = db.session.scalars(
            sa.select(AuditEntry).filter_by(action="accounts:session:paused").order_by(AuditEntry.id)
        )
        assert known.subject_id.startswith("mem_")
        assert known.payload == {"failures": 5, "address": HERE, "pause_s": 30}
        assert unknown.organisation_id == "system"
        assert UNKNOWN not in str(vars(unknown))
        assert list(broken_entries(known.organisation_id)) == list(broken_entries("system")) == []


def test_the_current_password_is_not_guessed_in_a_stolen_session_either(place: Place) -> None:
    """A weak new password is no failure; a wrong current one is."""
    csrf = place.enter(EMAIL, PASSWORD).json["csrf_token"]

    def change(current: str, new: str) -> int:
        body = {"current_password": current, "new_password": new}
        return place.client.post(
            f"{SESSION}/password",
            json=body,
            headers={"X-CSRF-Token": csrf},
            environ_overrides={"REMOTE_ADDR": HERE},
        ).status_code

    assert [change(PASSWORD, "short") for _ in range(7)] == [422] * 7
    assert [change("wrong", "another long secret") for _ in range(6)] == [422] * 5 + [429]
    assert change(PASSWORD, "another long secret") == 429
    place.later(30)
    assert change(PASSWORD, "another long secret") == 200


def test_what_counts_no_more_is_deleted(place: Place) -> None:
    """By maintenance, and a little of it with each attempt."""
    place.fail(2)
    place.fail(1, UNKNOWN)
    with place.client.application.app_context():
        assert services.forget_failures(place.moment) == 0
        place.later(FORGOTTEN_AFTER.total_seconds())
        assert services.forget_failures(place.moment, most=1) == 1
        assert services.forget_failures(place.moment) == 2
        db.session.commit()
        assert db.session.scalar(sa.select(sa.func.count()).select_from(LoginFailure)) == 0


class CountingHasher(PasswordHasher):
    """Argon2 that notes how often it really ran."""

    runs: ClassVar[list[str]] = []

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        self.runs.append("hash")
        return super().hash(password, salt=salt)

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        self.runs.append("verify")
        return super().verify(hash, password)


def test_an_unknown_account_costs_as_much_work_as_a_known_one(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """One run of argon2 with the same parameters each, and none while sign-in pauses: no refusal is quicker."""
    hasher = CountingHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "hasher", hasher)
    work = {}
    for email, address in ((EMAIL, "192.0.2.10"), (UNKNOWN, "192.0.2.11")):
        hasher.runs.clear()
        place.fail(FREE_PER_ACCOUNT + 2, email, address)
        work[email] = len(hasher.runs)
    assert work == {EMAIL: FREE_PER_ACCOUNT, UNKNOWN: FREE_PER_ACCOUNT}
