"""Orders that can be told apart: each has a price of its own, so that what a database holds can be held against it."""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import sqlalchemy as sa
from flask import Flask

from bench.deployment.insistent import Insistent
from bench.deployment.traders import Trader
from marketplace.orders.models import Order
from marketplace.shared import audit_verification
from marketplace.shared.database import db, unit_of_work

LOWEST_FEN = 60_000_00
OPENS_EVERY = 3  # orders of a client


class Marked(Insistent):
    """A client that enters one order after another, the n-th of all clients at the lowest price and n fen.

    It goes on until it is answered: a machine that is mostly off answers others first, and one that is on owes an
    answer soon, which whoever starts this looks after.
    """

    PATIENCE_SECONDS = math.inf

    def __init__(self, port: int, trader: Trader, number: int, *, of: int) -> None:
        super().__init__(port, trader, f"m{number}")
        self._first, self._step, self._document = LOWEST_FEN + number, of, trader.year_offer
        self.asked = 0  # orders, the one that is not answered yet included
        self.acknowledged: dict[Decimal, str] = {}  # the order's id by its price

    def run(self, ended: threading.Event) -> None:
        """Enter orders until the end, and open some."""
        while not ended.is_set():
            price = self.price(self.asked)
            self.asked += 1
            order_id = self.enter({**self._document, "limit_price": {"components": [{"fixed": f"{price:f}"}]}})
            if order_id is not None:
                self.acknowledged[price] = order_id
                if self.asked % OPENS_EVERY == 0:
                    self.open(order_id)

    def price(self, count: int) -> Decimal:
        """Of its order of this number."""
        return Decimal(self._first + count * self._step).scaleb(-2)


@dataclass
class Compared:
    """What a database holds, against what was acknowledged and asked for."""

    acknowledged: int = 0  # orders
    orders: int = 0  # in the database
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)  # all else

    @property
    def violations(self) -> list[str]:
        """All of them."""
        return [*self.lost, *self.twice, *self.wrong]


def start(clients: Sequence[Marked], ended: threading.Event) -> list[threading.Thread]:
    """A thread for each client."""
    threads = [threading.Thread(target=client.run, args=(ended,), daemon=True) for client in clients]
    for thread in threads:
        thread.start()
    return threads


def compare(app: Flask, clients: Iterable[Marked]) -> Compared:
    """Every acknowledged order is there, once, at its price; every one that was opened is open; the trail is whole.

    Call it while no answer is on its way.
    """
    found = Compared()
    acknowledged = {price: order_id for client in clients for price, order_id in client.acknowledged.items()}
    asked = {client.price(count) for client in clients for count in range(client.asked)}
    opened = [order_id for client in clients for order_id in client.noted.opened]
    with app.app_context():
        try:
            with unit_of_work(writes=False):
                rows = db.session.execute(sa.select(Order.id, Order.status, Order.terms)).all()
                found.wrong += audit_verification.findings()
        finally:
            db.session.remove()
            db.engine.dispose()
    prices = {row.id: Decimal(row.terms["limit_price"]["components"][0]["fixed"]) for row in rows}
    status = {row.id: row.status for row in rows}
    found.acknowledged, found.orders = len(acknowledged), len(rows)
    for price, order_id in acknowledged.items():
        if order_id not in prices:
            found.lost.append(f"order {order_id} at {price} was acknowledged and is lost")
        elif prices[order_id] != price:
            found.wrong.append(f"order {order_id} was entered at {price} and is at {prices[order_id]}")
    found.lost += [f"order {each} was opened, which is lost" for each in opened if status.get(each) == "draft"]
    times = Counter(prices.values())
    found.twice += [f"the order at {price} is there {count} times" for price, count in times.items() if count > 1]
    found.wrong += [f"nobody asked for an order at {price}" for price in times if price not in asked]
    return found
