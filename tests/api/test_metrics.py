"""Figures for Prometheus: who may read them, that they are right, that they tell nothing of an order."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import flask_migrate
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from marketplace.app import create_app
from marketplace.config import SettingError, Settings
from marketplace.jobs.engine import prepare_engine, uses_engine
from marketplace.notifications.services import tell
from marketplace.rounds import services as rounds
from marketplace.rounds.models import RoundProgress
from marketplace.shared.actor import SYSTEM
from marketplace.shared.database import database_now, db, unit_of_work
from marketplace.shared.metrics import JobFigures
from tests.conftest import NOW, SECRET_KEY
from tests.databases import database_urls, prepare
from tests.factories.accounts import make_organisation
from tests.factories.catalogue import make_grade
from tests.factories.rounds import NEED_LIMITS, OFFER_LIMITS, make_market, make_round

TOKEN = "a-token-of-thirty-two-characters"
READER = {"Authorization": f"Bearer {TOKEN}"}
ROOT = Path(__file__).parents[2]

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture(scope="module", params=database_urls())
def serving(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application that serves its figures, on a database of each kind."""
    with prepare(request.param, tmp_path_factory) as url:
        app = create_app(
            Settings(
                database_url=url,
                secret_key=SECRET_KEY,
                testing=True,
                metrics="token",
                metrics_token=TOKEN,
            ),
            clock=lambda: NOW,
        )
        with app.app_context():
            flask_migrate.upgrade()
        yield app
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def watched(serving: Flask) -> Iterator[FlaskClient]:
    """Its caller; what a test makes is deleted behind it."""
    yield serving.test_client()
    with serving.app_context():
        for table in reversed(db.metadata.sorted_tables):
            db.session.execute(sa.delete(table))
        db.session.commit()


def read(client: FlaskClient) -> Samples:
    """Every sample by name and labels."""
    reply = client.get("/metrics", headers=READER)
    assert reply.status_code == 200, reply.text
    return parsed(reply.text)


def parsed(text: str) -> Samples:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def labelled(samples: Samples, name: str) -> dict[tuple[str, ...], float]:
    """One family's samples by the values of its labels, in the order of the labels' names."""
    return {tuple(value for _, value in labels): figure for (found, labels), figure in samples.items() if found == name}


def test_without_the_setting_there_is_no_such_route(client: FlaskClient) -> None:
    assert client.get("/metrics", headers=READER).status_code == 404


def test_only_who_sends_the_token_reads_them(watched: FlaskClient) -> None:
    wrong = [
        {},
        {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": "Bearer "},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": "Bearer Ünïcödé".encode().decode("latin-1")},
    ]
    for headers in wrong:
        reply = watched.get("/metrics", headers=headers)
        assert (reply.status_code, reply.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert "changdan_" not in reply.text
    assert watched.get(f"/metrics?token={TOKEN}").status_code == 401
    assert watched.get("/metrics", headers=READER).content_type.startswith("text/plain")
    assert watched.get("/metrics", headers=READER).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"CHANGDAN_METRICS": "on"}, "CHANGDAN_METRICS is 'on'; off or token is needed"),
        ({"CHANGDAN_METRICS": "token"}, "CHANGDAN_METRICS_TOKEN must be set too"),
        ({"CHANGDAN_METRICS": "token", "CHANGDAN_METRICS_TOKEN": "x" * 31}, "has 31 characters; at least 32"),
        ({"CHANGDAN_METRICS_TOKEN": "x" * 32 + " y"}, "ASCII without spaces"),
        ({"CHANGDAN_LOG": "xml"}, "CHANGDAN_LOG is 'xml'; text or json is needed"),
    ],
)
def test_settings_that_cannot_be_used(environment: dict[str, str], said: str) -> None:
    with pytest.raises(SettingError, match=said):
        Settings.from_environment(environment)


def test_settings_that_can() -> None:
    found = Settings.from_environment({"CHANGDAN_METRICS": "token", "CHANGDAN_METRICS_TOKEN": TOKEN})
    assert (found.metrics, found.metrics_token, found.log) == ("token", TOKEN, "text")
    assert TOKEN not in repr(found)


def test_requests_are_counted_by_their_routes(watched: FlaskClient) -> None:
    before = labelled(read(watched), "changdan_http_requests_total")
    for path in ("/healthz", "/healthz", "/api/v1/orders/ord_1", "/api/v1/orders/ord_2?q=98000", "/wp-login.php"):
        watched.get(path)
    watched.open("/healthz", method="BREW")
    samples = read(watched)
    after = labelled(samples, "changdan_http_requests_total")
    assert {key: count - before.get(key, 0) for key, count in after.items() if count != before.get(key, 0)} == {
        ("GET", "/healthz", "2xx"): 2,
        ("GET", "/api/v1/orders/<order_id>", "4xx"): 2,
        ("GET", "(none)", "4xx"): 1,
        ("(other)", "(none)", "4xx"): 1,
        ("GET", "/metrics", "2xx"): 1,
    }
    counts = labelled(samples, "changdan_http_request_duration_seconds_count")
    assert counts["GET", "/healthz"] >= 2
    assert labelled(samples, "changdan_http_request_duration_seconds_sum")["GET", "/healthz"] > 0


