"""Every operation of the OpenAPI description, fuzzed by callers of every kind: no server error, no reply it lacks.

``CHANGDAN_TEST_FUZZ`` sets how many requests each caller sends to each operation, those who may call it nearly twice
as many: 10 are more than 20,000 requests in all and take some ten minutes on each database (``--log-cli-level=INFO``
shows the figures).  ``CHANGDAN_TEST_FUZZ_SEED`` makes other requests.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator

import flask_migrate
import pytest

from marketplace.app import create_app
from marketplace.config import Settings
from marketplace.jobs import engine, heartbeat
from marketplace.shared.database import db
from tests.api.fuzzing import CALLERS, EVERY_ROLE, Fuzz
from tests.api.permission_routes import MEMBERS
from tests.api.test_permissions import ROUTES, member_for
from tests.conftest import NOW, SECRET_KEY
from tests.conftest import Caller as Client
from tests.databases import database_urls, prepare
from tests.factories.accounts import make_member
from tests.undoing import Undoing

EACH = int(os.environ.get("CHANGDAN_TEST_FUZZ", "1"))
SEED = int(os.environ.get("CHANGDAN_TEST_FUZZ_SEED", "1"))


@pytest.fixture(params=database_urls())
def fuzz(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Fuzz]:
    """A member of every kind; on PostgreSQL what takes long is left to workers, of which there are none."""
    monkeypatch.setattr(heartbeat, "BETWEEN_BEATS_SECONDS", 3600)
    with prepare(request.param, tmp_path_factory) as url:
        jobs = "own" if request.param == "sqlite" else "workers"
        settings = Settings(database_url=url, secret_key=SECRET_KEY, testing=True, jobs=jobs)
        app = create_app(settings, clock=lambda: NOW)
        app.test_client_class = Client
        with app.app_context():
            flask_migrate.upgrade()
            if engine.uses_engine():
                engine.prepare_engine()
            members = {str(caller): member_for(caller) for caller in MEMBERS} | {EVERY_ROLE: make_member()}
            yield Fuzz(app, ROUTES, members, each=EACH, seed=SEED)
            db.session.remove()
            db.engine.dispose()


def test_no_request_breaks_the_service_or_its_description(fuzz: Fuzz) -> None:
    with Undoing(fuzz.app) as undoing:
        for label in fuzz.operations:
            fuzz.play(label, undoing)
    findings = fuzz.findings
    logging.getLogger(__name__).info("%s", findings.figures())
    assert set(findings.requests) == set(CALLERS)
    assert min(findings.requests.values()) >= 0.95 * EACH * len(
        fuzz.operations
    )  # a few operations take nothing to vary
    for caller in MEMBERS:
        assert sum(count for status, count in findings.statuses[caller].items() if status < 300) > 10
    shown = [f"{operation}: {kind}\n{text}" for (operation, kind), text in findings.wrong.items()]
    assert not shown, "\n\n".join(shown)
