"""Endpoints for tests, receivers that listen on this machine, and one that only takes notes."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from typing import Any

import sqlalchemy as sa

from marketplace.accounts.models import Member, Organisation
from marketplace.notifications.services import tell
from marketplace.shared.actor import Actor, Role
from marketplace.shared.database import db
from marketplace.webhooks.models import WebhookDelivery, WebhookEndpoint
from marketplace.webhooks.services import Outcome, SecretBox, ping, register_endpoint
from tests.conftest import NOW, SECRET_KEY

BOX = SecretBox.of(SECRET_KEY)
HERE = (ip_network("127.0.0.0/8"),)
DELIVERED = Outcome(200)


def admin_of(organisation: Organisation) -> Actor:
    """An administrator."""
    return Actor("mem_1", organisation.id, frozenset({Role.ORGANISATION_ADMIN}))


def make_endpoint(organisation: Organisation, **given: Any) -> WebhookEndpoint:
    """An endpoint for all events from now on; its secret is not wanted."""
    return make_endpoint_with_secret(organisation, **given)[0]


def make_endpoint_with_secret(organisation: Organisation, **given: Any) -> tuple[WebhookEndpoint, str]:
    """An endpoint for all events from now on, and its secret."""
    usual = {"url": "https://hooks.example.com/in", "box": BOX, "actor": admin_of(organisation), "now": NOW}
    return register_endpoint(**{**usual, **given})


def make_delivery(member: Member) -> WebhookDelivery:
    """A test that is to be sent to an endpoint of the member's organisation."""
    endpoint = make_endpoint(member.organisation)
    return ping(endpoint.id, actor=admin_of(member.organisation), now=NOW)


def make_event(organisation: Organisation, subject: str = "prp_1") -> None:
    """Something that the organisation is told."""
    tell(organisation.id, "proposal-received", subject, text_zh="方案", text_en="A proposal", now=NOW)


def number_in(name: str) -> int:
    """The number of the event whose id this is."""
    return int(name.split("_")[-2])


class Notebook:
    """A receiver that answers as it is told (delivered, when nothing is left to say) and notes what it was sent."""

    def __init__(self, answers: Sequence[Outcome] = (), *, then: Callable[[], object] = lambda: None) -> None:
        self.answers, self.then = list(answers), then
        self.got: list[tuple[str, Mapping[str, str], bytes]] = []

    def __call__(self, url: str, headers: Mapping[str, str], body: bytes, *, networks: object) -> Outcome:
        self.got.append((url, headers, body))
        self.then()
        return self.answers.pop(0) if self.answers else DELIVERED

    @property
    def names(self) -> list[str]:
        """The names of the messages, in the order in which they came."""
        return [headers["webhook-id"] for _, headers, _ in self.got]


class Receiver(ThreadingHTTPServer):
    """A server on this machine that notes what it gets."""

    def __init__(self, answer: Callable[[BaseHTTPRequestHandler], None], context: ssl.SSLContext | None) -> None:
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        got = self.got

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                got.append((self.path, {name.lower(): text for name, text in self.headers.items()}, body))
                self.close_connection = True
                answer(self)

            def log_message(self, *_: object) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        if context is not None:
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self.port: int = self.server_address[1]

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that breaks off is no error of the server's."""


@contextmanager
def receiving(
    status: int = 204,
    headers: Mapping[str, str] | None = None,
    *,
    answer: Callable[[BaseHTTPRequestHandler], None] | None = None,
    context: ssl.SSLContext | None = None,
) -> Iterator[Receiver]:
    """A receiver that gives this answer."""

    def simple(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, text in {"Content-Length": "0", **(headers or {})}.items():
            handler.send_header(name, text)
        handler.end_headers()

    with Receiver(answer or simple, context) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def at(moment: datetime) -> Callable[[], datetime]:
    """A clock that stands."""
    return lambda: moment


def deliveries(endpoint: WebhookEndpoint) -> list[WebhookDelivery]:
    """All deliveries to an endpoint that are not tests, by number."""
    query = sa.select(WebhookDelivery).filter_by(endpoint_id=endpoint.id).where(WebhookDelivery.number.is_not(None))
    return list(db.session.scalars(query.order_by(WebhookDelivery.number)))


def endpoint_for(own: Organisation, *, events: int = 0, **given: Any) -> WebhookEndpoint:
    """An endpoint that wants what its organisation is told, and so many such events."""
    endpoint = make_endpoint(own, **{"kinds": ["proposal.*"], **given})
    for number in range(events):
        make_event(own, f"prp_{number}")
    db.session.commit()
    return endpoint