def test_rounds_their_durations_and_gaps(watched: FlaskClient) -> None:
    with watched.application.app_context():
        with unit_of_work():
            for _ in range(2):
                make_market(grade=(grade := make_grade()))
                make_round(grade, until="solved")
            running = make_round(make_grade(), until="frozen")
            make_round(make_grade(), until="draft")
            first, second = db.session.scalars(sa.select(RoundProgress))
            for progress, seconds, gap in ((first, 4, "0"), (second, 200, "0.004")):
                progress.started_at, progress.heartbeat_at = NOW - timedelta(seconds=seconds), NOW
                progress.gap = Decimal(gap)
            rounds.claim_run(running.id, actor=SYSTEM, now=NOW - timedelta(seconds=90))
        for offset, kind in ((0, "proposal-received"), (30, "proposal-received"), (61, "contract-confirmed")):
            with unit_of_work():
                sent = NOW - timedelta(minutes=offset)
                tell(make_organisation().id, kind, "x", text_zh="一", text_en="a", now=sent)
    samples = read(watched)
    by_status = labelled(samples, "changdan_rounds")
    assert {key: value for key, value in by_status.items() if value} == {
        ("draft",): 1,
        ("running",): 1,
        ("solved",): 2,
    }
    assert ("published",) in by_status
    assert labelled(samples, "changdan_rounds_silent") == {(): 1}
    durations = labelled(samples, "changdan_round_duration_seconds_bucket")
    assert [durations[bound,] for bound in ("1.0", "5.0", "60.0", "300.0", "+Inf")] == [0, 1, 1, 2, 2]
    assert labelled(samples, "changdan_round_duration_seconds_sum") == {(): 204}
    gaps = labelled(samples, "changdan_round_gap_ratio_bucket")
    assert [gaps[bound,] for bound in ("0.0", "0.001", "0.005", "+Inf")] == [1, 1, 2, 2]
    assert labelled(samples, "changdan_round_last_cleared_timestamp_seconds") == {(): NOW.timestamp()}
    assert labelled(samples, "changdan_messages_last_hour")["proposal-received",] == 2
    assert ("contract-confirmed",) not in labelled(samples, "changdan_messages_last_hour")
    assert labelled(samples, "changdan_database_up") == {(): 1}


NOTHING_ELSE = dict.fromkeys(
    (("run_what_if", "rounds"), ("store_upload", "files"), ("make_export", "exports"), ("send_webhooks", "webhooks")), 0
)


def test_what_is_due_and_leases_that_were_lost(watched: FlaskClient) -> None:
    with watched.application.app_context():
        with unit_of_work():
            round_id = make_round(make_grade(), until="frozen").id
        assert labelled(read(watched), "changdan_due_oldest_age_seconds") == {
            ("join_round", "rounds"): 0,
            **NOTHING_ELSE,
        }
        with unit_of_work():
            claim = rounds.claim_run(round_id, actor=SYSTEM, now=NOW - timedelta(seconds=40), shared=True)
            rounds.put_piece(claim, 1, "begin 0")
            rounds.put_piece(claim, 2, "begin 1")
        moment = database_now()
        for later, number in ((0, 1), (0, 2), (20, 1), (25, 2), (40, 1)):  # a lease lasts for 15 seconds
            with unit_of_work():
                now = moment + timedelta(seconds=later)
                piece = next(each for each in rounds.open_pieces(claim, now=now) if each.number == number)
                token = rounds.lease_piece(claim, piece, holder="a/1", now=now)
                assert token is not None
                if later == 0 and number == 2:
                    rounds.give_back(claim, 2, token)
        samples = read(watched)
        assert labelled(samples, "changdan_due") == {("join_round", "rounds"): 1, **NOTHING_ELSE}
        assert labelled(samples, "changdan_due_oldest_age_seconds") == {
            ("join_round", "rounds"): 40,
            **NOTHING_ELSE,
        }
        assert labelled(samples, "changdan_round_leases_lost_total") == {(): 2}
        with unit_of_work():
            rounds.fail_run(claim, "given up", actor=SYSTEM, now=NOW)
        assert labelled(read(watched), "changdan_round_leases_lost_total") == {(): 2}


