"""Members: an organisation's administrators add and change them; everybody changes the own password."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from marketplace.accounts import queries
from marketplace.accounts.models import ApiToken, Member, Organisation
from marketplace.accounts.rules.members import LONGEST_NAME, member_faults, role_faults
from marketplace.accounts.rules.passwords import password_faults
from marketplace.accounts.services.passwords import hash_password, matches, new_session_key
from marketplace.shared import audit
from marketplace.shared.actor import Actor, Role
from marketplace.shared.database import HELD, db
from marketplace.shared.errors import Conflict, Fault, InvalidInput
from marketplace.shared.identifiers import new_id
from marketplace.shared.texts import line_faults


def add_member(*, email: str, name: str, password: str, roles: Sequence[str], actor: Actor, now: datetime) -> Member:
    """Add a member to the actor's organisation.

    Allowed: its administrators.
    Raises: InvalidInput; Conflict when somebody has this e-mail address already.
    """
    actor.must_be(Role.ORGANISATION_ADMIN)
    organisation = queries.organisation(actor.organisation_id)
    member = new_member(organisation, email=email, name=name, password=password, roles=roles, now=now)
    audit.record("accounts:member:added", member.id, actor=actor, now=now, payload={"roles": member.roles})
    return member


def update_member(member_id: str, changes: Mapping[str, Any], *, actor: Actor, now: datetime) -> Member:
    """Change a member's ``name``, ``roles`` or ``active``.

    Who is made inactive loses sessions and tokens for good.
    Allowed: administrators of the same organisation.
    Raises: NotFound, InvalidInput; Conflict when no active administrator would be left.
    """
    actor.must_be(Role.ORGANISATION_ADMIN)
    member = queries.own_member(member_id, actor)
    faults: list[Fault] = []
    if "name" in changes:
        faults += line_faults("/name", changes["name"], LONGEST_NAME)
    if "roles" in changes:
        faults += role_faults(changes["roles"], member.organisation.kind)
    if faults:
        raise InvalidInput(faults)
    member.name = changes.get("name", member.name)
    member.roles = sorted(changes.get("roles", member.roles))
    member.active = changes.get("active", member.active)
    db.session.flush()
    _keep_an_administrator(member.organisation)
    if not member.active:
        _end_access(member, now)
    audit.record("accounts:member:updated", member.id, actor=actor, now=now, payload={"changed": sorted(changes)})
    return member


def change_password(*, current_password: str, new_password: str, actor: Actor, now: datetime) -> Member:
    """Change the actor's own password; all its sessions end, tokens stay.

    Raises: InvalidInput when the current password is wrong or the new one is refused.
    """
    member = queries.member_by_id(actor.member_id)
    if not matches(member.password_hash, current_password):
        raise InvalidInput.at("/current_password", "is not the current password", code="wrong-password")
    return _store_password(member, new_password, "/new_password", actor=actor, now=now)


def set_password(member_id: str, *, password: str, actor: Actor, now: datetime) -> Member:
    """Give a member of the own organisation a new password; all its sessions end, tokens stay.

    Allowed: administrators of the same organisation.
    Raises: NotFound, InvalidInput.
    """
    actor.must_be(Role.ORGANISATION_ADMIN)
    return _store_password(queries.own_member(member_id, actor), password, "/password", actor=actor, now=now)


def new_member(
    organisation: Organisation, *, email: str, name: str, password: str, roles: Iterable[str], now: datetime
) -> Member:
    """Check and store a member; for the services of this package, which say who may and leave the audit entry."""
    email, roles = email.lower(), list(roles)
    faults = faults_of_member(
        email=email, name=name, password=password, roles=roles, kind=organisation.kind, names=names_of(organisation)
    )
    if faults:
        raise InvalidInput(faults)
    if queries.member_by_email(email) is not None:
        raise Conflict(f"there is an account with the e-mail address {email} already")
    member = Member(
        id=new_id("mem", now),
        organisation=organisation,
        organisation_id=organisation.id,
        email=email,
        name=name,
        password_hash=hash_password(password),
        roles=sorted(roles),
        session_key=new_session_key(),
        created_at=now,
    )
    db.session.add(member)
    db.session.flush()
    return member


def names_of(organisation: Organisation) -> tuple[str, ...]:
    """What an organisation is called, which is no password of its members."""
    return organisation.name_zh, organisation.name_latin, organisation.credit_code


def faults_of_member(
    *, email: str, name: str, password: str, roles: Iterable[str], kind: str, names: Iterable[str] = ()
) -> list[Fault]:
    """Everything that is wrong with a new member of an organisation of this kind and these ``names``."""
    email = email.lower()
    return [
        *member_faults(email=email, name=name),
        *role_faults(roles, kind),
        *password_faults(password, email=email, names=(name, *names)),
    ]


def _store_password(member: Member, password: str, pointer: str, *, actor: Actor, now: datetime) -> Member:
    names = (member.name, *names_of(member.organisation))
    faults = list(password_faults(password, email=member.email, names=names, pointer=pointer))
    if faults:
        raise InvalidInput(faults)
    member.password_hash = hash_password(password)
    member.session_key = new_session_key()
    db.session.flush()
    audit.record("accounts:member:password_changed", member.id, actor=actor, now=now)
    return member


def _keep_an_administrator(organisation: Organisation) -> None:
    # Two administrators who shut each other out at the same moment wait for one another here.
    db.session.refresh(organisation, with_for_update=HELD)
    members = db.session.scalars(sa.select(Member).filter_by(organisation_id=organisation.id, active=True))
    if not any(Role.ORGANISATION_ADMIN in member.roles for member in members):
        raise Conflict("the organisation would be left without an active administrator")


def _end_access(member: Member, now: datetime) -> None:
    member.session_key = new_session_key()
    db.session.execute(sa.update(ApiToken).filter_by(member_id=member.id, revoked_at=None).values(revoked_at=now))
    db.session.flush()
