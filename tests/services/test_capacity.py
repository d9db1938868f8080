"""Lines, what they make by month, and who may offer from them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa

from marketplace.accounts.models import Member
from marketplace.capacity import queries, services
from marketplace.capacity.models import ProductionLine
from marketplace.shared.actor import Actor, Role
from marketplace.shared.audit import AuditEntry
from marketplace.shared.database import db
from marketplace.shared.errors import Conflict, InvalidInput, NotAllowed, NotFound, TransitionNotAllowed
from tests.factories.accounts import make_member, make_organisation, make_site
from tests.factories.capacity import make_grant, make_line, make_statement
from tests.factories.catalogue import make_grade


@pytest.fixture
def producer(session: None) -> Member:
    """A seller of the producer."""
    return make_member(roles=[Role.SELLER])


@pytest.fixture
def trader(session: None) -> Member:
    """A seller of another organisation."""
    return make_member(roles=[Role.SELLER])


@pytest.fixture
def line(producer: Member) -> ProductionLine:
    """A line of the producer."""
    return make_line(producer.organisation)


def state(line: ProductionLine, actor: Actor, now: datetime, month: str, volume: str, kind: str = "installed") -> int:
    """State a capacity; its vintage."""
    statement = services.state_capacity(
        line.id, kind=kind, from_month=month, volume_per_month=Decimal(volume), actor=actor, now=now
    )
    return statement.vintage


def test_a_line_stands_at_an_own_active_site(producer: Member, now: datetime) -> None:
    grade, own = make_grade(), make_site(producer.organisation)
    made = services.add_line(site_id=own.id, grade_id=grade.id, name="一号线", actor=producer.actor, now=now)
    assert (made.name, made.organisation_id) == ("一号线", producer.organisation_id)
    with pytest.raises(Conflict, match="has a line"):
        services.add_line(site_id=own.id, grade_id=grade.id, name="一号线", actor=producer.actor, now=now)
    closed, foreign = make_site(producer.organisation, active=False), make_site(make_organisation())
    for site_id, message in ((closed.id, "no longer active"), (foreign.id, "not known"), ("sit_0", "not known")):
        with pytest.raises(InvalidInput, match=f"/site_id: is {message}"):
            services.add_line(site_id=site_id, grade_id=grade.id, name="二号线", actor=producer.actor, now=now)
    with pytest.raises(InvalidInput, match="/grade_id: is not known"):
        services.add_line(site_id=own.id, grade_id="nothing", name="二号线", actor=producer.actor, now=now)


def test_a_line_is_renamed_unless_the_name_is_taken(producer: Member, line: ProductionLine, now: datetime) -> None:
    make_line(producer.organisation, site_id=line.site_id, name="二号线")
    with pytest.raises(Conflict):
        services.rename_line(line.id, name="二号线", actor=producer.actor, now=now)
    assert services.rename_line(line.id, name="三号线", actor=producer.actor, now=now).version == 2
    assert services.rename_line(line.id, name="三号线", actor=producer.actor, now=now).version == 2


def test_a_restatement_becomes_a_vintage_and_the_last_holds(
    producer: Member, line: ProductionLine, now: datetime
) -> None:
    assert state(line, producer.actor, now, "2027-01", "500") == 1
    assert state(line, producer.actor, now, "2027-07", "800") == 1
    assert state(line, producer.actor, now, "2027-01", "450.5") == 2
    assert state(line, producer.actor, now, "2027-01", "450.50") == 2
    assert state(line, producer.actor, now, "2027-03", "100", "staged") == 1
    months = ["2026-12", "2027-01", "2027-06", "2027-07"]
    assert [queries.installed(line.id, month) for month in months] == [0, Decimal("450.5"), Decimal("450.5"), 800]
    assert [queries.staged(line.id, month) for month in months] == [0, 0, 100, 100]
    assert [row.vintage for row in queries.statements(line.id, all_vintages=True)] == [1, 2, 1, 1]
    assert [row.vintage for row in queries.statements(line.id)] == [2, 1, 1]
    entries = db.session.scalars(sa.select(AuditEntry).filter_by(subject_id=line.id, action="capacity:line:stated"))
    assert [entry.payload["volume_per_month"] for entry in entries] == ["500", "800", "450.5", "100"]


def test_capacity_is_in_whole_quanta(producer: Member, line: ProductionLine, now: datetime) -> None:
    with pytest.raises(InvalidInput, match="/volume_per_month: is not a whole multiple"):
        state(line, producer.actor, now, "2027-01", "0.0005")


def test_a_trader_uses_a_line_while_the_producer_lets_it(
    producer: Member, trader: Member, line: ProductionLine, now: datetime
) -> None:
    with pytest.raises(NotFound):
        queries.usable_line(line.id, trader.actor)
    code = trader.organisation.credit_code
    grant = services.grant_line(line.id, credit_code=code, actor=producer.actor, now=now)
    assert queries.usable_line(line.id, trader.actor) is line
    assert queries.lines(trader.actor, granted=True).items == [line]
    assert queries.lines(trader.actor).items == []
    with pytest.raises(Conflict, match="may offer from this line already"):
        services.grant_line(line.id, credit_code=code, actor=producer.actor, now=now)
    services.revoke_grant(line.id, grant.id, actor=producer.actor, now=now)
    with pytest.raises(NotFound):
        queries.usable_line(line.id, trader.actor)
    with pytest.raises(TransitionNotAllowed):
        services.revoke_grant(line.id, grant.id, actor=producer.actor, now=now)
    assert services.grant_line(line.id, credit_code=code, actor=producer.actor, now=now).id != grant.id
    assert len(queries.grants(line.id).items) == 2


def test_consent_is_given_to_another_verified_organisation(
    producer: Member, line: ProductionLine, now: datetime
) -> None:
    pending = make_organisation(verified=False)
    for code, message in (
        (producer.organisation.credit_code, "is your own organisation"),
        (pending.credit_code, "is not known"),
        ("91110000600037341L", "is not known"),
    ):
        with pytest.raises(InvalidInput, match=f"/credit_code: {message}"):
            services.grant_line(line.id, credit_code=code, actor=producer.actor, now=now)


def test_who_sees_and_does_what(producer: Member, trader: Member, line: ProductionLine, now: datetime) -> None:
    stranger, operator = make_member(roles=[Role.SELLER]), make_member(roles=[Role.OPERATOR])
    buyer = make_member(roles=[Role.BUYER], organisation=producer.organisation)
    make_statement(line)
    grant = make_grant(line, trader.organisation)
    assert queries.line(line.id, trader.actor) is line
    assert queries.inspectable_line(line.id, operator.actor) is line
    assert queries.lines(operator.actor, organisation_id=producer.organisation_id).items == [line]
    for actor in (trader.actor, stranger.actor):
        with pytest.raises(NotFound):
            queries.inspectable_line(line.id, actor)
        with pytest.raises(NotFound):
            state(line, actor, now, "2027-01", "1")
        with pytest.raises(NotFound):
            services.grant_line(line.id, credit_code="x", actor=actor, now=now)
        with pytest.raises(NotFound):
            services.revoke_grant(line.id, grant.id, actor=actor, now=now)
        with pytest.raises(NotFound):
            services.rename_line(line.id, name="x", actor=actor, now=now)
    with pytest.raises(NotFound):
        queries.line(line.id, stranger.actor)
    with pytest.raises(NotFound):
        queries.usable_line(line.id, operator.actor)
    with pytest.raises(NotFound):
        services.revoke_grant(make_line(producer.organisation).id, grant.id, actor=producer.actor, now=now)
    for actor in (buyer.actor, operator.actor):
        with pytest.raises(NotAllowed):
            state(line, actor, now, "2027-01", "1")
        with pytest.raises(NotAllowed):
            services.add_line(site_id=line.site_id, grade_id=line.grade_id, name="x", actor=actor, now=now)
