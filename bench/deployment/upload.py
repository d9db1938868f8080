"""``python -m bench upload``: a file of very many orders, from its sending until all of them are open."""

from __future__ import annotations

import argparse
import http.client
import json
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil

from bench.deployment.databases import SECRET, UNLIMITED, databases
from bench.deployment.traders import Trader, admit_traders
from bench.deployment.web import Web
from bench.deployment.workers import Worker
from marketplace.config import Settings

PAUSE_SECONDS = 0.25
MOST_SECONDS, MOST_MB = 60.0, 500.0


def add_to(commands: Any, formatter: type[argparse.HelpFormatter]) -> None:
    """Put the command beside the others."""
    parser = commands.add_parser("upload", help="a file of very many orders", formatter_class=formatter)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="postgresql")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--format", choices=("csv", "jsonl"), default="csv")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Send it, while another trader enters orders one by one; 1 if it took too long or too much, or kept one out."""
    with ExitStack() as open_, tempfile.TemporaryDirectory(prefix="changdan-bench-") as folder:
        (url,) = open_.enter_context(databases(given.database, Path(folder), "ours"))
        environment = {
            "CHANGDAN_DATABASE_URL": url,
            "CHANGDAN_SECRET_KEY": SECRET,
            "CHANGDAN_JOBS": "workers",
            **UNLIMITED,
        }
        uploader, other = admit_traders(Settings.from_environment(environment), 2)
        web = Web(environment, Path(folder, "web.log"), processes=1)
        worker = Worker(environment, Path(folder, "worker.log"), core=1, options=("--queue", "files"))
        open_.callback(web.kill)
        open_.callback(worker.kill)
        body = _file(uploader, given.rows, given.format)
        waited = Waited(web.port, other)
        waiting = threading.Thread(target=waited.enter)
        peaks = Peaks({"web": web.pid, "worker": worker.pid})
        waiting.start()
        began = time.monotonic()
        media_type = {"csv": "text/csv", "jsonl": "application/x-ndjson"}[given.format]
        found = _call(web.port, "POST", "/api/v1/orders/uploads?wait=false&open=true", uploader, body, media_type)
        received = time.monotonic() - began
        while found["ended_at"] is None:
            time.sleep(PAUSE_SECONDS)
            peaks.look()
            found = _call(web.port, "GET", f"/api/v1/orders/uploads/{found['id']}", uploader)
        seconds = time.monotonic() - began
        waited.ended.set()
        waiting.join()
    print(
        f"{given.database}, {given.format}: {given.rows} rows, {len(body) / 1e6:.1f} MB: received in {received:.1f} s, "
        f"{found['status']} {found['stored']} in {seconds:.1f} s; peak memory web {peaks.mb['web']:.0f} MB, worker "
        f"{peaks.mb['worker']:.0f} MB; {waited.count} orders entered meanwhile, {waited.refused} refused, "
        f"the longest wait {waited.longest:.2f} s"
    )
    met = (
        not waited.refused
        and found["stored"] == given.rows
        and seconds <= MOST_SECONDS
        and max(peaks.mb.values()) <= MOST_MB
    )
    return 0 if met else 1


class Peaks:
    """The most memory that processes and their children were seen to hold, each for itself."""

    def __init__(self, processes: dict[str, int]) -> None:
        self._processes = {name: psutil.Process(pid) for name, pid in processes.items()}
        self.mb = dict.fromkeys(processes, 0.0)

    def look(self) -> None:
        """Look now."""
        for name, process in self._processes.items():
            for each in [process, *process.children(recursive=True)]:
                self.mb[name] = max(self.mb[name], each.memory_info().rss / 1e6)


class Waited:
    """Somebody else's orders meanwhile, one after another, and how long they took."""

    def __init__(self, port: int, trader: Trader) -> None:
        self._port, self._trader = port, trader
        self.ended, self.count, self.refused, self.longest = threading.Event(), 0, 0, 0.0

    def enter(self) -> None:
        """Until the end."""
        body = json.dumps(self._trader.year_offer).encode()
        while not self.ended.wait(0.05):
            began = time.monotonic()
            try:
                _call(self._port, "POST", "/api/v1/orders", self._trader, body, "application/json")
                self.count += 1
            except (RuntimeError, OSError):
                self.refused += 1
            self.longest = max(self.longest, time.monotonic() - began)


def _file(trader: Trader, rows: int, form: str) -> bytes:
    if form == "jsonl":
        return b"\n".join([json.dumps(trader.year_offer).encode()] * rows)
    months = [f"2027-{month:02d}" for month in range(1, 13)]
    head = ["side", "grade", "site", "limit_price.fixed", "minimum_contract", "lot", *months]
    offer = trader.year_offer
    row = ["offer", offer["grade"], offer["site"], "98000", "60", "10", *["120"] * 12]
    return "\n".join([",".join(head), *[",".join(row)] * rows]).encode()


def _call(
    port: int, method: str, path: str, trader: Trader, body: bytes | None = None, media_type: str = "text/csv"
) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request(method, path, body, {**trader.headers, "Content-Type": media_type})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    if answer.status >= 300:
        raise RuntimeError(f"{path}: {answer.status} {text[:300]!r}")
    return json.loads(text)
