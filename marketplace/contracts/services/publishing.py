"""What a party consents to publish of its contract; nothing is shown that the other does not consent to as well."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from marketplace.contracts import queries
from marketplace.contracts.models import Contract, PublicationConsent
from marketplace.contracts.queries import publication as publication_queries
from marketplace.contracts.rules.publication import FIELDS, consented
from marketplace.contracts.services.telling import tell_of_contract
from marketplace.shared import audit
from marketplace.shared.actor import Actor, Role
from marketplace.shared.database import db


def consent_to_publish(contract_id: str, *, publish: Any, actor: Actor, now: datetime) -> Contract:
    """State all that one's organisation consents to publish; what it leaves out is no longer shown from now on.

    ``publish``: some of rules.publication.FIELDS.  What others have read before cannot be called back.
    Allowed: signatories of both parties.
    Raises: NotFound, NotAllowed, InvalidInput.
    """
    actor.must_be(Role.SIGNATORY)
    contract = queries.contract_to_change(contract_id, actor)
    fields = consented(publish, by_round=publication_queries.published_by_round(contract))
    side = "seller" if contract.seller_id == actor.organisation_id else "buyer"
    if publication_queries.consents(contract)[side] == fields:
        return contract
    consent = db.session.get(PublicationConsent, (contract.id, actor.organisation_id))
    if consent is None:
        consent = PublicationConsent(contract_id=contract.id, organisation_id=actor.organisation_id)
        db.session.add(consent)
    for field in FIELDS:
        setattr(consent, field, field in fields)
    consent.member_id, consent.moment = actor.member_id, now
    db.session.flush()
    payload = {"publish": fields, "shown": publication_queries.published_fields(contract)}
    for party in (contract.seller_id, contract.buyer_id):
        audit.record(
            "contracts:publication:consented", contract.id, actor=actor, now=now, organisation_id=party, payload=payload
        )
    tell_of_contract(contract, "publication-consented", now=now, but=actor.organisation_id)
    return contract
