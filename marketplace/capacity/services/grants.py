"""A producer's consent that a trader offers what its line makes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.exc import IntegrityError

from marketplace.accounts import queries as accounts
from marketplace.capacity import queries
from marketplace.capacity.models import LineGrant
from marketplace.capacity.rules.lines import GRANT
from marketplace.capacity.services.lines import PRODUCERS
from marketplace.shared import audit
from marketplace.shared.actor import Actor
from marketplace.shared.database import db
from marketplace.shared.errors import Conflict, InvalidInput
from marketplace.shared.identifiers import new_id


def grant_line(line_id: str, *, credit_code: str, actor: Actor, now: datetime) -> LineGrant:
    """Let the organisation with this unified social credit code offer from a line of one's own.

    Allowed: sellers, organisation admins of the producer.
    Raises: InvalidInput; Conflict when it may already.
    """
    actor.must_be(*PRODUCERS)
    line = queries.own_line(line_id, actor)
    trader = accounts.organisation_by_credit_code(credit_code)
    if trader is None or not trader.verified:
        limit = "the unified social credit code of a verified organisation"
        raise InvalidInput.at("/credit_code", "is not known", credit_code, limit, "not-found")
    if trader.id == actor.organisation_id:
        raise InvalidInput.at(
            "/credit_code", "is your own organisation", credit_code, "another organisation", "contradiction"
        )
    grant = LineGrant(
        id=new_id("grt", now), line_id=line.id, organisation_id=trader.id, status=GRANT.initial, created_at=now
    )
    try:
        with db.session.begin_nested():
            db.session.add(grant)
    except IntegrityError:
        raise Conflict(f"{credit_code} may offer from this line already") from None
    payload = {"line_id": line.id, "organisation_id": trader.id}
    audit.record("capacity:grant:granted", grant.id, actor=actor, now=now, payload=payload)
    return grant


def revoke_grant(line_id: str, grant_id: str, *, actor: Actor, now: datetime) -> LineGrant:
    """Take the consent back: new offers from the line are refused.  Allowed: the producer's sellers and admins."""
    actor.must_be(*PRODUCERS)
    grant = queries.own_grant(line_id, grant_id, actor)
    grant.status = GRANT.next(grant.status, "revoke")
    db.session.flush()
    payload = {"line_id": grant.line_id, "organisation_id": grant.organisation_id}
    audit.record("capacity:grant:revoked", grant.id, actor=actor, now=now, payload=payload)
    return grant
