"""Services of accounts, called as the delivery code calls them."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from marketplace.accounts import queries, services
from marketplace.accounts.models import Member
from marketplace.accounts.rules.events import AdmissionDecided
from marketplace.accounts.rules.members import SignInRefused
from marketplace.accounts.services import passwords
from marketplace.shared.actor import SYSTEM, Role
from marketplace.shared.audit import AuditEntry, broken_entries
from marketplace.shared.database import db
from marketplace.shared.errors import Conflict, InvalidInput, NotAllowed, NotFound
from marketplace.shared.events import bus
from tests.conftest import NOW
from tests.factories.accounts import PASSWORD, credit_code, make_member, make_organisation, make_site, make_token

pytestmark = pytest.mark.usefixtures("session")

OPERATOR: dict[str, Any] = {
    "email": "Root@example.com",
    "name": "运营员",
    "password": PASSWORD,
    "credit_code": credit_code(90_000_001),
    "name_zh": "长单平台",
    "name_latin": "Changdan",
}


class CountingHasher:
    """Hashes as argon2 does, and counts how often it had to work."""

    def __init__(self) -> None:
        self.work = 0
        self._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        self.check_needs_rehash = self._hasher.check_needs_rehash

    def hash(self, password: str) -> str:
        """One unit of work."""
        self.work += 1
        return self._hasher.hash(password)

    def verify(self, password_hash: str, password: str) -> bool:
        """One unit of work."""
        self.work += 1
        return self._hasher.verify(password_hash, password)


def test_signing_in_costs_the_same_whether_there_is_an_account_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who measures the time of a refusal learns nothing."""
    make_member(email="known@example.com")
    make_member(email="inactive@example.com", active=False)
    for email, password in (
        ("known@example.com", "wrong"),
        ("unknown@example.com", "wrong"),
        ("unknown@example.com", PASSWORD),
        ("inactive@example.com", PASSWORD),
        ("inactive@example.com", "wrong"),
    ):
        hasher = CountingHasher()
        monkeypatch.setattr(passwords, "hasher", hasher)
        with pytest.raises(SignInRefused):
            services.sign_in(email=email, password=password, now=NOW)
        assert hasher.work == 1, f"{email} with {password}"


