"""``python -m bench faults``: a database that fails in several ways under load, each many times.

Every answer is a success or says when to come again, every change is answered soon after the fault has ended, nothing
acknowledged is lost and nothing is stored twice.
"""

from __future__ import annotations

import argparse
import json
import random
import socket
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.deployment.databases import SECRET, UNLIMITED
from bench.deployment.disks import LEFT_OUT, LeftOut, private_mounts, small_disk
from bench.deployment.harm import HARM, NotFelt, Place
from bench.deployment.marked import compare, start
from bench.deployment.network import Pace, on_tcp
from bench.deployment.processes import end_cleanly_when_told
from bench.deployment.server import Server, postgresql
from bench.deployment.traders import admit_traders
from bench.deployment.watched import Heard, Reader, Watched
from bench.deployment.web import Web
from marketplace.app import create_app
from marketplace.config import Settings

TRADERS = 6
SMALL_MB = {"sqlite": 96, "postgresql": 500}
PAUSE_SECONDS = (0.1, 0.6)  # between two faults
SOON_SECONDS, PATIENCE_SECONDS = 10.0, 60.0
LITTLE_LOG = {"max_wal_size": "'64MB'", "min_wal_size": "'32MB'", "wal_recycle": "off"}  # each segment needs new space
SOUND, UNSOUND = 0, 1


def add_to(commands: Any, formatter: type[argparse.HelpFormatter]) -> None:
    """Put the command beside the others."""
    parser = commands.add_parser("faults", help="a database that fails under load", formatter_class=formatter)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--each", type=int, default=50, help="times of each fault")
    parser.add_argument("--faults", default=",".join(HARM), help="which, by comma")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, help="a file for the log, a JSON object a line")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """One fault after another; 1 on any violation, otherwise 3 if one was left out as this machine forbids it."""
    end_cleanly_when_told()
    kinds = [kind for kind in HARM if kind in given.faults.split(",")]
    print(HEADING, flush=True)
    found, left_out = list[Kind](), False
    with tempfile.TemporaryDirectory(prefix="changdan-bench-") as name, ExitStack() as open_:
        Path(name).chmod(0o755)
        log = open_.enter_context((given.output or Path(name) / "faults.jsonl").open("a", encoding="utf-8"))
        for kind in kinds:
            if given.database not in HARM[kind][1]:
                print(f"{kind:>10}  has no meaning on {given.database}", flush=True)
                continue
            try:
                found.append(_kind(kind, given, Path(name, kind), log))
            except LeftOut as reason:
                print(f"{kind:>10}  LEFT OUT: {reason}", flush=True)
                left_out = True
                continue
            print(found[-1].row, flush=True)
            for violation in found[-1].violations[:5]:
                print(f"    !!! {violation}", flush=True)
            told = {"database": given.database, "seed": given.seed, **vars(found[-1])}
            log.write(json.dumps(told, ensure_ascii=False) + "\n")
            log.flush()
    violations = sum(len(kind.violations) for kind in found)
    print(f"{sum(kind.times for kind in found)} faults, {violations} violations")
    return UNSOUND if violations else LEFT_OUT if left_out else SOUND


HEADING = (
    "     fault  times  felt  answers  503s  500s  broken  acknowledged  lost  twice  "
    "well again, s: median  p95  slowest"
)


@dataclass
class Kind:
    """What came of one kind of fault."""

    kind: str
    times: int = 0
    felt: int = 0  # times at which somebody was refused or waited
    answers: int = 0
    refused: int = 0
    internal_errors: int = 0
    broken: int = 0
    acknowledged: int = 0
    lost: int = 0
    twice: int = 0
    recoveries_s: list[float] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    @property
    def row(self) -> str:
        """Of the table."""
        seconds = sorted(self.recoveries_s)
        median, p95 = (seconds[int(share * (len(seconds) - 1))] for share in (0.5, 0.95))
        return (
            f"{self.kind:>10} {self.times:6} {self.felt:5} {self.answers:8} {self.refused:5} {self.internal_errors:5}"
            f" {self.broken:7} {self.acknowledged:13} {self.lost:5} {self.twice:6} {median:22.2f} {p95:4.2f}"
            f" {seconds[-1]:8.2f}"
        )

    def count(self, statuses: Counter[int]) -> None:
        """The answers to all clients."""
        self.answers, self.refused = statuses.total(), statuses[503]
        self.internal_errors, self.broken = statuses[500], statuses[0]


