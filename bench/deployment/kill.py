"""``python -m bench kill``: web, worker and database killed at random under load; nothing acknowledged is lost."""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from bench.deployment.databases import SECRET, UNLIMITED
from bench.deployment.insistent import Insistent, entering
from bench.deployment.server import postgresql
from bench.deployment.traders import Trader, admit_traders
from bench.deployment.web import Web
from bench.deployment.workers import Worker
from marketplace.app import create_app
from marketplace.config import Settings
from marketplace.jobs.engine import enqueue
from marketplace.orders.models import Order
from marketplace.rounds import services as rounds
from marketplace.rounds.models import Round
from marketplace.shared import audit_verification
from marketplace.shared.actor import SYSTEM
from marketplace.shared.audit import AuditEntry
from marketplace.shared.clock import utc_now
from marketplace.shared.database import db, unit_of_work

TRADERS, ORDERS_OF_A_ROUND = 4, 12
PAUSE_SECONDS = (0.2, 2.0)
ROUND_SECONDS = 300.0
GRADE_OF_ROUNDS = "graphite-anode"


def add_to(commands: Any, formatter: type[argparse.HelpFormatter]) -> None:
    """Put the command beside the others."""
    parser = commands.add_parser("kill", help="kills of web, worker and database under load", formatter_class=formatter)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="postgresql")
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, help="a file for the log, a JSON object a line")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Kill until enough is killed, then compare with what was acknowledged; 1 on any violation."""
    draw = random.Random(given.seed)
    with ExitStack() as open_, tempfile.TemporaryDirectory(prefix="changdan-bench-") as name:
        folder = Path(name)
        log = open_.enter_context((given.output or folder / "kill.jsonl").open("a", encoding="utf-8"))
        server = open_.enter_context(postgresql()) if given.database == "postgresql" else None
        if server is not None:
            server.create("killed")
        url = f"sqlite:///{folder}/killed.sqlite" if server is None else server.url("killed")
        environment = {
            "CHANGDAN_DATABASE_URL": url,
            "CHANGDAN_SECRET_KEY": SECRET,
            "CHANGDAN_JOBS": "workers",
            **UNLIMITED,
        }
        settings = Settings.from_environment(environment)
        traders = admit_traders(settings, 2 * TRADERS)
        web = Web(environment, folder / "web.log")
        worker = Worker(environment, folder / "worker.log", core=1)
        open_.callback(web.kill)
        open_.callback(worker.kill)
        ended = threading.Event()
        clients = [Insistent(web.port, trader, f"w{number}") for number, trader in enumerate(traders)]
        threads = entering(clients[:TRADERS], traders[:TRADERS], ended)
        held = Rounds(settings, clients[TRADERS:], traders[TRADERS:])
        running = threading.Thread(target=held.hold, args=(ended,))
        running.start()
        kills: Counter[str] = Counter()
        began = time.monotonic()
        while kills.total() < given.kills:
            time.sleep(draw.uniform(*PAUSE_SECONDS))
            victim = draw.choice(("web", "worker") if server is None else ("web", "worker", "database"))
            if victim == "database" and server is not None:
                server.kill()
                server.restart()
            else:
                process: Any = web if victim == "web" else worker
                process.kill()
                process.restart()
            kills[victim] += 1
            log.write(json.dumps({"seconds": round(time.monotonic() - began, 2), "killed": victim}) + "\n")
            log.flush()
        ended.set()
        for thread in [*threads, running]:
            thread.join()
        found = _violations(settings, clients, held)
        again = sum(client.noted.sent_again for client in clients)
        told = {
            "database": given.database,
            "kills": dict(kills),
            "seconds": round(time.monotonic() - began),
            "acknowledged": sum(len(client.noted.created) + len(client.noted.opened) for client in clients),
            "sent_again": again,
            "answers_500": sum(client.noted.internal_errors for client in clients),
            "rounds": len(held.ended),
            "violations": found,
        }
        log.write(json.dumps(told) + "\n")
        print(json.dumps(told, indent=1))
    return 1 if found else 0


class Rounds:
    """One round after another, each of fresh orders, run by the worker that is killed all the while."""

    def __init__(self, settings: Settings, clients: list[Insistent], traders: list[Trader]) -> None:
        self._app, self._clients, self._traders = create_app(settings), clients, traders
        self.ended: list[str] = []
        self.stuck: list[str] = []

    def hold(self, ended: threading.Event) -> None:
        """Until the end; the last one is waited for."""
        with self._app.app_context():
            while not ended.is_set():
                self._post()
                self._run()
            db.engine.dispose()

    def _post(self) -> None:
        for number in range(ORDERS_OF_A_ROUND):
            client, trader = self._clients[number % TRADERS], self._traders[number % TRADERS]
            side = "offer" if number % TRADERS < TRADERS // 2 else "need"
            price = "21000" if side == "offer" else "26000"
            order = {
                **trader.year_offer,
                "side": side,
                "grade": GRADE_OF_ROUNDS,
                "limit_price": {"components": [{"fixed": price}]},
            }
            order_id = client.enter(order)
            if order_id is not None:
                client.open(order_id)

    def _run(self) -> None:
        calendar = [f"2027-{month:02d}" for month in range(1, 13)]
        names = {"name_zh": "压测", "name_en": "Kills", "grade_ids": [GRADE_OF_ROUNDS], "calendar": calendar}
        round_id = self._insist(lambda: rounds.create_round(**names, actor=SYSTEM, now=utc_now()).id)
        for step in (rounds.open_round, rounds.freeze_round):
            self._insist(lambda step=step: step(round_id, actor=SYSTEM, now=utc_now()))  # type: ignore[misc]
        self._insist(lambda: self._begin(round_id))
        deadline = time.monotonic() + ROUND_SECONDS
        while (status := self._insist(lambda: self._status(round_id))) == "running":
            if time.monotonic() > deadline:
                self.stuck.append(round_id)
                return
            time.sleep(0.5)
        self.ended.append(round_id)
        if status != "solved":
            self.stuck.append(f"{round_id} is {status}")

    def _begin(self, round_id: str) -> None:
        if self._status(round_id) == "frozen":
            rounds.claim_run(round_id, actor=SYSTEM, now=utc_now(), shared=True)
            enqueue("join_round", round_id)

    def _status(self, round_id: str) -> str:
        return db.session.get_one(Round, round_id, populate_existing=True).status

    def _insist(self, act: Any) -> Any:
        """In a transaction, again while the database is away.  A step that was committed unseen is refused: done."""
        while True:
            try:
                with unit_of_work():
                    return act()
            except DBAPIError:
                time.sleep(0.2)
            except Exception as error:
                if type(error).__name__ == "TransitionNotAllowed":
                    return None
                raise


def _violations(settings: Settings, clients: list[Insistent], held: Rounds) -> list[str]:
    """What was acknowledged and is not there, or is there more often than it was asked for."""
    found = [refusal for client in clients for refusal in client.noted.refused] + [f"stuck: {r}" for r in held.stuck]
    app = create_app(settings)
    with app.app_context(), unit_of_work(writes=False):
        stored = dict(db.session.execute(sa.select(Order.id, Order.status)).all())  # type: ignore[arg-type]
        created = [order_id for client in clients for order_id in client.noted.created]
        found += [f"lost: {order_id}" for order_id in created if order_id not in stored]
        found += [f"twice or unasked: {order_id}" for order_id in stored if order_id not in set(created)]
        opened = [order_id for client in clients for order_id in client.noted.opened]
        found += [f"not open: {order_id}" for order_id in opened if stored.get(order_id) == "draft"]
        for round_id in held.ended:
            trail = sa.select(sa.func.count()).where(
                AuditEntry.action == "rounds:clearing:recorded", AuditEntry.subject_id == round_id
            )
            if (times := db.session.scalar(trail)) != 1:
                found.append(f"{round_id} was recorded {times} times")
        found += list(audit_verification.findings())
    return found
