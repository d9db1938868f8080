"""Break-glass: two persons, a reason, one reading within a day, told to the owner, written into both chains."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from marketplace.notifications.models import Message
from marketplace.orders import queries, services
from marketplace.shared import audit
from marketplace.shared.actor import SYSTEM, Role
from marketplace.shared.database import db
from marketplace.shared.errors import Conflict, InvalidInput, NotAllowed, NotFound, TransitionNotAllowed
from tests.conftest import NOW
from tests.factories.accounts import make_member
from tests.factories.orders import make_disclosure, make_order, make_trader

pytestmark = pytest.mark.usefixtures("session")

REASON = "核查异常报价举报, 需要比对双方的限价与条款"


def actions(organisation_id: str) -> list[str]:
    """What an organisation's trail says, the chain being whole."""
    assert list(audit.broken_entries(organisation_id)) == []
    query = sa.select(audit.AuditEntry).filter_by(organisation_id=organisation_id).order_by(audit.AuditEntry.number)
    return [entry.action for entry in db.session.scalars(query)]


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.REGULATOR])
def test_from_request_to_one_reading(role: Role) -> None:
    asking, approving = make_member(roles=[role]), make_member(roles=[Role.OPERATOR])
    order = make_order(status="frozen")
    asked = services.request_disclosure(order.id, REASON, actor=asking.actor, now=NOW)
    with pytest.raises(TransitionNotAllowed):
        services.read_disclosed_order(asked.id, actor=asking.actor, now=NOW)
    services.approve_disclosure(asked.id, actor=approving.actor, now=NOW)
    read = services.read_disclosed_order(asked.id, actor=asking.actor, now=NOW + timedelta(hours=23))
    assert read.terms["limit_price"] == {"components": [{"fixed": "98000"}]}
    with pytest.raises(TransitionNotAllowed):
        services.read_disclosed_order(asked.id, actor=asking.actor, now=NOW + timedelta(hours=23))
    steps = [
        "orders:disclosure:requested",
        "orders:disclosure:approved",
        "notifications:message:told",
        "orders:disclosure:read",
    ]
    assert actions(order.organisation_id) == steps
    assert actions(asking.organisation_id) == [steps[0], steps[-1]]
    assert actions(approving.organisation_id) == [steps[1]]
    entries = db.session.scalars(sa.select(audit.AuditEntry).filter_by(subject_id=asked.id)).all()
    assert not any("98000" in str(entry.payload) for entry in entries)
    (message,) = db.session.scalars(sa.select(Message).filter_by(organisation_id=order.organisation_id))
    assert (message.kind, message.subject_id) == ("order-disclosed", order.id)
    assert REASON in message.text_zh
    assert REASON in message.text_en


def test_nobody_decides_a_request_of_their_own() -> None:
    operator = make_member(roles=[Role.OPERATOR])
    asked = make_disclosure(operator)
    for decide in (services.approve_disclosure, services.refuse_disclosure):
        with pytest.raises(NotAllowed, match="another operator"):
            decide(asked.id, actor=operator.actor, now=NOW)
    assert asked.status == "requested"


def test_authorities_decide_nothing_and_traders_ask_nothing() -> None:
    regulator, trader, order = make_member(roles=[Role.REGULATOR]), make_trader(), make_order()
    asked = make_disclosure(make_member(roles=[Role.OPERATOR]))
    with pytest.raises(NotAllowed):
        services.approve_disclosure(asked.id, actor=regulator.actor, now=NOW)
    with pytest.raises(NotAllowed):
        services.request_disclosure(order.id, REASON, actor=trader.actor, now=NOW)
    with pytest.raises(NotFound):
        services.request_disclosure("ord_none", REASON, actor=regulator.actor, now=NOW)


@pytest.mark.parametrize("status", ["draft", "open", "withdrawn", "expired"])
def test_sealed_until_a_round_has_frozen_it(status: str) -> None:
    """Neither asked for nor approved nor read, not even on a request that stands already."""
    operator, other, order = make_member(roles=[Role.OPERATOR]), make_member(roles=[Role.OPERATOR]), make_order()
    order.status = status
    with pytest.raises(Conflict, match="sealed"):
        services.request_disclosure(order.id, REASON, actor=operator.actor, now=NOW)
    assert queries.disclosures(operator.actor).items == []
    with pytest.raises(Conflict, match="sealed"):
        services.approve_disclosure(make_disclosure(operator, order).id, actor=other.actor, now=NOW)
    approved = make_disclosure(operator, order, status="approved")
    with pytest.raises(Conflict, match="sealed"):
        services.read_disclosed_order(approved.id, actor=operator.actor, now=NOW)
    assert approved.status == "approved"


