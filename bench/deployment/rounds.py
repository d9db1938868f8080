"""``python -m bench rounds``: a round by one worker and by two, and with workers that are killed all the while."""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench.deployment.databases import SECRET
from bench.deployment.market import load_round
from bench.deployment.server import Server, postgresql
from bench.deployment.workers import Worker
from marketplace.app import create_app
from marketplace.config import Settings
from marketplace.jobs.engine import enqueue
from marketplace.rounds import services as rounds
from marketplace.rounds.models import Round, RoundClearing, RoundPiece
from marketplace.shared.actor import SYSTEM
from marketplace.shared.audit import AuditEntry
from marketplace.shared.clock import utc_now
from marketplace.shared.database import db, unit_of_work

LONGEST_SECONDS = 1800.0
TEMPLATE = "loaded"
BETWEEN_KILLS_SECONDS = (2.0, 12.0)


@dataclass(frozen=True)
class Ran:
    """How one round went: from its claim to its recorded clearing."""

    seconds: float
    hash: str
    recorded: int  # how often, by the audit trail
    kills: int


def add_to(commands: Any, formatter: type[argparse.HelpFormatter]) -> None:
    """Put the command beside the others."""
    parser = commands.add_parser(
        "rounds", help="one round by one worker, by two, and under kills", formatter_class=formatter
    )
    parser.add_argument("--law", choices=("flat", "ramped"), default="flat")
    parser.add_argument("--orders", type=int, default=1000, help="offers, and as many needs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=3, help="by one worker and by two, in turns")
    parser.add_argument("--kills", type=int, default=0, help="of workers, over as many rounds as it takes")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Run it and print each round; 1 if two clearings differ, or one was recorded not once."""
    with postgresql() as server, tempfile.TemporaryDirectory(prefix="changdan-bench-") as folder:
        server.create(TEMPLATE)
        round_id = load_round(_settings(server, TEMPLATE), law=given.law, orders=given.orders, seed=given.seed)
        print(f"{given.law}, {given.orders} offers and needs, seed {given.seed}: round {round_id}", flush=True)
        found: list[Ran] = []
        by: dict[int, list[float]] = {1: [], 2: []}
        for _ in range(given.runs):
            for workers in by:
                ran = _one_round(server, round_id, Path(folder), workers=workers)
                print(f"{workers} workers: {ran.seconds:6.1f} s, {ran.hash}", flush=True)
                by[workers].append(ran.seconds)
                found.append(ran)
        if given.runs:
            one, two = (statistics.median(each) for each in by.values())
            print(f"medians: {one:.1f} s by one, {two:.1f} s by two; ratio {two / one:.3f}", flush=True)
        draw = random.Random(given.seed)
        killed = 0
        while killed < given.kills:
            ran = _one_round(server, round_id, Path(folder), workers=2, draw=draw, most_kills=given.kills - killed)
            killed += ran.kills
            print(f"{ran.kills} kills: {ran.seconds:6.1f} s, recorded {ran.recorded} time(s), {ran.hash}", flush=True)
            found.append(ran)
    same = len({each.hash for each in found}) == 1
    once = all(each.recorded == 1 for each in found)
    print(
        f"{len(found)} rounds, {killed} kills; clearings {'identical' if same else 'DIFFER'}, "
        f"{'each recorded once' if once else 'NOT EACH RECORDED ONCE'}"
    )
    return 0 if same and once else 1


def _settings(server: Server, database: str) -> Settings:
    return Settings.from_environment(_environment(server, database))


def _environment(server: Server, database: str) -> dict[str, str]:
    return {"CHANGDAN_DATABASE_URL": server.url(database), "CHANGDAN_SECRET_KEY": SECRET, "CHANGDAN_JOBS": "workers"}


def _one_round(
    server: Server,
    round_id: str,
    folder: Path,
    *,
    workers: int,
    draw: random.Random | None = None,
    most_kills: int = 0,
) -> Ran:
    """On a copy of the loaded database: workers first, then the claim, so that none of them counts its start."""
    database = f"run_{time.monotonic_ns()}"
    server.create(database, like=TEMPLATE)
    app = create_app(_settings(server, database))
    team = [Worker(_environment(server, database), folder / f"worker{k}.log", core=k) for k in range(workers)]
    try:
        with app.app_context():
            _until(lambda: (_count("procrastinate_workers") or 0) >= 2 * workers)  # one a queue
            began = time.monotonic()
            with unit_of_work():
                rounds.claim_run(round_id, actor=SYSTEM, now=utc_now(), shared=True)
                enqueue("join_round", round_id)
            kills, following = 0, began + _pause(draw)
            while _status(round_id) == "running":
                if time.monotonic() - began > LONGEST_SECONDS:
                    raise TimeoutError(f"the round did not end; see {folder}")
                if kills < most_kills and draw is not None and time.monotonic() >= following:
                    victim = draw.choice(team)
                    victim.kill()
                    victim.restart()
                    kills, following = kills + 1, time.monotonic() + _pause(draw)
                time.sleep(0.1)
            seconds = time.monotonic() - began
            with unit_of_work(writes=False):
                clearing = db.session.get(RoundClearing, round_id)
                if clearing is None:
                    raise RuntimeError(f"no clearing: {db.session.get_one(Round, round_id).failure}")
                trail = sa.select(sa.func.count()).where(
                    AuditEntry.action == "rounds:clearing:recorded", AuditEntry.subject_id == round_id
                )
                assert db.session.scalar(sa.select(sa.func.count()).select_from(RoundPiece)) == 0
                return Ran(seconds, clearing.hash, db.session.scalar(trail) or 0, kills)
    finally:
        for each in team:
            each.kill()
        with app.app_context():
            db.engine.dispose()
        server.drop(database)


def _pause(draw: random.Random | None) -> float:
    return 0.0 if draw is None else draw.uniform(*BETWEEN_KILLS_SECONDS)


def _status(round_id: str) -> str:
    with unit_of_work(writes=False):
        return db.session.get_one(Round, round_id, populate_existing=True).status


def _count(table: str) -> int | None:
    with unit_of_work(writes=False):
        return db.session.scalar(sa.text(f"SELECT count(*) FROM {table}"))


def _until(holds: Any) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError("the workers did not start")
        time.sleep(0.1)
