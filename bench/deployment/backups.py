"""``python -m bench backup``: backups while others write, each restored into a fresh database and held against what
was acknowledged before it began; docs/operations-keeping.md.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bench.deployment.databases import SECRET
from bench.deployment.server import Server, postgresql
from bench.deployment.traders import admit_traders
from bench.deployment.web import Command, changdan, served
from bench.deployment.writers import Acknowledged, Load, writing
from marketplace.app import create_app
from marketplace.config import Settings
from marketplace.orders.models import Order, OrderRevision
from marketplace.shared import audit_verification
from marketplace.shared.audit import AuditEntry
from marketplace.shared.database import db, unit_of_work
from marketplace.shared.quantities import amount_text

TRADERS = 6
PAUSE_SECONDS = (0.3, 1.5)
FOLLOWS = {"draft": ("draft", "open", "withdrawn"), "open": ("open", "withdrawn"), "withdrawn": ("withdrawn",)}


@dataclass(frozen=True)
class Restore:
    """One backup and what it was restored to."""

    number: int
    source: str
    target: str
    acknowledged_before: int  # writes
    acknowledged_meanwhile: int
    orders: int  # in the restored database
    backup_seconds: float
    restore_seconds: float
    file_bytes: int
    told: str
    violations: list[str]


def add_to(commands: Any, formatter: type[argparse.HelpFormatter]) -> None:
    """Put the command beside the others."""
    parser = commands.add_parser("backup", help="backups under write load, each restored", formatter_class=formatter)
    parser.add_argument("--restores", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("-o", "--output", type=Path, metavar="FOLDER", help="where backup-DATABASE.jsonl goes")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Run it and print each restore; 1 if anything acknowledged is missing or anything is not whole."""
    began = time.monotonic()
    heading = {"bench": "backup", "seed": given.seed, "database": given.database, "machine": platform.machine()}
    wrong, log = 0, None
    if given.output is not None:
        given.output.mkdir(parents=True, exist_ok=True)
        log = given.output / f"backup-{given.database}.jsonl"
        log.write_text(json.dumps(heading) + "\n", encoding="utf-8")
    for restore in restores(given.database, given.restores, seed=given.seed):
        if log is not None:  # as they come: what was measured stays if the run is ended
            with log.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(restore), ensure_ascii=False) + "\n")
        wrong += len(restore.violations)
        print(
            f"{restore.number}: {restore.source} -> {restore.target}: {restore.acknowledged_before} writes "
            f"acknowledged before, {restore.acknowledged_meanwhile} meanwhile; backup {restore.backup_seconds:.1f} s, "
            f"restore {restore.restore_seconds:.1f} s, {restore.orders} orders; violations: {len(restore.violations)}",
            flush=True,
        )
        for violation in restore.violations:
            print(f"!!! {violation}", flush=True)
    print(f"{given.restores} restores, {wrong} violations, {time.monotonic() - began:.0f} s")
    return 1 if wrong else 0


def restores(
    database: str,
    count: int,
    *,
    seed: int,
    pause_s: float = 0.0,
    server: Server | None = None,
    command: Command = changdan,
) -> Iterator[Restore]:
    """Back up a server's database under load and restore it, so many times; from PostgreSQL into SQLite in turns.

    ``pause_s``: of each writer between two orders; without one the machine is as busy as it can be.
    ``server``: a PostgreSQL that runs already.  ``command``: runs ``changdan``, in a process of its own or here.
    """
    draw = random.Random(seed)
    starting: Any = postgresql() if database == "postgresql" and server is None else nullcontext(server)
    with starting as server, tempfile.TemporaryDirectory(prefix="changdan-bench-") as name:
        folder = Path(name)
        with _fresh(database, f"source_{folder.name}", folder, server) as source:
            traders = admit_traders(Settings.from_environment(source), TRADERS)
            with (
                served(source, folder / "server.log") as port,
                writing(port, traders, seed=seed, pause_s=pause_s) as load,
            ):
                load.wait_for(TRADERS)
                for number in range(1, count + 1):
                    time.sleep(draw.uniform(*PAUSE_SECONDS))
                    into = "sqlite" if number % 2 == 0 else database
                    with _fresh(into, f"target{number}_{folder.name}", folder, server) as target:
                        yield _one(number, database, into, source, target, folder, load, command)


