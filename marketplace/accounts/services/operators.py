"""The first members of the house: made at the command line, never over the network."""

from __future__ import annotations

from datetime import datetime

from marketplace.accounts import queries
from marketplace.accounts.models import Member
from marketplace.accounts.rules.kinds import OrganisationKind
from marketplace.accounts.rules.organisations import organisation_faults, script_faults
from marketplace.accounts.services.members import new_member
from marketplace.accounts.services.organisations import new_organisation
from marketplace.shared import audit
from marketplace.shared.actor import SYSTEM, Actor, Role
from marketplace.shared.database import db
from marketplace.shared.errors import Conflict, InvalidInput, NotAllowed


def create_operator(
    *,
    email: str,
    name: str,
    password: str,
    credit_code: str,
    name_zh: str,
    name_latin: str,
    actor: Actor = SYSTEM,
    now: datetime,
) -> Member:
    """Add an operator, who is administrator as well, to the operating organisation, which is made if need be.

    Allowed: the command line (the system itself).
    Raises: NotAllowed, InvalidInput; Conflict when the credit code is another kind's or the e-mail address is taken.
    """
    if actor.member_id != SYSTEM.member_id:
        raise NotAllowed("operators are made at the command line only")
    given = {"name_zh": name_zh, "name_latin": name_latin, "credit_code": credit_code}
    faults = [*organisation_faults(given), *script_faults(given)]
    if faults:
        raise InvalidInput(faults)
    organisation = queries.organisation_by_credit_code(credit_code)
    if organisation is None:
        kind = str(OrganisationKind.OPERATOR)
        organisation = new_organisation({**given, "kind": kind}, now=now, status="verified")
    elif organisation.kind != OrganisationKind.OPERATOR:
        raise Conflict(f"{credit_code} is registered as {organisation.kind}")
    roles = (Role.OPERATOR, Role.ORGANISATION_ADMIN)
    member = new_member(organisation, email=email, name=name, password=password, roles=roles, now=now)
    db.session.flush()
    audit.record("accounts:member:added", member.id, actor=actor, now=now, organisation_id=organisation.id)
    return member
