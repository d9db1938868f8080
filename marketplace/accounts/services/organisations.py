"""Organisations: they register themselves, an operator admits them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from marketplace.accounts import queries
from marketplace.accounts.models import Member, Organisation
from marketplace.accounts.rules.events import AdmissionDecided
from marketplace.accounts.rules.kinds import ADMISSION, OrganisationKind
from marketplace.accounts.rules.organisations import (
    CHECKED_FIELDS,
    organisation_faults,
    registration_faults,
    script_faults,
)
from marketplace.accounts.services.members import faults_of_member, new_member
from marketplace.notifications.services import tell
from marketplace.shared import audit
from marketplace.shared.actor import Actor, Role
from marketplace.shared.database import db
from marketplace.shared.errors import Conflict, Fault, InvalidInput, NotAllowed
from marketplace.shared.events import bus
from marketplace.shared.identifiers import new_id
from marketplace.shared.texts import line_faults

LONGEST_REASON = 500

_NEWS = {
    "verified": ("贵单位已通过审核，可以发布供需。", "Your organisation has been verified and may post orders."),
    "rejected": ("贵单位未通过审核：{reason}", "Your registration was rejected: {reason}"),
    "suspended": ("贵单位已被暂停交易：{reason}", "Your organisation has been suspended: {reason}"),
}


def register_organisation(
    *,
    name_zh: str,
    name_latin: str,
    credit_code: str,
    kind: str,
    first_member: Mapping[str, Any],
    group_parent: str | None = None,
    small: bool = False,
    tags: Sequence[str] = (),
    now: datetime,
) -> Member:
    """Register an organisation, to be verified by an operator, with its first member as administrator.

    ``first_member``: ``email``, ``name``, ``password`` and further ``roles``.
    Allowed: everybody.
    Returns: the member; its ``organisation`` is the new one.
    Raises: InvalidInput; Conflict when the credit code or the e-mail address is registered already.
    """
    given = {
        "name_zh": name_zh,
        "name_latin": name_latin,
        "credit_code": credit_code,
        "kind": kind,
        "group_parent": group_parent,
        "small": small,
        "tags": list(tags),
    }
    faults = [*registration_faults(given), *_faults_of_first(first_member, kind, (name_zh, name_latin, credit_code))]
    if faults:
        raise InvalidInput(faults)
    organisation = new_organisation(given, now=now)
    roles = {Role.ORGANISATION_ADMIN, *first_member.get("roles", ())}
    member = new_member(organisation, **{**first_member, "roles": sorted(roles)}, now=now)
    audit.record("accounts:organisation:registered", organisation.id, actor=member.actor, now=now)
    return member


def _faults_of_first(member: Mapping[str, Any], kind: str, names: Sequence[str]) -> Iterator[Fault]:
    """What is wrong with the first member, where it stands in the registration."""
    if kind in list(OrganisationKind):  # else it is not known which roles there are
        for fault in faults_of_member(**{"roles": (), **member}, kind=kind, names=names):
            yield replace(fault, pointer=f"/first_member{fault.pointer}")


def update_organisation(
    organisation_id: str, changes: Mapping[str, Any], *, actor: Actor, now: datetime
) -> Organisation:
    """Change what an organisation says of itself.

    Allowed: its administrators, unless it is suspended, and operators.  What an operator has verified
    (CHECKED_FIELDS) only operators change.
    Raises: NotFound, NotAllowed, InvalidInput.
    """
    actor.must_be(Role.ORGANISATION_ADMIN, Role.OPERATOR)
    organisation = queries.visible_organisation(organisation_id, actor)
    if not actor.is_a(Role.OPERATOR):
        must_not_be_suspended(organisation)
    faults = [*organisation_faults(changes), *script_faults(changes)]
    if faults:
        raise InvalidInput(faults)
    checked = sorted(name for name in CHECKED_FIELDS & changes.keys() if changes[name] != getattr(organisation, name))
    if checked and organisation.status != ADMISSION.initial and not actor.is_a(Role.OPERATOR):
        raise NotAllowed(f"an operator has verified {', '.join(checked)}: only an operator changes it")
    for name, value in changes.items():
        setattr(organisation, name, value)
    db.session.flush()
    audit.record(
        "accounts:organisation:updated",
        organisation.id,
        actor=actor,
        now=now,
        organisation_id=organisation.id,
        payload={"changed": sorted(changes)},
    )
    return organisation


def decide_admission(
    organisation_id: str, decision: str, *, reason: str | None = None, actor: Actor, now: datetime
) -> Organisation:
    """Verify, reject or suspend an organisation; ``decision`` is an action of the lifecycle ADMISSION.

    Allowed: operators.
    Emits: AdmissionDecided.
    Raises: NotFound; TransitionNotAllowed; InvalidInput without the reason that rejecting and suspending need.
    """
    actor.must_be(Role.OPERATOR)
    organisation = queries.organisation(organisation_id)
    if organisation.kind == OrganisationKind.OPERATOR:
        raise Conflict("an operator is not admitted by an operator")
    status = ADMISSION.next(organisation.status, decision)
    if reason is None and decision != "verify":
        raise InvalidInput.at(
            "/reason", f"is missing: to {decision} needs a reason that its owner can understand", code="missing"
        )
    faults = list(line_faults("/reason", reason, LONGEST_REASON)) if reason is not None else []
    if faults:
        raise InvalidInput(faults)
    organisation.status, organisation.status_reason = status, reason
    db.session.flush()
    audit.record(
        f"accounts:organisation:{status}",
        organisation.id,
        actor=actor,
        now=now,
        organisation_id=organisation.id,
        payload={"reason": reason},
    )
    text_zh, text_en = (text.format(reason=reason) for text in _NEWS[status])
    tell(organisation.id, f"organisation-{status}", organisation.id, text_zh=text_zh, text_en=text_en, now=now)
    bus.publish(AdmissionDecided(organisation.id, status))
    return organisation


def must_not_be_suspended(organisation: Organisation) -> None:
    """Raises NotAllowed while an organisation is suspended: what others see of it then stays as it is."""
    if organisation.status == "suspended":
        raise NotAllowed("your organisation is suspended: until that ends, only an operator changes what others see")


def new_organisation(given: Mapping[str, Any], *, now: datetime, status: str = ADMISSION.initial) -> Organisation:
    """Store an organisation whose fields have been checked; for the services of this package."""
    if queries.organisation_by_credit_code(given["credit_code"]) is not None:
        raise Conflict(f"an organisation with the credit code {given['credit_code']} is registered already")
    organisation = Organisation(id=new_id("org", now), status=status, created_at=now, **given)
    db.session.add(organisation)
    db.session.flush()
    return organisation