def test_the_engines_queues(watched: FlaskClient) -> None:
    with watched.application.app_context():
        if not uses_engine():
            assert not [name for name, _ in read(watched) if name.startswith(("changdan_queue", "changdan_workers"))]
            return
        assert not labelled(read(watched), "changdan_workers_alive")  # no tables yet
        prepare_engine()
        with unit_of_work():
            db.session.execute(
                sa.text(
                    "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now()), (now() - interval '5 minutes')"
                )
            )
            for queue, age, state, worker in (
                ("rounds", 300, "todo", None),
                ("rounds", 30, "todo", None),
                ("quick", 900, "doing", 1),
                ("quick", 900, "doing", 2),
            ):
                job = db.session.scalar(
                    sa.text(
                        "INSERT INTO procrastinate_jobs (queue_name, task_name, status, worker_id)"
                        " VALUES (:queue, 'look', CAST(:state AS procrastinate_job_status), :worker) RETURNING id"
                    ),
                    {"queue": queue, "state": state, "worker": worker},
                )
                db.session.execute(
                    sa.text(
                        "UPDATE procrastinate_events SET at = now() - make_interval(secs => :age) WHERE job_id = :job"
                    ),
                    {"age": age, "job": job},
                )
        samples = read(watched)
        assert labelled(samples, "changdan_workers_alive") == {(): 1}
        assert labelled(samples, "changdan_queue_jobs") == {("rounds", "todo"): 2, ("quick", "doing"): 2}
        oldest = labelled(samples, "changdan_queue_oldest_age_seconds")
        assert 300 <= oldest["rounds",] < 400
        assert oldest["quick",] == 0
        assert labelled(samples, "changdan_queue_stalled_jobs") == {(): 1}


def test_no_figure_is_of_an_order(watched: FlaskClient) -> None:
    with watched.application.app_context(), unit_of_work():
        grade = make_grade()
        make_market(grade=grade)
        round_id = make_round(grade, until="solved").id
    text = watched.get("/metrics", headers=READER).text
    for secret in (*OFFER_LIMITS, *NEED_LIMITS, round_id, grade.id, "org_", "ord_", "mem_"):
        assert secret not in text
        assert secret.partition(".")[0] not in text


def test_without_its_database_a_server_still_tells_of_itself(watched: FlaskClient) -> None:
    watched.get("/healthz")
    with watched.application.app_context(), db.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE rounds RENAME TO elsewhere"))
    try:
        samples = read(watched)
    finally:
        with watched.application.app_context(), db.engine.begin() as connection:
            connection.execute(sa.text("ALTER TABLE elsewhere RENAME TO rounds"))
    assert labelled(samples, "changdan_database_up") == {(): 0}
    assert not labelled(samples, "changdan_rounds")
    assert labelled(samples, "changdan_http_requests_total")["GET", "/healthz", "2xx"] >= 1


def test_the_operators_page_names_every_figure(watched: FlaskClient) -> None:
    page = (ROOT / "docs" / "operations-watching.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `changdan_")]
    named = {name for row in rows for name in re.findall(r"changdan_\w+", row)}
    engine = {"queue_jobs", "queue_oldest_age_seconds", "queue_stalled_jobs", "workers_alive"}  # PostgreSQL's
    served = {
        family.name + ("_total" if family.type == "counter" else "")
        for text in (watched.get("/metrics", headers=READER).text, generate_latest(JobFigures().registry).decode())
        for family in text_string_to_metric_families(text)
        if family.name.startswith("changdan_")
    }
    assert named == served | {f"changdan_{name}" for name in engine}
    rules = "\n".join(line for line in page.splitlines() if "expr:" in line)
    asked = {name.removesuffix("_bucket") for name in re.findall(r"changdan_\w+", rules)}
    assert len(asked) >= 5
    assert asked <= named


FORKED = """
import os, sys
from marketplace.app import create_app
from marketplace.config import Settings

settings = Settings(database_url="sqlite:///:memory:", metrics="token", metrics_token=sys.argv[1])
client = create_app(settings).test_client()  # before the fork, as with gunicorn --preload
for calls in (1, 2):
    if (child := os.fork()) == 0:
        for _ in range(calls):
            client.get("/healthz")
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
client.get("/healthz")
print(client.get("/metrics", headers={"Authorization": f"Bearer {sys.argv[1]}"}).text)
"""


def test_processes_of_one_server_are_counted_together(tmp_path: Path) -> None:
    """Those that have ended, too: a count must not fall."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path[1:]])}
    told = subprocess.run(
        [sys.executable, "-c", FORKED, TOKEN],
        env={**environment, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert told.returncode == 0, told.stderr
    samples = parsed(told.stdout)
    assert labelled(samples, "changdan_http_requests_total")["GET", "/healthz", "2xx"] == 4
    assert labelled(samples, "changdan_http_request_duration_seconds_count")["GET", "/healthz"] == 4
