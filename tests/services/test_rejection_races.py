"""Rejections within one's own limits that meet are all counted."""

from __future__ import annotations

from functools import partial

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.contracts import queries, services
from marketplace.contracts.models import LimitKeptRejection
from marketplace.orders.models import OrderPause
from marketplace.shared.actor import Actor
from marketplace.shared.database import db
from tests.conftest import NOW
from tests.factories.catalogue import make_grade
from tests.factories.contracts import party
from tests.factories.rounds import make_open_order, make_round, make_trader
from tests.services.racing import Act, at_once


@pytest.mark.usefixtures("committed")
@pytest.mark.parametrize("seed", range(8))
def test_the_last_of_three_at_once_counts_the_others(app: Flask, seed: int) -> None:
    """One seller rejects three proposals of rounds of their own at one instant; each is rejected twice."""
    with app.app_context():
        grade, seller = make_grade(), make_trader()
        proposals = []
        for _ in range(3):
            make_open_order(seller, "offer", grade, price="96000")
            make_open_order(make_trader(), "need", grade, price="104000")
            proposals += queries.proposals_of_round(make_round(grade, until="published").id)
        acts: list[Act] = [partial(_reject, each.id, party(each, "seller")) for each in proposals] * 2
        if seed % 2:
            db.session.add(OrderPause(organisation_id=seller.organisation.id, grade_id=grade.id, until=None))
        db.session.commit()
    assert len(proposals) == 3
    told = at_once(app, acts, seed)
    assert told.count("done") == 3
    with app.app_context():
        assert len(db.session.scalars(sa.select(LimitKeptRejection)).all()) == 3
        (pause,) = db.session.scalars(sa.select(OrderPause)).all()
        assert pause.until is not None


def _reject(proposal_id: str, actor: Actor) -> None:
    services.reject_proposal(proposal_id, revision=1, reason="另有打算", actor=actor, now=NOW)
