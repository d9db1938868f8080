"""Clients of a benchmark: threads of one process of its own, each with a connection that it keeps."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Any

TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True)
class Call:
    """One request; ``kind`` is what it is counted as."""

    kind: str
    method: str
    path: str
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Answered:
    """What came of calls: seconds by kind, how many of each status (0: no answer)."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)
    took: float = 0.0

    def add(self, other: Answered) -> None:
        """Those of another client too."""
        for kind, each in other.seconds.items():
            self.seconds.setdefault(kind, []).extend(each)
        self.statuses += other.statuses

    @property
    def count(self) -> int:
        """How many calls there were."""
        return sum(self.statuses.values())

    def percentile_ms(self, share: float, *kinds: str) -> float:
        """So much of the calls of these kinds (none named: all) took at most so many milliseconds."""
        named = kinds or tuple(self.seconds)
        every = sorted(s for kind in named for s in self.seconds.get(kind, ()))
        return every[min(len(every) - 1, int(share * len(every)))] * 1000 if every else float("nan")


Next = Callable[[int, int], Call]  # of which client, its how many-th


def drive(port: int, following: Next, *, clients: int, seconds: float) -> Answered:
    """Let clients call for so long, each as fast as it is answered, from a process of their own."""
    context = get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_all, args=(port, following, clients, seconds, theirs))
    process.start()
    found: Answered = ours.recv()
    process.join()
    return found


def _all(port: int, following: Next, clients: int, seconds: float, told: Any) -> None:
    results = [Answered() for _ in range(clients)]
    began = time.monotonic()
    threads = [
        threading.Thread(target=_one, args=(port, following, number, began + seconds, results[number]))
        for number in range(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = Answered(took=time.monotonic() - began)
    for each in results:
        found.add(each)
    told.send(found)


def _one(port: int, following: Next, number: int, until: float, found: Answered) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    calls = 0
    while time.monotonic() < until:
        call = following(number, calls)
        calls += 1
        began = time.monotonic()
        status = 0
        try:
            body = None if call.body is None else json.dumps(call.body)
            connection.request(call.method, call.path, body, {"Content-Type": "application/json", **call.headers})
            answer = connection.getresponse()
            answer.read()
            status = answer.status
        except (OSError, http.client.HTTPException):
            connection.close()
        found.seconds.setdefault(call.kind, []).append(time.monotonic() - began)
        found.statuses[status] += 1