def test_what_was_frozen_is_read_not_what_was_changed_since() -> None:
    """Released, revised and frozen again: a request opens the freezing before it, and no later state."""
    trader, operator, other = make_trader(), make_member(roles=[Role.OPERATOR]), make_member(roles=[Role.OPERATOR])
    order = make_order(trader.organisation, status="open")
    hour = timedelta(hours=1)

    def revise(price: str, now: datetime) -> None:
        limit = {"limit_price": {"components": [{"fixed": price}]}}
        services.revise_order(order.id, limit, actor=trader.actor, now=now)

    def read(asked_at: datetime) -> str:
        asked = services.request_disclosure(order.id, REASON, actor=operator.actor, now=asked_at)
        services.approve_disclosure(asked.id, actor=other.actor, now=NOW + 5 * hour)
        revision = services.read_disclosed_order(asked.id, actor=operator.actor, now=NOW + 5 * hour)
        assert (revision.status, revision.order) == ("frozen", order)
        return str(revision.terms["limit_price"]["components"][0]["fixed"])

    services.freeze_orders([order.id], round_id="rnd_1", actor=SYSTEM, now=NOW)
    services.release_orders([order.id], round_id="rnd_1", actor=SYSTEM, now=NOW + hour)
    revise("91111", NOW + 2 * hour)
    assert order.status == "open"
    assert read(NOW + 2 * hour) == "98000"
    services.freeze_orders([order.id], round_id="rnd_2", actor=SYSTEM, now=NOW + 3 * hour)
    assert read(NOW + 2 * hour) == "98000"
    assert read(NOW + 4 * hour) == "91111"


def test_a_reason_is_needed() -> None:
    order, operator = make_order(), make_member(roles=[Role.OPERATOR])
    for reason in ("", "太短", " " * 40, "x" * 2001, "不可打印的字符\u0000" * 5):
        with pytest.raises(InvalidInput) as error:
            services.request_disclosure(order.id, reason, actor=operator.actor, now=NOW)
        assert error.value.faults[0].pointer == "/reason"


def test_an_approval_lapses_after_a_day_and_serves_nobody_else() -> None:
    operator, other = make_member(roles=[Role.OPERATOR]), make_member(roles=[Role.OPERATOR])
    approved = make_disclosure(operator, status="approved")
    with pytest.raises(NotFound):
        services.read_disclosed_order(approved.id, actor=other.actor, now=NOW)
    with pytest.raises(Conflict, match="lapsed"):
        services.read_disclosed_order(approved.id, actor=operator.actor, now=NOW + timedelta(hours=24))
    assert approved.status == "approved"


def test_a_refused_request_stays_refused() -> None:
    operator, other = make_member(roles=[Role.OPERATOR]), make_member(roles=[Role.OPERATOR])
    asked = make_disclosure(operator)
    services.refuse_disclosure(asked.id, actor=other.actor, now=NOW)
    with pytest.raises(TransitionNotAllowed):
        services.approve_disclosure(asked.id, actor=other.actor, now=NOW)
    with pytest.raises(TransitionNotAllowed):
        services.read_disclosed_order(asked.id, actor=operator.actor, now=NOW)
    assert db.session.scalars(sa.select(Message)).all() == []


def test_who_sees_which_requests() -> None:
    regulator, operator = make_member(roles=[Role.REGULATOR]), make_member(roles=[Role.OPERATOR])
    own, foreign = make_disclosure(regulator), make_disclosure(make_member(roles=[Role.REGULATOR]))
    assert [each.id for each in queries.disclosures(regulator.actor).items] == [own.id]
    assert {each.id for each in queries.disclosures(operator.actor).items} == {own.id, foreign.id}
    assert queries.disclosure(own.id, regulator.actor) is own
    with pytest.raises(NotFound):
        queries.disclosure(foreign.id, regulator.actor)
    assert queries.disclosures(operator.actor, status="approved").items == []