def _kind(kind: str, given: argparse.Namespace, folder: Path, log: Any) -> Kind:
    """A database and a platform of its own, harmed so many times."""
    harm, draw = HARM[kind][0], random.Random(f"{given.seed} {kind}")
    found, ended = Kind(kind), threading.Event()
    with _database(kind, given.database, folder) as (place, url):
        environment = {"CHANGDAN_DATABASE_URL": url, "CHANGDAN_SECRET_KEY": SECRET, **UNLIMITED}
        settings = Settings.from_environment(environment)
        traders = admit_traders(settings, TRADERS)
        web = Web(environment, folder.with_suffix(".log"), options=("--preload",))
        try:
            place.clients = [Watched(web.port, trader, number, of=TRADERS) for number, trader in enumerate(traders)]
            reader = Reader(web.port, traders[0])
            threads = [*start(place.clients, ended), threading.Thread(target=reader.run, args=(ended,), daemon=True)]
            threads[-1].start()
            heard = [*(client.answers for client in place.clients), reader.answers]
            _wait_for_success(heard, time.monotonic(), PATIENCE_SECONDS)
            while found.times < given.each:
                time.sleep(draw.uniform(*PAUSE_SECONDS))
                began = time.monotonic()
                try:
                    what = harm(place, draw, lambda began=began: _refused(heard, began))  # type: ignore[misc]
                except NotFelt as error:
                    what = str(error)
                    found.violations.append(f"fault {found.times + 1}: {what}")
                over = time.monotonic()
                seconds = _wait_for_success(heard, over, PATIENCE_SECONDS)
                found.times += 1
                found.felt += _refused(heard, began) or any(each.last_delay > began for each in heard)
                found.recoveries_s.append(round(seconds, 3))
                if seconds > SOON_SECONDS:
                    found.violations.append(f"fault {found.times}: not all was well after {seconds:.1f} s")
                told = {"fault": kind, "was": what, "lasted_s": round(over - began, 2), "well_s": round(seconds, 3)}
                log.write(json.dumps(told) + "\n")
            ended.set()
            for thread in threads:
                thread.join(PATIENCE_SECONDS)
            found.violations += ["a client is not answered" for thread in threads if thread.is_alive()]
        finally:
            ended.set()
            for client in place.clients:
                client.give_up()
            web.kill()
        compared = compare(create_app(settings), place.clients)
    found.count(sum((each.statuses for each in heard), Counter()))
    found.acknowledged, found.lost, found.twice = compared.acknowledged, len(compared.lost), len(compared.twice)
    found.violations += compared.violations
    found.violations += [f"not clean: {each}" for answers in heard for each in answers.unclean]
    found.violations += [refusal for client in place.clients for refusal in client.noted.refused]
    if not found.felt:
        found.violations.append("nobody felt it: this shows nothing")
    return found


@contextmanager
def _database(kind: str, database: str, folder: Path) -> Iterator[tuple[Place, str]]:
    """An empty one, on a disk that can be filled or behind a network that can be slowed where that is the fault."""
    with ExitStack() as open_:
        if kind == "full":
            private_mounts()
            folder = open_.enter_context(small_disk(folder, SMALL_MB[database]))
        else:
            folder.mkdir()
        if database == "sqlite":
            yield Place(folder, None, None, []), f"sqlite:///{folder}/faulty.sqlite"
            return
        server: Server = open_.enter_context(postgresql(folder))
        if kind == "full":
            for name, value in LITTLE_LOG.items():
                server.run(f"ALTER SYSTEM SET {name} = {value}")
            server.run("SELECT pg_reload_conf()")
        server.create("faulty")
        if kind != "slow":
            yield Place(folder, server, None, []), server.url("faulty")
            return
        pace, port = Pace(), _free_port()
        open_.enter_context(on_tcp(server.url("postgres"), ["127.0.0.1"], port, pace))
        yield Place(folder, server, pace, []), f"postgresql://postgres@127.0.0.1:{port}/faulty"


def _refused(heard: list[Heard], since: float) -> bool:
    return any(answers.last_refusal > since for answers in heard)


def _wait_for_success(heard: list[Heard], since: float, patience_s: float) -> float:
    """Until each client has had a success since then; seconds."""
    while any(answers.last_success <= since for answers in heard):
        if time.monotonic() - since > patience_s:
            break
        time.sleep(0.01)
    return time.monotonic() - since


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
