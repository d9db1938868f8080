"""What a worker logs of its jobs, and its figures on a port of their own."""

from __future__ import annotations

import io
import json
import logging
import urllib.request
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.test import Client

from marketplace.jobs import doing
from marketplace.jobs.kinds import QUICK, Kind
from marketplace.jobs.side_by_side import SideBySide
from marketplace.shared import logs
from marketplace.shared.metrics import JobFigures
from marketplace.watching.worker_port import serve_figures, wsgi_app
from tests.cli.conftest import Command

PRICE = "98761.23"
TOKEN = "a-token-of-thirty-two-characters"


@pytest.fixture(autouse=True)
def fresh() -> Iterator[JobFigures]:
    """Nothing was counted yet."""
    doing.figures.cache_clear()
    yield doing.figures()
    doing.figures.cache_clear()


@pytest.fixture(params=logs.FORMS)
def written(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    stream, log = io.StringIO(), logging.getLogger("marketplace.jobs")
    handler = logs.handler_to(stream, request.param)
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    yield stream
    log.removeHandler(handler)
    log.setLevel(logging.NOTSET)


def failing(subject: str) -> str:
    raise ValueError(f"the limit of {subject} is {PRICE}")


def test_a_job_is_told_by_its_name_subject_and_id(written: io.StringIO) -> None:
    assert doing.done(lambda: "solved", name="join_round", subject="rnd_1", job_id="17") == "solved"
    with pytest.raises(ValueError, match=PRICE):
        doing.done(lambda: failing("ord_1"), name="look")
    assert PRICE not in written.getvalue()
    done, failed = written.getvalue().splitlines()
    if done.startswith("{"):
        told = json.loads(done)
        assert told.pop("duration_ms") >= 0
        assert told.pop("time")
        assert told == {
            "level": "INFO",
            "logger": "marketplace.jobs.doing",
            "message": "join_round rnd_1: solved",
            "job": "join_round",
            "subject": "rnd_1",
            "job_id": "17",
        }
        assert json.loads(failed)["message"].startswith("look: ValueError at test_worker_figures.py:")
    else:
        assert "marketplace.jobs.doing: join_round rnd_1: solved duration_ms=" in done
        assert done.endswith("job_id=17 job=join_round subject=rnd_1")
        assert "look: ValueError at test_worker_figures.py:" in failed


def test_one_that_fails_does_not_keep_the_others_from_being_done(written: io.StringIO, app: Flask) -> None:
    tried: list[str] = []

    def run(subject: str) -> str:
        tried.append(subject)
        return failing(subject) if subject == "a" else "done"

    for due in (lambda: ["a", "b"], lambda: [failing("c")]):
        beside = SideBySide(app, Kind("kind", QUICK, run, due))
        beside.begin()
        beside._hands.shutdown()
    assert tried == ["a", "b"]
    assert "what is due of kind: ValueError at" in written.getvalue()
    assert PRICE not in written.getvalue()


def test_jobs_are_counted_and_served(fresh: JobFigures) -> None:
    doing.done(lambda: "done", name="maintain")
    with pytest.raises(ValueError, match=PRICE):
        doing.done(lambda: failing("x"), name="maintain")
    port = serve_figures("127.0.0.1", 0, "")
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as reply:
        text = reply.read().decode()
    assert 'changdan_jobs_total{job="maintain",outcome="done"} 1.0' in text
    assert 'changdan_jobs_total{job="maintain",outcome="failed"} 1.0' in text
    assert 'changdan_job_duration_seconds_count{job="maintain"} 2.0' in text


def test_with_a_token_only_who_sends_it_reads_them() -> None:
    caller = Client(wsgi_app(TOKEN))
    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": TOKEN}):
        assert caller.get("/metrics", headers=headers).status_code == 401
    assert caller.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


def test_beyond_this_machine_there_must_be_a_token(command: Command) -> None:
    result = command("worker", "--metrics-port", "9100", "--metrics-host", "0.0.0.0")
    assert result.exit_code == 1
    assert "Error: figures are served on 0.0.0.0 only with CHANGDAN_METRICS_TOKEN set" in result.output
