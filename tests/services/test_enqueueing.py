"""Jobs on PostgreSQL: they exist if and only if the change does that they are about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import flask_migrate
import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.app import create_app
from marketplace.config import Settings
from marketplace.jobs import engine
from marketplace.jobs.engine import enqueue, prepare_engine, recruit
from marketplace.jobs.run_what_if import take_and_run_what_if
from marketplace.rounds.models import Round, RoundProgress
from marketplace.shared.actor import Role
from marketplace.shared.database import db, unit_of_work
from tests.conftest import NOW, SECRET_KEY
from tests.databases import database_urls, prepare
from tests.factories.accounts import make_member, signed_in
from tests.factories.rounds import make_market, make_round
from tests.factories.webhooks import make_endpoint


@pytest.fixture(params=database_urls())
def workers_app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application that leaves what takes long to workers."""
    with prepare(request.param, tmp_path_factory) as url:
        settings = Settings(database_url=url, secret_key=SECRET_KEY, testing=True)
        app = create_app(replace(settings, jobs="workers"), clock=lambda: NOW)
        with app.app_context():
            flask_migrate.upgrade()
            if engine.uses_engine():
                assert prepare_engine()
                assert not prepare_engine()
        yield app
        with app.app_context():
            db.engine.dispose()


def jobs() -> list[tuple[str, str]]:
    """Name and subject of every job that waits; on SQLite nobody is told, workers look."""
    if not engine.uses_engine():
        return []
    found = db.session.execute(sa.text("SELECT task_name, args->>'subject' FROM procrastinate_jobs ORDER BY id"))
    return [(name, subject) for name, subject in found]


def test_a_round_is_claimed_for_workers_and_they_are_told(workers_app: Flask) -> None:
    with workers_app.app_context(), unit_of_work():
        round_id = make_round(make_market().grade, until="frozen").id
        headers = signed_in(workers_app.test_client(), make_member(roles=[Role.OPERATOR]))
    client, url = workers_app.test_client(), f"/api/v1/rounds/{round_id}/running"
    refused = client.post(f"{url}?wait=true", headers=headers)
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/wait")
    started = client.post(url, headers=headers)
    assert (started.status_code, started.json["status"]) == (202, "running")
    assert started.headers["Location"] == f"/api/v1/rounds/{round_id}/progress"
    with workers_app.app_context():
        assert db.session.get_one(RoundProgress, round_id).shared
        assert jobs() == ([("join_round", round_id)] if engine.uses_engine() else [])
    assert client.post(url, headers=headers).status_code == 409
    with workers_app.app_context():
        assert len(jobs()) <= 1


def test_a_test_of_a_webhook_is_told_to_workers(workers_app: Flask) -> None:
    with workers_app.app_context(), unit_of_work():
        member = make_member(roles=[Role.ORGANISATION_ADMIN])
        endpoint_id = make_endpoint(member.organisation).id
        headers = signed_in(workers_app.test_client(), member)
    assert workers_app.test_client().post(f"/api/v1/webhooks/{endpoint_id}/ping", headers=headers).status_code == 202
    with workers_app.app_context():
        assert jobs() == ([("send_webhooks", endpoint_id)] if engine.uses_engine() else [])


def fail_after_enqueueing() -> None:
    with unit_of_work():
        enqueue("join_round", make_round(make_market().grade, until="running").id)
        assert len(jobs()) == engine.uses_engine()
        raise RuntimeError


def test_a_change_that_fails_leaves_no_job(workers_app: Flask) -> None:
    with workers_app.app_context():
        with pytest.raises(RuntimeError):
            fail_after_enqueueing()
        assert jobs() == []
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Round)) == 0


def test_one_more_worker_is_asked_for_at_a_time(workers_app: Flask) -> None:
    with workers_app.app_context():
        for _ in range(3):
            recruit("join_round", "rnd_1")
        recruit("join_round", "rnd_2")
        expected = [("join_round", "rnd_1"), ("join_round", "rnd_2")]
        assert jobs() == (expected if engine.uses_engine() else [])


def test_scenarios_are_left_to_workers_and_they_are_told(workers_app: Flask) -> None:
    with workers_app.app_context(), unit_of_work():
        round_id = make_round(make_market().grade, until="frozen").id
        headers = signed_in(workers_app.test_client(), make_member(roles=[Role.OPERATOR]))
    client, url = workers_app.test_client(), f"/api/v1/rounds/{round_id}/what-if"
    asked = {"scenarios": [{"id": "dear", "changes": [{"freight": {"scale": "2"}}]}]}
    refused = client.post(f"{url}?wait=true", json=asked, headers=headers)
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/wait")
    begun = client.post(url, json=asked, headers=headers)
    assert (begun.status_code, begun.json["status"]) == (202, "running")
    with workers_app.app_context():
        if engine.uses_engine():
            assert ("run_what_if", begun.json["id"]) in jobs()
        assert take_and_run_what_if(begun.json["id"]) == "done"
    assert client.get(begun.headers["Location"], headers=headers).json["status"] == "done"
