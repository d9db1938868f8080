"""Clients that insist: every change has a key, and is sent again with it until it is answered, whatever dies."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.deployment.traders import Trader

PAUSE_SECONDS = 0.2
AGAIN = {0, 429, 500, 502, 503}  # no answer, or one that says to come again; a killed server's 500 is counted besides


@dataclass
class Noted:
    """What one client was told."""

    created: list[str] = field(default_factory=list)  # orders, by id
    opened: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    sent_again: int = 0
    internal_errors: int = 0


class Insistent:
    """Sends changes of one trader to a server that comes and goes."""

    TIMEOUT_SECONDS = 30.0  # of one call
    PATIENCE_SECONDS = 120.0  # of one change
    HEADERS: Mapping[str, str] = {}  # of each call, beside its own

    def __init__(self, port: int, trader: Trader, name: str) -> None:
        self._port, self.trader, self._name, self._keys = port, trader, name, 0
        self._connection: http.client.HTTPConnection | None = None
        self._given_up = False
        self.noted = Noted()

    def enter(self, document: dict[str, Any]) -> str | None:
        """Enter an order; its id once it is acknowledged."""
        answer = self._change("/api/v1/orders", document)
        if answer is not None:
            self.noted.created.append(answer["id"])
        return None if answer is None else str(answer["id"])

    def open(self, order_id: str) -> None:
        """Open it."""
        if self._change(f"/api/v1/orders/{order_id}/opening", None) is not None:
            self.noted.opened.append(order_id)

    def heard(self, status: int, said: Any, headers: Mapping[str, str], seconds: float) -> None:
        """Each answer as it comes, 0 if none came that can be read, and how long it took."""

    @property
    def key(self) -> str:
        """Of the change that is under way, or was last."""
        return f"{self._name}-{self._keys}"

    def give_up(self) -> None:
        """Insist no more: the server does not come back."""
        self._given_up = True

    def _change(self, path: str, document: dict[str, Any] | None) -> Any:
        self._keys += 1
        headers = {**self.trader.headers, "Idempotency-Key": self.key}
        deadline = time.monotonic() + self.PATIENCE_SECONDS
        while True:
            status, answer = self._sent(path, document, headers)
            if status in (200, 201):
                return answer
            if self._given_up:
                return None
            if status not in AGAIN or time.monotonic() > deadline:
                self.noted.refused.append(f"{path}: {status} {answer}")
                return None
            self.noted.sent_again += 1
            self.noted.internal_errors += status == 500
            time.sleep(PAUSE_SECONDS)

    def _sent(self, path: str, document: dict[str, Any] | None, headers: dict[str, str]) -> tuple[int, Any]:
        began = time.monotonic()
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=self.TIMEOUT_SECONDS)
            body = None if document is None else json.dumps(document)
            self._connection.request(
                "POST", path, body, {"Content-Type": "application/json", **self.HEADERS, **headers}
            )
            answer = self._connection.getresponse()
            text = answer.read()
            said = json.loads(text) if text else None
            self.heard(answer.status, said, answer.headers, time.monotonic() - began)
            return answer.status, said
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.heard(0, repr(error), {}, time.monotonic() - began)
            if self._connection is not None:
                self._connection.close()
            self._connection = None
            return 0, repr(error)


def entering(clients: list[Insistent], traders: list[Trader], ended: threading.Event) -> list[threading.Thread]:
    """A thread for each client, which enters and opens orders until the end."""

    def run(client: Insistent, trader: Trader) -> None:
        while not ended.is_set():
            order_id = client.enter(trader.year_offer)
            if order_id is not None and len(client.noted.created) % 3 == 0:
                client.open(order_id)

    threads = [threading.Thread(target=run, args=each) for each in zip(clients, traders, strict=True)]
    for thread in threads:
        thread.start()
    return threads
