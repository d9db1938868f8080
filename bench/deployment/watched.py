"""Clients whose every answer is judged: what may be said while a database fails, and how soon all is well again."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

from bench.deployment.marked import Marked
from bench.deployment.traders import Trader

BUSY = "urn:changdan:problem:busy"
CLOSING = {"Connection": "close"}  # one call each: a kept connection that is just closed would look like a broken one
LATE_SECONDS = 1.0


class Heard:
    """The answers to one client."""

    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        self.unclean: list[str] = []
        self.last_success = 0.0  # time.monotonic()
        self.last_refusal = self.last_delay = 0.0

    def note(self, status: int, said: Any, headers: Mapping[str, str], seconds: float) -> None:
        """One answer, and how long it took."""
        moment = time.monotonic()
        self.statuses[status] += 1
        if status not in (200, 201):
            self.last_refusal = moment
        elif seconds > LATE_SECONDS:
            self.last_delay = moment
        if status in (200, 201):
            self.last_success = moment
        elif not _is_clean(status, said, headers):
            self.unclean.append(f"{status} {said}"[:300])


def _is_clean(status: int, said: Any, headers: Mapping[str, str]) -> bool:
    """A problem document that says to come again, and when."""
    document = headers.get("Content-Type") == "application/problem+json" and isinstance(said, dict)
    return status == 503 and document and said.get("type") == BUSY and headers.get("Retry-After", "").isdecimal()


class Watched(Marked):
    """A client that enters orders and insists."""

    TIMEOUT_SECONDS = 90.0
    HEADERS = CLOSING

    def __init__(self, port: int, trader: Trader, number: int, *, of: int) -> None:
        super().__init__(port, trader, number, of=of)
        self.answers = Heard()

    def heard(self, status: int, said: Any, headers: Mapping[str, str], seconds: float) -> None:
        """Judge it."""
        self.answers.note(status, said, headers, seconds)


class Reader:
    """A client that reads a company's orders, now and then."""

    PAUSE_SECONDS = 0.1

    def __init__(self, port: int, trader: Trader) -> None:
        self._port, self._trader = port, trader
        self.answers = Heard()

    def run(self, ended: threading.Event) -> None:
        """Until the end."""
        while not ended.wait(self.PAUSE_SECONDS):
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=Watched.TIMEOUT_SECONDS)
            began = time.monotonic()
            try:
                connection.request("GET", "/api/v1/orders?limit=5", headers={**self._trader.headers, **CLOSING})
                answer = connection.getresponse()
                said = json.loads(answer.read())
                self.answers.note(answer.status, said, answer.headers, time.monotonic() - began)
            except (OSError, http.client.HTTPException, ValueError) as error:
                self.answers.note(0, repr(error), {}, time.monotonic() - began)
            finally:
                connection.close()
