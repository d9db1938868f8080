"""Declaring, deciding and withdrawing certificates."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from marketplace.accounts.models import Member
from marketplace.evidence import queries, services
from marketplace.evidence.models import Certificate
from marketplace.shared.actor import Role
from marketplace.shared.audit import AuditEntry
from marketplace.shared.database import db
from marketplace.shared.errors import Conflict, InvalidInput, NotAllowed, NotFound, TransitionNotAllowed
from tests.factories.accounts import make_member, make_site
from tests.factories.catalogue import make_grade
from tests.factories.evidence import make_certificate


@pytest.fixture
def seller(session: None) -> Member:
    """A seller of a cell maker."""
    return make_member(roles=[Role.SELLER])


@pytest.fixture
def operator(session: None) -> Member:
    """An operator."""
    return make_member(roles=[Role.OPERATOR])


def declare(member: Member, now: datetime, **given: Any) -> Certificate:
    """Declare a certificate of this member's organisation."""
    declaration = {
        "code": "IATF16949",
        "number": "0123",
        "issuer": "认证中心",
        "valid_from": date(2026, 1, 1),
        "valid_to": date(2028, 12, 31),
        **given,
    }
    return services.declare_certificate(**declaration, actor=member.actor, now=now)


def held(member: Member) -> list[str]:
    """Codes of what the member's organisation holds."""
    return [
        certificate.code for certificate in queries.held_certificates([member.organisation_id])[member.organisation_id]
    ]


def test_only_what_an_operator_accepted_is_held(seller: Member, operator: Member, now: datetime) -> None:
    certificate = declare(seller, now)
    assert held(seller) == []
    services.decide_certificate(certificate.id, decision="accept", actor=operator.actor, now=now)
    assert held(seller) == ["IATF16949"]
    services.decide_certificate(certificate.id, decision="revoke", reason="证书被吊销", actor=operator.actor, now=now)
    assert held(seller) == []
    entries = db.session.scalars(sa.select(AuditEntry).filter_by(subject_id=certificate.id).order_by(AuditEntry.number))
    assert [(entry.action, entry.organisation_id) for entry in entries] == [
        (f"evidence:certificate:{step}", seller.organisation_id) for step in ("declared", "accepted", "revoked")
    ]


def test_scope_is_own_sites_and_known_grades(seller: Member, now: datetime) -> None:
    grade, own, foreign = make_grade(), make_site(seller.organisation), make_site(make_member().organisation)
    assert declare(seller, now, grades=[grade.id], sites=[own.id]).sites == [own.id]
    with pytest.raises(InvalidInput) as caught:
        declare(seller, now, number="2", grades=[grade.id, "nothing"], sites=[foreign.id])
    assert [(fault.pointer, fault.value) for fault in caught.value.faults] == [
        ("/grades/1", "nothing"),
        ("/sites/0", foreign.id),
    ]


def test_the_same_document_is_declared_once_at_a_time(seller: Member, now: datetime) -> None:
    first = declare(seller, now)
    with pytest.raises(Conflict, match="declared already"):
        declare(seller, now, number="0123")
    services.withdraw_certificate(first.id, actor=seller.actor, now=now)
    assert declare(seller, now).status == "declared"
    assert declare(make_member(roles=[Role.BUYER]), now).status == "declared"


def test_what_expired_meanwhile_is_not_accepted(seller: Member, operator: Member, now: datetime) -> None:
    certificate = make_certificate(seller.organisation, status="declared", valid_to=date(2026, 11, 30))
    with pytest.raises(Conflict, match="expired on 2026-11-30"):
        services.decide_certificate(certificate.id, decision="accept", actor=operator.actor, now=now)
    services.decide_certificate(certificate.id, decision="refuse", reason="过期", actor=operator.actor, now=now)
    assert (certificate.status, certificate.reason, certificate.decided_by) == ("refused", "过期", operator.id)


def test_refused_steps(seller: Member, operator: Member, now: datetime) -> None:
    certificate = make_certificate(seller.organisation, status="refused")
    with pytest.raises(TransitionNotAllowed):
        services.decide_certificate(certificate.id, decision="accept", actor=operator.actor, now=now)
    with pytest.raises(TransitionNotAllowed):
        services.withdraw_certificate(certificate.id, actor=seller.actor, now=now)
    with pytest.raises(InvalidInput, match="/decision: is no decision"):
        services.decide_certificate(certificate.id, decision="withdraw", actor=operator.actor, now=now)


def test_who_may_do_what(seller: Member, operator: Member, now: datetime) -> None:
    certificate = make_certificate(seller.organisation, status="declared")
    stranger = make_member(roles=[Role.SELLER])
    with pytest.raises(NotFound):
        queries.certificate(certificate.id, stranger.actor)
    with pytest.raises(NotFound):
        services.withdraw_certificate(certificate.id, actor=stranger.actor, now=now)
    with pytest.raises(NotAllowed):
        services.decide_certificate(certificate.id, decision="accept", actor=seller.actor, now=now)
    with pytest.raises(NotAllowed):
        services.withdraw_certificate(certificate.id, actor=operator.actor, now=now)
    with pytest.raises(NotAllowed):
        declare(operator, now)
    assert queries.certificate(certificate.id, operator.actor) is certificate
    assert queries.certificates(stranger.actor).items == []
    assert queries.certificates(stranger.actor, organisation_id=seller.organisation_id).items == []
    assert queries.certificates(operator.actor, status="declared").items == [certificate]
