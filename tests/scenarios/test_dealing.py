"""From offer to delivery as chance has it: volume is conserved, nothing is promised twice, nobody sees others' things.

``CHANGDAN_TEST_DEALING`` sets how many plays of how many steps: 500x50 take some hours on each database.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator

import flask_migrate
import hypothesis
import pytest
from hypothesis.stateful import run_state_machine_as_test

from marketplace.app import create_app
from marketplace.config import Settings
from marketplace.jobs import heartbeat
from marketplace.shared.database import db
from tests.conftest import SECRET_KEY, Caller
from tests.databases import database_urls, prepare
from tests.scenarios.dealing import Dealing, Stage
from tests.scenarios.strangers import MovableClock
from tests.undoing import Undoing

PLAYS, STEPS = map(int, os.environ.get("CHANGDAN_TEST_DEALING", "8x20").split("x"))


@pytest.fixture(params=database_urls())
def stage(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stage]:
    """Four companies and a grade."""
    monkeypatch.setattr(heartbeat, "BETWEEN_BEATS_SECONDS", 3600)
    with prepare(request.param, tmp_path_factory) as url:
        clock = MovableClock()
        app = create_app(Settings(database_url=url, secret_key=SECRET_KEY, testing=True), clock=clock)
        app.test_client_class = Caller
        with app.app_context():
            flask_migrate.upgrade()
            db.session.remove()
            with Undoing(app) as undoing:
                made = Stage(app, clock, undoing)
                made.build()
                yield made
            db.session.remove()
            db.engine.dispose()


def test_whatever_is_dealt(stage: Stage) -> None:
    settings = hypothesis.settings(
        max_examples=PLAYS,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[hypothesis.Phase.generate],  # a play that breaks a rule is shown as it was: to shorten it takes hours
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    run_state_machine_as_test(lambda: Dealing(stage), settings=settings)
    logging.getLogger(__name__).info("%s", dict(sorted(stage.done.items())))
    for step in ("enters", "clears", "accepts", "signs"):
        assert stage.done[step] > 0, (step, stage.done)
