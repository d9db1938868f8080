"""``python -m bench cut``: two workers on machines of their own run a round together; one is cut off in the middle."""

from __future__ import annotations

import argparse
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench.deployment.databases import SECRET
from bench.deployment.disks import LEFT_OUT
from bench.deployment.market import load_round
from bench.deployment.network import machines, on_tcp, why_none
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

PORT = 54329
PATIENCE_SECONDS = 900.0


def add_to(commands: Any, formatter: type[argparse.HelpFormatter]) -> None:
    """Put the command beside the others."""
    parser = commands.add_parser("cut", help="a round whose worker is cut off the network", formatter_class=formatter)
    parser.add_argument("--orders", type=int, default=400, help="offers, and as many needs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--after", type=float, default=5.0, help="seconds from the first piece that both have done")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Once undisturbed and once cut; 1 unless both clear to the same bytes, each recorded once, 3 if left out."""
    reason = why_none()
    if reason is not None:
        print(f"LEFT OUT, nothing was shown: {reason}")
        return LEFT_OUT
    with ExitStack() as open_, tempfile.TemporaryDirectory(prefix="changdan-bench-") as folder:
        server = open_.enter_context(postgresql())
        team = open_.enter_context(machines(2))
        open_.enter_context(on_tcp(server.url("postgres"), [machine.gateway for machine in team], PORT))
        server.create("loaded")
        round_id = load_round(_settings(server, "loaded"), law="flat", orders=given.orders, seed=given.seed)
        found = []
        for database, cuts in (("whole", False), ("cut", True)):
            server.create(database, like="loaded")
            workers = [
                Worker(
                    _environment(_through(server.url(database), machine.gateway)),
                    Path(folder, f"{database}-{machine.name}.log"),
                    core=number,
                    prefix=machine.prefix,
                )
                for number, machine in enumerate(team)
            ]
            try:
                found.append(_cleared(server, database, round_id, team[0] if cuts else None, given.after))
            finally:
                for worker in workers:
                    worker.kill()
            print(f"{database}: {found[-1]}", flush=True)
            for log in sorted(Path(folder).glob(f"{database}-*.log")):
                lines = [line for line in log.read_text().splitlines() if "lease" in line or "sign of life" in line]
                print("\n".join(f"    {log.stem}: {line[:150]}" for line in lines[:6]))
    same, once = len({hash_ for _, hash_, _ in found}) == 1, all(times == 1 for *_, times in found)
    print(
        f"clearings {'identical' if same else 'DIFFER'}, {'each recorded once' if once else 'NOT EACH RECORDED ONCE'}"
    )
    return 0 if same and once else 1


def _environment(url: str) -> dict[str, str]:
    return {"CHANGDAN_DATABASE_URL": url, "CHANGDAN_SECRET_KEY": SECRET, "CHANGDAN_JOBS": "workers"}


def _settings(server: Server, database: str) -> Settings:
    return Settings.from_environment(_environment(server.url(database)))


def _through(url: str, gateway: str) -> str:
    """The same database, as a machine reaches it."""
    there = sa.make_url(url).set(host=gateway, port=PORT, query={})
    return there.render_as_string(hide_password=False)


def _cleared(server: Server, database: str, round_id: str, victim: Any, after: float) -> tuple[str, str, int]:
    """How long the round took, its clearing's hash, and how often it was recorded."""
    app = create_app(_settings(server, database))
    with app.app_context():
        while _number("SELECT count(*) FROM procrastinate_workers") < 4:
            time.sleep(0.2)
        began = time.monotonic()
        with unit_of_work():
            rounds.claim_run(round_id, actor=SYSTEM, now=utc_now(), shared=True)
            enqueue("join_round", round_id)
        if victim is not None:
            both = sa.select(sa.func.count(RoundPiece.holder.distinct()))
            while _number(both) < 2:
                time.sleep(0.2)
            time.sleep(after)
            victim.cut()
        while _status(round_id) == "running":
            if time.monotonic() - began > PATIENCE_SECONDS:
                raise TimeoutError("the round did not end")
            time.sleep(0.2)
        seconds = time.monotonic() - began
        if victim is not None:
            victim.join()
        with unit_of_work(writes=False):
            clearing = db.session.get(RoundClearing, round_id)
            if clearing is None:
                raise RuntimeError(f"no clearing: {db.session.get_one(Round, round_id).failure}")
            trail = sa.select(sa.func.count()).where(
                AuditEntry.action == "rounds:clearing:recorded", AuditEntry.subject_id == round_id
            )
            result = f"{seconds:.1f} s", clearing.hash, db.session.scalar(trail) or 0
        db.engine.dispose()
        return result


def _status(round_id: str) -> str:
    with unit_of_work(writes=False):
        return db.session.get_one(Round, round_id, populate_existing=True).status


def _number(query: Any) -> int:
    with unit_of_work(writes=False):
        return db.session.scalar(sa.text(query) if isinstance(query, str) else query) or 0