def _one(
    number: int,
    source: str,
    into: str,
    environment: dict[str, str],
    target: dict[str, str],
    folder: Path,
    load: Load,
    command: Command,
) -> Restore:
    file = folder / f"{number}.backup"
    began = time.monotonic()
    made = command("backup", str(file), environment=environment)
    backed_up = time.monotonic()
    before, meanwhile = load.before(began), load.before(backed_up)
    violations = [f"the server refused: {each}" for each in load.refused]
    load.refused.clear()
    orders, size = 0, 0
    restored = time.monotonic()
    if made.returncode:
        violations.append(f"no backup: {made.stderr}")
    else:
        size = file.stat().st_size
        done = command("restore", str(file), environment=target)
        restored = time.monotonic()
        if done.returncode:
            violations.append(f"not restored: {done.stderr}")
        else:
            found, orders = _violations(target, before, meanwhile)
            violations += found
        file.unlink()
    writes = [sum(each.moment < moment for each in list(load.acknowledged)) for moment in (began, backed_up)]
    return Restore(
        number,
        source,
        into,
        writes[0],
        writes[1] - writes[0],
        orders,
        round(backed_up - began, 2),
        round(restored - backed_up, 2),
        size,
        made.stdout.strip(),
        violations,
    )


def _violations(
    target: dict[str, str], before: dict[str, Acknowledged], meanwhile: dict[str, Acknowledged]
) -> tuple[list[str], int]:
    """What is wrong with a restored database, and how many orders it has."""
    app = create_app(Settings.from_environment(target))
    with app.app_context():
        try:
            with unit_of_work(writes=False):
                wrong = list(audit_verification.findings())
                query = sa.select(Order.id, Order.status, Order.terms, Order.revision)
                stored = {row.id: row for row in db.session.execute(query)}
                for order_id, last in before.items():
                    wrong += _against(stored.get(order_id), last)
                wrong += _not_whole(stored)
        finally:
            db.session.remove()
            db.engine.dispose()
    expected = sum(Decimal(each.volume) for each in before.values())
    total = sum(Decimal(stored[each].terms["volumes"]["2031-01"]) for each in before if each in stored)
    if total != expected:
        wrong.append(f"the volumes acknowledged are {expected}, those restored {total}")
    return wrong, len(stored)


def _against(row: Any, last: Acknowledged) -> list[str]:
    if row is None:
        return [f"order {last.order_id} was acknowledged before the backup began, and is not in it"]
    wrong = []
    if row.status not in FOLLOWS[last.step]:
        wrong.append(f"order {last.order_id} was {last.step} before the backup began, and is {row.status} in it")
    if row.terms["limit_price"]["components"] != [{"fixed": amount_text(Decimal(last.price))}]:
        wrong.append(f"order {last.order_id} was entered at {last.price}: {row.terms['limit_price']}")
    return wrong


def _not_whole(stored: dict[str, Any]) -> list[str]:
    """Each order has all its revisions and an audit entry for each: nothing of a transaction without the rest."""
    revisions = dict(
        db.session.execute(sa.select(OrderRevision.order_id, sa.func.count()).group_by(OrderRevision.order_id)).all()
    )
    entries = dict(
        db.session.execute(
            sa.select(AuditEntry.subject_id, sa.func.count())
            .where(AuditEntry.action.like("orders:%"))
            .group_by(AuditEntry.subject_id)
        ).all()
    )
    return [
        f"order {each}: revision {row.revision}, {revisions.get(each)} revisions, {entries.get(each)} audit entries"
        for each, row in stored.items()
        if not row.revision == revisions.get(each) == entries.get(each)
    ]


def _environment(url: str) -> dict[str, str]:
    return {"CHANGDAN_DATABASE_URL": url, "CHANGDAN_SECRET_KEY": SECRET, "CHANGDAN_LIMITS_STORE": "none"}


def _url(database: str, name: str, folder: Path, server: Server | None) -> str:
    if database == "sqlite":
        return f"sqlite:///{folder / name}.sqlite"
    assert server is not None
    return server.url(name)


@contextmanager
def _fresh(database: str, name: str, folder: Path, server: Server | None) -> Iterator[dict[str, str]]:
    """An empty database to restore into, gone afterwards."""
    if database == "postgresql" and server is not None:
        server.create(name)
    try:
        yield _environment(_url(database, name, folder, server))
    finally:
        if database == "postgresql" and server is not None:
            server.drop(name)
        else:
            for file in folder.glob(f"{name}.sqlite*"):
                file.unlink()
