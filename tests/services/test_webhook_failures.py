"""Webhooks that fail: retried by the table, given up, disabled, sent again."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from marketplace.accounts.models import Organisation
from marketplace.jobs.send_webhooks import send_webhooks
from marketplace.notifications.models import Message
from marketplace.shared.database import db
from marketplace.webhooks import queries, services
from marketplace.webhooks.models import WebhookDelivery
from marketplace.webhooks.rules.deliveries import wait_after
from marketplace.webhooks.services import Outcome
from tests.conftest import NOW
from tests.factories.webhooks import (
    Notebook,
    admin_of,
    at,
    deliveries,
    endpoint_for,
    make_event,
    number_in,
)

BUSY = Outcome(503, "status")
SECOND = timedelta(seconds=1)


def test_retries_follow_the_table_and_end_dead(own: Organisation) -> None:
    endpoint, notes, moment = endpoint_for(own, events=1), Notebook([BUSY] * 10), NOW
    for attempt in range(1, 11):
        assert send_webhooks(endpoint.id, post=notes, clock=at(moment)) == "0 delivered, then status 503"
        (delivery,) = deliveries(endpoint)
        wait = wait_after(delivery.id, attempt)
        assert (delivery.attempt, delivery.last_error) == (attempt, "status")
        if wait is not None:
            assert delivery.status == "pending"
            assert delivery.next_at == moment + wait
            assert send_webhooks(endpoint.id, post=notes, clock=at(delivery.next_at - SECOND)) == "0 delivered"
            moment = delivery.next_at
    assert (delivery.status, delivery.finished_at) == ("dead", moment)
    assert len(set(notes.names)) == 1
    assert len({headers["webhook-timestamp"] for _, headers, _ in notes.got}) == 10  # each signed anew
    assert queries.due_endpoints(now=moment + timedelta(days=9)) == []
    listed = queries.deliveries(endpoint.id, admin_of(own), status="dead").items
    assert [each.id for each in listed] == [delivery.id]


def test_one_failing_event_does_not_hold_up_those_after_it(own: Organisation) -> None:
    endpoint, notes = endpoint_for(own, events=3), Notebook([Outcome(400, "status")])
    send_webhooks(endpoint.id, post=notes, clock=at(NOW))
    assert send_webhooks(endpoint.id, post=notes, clock=at(NOW + 4 * SECOND)) == "0 delivered"  # it is left alone
    first = deliveries(endpoint)[0]
    first.next_at = NOW + timedelta(minutes=5)
    db.session.commit()
    assert send_webhooks(endpoint.id, post=notes, clock=at(NOW + 5 * SECOND)) == "2 delivered"
    assert [each.status for each in deliveries(endpoint)] == ["pending", "delivered", "delivered"]
    assert endpoint.outbox.failing_since is None


def test_what_a_receiver_asks_for_is_granted_within_a_day(own: Organisation) -> None:
    endpoint = endpoint_for(own, events=1)
    send_webhooks(endpoint.id, post=Notebook([Outcome(429, "status", "3600")]), clock=at(NOW))
    assert deliveries(endpoint)[0].next_at == NOW + timedelta(hours=1)
    assert queries.due_endpoints(now=NOW + timedelta(minutes=59)) == []
    assert queries.due_endpoints(now=NOW + timedelta(minutes=60)) == [endpoint.id]


def told(own: Organisation) -> list[str]:
    query = sa.select(Message.text_en).filter_by(organisation_id=own.id, kind="webhook-disabled")
    return list(db.session.scalars(query))


def test_an_address_that_is_gone_is_disabled_and_the_organisation_told(own: Organisation) -> None:
    endpoint = endpoint_for(own, events=2)
    version = endpoint.version
    send_webhooks(endpoint.id, post=Notebook([Outcome(410, "status")]), clock=at(NOW))
    assert (endpoint.status, endpoint.disabled_reason) == ("disabled", "gone")
    assert endpoint.version == version + 1
    assert told(own) == [
        "The webhook to hooks.example.com is disabled: its receiver said that it is gone (410). "
        "Once enabled again, it goes on where it stopped."
    ]
    later = NOW + timedelta(days=1)
    assert queries.due_endpoints(now=later) == []
    assert send_webhooks(endpoint.id, post=Notebook(), clock=at(later)) == "0 delivered"
    services.change_endpoint(endpoint.id, {"active": True}, actor=admin_of(own), now=later)
    db.session.commit()
    assert send_webhooks(endpoint.id, post=Notebook(), clock=at(later)) == "1 delivered"


def test_five_days_without_success_disable_it(own: Organisation) -> None:
    endpoint, days = endpoint_for(own), timedelta(days=5)
    for moment in (NOW, NOW + timedelta(days=2), NOW + days - SECOND):
        make_event(own)
        db.session.commit()
        send_webhooks(endpoint.id, post=Notebook([BUSY] * 9), clock=at(moment))
        assert (endpoint.status, told(own)) == ("enabled", [])
    send_webhooks(endpoint.id, post=Notebook([BUSY]), clock=at(NOW + days + timedelta(hours=1)))
    assert (endpoint.status, endpoint.disabled_reason) == ("disabled", "failing")
    assert len(told(own)) == 1


def test_the_dead_are_sent_again_one_or_all(own: Organisation) -> None:
    endpoint, admin = endpoint_for(own, events=3), admin_of(own)
    send_webhooks(endpoint.id, post=Notebook(), clock=at(NOW))
    names = [each.id for each in deliveries(endpoint)]
    db.session.execute(sa.update(WebhookDelivery).values(status="dead", attempt=10))
    db.session.commit()
    services.replay_delivery(endpoint.id, names[1], actor=admin, now=NOW)
    db.session.commit()
    first, rest = Notebook(), Notebook()
    assert send_webhooks(endpoint.id, post=first, clock=at(NOW)) == "1 delivered"
    services.replay_dead(endpoint.id, actor=admin, now=NOW)
    db.session.commit()
    assert send_webhooks(endpoint.id, post=rest, clock=at(NOW)) == "2 delivered"
    numbers = [number_in(name) for name in first.names + rest.names]
    low = numbers[1]
    assert numbers == [low + 1, low, low + 2]
    assert {each.attempt for each in deliveries(endpoint)} == {1}


def test_events_are_sent_again_from_a_number_on_also_those_of_before(own: Organisation) -> None:
    make_event(own, "before")
    db.session.commit()
    endpoint = endpoint_for(own, events=3)
    send_webhooks(endpoint.id, post=Notebook(), clock=at(NOW))
    numbers = [each.number for each in deliveries(endpoint)]
    for start, expected in ((numbers[1], numbers[1:]), (1, [1, *numbers]), (999, [])):
        services.replay_from(endpoint.id, start or 1, actor=admin_of(own), now=NOW)
        db.session.commit()
        notes = Notebook()
        send_webhooks(endpoint.id, post=notes, clock=at(NOW))
        assert [number_in(name) for name in notes.names] == expected


def test_what_an_administrator_does_meanwhile_stands(own: Organisation) -> None:
    endpoint, admin = endpoint_for(own, events=2), admin_of(own)

    def replay() -> None:
        notes.then = lambda: None
        services.replay_from(endpoint.id, 1, actor=admin, now=NOW)
        db.session.commit()

    notes = Notebook(then=replay)
    assert send_webhooks(endpoint.id, post=notes, clock=at(NOW)) == "0 delivered, then superseded 200"
    assert send_webhooks(endpoint.id, post=notes, clock=at(NOW)) == "2 delivered"
    assert notes.names[0] == notes.names[1] != notes.names[2]
    make_event(own)
    db.session.commit()

    def remove() -> None:
        services.remove_endpoint(endpoint.id, actor=admin, now=NOW)
        db.session.commit()

    assert send_webhooks(endpoint.id, post=Notebook(then=remove), clock=at(NOW)).endswith("superseded 200")
    assert send_webhooks(endpoint.id, post=notes, clock=at(NOW)) == "another is at it"
    assert db.session.scalars(sa.select(WebhookDelivery)).all() == []


def test_organisations_that_were_turned_away_get_nothing(own: Organisation) -> None:
    endpoint, notes = endpoint_for(own, events=1), Notebook()
    own.status = "rejected"
    db.session.commit()
    assert queries.due_endpoints(now=NOW) == []
    assert send_webhooks(endpoint.id, post=notes, clock=at(NOW)) == "0 delivered"
    assert notes.got == []
