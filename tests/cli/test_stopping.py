"""Processes that are told to stop, or killed, while they run a round: real ones, with a solve that takes minutes."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from marketplace.app import create_app
from marketplace.config import Settings
from marketplace.rounds.models import Round, RoundProgress
from marketplace.shared.actor import Role
from marketplace.shared.clock import utc_now
from marketplace.shared.database import db
from tests.conftest import SECRET_KEY
from tests.factories.accounts import make_member, make_token
from tests.factories.rounds import make_market, make_round

pytestmark = pytest.mark.usefixtures("cheap_passwords")

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60  # until a process serves
PROMPT_SECONDS = 10  # a second or two where nothing else is going on; the solve takes 120

SLOW_SOLVER = """
import signal, time
from concurrent.futures import ThreadPoolExecutor
import solver.clear
from tests.conftest import SECRET_KEY
from tests.conftest import SECRET_KEY

def clear(market, *, progress, **options):
    progress({"component": 0, "of": 1})
    ThreadPoolExecutor(1).submit(time.sleep, 120).result()  # as HiGHS: nobody can interrupt it

solver.clear.clear = clear
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored, where the tests run in a shell's background
"""
COMMAND = "from marketplace.cli import main; main()"


@dataclass
class Place:
    """A folder with a database, in it a frozen round and an operator, and the processes started there."""

    folder: Path
    round_id: str
    token: str
    port: int
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def rounds_url(self) -> str:
        """Where the round is served."""
        return f"http://127.0.0.1:{self.port}/api/v1/rounds/{self.round_id}"

    def start(self, *words: str) -> subprocess.Popen[str]:
        """A Python process with these words."""
        environment = {
            "PATH": "",
            "PYTHONPATH": f"{self.folder}:{ROOT}",
            "CHANGDAN_DATABASE_URL": f"sqlite:///{self.folder / 'changdan.sqlite'}",
            "CHANGDAN_SECRET_KEY": SECRET_KEY,
        }
        with (self.folder / "said.txt").open("a") as said:
            process = subprocess.Popen(
                [sys.executable, *words], cwd=self.folder, env=environment, stdout=said, stderr=said, text=True
            )
        self.started.append(process)
        return process

    def serve(self) -> subprocess.Popen[str]:
        """``changdan serve`` with the slow solver, once it answers."""
        process = self.start("-c", SLOW_SOLVER + COMMAND, "serve", "--port", str(self.port))
        self.until_served()
        return process

    def until_served(self) -> None:
        """Wait for the server."""
        self.until(lambda: self.call("GET", "")[0] == 200)

    def call(self, method: str, path: str) -> tuple[int, dict[str, Any]]:
        """A request of the operator about the round: status and body; status 0 where nobody answers."""
        headers = {"Authorization": f"Bearer {self.token}"}
        request = urllib.request.Request(self.rounds_url + path, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)
        except OSError:
            return 0, {}

    def until_solving(self) -> None:
        """Wait until the solver has begun."""
        self.until(lambda: self.progress().components == 1)

    def progress(self) -> RoundProgress:
        """What is stored of the round's run; one that never was counts no component."""
        with opened(self.folder):
            return db.session.get(RoundProgress, self.round_id) or RoundProgress(components=0)

    def round(self) -> Round:
        """The round as it is stored."""
        with opened(self.folder):
            return db.session.get_one(Round, self.round_id)

    def silence(self, seconds: int) -> None:
        """As if the run's last sign of life were so old."""
        with opened(self.folder):
            db.session.execute(sa.update(RoundProgress).values(heartbeat_at=utc_now() - timedelta(seconds=seconds)))

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait for what a process brings about."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < deadline, (self.folder / "said.txt").read_text()
            time.sleep(0.1)


@contextmanager
def opened(folder: Path) -> Iterator[None]:
    """The folder's database, committed to at the end."""
    url = f"sqlite:///{folder / 'changdan.sqlite'}"
    app = create_app(Settings(database_url=url, secret_key=SECRET_KEY))
    with app.app_context():
        yield
        db.session.commit()
        db.engine.dispose()


@pytest.fixture
def place(migrated: Path, tmp_path: Path) -> Iterator[Place]:
    """A place whose processes are killed after the test."""
    shutil.copy(migrated, tmp_path / "changdan.sqlite")
    with opened(tmp_path):
        round_id = make_round(make_market().grade, until="frozen").id
        token = make_token(make_member(roles=[Role.OPERATOR]), expires_at=utc_now() + timedelta(days=1))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    place = Place(tmp_path, round_id, token, port)
    yield place
    for process in place.started:
        process.kill()
        process.wait()


def stopped(process: subprocess.Popen[str], number: signal.Signals) -> int:
    """The exit status after a signal, which must come promptly."""
    process.send_signal(number)
    return process.wait(timeout=PROMPT_SECONDS)


@pytest.mark.parametrize(
    ("number", "path"),
    [(signal.SIGTERM, "/running"), (signal.SIGINT, "/running"), (signal.SIGTERM, "/running?wait=true")],
)
def test_a_server_that_is_told_to_stop_puts_its_round_back(place: Place, number: signal.Signals, path: str) -> None:
    process = place.serve()
    threading.Thread(target=place.call, args=("POST", path)).start()
    place.until_solving()
    assert stopped(process, number) == 0
    assert place.call("GET", "")[0] == 0
    round_ = place.round()
    assert (round_.status, round_.attempt) == ("frozen", 1)
    assert round_.failure == "the run was interrupted: the service was stopped"


def test_gunicorn_puts_its_workers_rounds_back(place: Place) -> None:
    (place.folder / "slow_wsgi.py").write_text(SLOW_SOLVER + "from wsgi import app\n")
    shutil.copy(ROOT / "gunicorn.conf.py", place.folder)
    process = place.start("-m", "gunicorn", "--bind", f"127.0.0.1:{place.port}", "slow_wsgi:app")
    place.until_served()
    assert place.call("POST", "/running")[0] == 202
    place.until_solving()
    assert stopped(process, signal.SIGTERM) == 0
    assert place.round().status == "frozen"
    assert place.round().failure == "the run was interrupted: the service was stopped"


@pytest.mark.parametrize(("number", "exit_status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_command_that_is_told_to_stop_puts_its_round_back(
    place: Place, number: signal.Signals, exit_status: int
) -> None:
    process = place.start("-c", SLOW_SOLVER + COMMAND, "round", "run", place.round_id)
    place.until_solving()
    assert stopped(process, number) == exit_status
    assert place.round().status == "frozen"
    assert str(place.round().failure).startswith("the run was interrupted: ")


def test_after_a_kill_a_minute_of_silence_frees_the_round(place: Place) -> None:
    process = place.serve()
    assert place.call("POST", "/running")[0] == 202
    place.until_solving()
    assert stopped(process, signal.SIGKILL) == -signal.SIGKILL
    assert place.round().status == "running"
    place.serve()
    for silence_seconds in (0, 45):
        place.silence(silence_seconds)
        for step in ("/running", "/cancellation"):
            assert place.call("POST", step)[0] == 409
    place.silence(60)
    status, round_ = place.call("POST", "/running")
    assert (status, round_["status"]) == (202, "running")
    assert place.round().attempt == 2
    place.silence(60)  # as if this one had been killed as well
    status, round_ = place.call("POST", "/cancellation")
    assert (status, round_["status"]) == (200, "cancelled")
