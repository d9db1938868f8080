"""What a party consents to publish of its contract; nothing is shown that the others do not consent to as well."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from marketplace.contracts import queries
from marketplace.contracts.models import Contract, PublicationConsent
from marketplace.contracts.queries import publication as publication_queries
from marketplace.contracts.rules.publication import FIELDS, FORMER, consented
from marketplace.contracts.services.telling import tell_of_contract
from marketplace.shared import audit
from marketplace.shared.actor import Actor, Role
from marketplace.shared.database import db


def consent_to_publish(contract_id: str, *, publish: Any, actor: Actor, now: datetime) -> Contract:
    """State all that one's organisation consents to publish; what it leaves out is no longer shown from now on.

    ``publish``: some of rules.publication.FIELDS.  What others have read before cannot be called back.
    Allowed: signatories of both parties, and of those that have left, whom earlier releases name.
    Raises: NotFound, NotAllowed, InvalidInput.
    """
    actor.must_be(Role.SIGNATORY)
    queries.contract_once_own(contract_id, actor)
    contract = queries.held_contract(contract_id)
    fields = consented(publish, by_round=publication_queries.published_by_round(contract))
    if publication_queries.consents(contract, actor.organisation_id).own == fields:
        return contract
    consent = db.session.get(PublicationConsent, (contract.id, actor.organisation_id))
    if consent is None:
        consent = PublicationConsent(contract_id=contract.id, organisation_id=actor.organisation_id, withdrawals=0)
        db.session.add(consent)
    consent.withdrawals += any(getattr(consent, field) and field not in fields for field in FIELDS)
    for field in FIELDS:
        setattr(consent, field, field in fields)
    consent.member_id, consent.moment = actor.member_id, now
    db.session.flush()
    role = publication_queries.role_of(contract, actor.organisation_id)
    shown = publication_queries.published_fields(contract)
    for reader in sorted({contract.seller_id, contract.buyer_id, actor.organisation_id}):
        told = role != FORMER or reader == actor.organisation_id  # what a party that has left says is its own affair
        payload = {"by": role, **({"publish": fields} if told else {}), "shown": shown}
        audit.record(
            "contracts:publication:consented",
            contract.id,
            actor=actor,
            now=now,
            organisation_id=reader,
            payload=payload,
        )
    tell_of_contract(contract, "publication-consented", now=now, but=actor.organisation_id, by=actor.organisation_id)
    return contract
