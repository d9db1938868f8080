"""Writers: threads that enter, open and withdraw orders without pause, and note what was acknowledged and when."""

from __future__ import annotations

import http.client
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bench.deployment.traders import Trader
from bench.deployment.web import call

GRADE = "lithium-carbonate-battery"


@dataclass(frozen=True)
class Acknowledged:
    """A write that was answered: when, of which order, the status it has at least come to, what was entered."""

    moment: float  # time.monotonic()
    order_id: str
    step: str
    volume: str
    price: str


@dataclass
class Load:
    """What all writers have noted so far."""

    acknowledged: list[Acknowledged] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)  # answers that should not have come

    def before(self, moment: float) -> dict[str, Acknowledged]:
        """The last step of each order that was acknowledged before a moment."""
        return {each.order_id: each for each in list(self.acknowledged) if each.moment < moment}

    def wait_for(self, count: int) -> None:
        """Until so many writes are acknowledged; raises TimeoutError after a minute."""
        deadline = time.monotonic() + 60
        while len(self.acknowledged) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"nothing is acknowledged: {self.refused[:3]}")
            time.sleep(0.05)


@contextmanager
def writing(port: int, traders: list[Trader], *, seed: int, pause_s: float = 0.0) -> Iterator[Load]:
    """A writer for each trader, as long as this is open."""
    load, ended = Load(), threading.Event()
    threads = [
        threading.Thread(target=_write, args=(port, trader, random.Random(f"{seed} {number}"), load, ended, pause_s))
        for number, trader in enumerate(traders)
    ]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def _write(port: int, trader: Trader, draw: random.Random, load: Load, ended: threading.Event, pause_s: float) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    while not ended.wait(pause_s):
        try:
            _one_order(connection, trader, draw, load)
        except (OSError, http.client.HTTPException) as error:
            load.refused.append(repr(error))
            connection.close()
            time.sleep(0.1)
    connection.close()


def _one_order(connection: http.client.HTTPConnection, trader: Trader, draw: random.Random, load: Load) -> None:
    volume, price = str(draw.randrange(1, 1000)), f"{draw.randrange(60_000_00, 120_000_00) / 100:.2f}"
    document: dict[str, Any] = {
        "side": draw.choice(("offer", "need")),
        "grade": GRADE,
        "site": trader.site_id,
        "volumes": {"2031-01": volume},
        "limit_price": {"components": [{"fixed": price}]},
    }
    path, order_id = "/orders", ""
    for step in ("draft", *draw.choice(((), ("opening",), ("opening", "withdrawal"), ("withdrawal",)))):
        if order_id:
            path, document = f"/orders/{order_id}/{step}", {}
        status, answer, _ = call(connection, "POST", path, token=trader.token, document=document or None)
        if status not in (200, 201):
            load.refused.append(f"{status} {answer}")
            return
        order_id = answer["id"]
        load.acknowledged.append(Acknowledged(time.monotonic(), order_id, answer["status"], volume, price))
