"""Users of a benchmark: each reads and changes its own orders, nine reads to a change, at moments drawn beforehand."""

from __future__ import annotations

import http.client
import random
import threading
import time
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Any

from bench.deployment.traders import Trader
from bench.deployment.web import call

SCOPES = ("orders:read", "orders:write", "rounds:read", "contracts:read", "notifications:read")
WRITES = 0.1  # of all calls
IDLE_SECONDS = 1.0  # gunicorn closes a connection that rests for two: a new one is opened before that
TIMEOUT_SECONDS = 60.0

# How often each is called, of a hundred reads and of a hundred changes.
READS = {
    "orders": 25,
    "open orders": 15,
    "next page": 10,
    "one order": 20,
    "its revisions": 10,
    "grades": 5,
    "rounds": 5,
    "proposals": 5,
    "contracts": 5,
}
CHANGES = {"enter": 50, "open": 20, "revise": 20, "withdraw": 10}


@dataclass(frozen=True)
class Sample:
    """One call: whether it changed something, when it was due and how long after that it was answered, in seconds."""

    name: str
    changes: bool
    due: float  # since the beginning
    seconds: float
    status: int  # 0: no answer


@dataclass
class User:
    """One trader's client, which knows the orders that it entered: each with its status and version."""

    trader: Trader
    port: int
    draw: random.Random
    drafts: list[str] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    cursor: str | None = None
    samples: list[Sample] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_SECONDS)
        self._used = time.monotonic()

    def run(self, began: float, seconds: float, each: float) -> None:
        """Call for so long, on average once in ``each`` seconds (0: as fast as it is answered).

        A call that is late because the one before was slow counts from when it was due.
        """
        due = began + self.draw.uniform(0, each)
        while due < began + seconds:
            time.sleep(max(0.0, due - time.monotonic()))
            changes = self.draw.random() < WRITES
            wanted = CHANGES if changes else READS
            (name,) = self.draw.choices(list(wanted), list(wanted.values()))
            status = self._change(name) if changes else self._read(name)
            self.samples.append(Sample(name, changes, due - began, time.monotonic() - due, status))
            due = due + self.draw.expovariate(1 / each) if each else time.monotonic()

    def _read(self, name: str) -> int:
        known = self.drafts + self.opened
        if name in ("one order", "its revisions") and known:
            path = f"/orders/{self.draw.choice(known)}" + ("/revisions" if name == "its revisions" else "")
            return self._call("GET", path)[0]
        if name in ("grades", "rounds", "proposals", "contracts"):
            return self._call("GET", f"/{name}")[0]
        query = "?status=open" if name == "open orders" else ""
        if name == "next page" and self.cursor is not None:
            query = f"?cursor={self.cursor}"
        status, page = self._call("GET", f"/orders{query}")
        if name != "open orders":
            self.cursor = page.get("next_cursor")
        return status

    def _change(self, name: str) -> int:
        if name == "open" and self.drafts:
            order = self._drawn(self.drafts)
            self.opened.append(order)
            return self._call("POST", f"/orders/{order}/opening")[0]
        if name == "withdraw" and self.opened:
            return self._call("POST", f"/orders/{self._drawn(self.opened)}/withdrawal")[0]
        if name == "revise" and self.drafts:
            return self._revise(self.draw.choice(self.drafts))
        status, order = self._call("POST", "/orders", self.trader.year_offer)
        if status == http.client.CREATED:
            self.drafts.append(order["id"])
        return status

    def _revise(self, order: str) -> int:
        """As a page does that shows the order first: both calls count as one change."""
        status, seen = self._call("GET", f"/orders/{order}")
        if status != http.client.OK:
            return status
        price = {"components": [{"fixed": str(90_000 + self.draw.randrange(10_000))}]}
        return self._call("PATCH", f"/orders/{order}", {"limit_price": price}, {"If-Match": f'"{seen["version"]}"'})[0]

    def _drawn(self, orders: list[str]) -> str:
        return orders.pop(self.draw.randrange(len(orders)))

    def _call(
        self, method: str, path: str, document: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        if time.monotonic() - self._used > IDLE_SECONDS:
            self._connection.close()
        try:
            status, answer, _ = call(
                self._connection, method, path, token=self.trader.token, document=document, headers=headers
            )
        except (OSError, http.client.HTTPException):
            self._connection.close()
            return 0, {}
        finally:
            self._used = time.monotonic()
        return status, answer


class Crowd:
    """Users in a process of its own, a thread for each."""

    def __init__(self, port: int, traders: list[Trader], *, seed: int, seconds: float, rate: float) -> None:
        context = get_context("fork")
        self._ours, theirs = context.Pipe(duplex=False)
        self._process = context.Process(target=_all, args=(port, traders, seed, seconds, rate, theirs))
        self._process.start()

    @property
    def is_done(self) -> bool:
        """Whether all have ended."""
        return self._ours.poll()

    def samples(self) -> list[Sample]:
        """What was called, once all have ended, in the order in which it was due."""
        found: list[Sample] = self._ours.recv()
        self._process.join()
        return found


def _all(port: int, traders: list[Trader], seed: int, seconds: float, rate: float, told: Any) -> None:
    users = [User(trader, port, random.Random(f"{seed}/{number}")) for number, trader in enumerate(traders)]
    each = len(users) / rate if rate else 0.0
    began = time.monotonic()
    threads = [threading.Thread(target=user.run, args=(began, seconds, each)) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told.send(sorted((sample for user in users for sample in user.samples), key=lambda sample: sample.due))