def test_a_hash_is_made_anew_when_parameters_change(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the next sign-in, and only then."""
    member = make_member()
    before = member.password_hash
    services.sign_in(email=member.email, password=PASSWORD, now=NOW)
    assert member.password_hash == before
    stronger = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    monkeypatch.setattr(passwords, "hasher", stronger)
    services.sign_in(email=member.email, password=PASSWORD, now=NOW)
    assert member.password_hash != before
    assert not stronger.check_needs_rehash(member.password_hash)
    services.sign_in(email=member.email, password=PASSWORD, now=NOW)


def test_passwords_are_argon2id_with_the_recommended_work() -> None:
    """RFC 9106, second recommended setting (tests run with less)."""
    from argon2.profiles import RFC_9106_LOW_MEMORY

    assert PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY).hash("x").startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert make_member().password_hash.startswith("$argon2id$")


def test_the_first_operator_makes_the_house_the_next_joins_it() -> None:
    """One operating organisation, verified from the start."""
    first = services.create_operator(**OPERATOR, now=NOW)
    second = services.create_operator(**{**OPERATOR, "email": "second@example.com"}, now=NOW)
    assert first.email == "root@example.com"
    assert first.organisation_id == second.organisation_id
    assert first.actor.is_a(Role.OPERATOR)
    assert first.actor.is_a(Role.ORGANISATION_ADMIN)
    assert first.actor.verified
    assert list(broken_entries(first.organisation_id)) == []
    with pytest.raises(Conflict):
        services.create_operator(**OPERATOR, now=NOW)


def test_operators_are_made_by_the_system_alone() -> None:
    """And never out of a trading organisation."""
    with pytest.raises(NotAllowed):
        services.create_operator(**OPERATOR, actor=make_member(roles=["operator"]).actor, now=NOW)
    trader = make_organisation(kind="cell")
    with pytest.raises(Conflict):
        services.create_operator(**{**OPERATOR, "credit_code": trader.credit_code}, now=NOW)
    with pytest.raises(InvalidInput):
        services.create_operator(**{**OPERATOR, "password": "short"}, now=NOW)
    with pytest.raises(InvalidInput):
        services.create_operator(**{**OPERATOR, "credit_code": "1"}, now=NOW)


def test_roles_are_checked_below_the_interface_too() -> None:
    """A service called with the wrong actor refuses, whoever forgot to ask."""
    seller = make_member(roles=["seller"])
    actor = seller.actor
    site = make_site(seller.organisation)
    calls = (
        lambda: services.add_site({"name": "A", "address": "B", "region_code": "510100"}, actor=actor, now=NOW),
        lambda: services.update_site(site.id, {"active": False}, actor=actor, now=NOW),
        lambda: services.add_member(email="a@b.cn", name="A", password=PASSWORD, roles=[], actor=actor, now=NOW),
        lambda: services.update_member(seller.id, {"roles": ["organisation_admin"]}, actor=actor, now=NOW),
        lambda: services.set_password(seller.id, password=PASSWORD, actor=actor, now=NOW),
        lambda: services.update_organisation(seller.organisation_id, {"tags": []}, actor=actor, now=NOW),
        lambda: services.decide_admission(seller.organisation_id, "suspend", reason="x", actor=actor, now=NOW),
    )
    for call in calls:
        with pytest.raises(NotAllowed):
            call()


def test_foreign_things_do_not_exist() -> None:
    """For the services as for the queries."""
    admin = make_member(roles=["organisation_admin"]).actor
    other = make_member()
    site = make_site(other.organisation)
    make_token(other)
    token = queries.tokens(other.actor).items[0]
    calls = (
        lambda: queries.own_site(site.id, admin),
        lambda: queries.own_member(other.id, admin),
        lambda: queries.own_token(token.id, admin),
        lambda: queries.visible_organisation(other.organisation_id, admin),
        lambda: services.update_site(site.id, {"active": False}, actor=admin, now=NOW),
        lambda: services.update_member(other.id, {"active": False}, actor=admin, now=NOW),
        lambda: services.set_password(other.id, password=PASSWORD, actor=admin, now=NOW),
        lambda: services.update_organisation(other.organisation_id, {"tags": []}, actor=admin, now=NOW),
        lambda: services.revoke_token(token.id, actor=admin, now=NOW),
    )
    for call in calls:
        with pytest.raises(NotFound):
            call()


def test_a_decision_is_announced() -> None:
    """So that domains above can close what is open."""
    heard: list[AdmissionDecided] = []
    bus.subscribe(AdmissionDecided, heard.append)
    try:
        operator, organisation = make_member(roles=["operator"]), make_organisation(verified=False)
        services.decide_admission(organisation.id, "verify", actor=operator.actor, now=NOW)
    finally:
        bus._subscribers[AdmissionDecided].remove(heard.append)
    assert heard == [AdmissionDecided(organisation.id, "verified")]


def test_verification_reaches_the_actor() -> None:
    """Services upstairs ask actor.verified before anything is posted."""
    member = make_member(organisation=make_organisation(verified=False))
    assert not member.actor.verified
    member.organisation.status = "verified"
    assert member.actor.verified


@pytest.mark.parametrize("status", ["pending", "rejected", "suspended"])
@pytest.mark.parametrize(("kind", "role"), [("authority", Role.REGULATOR), ("operator", Role.OPERATOR)])
def test_staff_roles_count_in_a_verified_organisation_only(status: str, kind: str, role: Role) -> None:
    """Everybody may register as an authority; to administrate the own organisation is all that this gives."""
    organisation = make_organisation(kind=kind)
    member = make_member(organisation=organisation, roles=[role, Role.ORGANISATION_ADMIN])
    assert member.actor.is_a(role)
    organisation.status = status
    assert member.actor.roles == {Role.ORGANISATION_ADMIN}
    with pytest.raises(NotAllowed):
        member.actor.must_be(role)


def test_trading_roles_stand_before_verification() -> None:
    """Drafts may be written while an operator looks at the registration."""
    member = make_member(organisation=make_organisation(verified=False))
    assert member.actor.roles == {Role.SELLER, Role.BUYER, Role.SIGNATORY, Role.ORGANISATION_ADMIN}


def test_a_suspended_organisation_changes_nothing_that_others_see() -> None:
    """Neither its names nor its tags nor its sites; an operator still may."""
    admin, operator = make_member(roles=["organisation_admin"]), make_member(roles=["operator"])
    organisation, site = admin.organisation, make_site(admin.organisation)
    organisation.status = "suspended"
    place = {"name": "A", "address": "B", "region_code": "510100"}
    calls = (
        lambda: services.update_organisation(organisation.id, {"name_latin": "X"}, actor=admin.actor, now=NOW),
        lambda: services.update_organisation(organisation.id, {"tags": ["国企"]}, actor=admin.actor, now=NOW),
        lambda: services.add_site(place, actor=admin.actor, now=NOW),
        lambda: services.update_site(site.id, {"active": False}, actor=admin.actor, now=NOW),
    )
    for call in calls:
        with pytest.raises(NotAllowed, match="suspended"):
            call()
    services.update_organisation(organisation.id, {"name_latin": "X"}, actor=operator.actor, now=NOW)
    assert (organisation.name_latin, organisation.tags, site.active) == ("X", [], True)


def test_no_secret_reaches_the_audit_trail() -> None:
    """Neither passwords nor e-mail addresses nor token secrets: the trail can never be corrected."""
    member = services.register_organisation(
        name_zh="甲",
        name_latin="A",
        credit_code=credit_code(90_000_002),
        kind="cell",
        first_member={"email": "a@b.cn", "name": "王小明", "password": PASSWORD},
        now=NOW,
    )
    _, secret = services.make_token(name="ERP", scopes=["orders:read"], valid_days=1, actor=member.actor, now=NOW)
    services.change_password(current_password=PASSWORD, new_password="another long secret", actor=member.actor, now=NOW)
    services.add_member(email="c@d.cn", name="李雷", password=PASSWORD, roles=[], actor=member.actor, now=NOW)
    entries = list(db.session.scalars(sa.select(AuditEntry)))
    assert len(entries) == 4
    text = repr([{c.key: getattr(entry, c.key) for c in AuditEntry.__table__.columns} for entry in entries])
    for hidden in (PASSWORD, "another long secret", secret, "a@b.cn", "c@d.cn", "王小明", "李雷"):
        assert hidden not in text


def test_the_chain_holds_whatever_the_zone_of_the_clock() -> None:
    """A moment in Beijing's zone is read again in UTC; the hash must not notice."""
    beijing = datetime(2026, 12, 1, 10, 0, tzinfo=timezone(timedelta(hours=8)))
    admin = make_member(roles=["organisation_admin"])
    services.end_sessions(actor=admin.actor, now=beijing)
    db.session.commit()
    db.session.expire_all()
    entry = db.session.scalars(sa.select(AuditEntry)).one()
    assert entry.moment == beijing
    assert entry.moment.tzinfo is UTC
    assert list(broken_entries(admin.organisation_id)) == []


def test_a_members_rights_follow_its_row() -> None:
    """The actor is read anew at each request, never remembered."""
    member = make_member(roles=["seller"])
    assert member.actor.is_a(Role.SELLER)
    member.roles = ["buyer"]
    assert member.actor.roles == frozenset({Role.BUYER})
    assert dataclasses.is_dataclass(member.actor)
    assert db.session.get(Member, member.id) is member
    assert not SYSTEM.roles.isdisjoint(member.actor.roles)
