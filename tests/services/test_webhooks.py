"""Webhooks: signed, in order, at least once, by one worker at a time; retried, given up, sent again."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from standardwebhooks import Webhook, WebhookVerificationError

from marketplace.accounts.models import Organisation
from marketplace.jobs.send_webhooks import due_webhooks, send_due_webhooks, send_webhooks
from marketplace.notifications.feed import events_after
from marketplace.shared.audit import AuditEntry
from marketplace.shared.clock import utc_now
from marketplace.shared.database import db, unit_of_work
from marketplace.shared.errors import Conflict, NotAllowed, NotFound, TransitionNotAllowed
from marketplace.webhooks import queries, services
from marketplace.webhooks.models import WebhookDelivery
from marketplace.webhooks.services import Outcome, SecretBox
from tests.conftest import NOW
from tests.factories.accounts import make_organisation
from tests.factories.webhooks import (
    BOX,
    HERE,
    Notebook,
    admin_of,
    at,
    deliveries,
    endpoint_for,
    make_endpoint,
    make_endpoint_with_secret,
    make_event,
    receiving,
)

BUSY = Outcome(503, "status")
SECOND = timedelta(seconds=1)


def test_messages_come_in_order_as_the_feed_has_them(own: Organisation) -> None:
    make_event(own, "before")
    db.session.commit()
    endpoint = endpoint_for(own, events=3, kinds=None)
    notes = Notebook()
    assert send_webhooks(endpoint.id, post=notes, clock=at(NOW)) == "4 delivered"
    feed = events_after(own.id, after=1).items  # its own registration is the first of them
    assert [event.type for event in feed] == ["webhooks.endpoint.registered", *["proposal.received"] * 3]
    assert notes.names == [event.id for event in feed]
    for event, (url, headers, body) in zip(feed, notes.got, strict=True):
        assert url == endpoint.url
        assert headers["content-type"] == "application/json"
        assert json.loads(body) == {
            "type": event.type,
            "timestamp": event.occurred_at.isoformat(),
            "data": {
                "id": event.id,
                "number": event.number,
                "type": event.type,
                "occurred_at": event.occurred_at.isoformat(),
                "subject_id": event.subject_id,
                "data": event.data,
            },
        }
    assert send_webhooks(endpoint.id, post=notes, clock=at(NOW)) == "0 delivered"
    assert [(each.status, each.attempt, each.last_status_code) for each in deliveries(endpoint)] == [
        ("delivered", 1, 200)
    ] * 4


def test_the_librarys_own_verifier_takes_what_arrives(own: Organisation) -> None:
    now = utc_now()  # by which the verifier judges
    with receiving() as server:
        endpoint, secret = make_endpoint_with_secret(own, kinds=["proposal.*"])
        make_event(own)
        db.session.commit()

        def post(_url: str, headers: Any, body: bytes, *, networks: object) -> Outcome:
            return services.post(f"http://127.0.0.1:{server.port}/", headers, body, networks=HERE)

        assert send_webhooks(endpoint.id, post=post, clock=at(now)) == "1 delivered"
        ((_, headers, body),) = server.got
        assert Webhook(secret).verify(body, headers)["type"] == "proposal.received"
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(body.replace(b"proposal", b"proposed"), headers)


def test_for_a_day_after_a_rotation_both_secrets_sign(own: Organisation) -> None:
    now = utc_now()
    endpoint, old = make_endpoint_with_secret(own, kinds=["proposal.*"])
    _, new = services.rotate_secret(endpoint.id, box=BOX, actor=admin_of(own), now=now - timedelta(hours=24) + SECOND)
    signed = []
    for moment in (now, now + SECOND):
        make_event(own)
        db.session.commit()
        notes = Notebook()
        send_webhooks(endpoint.id, post=notes, clock=at(moment))
        ((_, headers, body),) = notes.got
        signed.append((headers, body))
    for secret, accepted in ((new, [True, True]), (old, [True, False])):
        for (headers, body), is_right in zip(signed, accepted, strict=True):
            assert len(headers["webhook-signature"].split(" ")) == (2 if headers is signed[0][0] else 1)
            if is_right:
                Webhook(secret).verify(body, headers)
            else:
                with pytest.raises(WebhookVerificationError):
                    Webhook(secret).verify(body, headers)


def test_secrets_are_kept_closed_and_said_nowhere(own: Organisation, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    endpoint, secret = make_endpoint_with_secret(own, kinds=["proposal.*"], url="https://hooks.example.com/?key=sesame")
    make_event(own)
    db.session.commit()
    assert secret.encode() not in endpoint.sealed_secret
    assert BOX.opened(endpoint.id, endpoint.sealed_secret) == secret
    turn = services.take_turn(endpoint.id, now=NOW)
    assert turn is not None
    parcel = services.next_parcel(turn, box=BOX, now=NOW)
    trail = [
        str(entry.payload) for entry in db.session.scalars(sa.select(AuditEntry).filter_by(organisation_id=own.id))
    ]
    for told in (repr(parcel), repr(BOX), caplog.text, *trail):
        assert secret not in told
        assert secret.removeprefix("whsec_") not in told
        assert "sesame" not in told


def test_another_secret_key_disables_the_endpoint_and_says_so(own: Organisation) -> None:
    endpoint = endpoint_for(own, events=1)
    turn = services.take_turn(endpoint.id, now=NOW)
    assert turn is not None
    assert services.next_parcel(turn, box=SecretBox.of("another secret key"), now=NOW) is None
    assert (endpoint.status, endpoint.disabled_reason) == ("disabled", "secret-unreadable")
    services.end_turn(turn)
    services.rotate_secret(endpoint.id, box=BOX, actor=admin_of(own), now=NOW)
    services.change_endpoint(endpoint.id, {"active": True}, actor=admin_of(own), now=NOW)
    db.session.commit()
    notes = Notebook()
    assert send_webhooks(endpoint.id, post=notes, clock=at(NOW)) == "1 delivered"


def test_who_is_killed_between_sending_and_noting_has_it_sent_again(own: Organisation) -> None:
    endpoint = endpoint_for(own, events=2)
    dead = services.take_turn(endpoint.id, now=NOW)
    assert dead is not None
    sent = services.next_parcel(dead, box=BOX, now=NOW)  # and here it ends
    db.session.commit()
    assert sent is not None
    notes = Notebook()
    for seconds in (0, 29):
        moment = NOW + timedelta(seconds=seconds)
        assert queries.due_endpoints(now=moment) == []
        assert send_webhooks(endpoint.id, post=notes, clock=at(moment)) == "another is at it"
    later = NOW + timedelta(seconds=30)
    assert queries.due_endpoints(now=later) == [endpoint.id]
    assert send_webhooks(endpoint.id, post=notes, clock=at(later)) == "2 delivered"
    assert notes.names[0] == sent.headers["webhook-id"]
    assert notes.got[0][2] == sent.body
    assert services.record_outcome(dead, sent, BUSY, now=later) == "superseded"
    assert services.next_parcel(dead, box=BOX, now=later) is None
    assert [(each.status, each.attempt) for each in deliveries(endpoint)] == [("delivered", 2), ("delivered", 1)]


def test_a_process_that_breaks_after_sending_gives_its_turn_back(own: Organisation) -> None:
    endpoint, broken = endpoint_for(own, events=1), Notebook(then=lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        send_webhooks(endpoint.id, post=broken, clock=at(NOW))
    notes = Notebook()
    assert send_webhooks(endpoint.id, post=notes, clock=at(NOW)) == "1 delivered"
    assert notes.names == broken.names


def test_a_test_message_is_sent_once_and_first(own: Organisation) -> None:
    endpoint = endpoint_for(own, events=1)
    send_webhooks(endpoint.id, post=Notebook([BUSY]), clock=at(NOW))
    test = services.ping(endpoint.id, actor=admin_of(own), now=NOW)
    db.session.commit()
    notes = Notebook([BUSY])
    send_webhooks(endpoint.id, post=notes, clock=at(NOW))
    assert notes.names == [test.id]
    assert json.loads(notes.got[0][2]) == {
        "type": "webhooks.ping",
        "timestamp": NOW.isoformat(),
        "data": {"endpoint_id": endpoint.id},
    }
    assert (test.status, test.last_status_code) == ("dead", 503)
    services.ping(endpoint.id, actor=admin_of(own), now=NOW)
    db.session.commit()
    later = Notebook()
    send_webhooks(endpoint.id, post=later, clock=at(NOW + 6 * SECOND))
    assert [json.loads(body)["type"] for _, _, body in later.got] == ["webhooks.ping", "proposal.received"]


def test_only_what_is_wanted_is_put_in_line(own: Organisation) -> None:
    endpoint = make_endpoint(own, kinds=["orders.*"])
    for _ in range(250):
        make_event(own)
    db.session.commit()
    assert send_webhooks(endpoint.id, post=Notebook(), clock=at(NOW)) == "0 delivered"
    assert deliveries(endpoint) == []
    assert endpoint.outbox.last_number == 251
    assert queries.due_endpoints(now=NOW) == []


def test_who_may_and_how_many(own: Organisation) -> None:
    other, endpoint = make_organisation(), make_endpoint(own)
    plain = admin_of(own).__class__("mem_2", own.id, frozenset())
    changes: list[Callable[..., object]] = [
        services.rotate_secret,
        services.remove_endpoint,
        services.ping,
        services.replay_dead,
    ]
    for change in changes:
        box = {"box": BOX} if change is services.rotate_secret else {}
        with pytest.raises(NotAllowed):
            change(endpoint.id, actor=plain, now=NOW, **box)
        with pytest.raises(NotFound):
            change(endpoint.id, actor=admin_of(other), now=NOW, **box)
    for _ in range(9):
        make_endpoint(own)
    with pytest.raises(Conflict):
        make_endpoint(own)
    services.change_endpoint(endpoint.id, {"active": False}, actor=admin_of(own), now=NOW)
    with pytest.raises(TransitionNotAllowed):
        services.ping(endpoint.id, actor=admin_of(own), now=NOW)
    services.ping(make_endpoint(other).id, actor=admin_of(other), now=NOW)
    services.remove_endpoint(endpoint.id, actor=admin_of(own), now=NOW)
    make_endpoint(own)


def test_what_ended_long_ago_is_forgotten(own: Organisation) -> None:
    endpoint = endpoint_for(own, events=2)
    send_webhooks(endpoint.id, post=Notebook(), clock=at(NOW))
    deliveries(endpoint)[1].status = "dead"
    db.session.commit()
    for days, gone in ((30, 0), (31, 1), (90, 0), (91, 1)):
        assert services.forget_deliveries(NOW + timedelta(days=days)) == gone


def test_two_workers_send_each_message_once(app: Flask, committed: None) -> None:
    with app.app_context(), unit_of_work():
        endpoint_id = endpoint_for(make_organisation(), events=3).id
    said: list[str] = []

    def second() -> None:
        with app.app_context():
            said.append(send_webhooks(endpoint_id, post=notes))

    def meanwhile() -> None:
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(60)

    notes = Notebook(then=meanwhile)
    with app.app_context():
        assert send_webhooks(endpoint_id, post=notes) == "3 delivered"
        assert said == ["another is at it"] * 3
        assert len(set(notes.names)) == len(notes.got) == 3
        assert due_webhooks() == []


def test_maintenance_sends_what_is_due(app: Flask, committed: None) -> None:
    with app.app_context():
        with unit_of_work():
            closed = [make_endpoint(make_organisation(), url="https://127.0.0.1/", networks=HERE).id for _ in "ab"]
        assert sorted(due_webhooks()) == sorted(closed)
        assert send_due_webhooks() == 2
        found = db.session.scalars(sa.select(WebhookDelivery.last_error)).all()
        assert found == ["address-refused"] * 2
        assert due_webhooks() == []
