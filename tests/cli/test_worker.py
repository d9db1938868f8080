"""``changdan worker`` in processes of its own, on both databases: killed, told to stop; a round ends anyhow."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import flask_migrate
import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.app import create_app
from marketplace.config import Settings
from marketplace.jobs import engine
from marketplace.jobs.engine import enqueue, prepare_engine
from marketplace.rounds import services
from marketplace.rounds.models import Round, RoundClearing, RoundPiece
from marketplace.shared.actor import SYSTEM
from marketplace.shared.clock import utc_now
from marketplace.shared.database import db, unit_of_work
from solver.form.market import content_hash
from tests.conftest import SECRET_KEY
from tests.databases import database_urls, prepare
from tests.factories.catalogue import make_grade
from tests.factories.rounds import make_market, make_round

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 120


@pytest.fixture(params=database_urls())
def platform(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application whose rounds are run by workers."""
    with prepare(request.param, tmp_path_factory) as url:
        settings = {"CHANGDAN_DATABASE_URL": url.replace("+psycopg", ""), "CHANGDAN_SECRET_KEY": SECRET_KEY}
        app = create_app(Settings.from_environment({**settings, "CHANGDAN_JOBS": "workers"}))
        with app.app_context():
            flask_migrate.upgrade()
            if engine.uses_engine():
                prepare_engine()
        app.extensions["tests-environment"] = settings
        yield app
        with app.app_context():
            db.engine.dispose()


@contextmanager
def worker(app: Flask, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker and all that it starts; killed in the end, if it is still there."""
    command = [sys.executable, "-c", "from marketplace.cli import main; main()", "worker"]
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "CHANGDAN_JOBS": "workers",
        **app.extensions["tests-environment"],
    }
    with log.open("ab") as said:
        process = subprocess.Popen(command, env=environment, stdout=said, stderr=said, start_new_session=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def until(holds: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)


def test_a_round_outlives_the_worker_that_began_it(platform: Flask, tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    with platform.app_context():
        with unit_of_work():
            grades = [make_grade() for _ in range(4)]
            for grade in grades:
                make_market(grade=grade)
            names = [grade.id for grade in grades]
            round_id = make_round(grades[0], until="frozen", grade_ids=names, now=utc_now()).id
        with unit_of_work():
            claim = services.claim_run(round_id, actor=SYSTEM, now=utc_now(), shared=True)
            enqueue("join_round", round_id)

        def is_leased() -> bool:
            with unit_of_work(writes=False):
                leased = sa.select(sa.func.count()).where(RoundPiece.leased_until.is_not(None))
                return bool(db.session.scalar(leased))

        def status() -> str:
            with unit_of_work(writes=False):
                return db.session.get_one(Round, round_id, populate_existing=True).status

        with worker(platform, log) as first:
            until(is_leased, log)
            os.killpg(first.pid, signal.SIGKILL)
        assert status() == "running"
        with worker(platform, log) as second:
            until(lambda: status() != "running", log)
            assert status() == "solved"
            second.terminate()
            assert second.wait(PATIENCE_SECONDS) == 0, log.read_text()
        with unit_of_work(writes=False):
            clearing = db.session.get_one(RoundClearing, round_id)
            assert clearing.hash == content_hash(services.solve(claim.market, seconds=60).clearing)
            assert db.session.scalar(sa.select(sa.func.count()).select_from(RoundPiece)) == 0
