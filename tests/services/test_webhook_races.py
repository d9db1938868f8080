"""Administrators and workers that meet at one endpoint: limits hold, nobody waits for each other in a circle."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.shared.database import db, unit_of_work
from marketplace.webhooks import services
from marketplace.webhooks.models import WebhookDelivery, WebhookEndpoint
from marketplace.webhooks.services import Outcome
from tests.conftest import NOW
from tests.factories.accounts import make_organisation
from tests.factories.webhooks import BOX, admin_of, make_endpoint, make_event, number_in
from tests.services.racing import at_once


def test_the_eleventh_is_refused_whoever_comes_at_the_same_time(app: Flask, committed: None) -> None:
    with app.app_context(), unit_of_work():
        own = make_organisation()
        for _ in range(8):
            make_endpoint(own)
    answers = at_once(app, [lambda: make_endpoint(own)] * 4, seed=1)
    assert sorted(answers) == ["conflict", "conflict", "done", "done"]


@pytest.mark.parametrize("seed", range(3))
def test_sending_beside_all_that_an_administrator_does(app: Flask, committed: None, seed: int) -> None:
    with app.app_context(), unit_of_work():
        own = make_organisation()
        endpoint_id, admin = make_endpoint(own, kinds=["proposal.*"]).id, admin_of(own)
        for _ in range(3):
            make_event(own)

    def send() -> None:
        turn = services.take_turn(endpoint_id, now=NOW)
        if turn is None:
            return
        parcel = services.next_parcel(turn, box=BOX, now=NOW)
        if parcel is not None:
            services.record_outcome(turn, parcel, Outcome(410, "status"), now=NOW)
        services.end_turn(turn)

    answers = at_once(
        app,
        [
            send,
            lambda: services.ping(endpoint_id, actor=admin, now=NOW),
            lambda: services.replay_from(endpoint_id, 1, actor=admin, now=NOW),
            lambda: services.replay_dead(endpoint_id, actor=admin, now=NOW),
            send,
        ],
        seed,
    )
    assert set(answers) <= {"done", "transition-not-allowed"}
    with app.app_context(), unit_of_work():
        if db.session.get_one(WebhookEndpoint, endpoint_id).status == "disabled":
            services.change_endpoint(endpoint_id, {"active": True}, actor=admin, now=NOW)
    later = NOW + timedelta(days=1)
    with app.app_context(), unit_of_work():
        services.replay_from(endpoint_id, 1, actor=admin, now=later)
        turn = services.take_turn(endpoint_id, now=later)
        assert turn is not None
        names = set()
        while (parcel := services.next_parcel(turn, box=BOX, now=later)) is not None:
            assert services.record_outcome(turn, parcel, Outcome(200), now=later) == "delivered"
            names.add(parcel.headers["webhook-id"])
        query = sa.select(WebhookDelivery).where(WebhookDelivery.number.is_not(None))
        found = db.session.scalars(query.order_by(WebhookDelivery.number)).all()
        assert [each.status for each in found] == ["delivered"] * 3
        assert {number_in(name) for name in names} >= {each.number for each in found}
