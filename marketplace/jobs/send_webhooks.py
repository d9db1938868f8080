"""Sending what is due to one endpoint: each message outside of any transaction, between two short ones."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from flask import Flask, current_app

from marketplace.config import Settings
from marketplace.shared.clock import Clock
from marketplace.shared.database import database_now, unit_of_work
from marketplace.webhooks import queries
from marketplace.webhooks import services as webhooks
from marketplace.webhooks.services import Outcome, SecretBox

log = logging.getLogger(__name__)

TURN_SECONDS = 20.0  # then it is another endpoint's turn
MOST_IN_A_TURN = 500
AT_ONCE, MOST_ENDPOINTS = 8, 400  # of ``changdan maintain``

Post = Callable[..., Outcome]


def due_webhooks() -> list[str]:
    """Endpoints to which something is to be sent."""
    with unit_of_work(writes=False):
        return queries.due_endpoints(now=database_now())


def send_webhooks(endpoint_id: str, *, post: Post = webhooks.post, clock: Clock = database_now) -> str:
    """Send what is due to an endpoint, in order, until there is no more or one attempt fails; what came of it.

    A process that dies between sending and noting has its message sent again when its lease is over.
    """
    settings: Settings = current_app.extensions["changdan-settings"]
    box = SecretBox.of(settings.secret_key)
    with unit_of_work():
        turn = webhooks.take_turn(endpoint_id, now=clock())
    if turn is None:
        return "another is at it"
    delivered, ends = 0, time.monotonic() + TURN_SECONDS
    try:
        while delivered < MOST_IN_A_TURN and time.monotonic() < ends:
            with unit_of_work():
                parcel = webhooks.next_parcel(turn, box=box, now=clock())
            if parcel is None:
                break
            outcome = post(parcel.url, parcel.headers, parcel.body, networks=settings.webhook_networks)
            with unit_of_work():
                status = webhooks.record_outcome(turn, parcel, outcome, now=clock())
            if status != "delivered":
                return f"{delivered} delivered, then {outcome.error or status} {outcome.status_code or ''}".rstrip()
            delivered += 1
    finally:
        with unit_of_work():
            webhooks.end_turn(turn)
    return f"{delivered} delivered"


def send_due_webhooks() -> int:
    """Send what is due now, where no worker does; how many endpoints there were, a limited number at a time."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]

    def send(endpoint_id: str) -> None:
        with app.app_context():
            try:
                log.info("send_webhooks %s: %s", endpoint_id, send_webhooks(endpoint_id))
            except Exception as error:  # one endpoint must not keep the others from being served
                log.error("send_webhooks %s: %s", endpoint_id, type(error).__name__)

    due = due_webhooks()[:MOST_ENDPOINTS]
    if due:
        with ThreadPoolExecutor(AT_ONCE) as hands:
            list(hands.map(send, due))
    return len(due)
