"""Declaring, deciding and withdrawing certificates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

from sqlalchemy.exc import IntegrityError

from marketplace.accounts import queries as accounts
from marketplace.catalogue import queries as catalogue
from marketplace.evidence import queries
from marketplace.evidence.models import Certificate
from marketplace.evidence.rules.certificates import CERTIFICATE, DECISIONS, check_declaration, check_reason
from marketplace.shared import audit
from marketplace.shared.actor import Actor, Role
from marketplace.shared.clock import beijing_date
from marketplace.shared.database import db
from marketplace.shared.errors import Conflict, Fault, InvalidInput, NotFound
from marketplace.shared.identifiers import new_id

_HOLDERS = (Role.SELLER, Role.BUYER, Role.ORGANISATION_ADMIN)


def declare_certificate(
    *,
    code: str,
    number: str,
    issuer: str,
    valid_from: date,
    valid_to: date,
    grades: Sequence[str] = (),
    sites: Sequence[str] = (),
    actor: Actor,
    now: datetime,
) -> Certificate:
    """Declare a certificate of the actor's organisation, for some grades and own sites or for all.

    Allowed: sellers, buyers, organisation admins.
    Raises: InvalidInput; Conflict when the same document is declared or accepted already.
    """
    actor.must_be(*_HOLDERS)
    check_declaration(
        code=code,
        number=number,
        issuer=issuer,
        valid_from=valid_from,
        valid_to=valid_to,
        grades=list(grades),
        sites=list(sites),
        today=beijing_date(now),
    )
    _check_scope(grades, sites, actor)
    certificate = Certificate(
        id=new_id("crt", now),
        organisation_id=actor.organisation_id,
        code=code,
        number=number,
        issuer=issuer,
        grades=list(grades),
        sites=list(sites),
        valid_from=valid_from,
        valid_to=valid_to,
        status=CERTIFICATE.initial,
        created_at=now,
    )
    try:
        with db.session.begin_nested():
            db.session.add(certificate)
    except IntegrityError:
        raise Conflict(f"{code} {number} is declared already; withdraw it first to declare it anew") from None
    payload = {"code": code, "number": certificate.number, "valid_to": valid_to.isoformat()}
    audit.record("evidence:certificate:declared", certificate.id, actor=actor, now=now, payload=payload)
    return certificate


def decide_certificate(
    certificate_id: str, *, decision: str, reason: str | None = None, actor: Actor, now: datetime
) -> Certificate:
    """Accept, refuse or revoke a certificate; against its holder only with a reason, which the holder reads.

    Allowed: operators.
    Raises: InvalidInput; TransitionNotAllowed; Conflict when what is to be accepted has expired.
    """
    actor.must_be(Role.OPERATOR)
    certificate = queries.certificate(certificate_id, actor)
    if decision not in DECISIONS:
        raise InvalidInput.at("/decision", "is no decision", decision, ", ".join(DECISIONS), "not-a-choice")
    check_reason(decision, reason)
    status = CERTIFICATE.next(certificate.status, decision)
    if decision == "accept" and certificate.valid_to < beijing_date(now):
        raise Conflict(f"certificate {certificate.id} expired on {certificate.valid_to}: it cannot be accepted")
    certificate.status, certificate.reason = status, (reason or "").strip() or None
    certificate.decided_at, certificate.decided_by = now, actor.member_id
    _record(certificate, status, actor=actor, now=now)
    return certificate


def withdraw_certificate(certificate_id: str, *, actor: Actor, now: datetime) -> Certificate:
    """Take back a certificate of one's own; orders that need it lose it.  Allowed: its holder."""
    actor.must_be(*_HOLDERS)
    certificate = queries.certificate(certificate_id, actor)
    if certificate.organisation_id != actor.organisation_id:
        raise NotFound("certificate", certificate_id)
    certificate.status = CERTIFICATE.next(certificate.status, "withdraw")
    _record(certificate, "withdrawn", actor=actor, now=now)
    return certificate


def _record(certificate: Certificate, status: str, *, actor: Actor, now: datetime) -> None:
    db.session.flush()
    audit.record(
        f"evidence:certificate:{status}",
        certificate.id,
        actor=actor,
        now=now,
        organisation_id=certificate.organisation_id,
        payload={"reason": certificate.reason} if status in ("refused", "revoked") else None,
    )


def _check_scope(grades: Sequence[str], sites: Sequence[str], actor: Actor) -> None:
    faults = [
        *_unknown("grades", grades, catalogue.grade, "a grade of the catalogue"),
        *_unknown("sites", sites, lambda site_id: accounts.own_site(site_id, actor), "a site of your organisation"),
    ]
    if faults:
        raise InvalidInput(faults)


def _unknown(name: str, identifiers: Sequence[str], find: Callable[[str], object], limit: str) -> list[Fault]:
    faults = []
    for position, identifier in enumerate(identifiers):
        try:
            find(identifier)
        except NotFound:
            faults.append(Fault(f"/{name}/{position}", "is not known", identifier, limit, "not-found"))
    return faults
