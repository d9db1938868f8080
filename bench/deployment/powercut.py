"""``python -m bench powercut``: the power goes in the middle of writing; whatever was acknowledged is there afterwards.

A control that does not flush what it commits has to lose some, or the cut is none.
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.exc import DBAPIError

from bench.deployment.disks import LEFT_OUT, LeftOut, in_memory, private_mounts, try_disk
from bench.deployment.machine import Machine, prepared
from bench.deployment.marked import Compared, Marked, start
from bench.deployment.processes import end_cleanly_when_told

LEAST_ON_SECONDS = 0.1
PATIENCE_SECONDS = 60.0
SOUND, UNSOUND = 0, 1


def add_to(commands: Any, formatter: type[argparse.HelpFormatter]) -> None:
    """Put the command beside the others."""
    parser = commands.add_parser("powercut", help="power cuts under load, with a control", formatter_class=formatter)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--cuts", type=int, default=100)
    parser.add_argument("--control", type=int, default=5, help="cuts of a platform that does not flush")
    parser.add_argument("--longest", type=float, default=2.5, help="seconds of load before a cut, at the most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, help="a file for the log, a JSON object a line")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Cut and compare; 1 on any violation and if the control loses nothing, 3 where disks cannot be mounted."""
    end_cleanly_when_told()
    try:
        private_mounts()
        try_disk()
    except LeftOut as reason:
        print(f"LEFT OUT, nothing was shown: {reason}")
        return LEFT_OUT
    draw = random.Random(given.seed)

    def on_s() -> float:
        return draw.uniform(LEAST_ON_SECONDS, given.longest)

    with ExitStack() as open_, tempfile.TemporaryDirectory(prefix="changdan-bench-", dir=in_memory()) as name:
        log = open_.enter_context((given.output or Path(name) / "powercut.jsonl").open("a", encoding="utf-8"))
        with prepared(given.database, Path(name)) as machine:
            print("      on, s  acknowledged  orders  lost  twice  wrong  recovered, s  serves, s", flush=True)
            control = [_control(machine, number, on_s(), log) for number in range(given.control)]
            cuts = _cuts(machine, given.cuts, on_s, log)
        told = _told(given, cuts, control)
        log.write(json.dumps(told) + "\n")
    print(json.dumps(told, indent=1))
    if given.control and not told["control_lost"]:
        print("THE CONTROL LOST NOTHING: these cuts show nothing")
        return UNSOUND
    return UNSOUND if told["violations"] else SOUND


def _told(given: argparse.Namespace, cuts: list[Cut], control: list[Cut]) -> dict[str, Any]:
    return {
        "database": given.database,
        "seed": given.seed,
        "cuts": given.cuts,
        "acknowledged": cuts[-1].acknowledged,
        "lost": sum(len(each.compared.lost) for each in cuts),
        "twice": sum(len(each.compared.twice) for each in cuts),
        "violations": [violation for each in cuts for violation in each.compared.violations],
        "slowest_recovery_s": max(each.recovered_s for each in cuts),
        "slowest_until_served_s": max(each.served_s for each in cuts),
        "control_cuts": given.control,
        "control_acknowledged": sum(each.acknowledged for each in control),
        "control_lost": sum(len(each.compared.lost) for each in control),
    }


@dataclass(frozen=True)
class Cut:
    """One cut and what was found on the disk afterwards."""

    on_s: float
    recovered_s: float  # from power to a database that answers
    served_s: float  # from there to the next order that the platform acknowledges
    compared: Compared

    @property
    def acknowledged(self) -> int:
        """Orders before the cut, since the disk was new."""
        return self.compared.acknowledged


def _cuts(machine: Machine, count: int, draw_on_s: Callable[[], float], log: Any) -> list[Cut]:
    """One after another on the same disk, clients going on with what was not answered, under the same keys."""
    machine.power_on()
    clients = machine.clients(machine.serve())
    ended, found = threading.Event(), list[Cut]()
    threads = start(clients, ended)
    try:
        _wait_for_more(clients)
        while len(found) < count:
            on_s = draw_on_s()
            time.sleep(on_s)
            machine.power_off()
            recovered_s = machine.power_on()
            compared, began = machine.compare(clients), time.monotonic()
            machine.serve()
            _wait_for_more(clients)
            found.append(_noted(f"{len(found) + 1}", on_s, recovered_s, began, compared, log))
        ended.set()
        for thread in threads:
            thread.join(PATIENCE_SECONDS)
        last = machine.compare(clients)  # what was sent again after the last cut too
        last.wrong += [refusal for client in clients for refusal in client.noted.refused]
        last.wrong += ["a client is not answered" for thread in threads if thread.is_alive()]
        found.append(_noted("end", 0.0, 0.0, time.monotonic(), last, log))
    finally:
        ended.set()
        for client in clients:
            client.give_up()
    machine.kill()
    machine.disk.unmount()
    return found


def _control(whole: Machine, number: int, on_s: float, log: Any) -> Cut:
    """The same once, on a copy of the disk as it was at first, with nothing flushed."""
    copy = whole.folder / "control.img"
    subprocess.run(["cp", "--sparse=always", str(whole.disk.image), str(copy)], check=True)
    whole.disk.image, kept = copy, whole.disk.image
    ended = threading.Event()
    clients: list[Marked] = []
    try:
        whole.power_on()
        clients = whole.clients(whole.serve(whole.flush_no_more()))
        start(clients, ended)
        _wait_for_more(clients)
        time.sleep(on_s)
        whole.power_off()
        try:
            recovered_s = whole.power_on()
            compared = whole.compare(clients)
        except (subprocess.SubprocessError, OSError, sqlite3.DatabaseError, DBAPIError) as error:
            every = [order_id for client in clients for order_id in client.acknowledged.values()]
            wrong = [f"it does not start: {type(error).__name__}"]
            compared, recovered_s = Compared(len(every), lost=every, wrong=wrong), 0.0
        return _noted(f"control {number + 1}", on_s, recovered_s, time.monotonic(), compared, log)
    finally:
        ended.set()
        for client in clients:
            client.give_up()
        whole.kill()
        whole.disk.unmount()
        whole.disk.image = kept
        copy.unlink()


def _wait_for_more(clients: list[Marked]) -> None:
    """Until an order is acknowledged that is not yet; raises TimeoutError."""
    before, deadline = _acknowledged(clients), time.monotonic() + PATIENCE_SECONDS
    while _acknowledged(clients) == before:
        if time.monotonic() > deadline:
            raise TimeoutError("no order is acknowledged")
        time.sleep(0.01)


def _acknowledged(clients: list[Marked]) -> int:
    return sum(len(client.acknowledged) for client in clients)


def _noted(name: str, on_s: float, recovered_s: float, began: float, compared: Compared, log: Any) -> Cut:
    cut = Cut(round(on_s, 2), round(recovered_s, 2), round(time.monotonic() - began, 2), compared)
    lost, twice, wrong = (len(each) for each in (compared.lost, compared.twice, compared.wrong))
    print(
        f"{name:>9} {on_s:5.2f} {cut.acknowledged:9} {compared.orders:9} {lost:5} {twice:6} {wrong:6}"
        f" {cut.recovered_s:9.2f} {cut.served_s:10.2f}",
        flush=True,
    )
    for violation in compared.violations[:3]:
        print(f"    {violation}", flush=True)
    log.write(json.dumps({"cut": name, **vars(cut), "compared": vars(compared)}) + "\n")
    log.flush()
    return cut
