"""Both have agreed, and every term over several contracts holds: the proposal becomes a contract, once."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from marketplace.accounts.models import Organisation, Site
from marketplace.catalogue import queries as catalogue
from marketplace.contracts.models import Contract, ContractVersion, Proposal
from marketplace.contracts.rules.document import Facts, Side, verification_code
from marketplace.contracts.rules.numbers import contract_number
from marketplace.contracts.services.deliverability import Draw, commit
from marketplace.contracts.services.needs import note_beyond_need
from marketplace.contracts.services.telling import tell_both
from marketplace.orders.queries import orders_by_id
from marketplace.rounds import queries as rounds
from marketplace.shared import audit
from marketplace.shared.actor import Actor
from marketplace.shared.clock import beijing_date
from marketplace.shared.database import db
from marketplace.shared.identifiers import new_id


def conclude(proposal: Proposal, *, actor: Actor, now: datetime) -> Contract:
    """Write the contract of an agreed proposal, which is held; the database takes one for each.

    It is binding; nothing is delivered before both parties have confirmed its document (services.confirming).
    """
    contract_id = new_id("con", now)
    days = rounds.round_by_id(proposal.round_id).contracting["confirmation_days"]
    contract = Contract(
        id=contract_id,
        number=contract_number(contract_id, beijing_date(now)),
        proposal_id=proposal.id,
        round_id=proposal.round_id,
        seller_id=proposal.seller_id,
        buyer_id=proposal.buyer_id,
        grade_id=proposal.grade_id,
        confirm_by=now + timedelta(days=days),
        concluded_at=now,
    )
    version = ContractVersion(
        contract_id=contract_id,
        number=1,
        origin="conclusion",
        terms=proposal.terms,
        terms_hash=proposal.terms_hash,
        facts=_facts(proposal, contract.number, now),
        moment=now,
    )
    db.session.add_all([contract, version])
    db.session.flush()
    commit(contract, [Draw.of(proposal)])
    note_beyond_need([proposal])
    payload = {"proposal": proposal.id, "revision": proposal.revision, "terms_hash": proposal.terms_hash}
    for party in (proposal.seller_id, proposal.buyer_id):
        audit.record(
            "contracts:contract:concluded", contract.id, actor=actor, now=now, organisation_id=party, payload=payload
        )
    tell_both(proposal, "concluded", now=now)
    return contract


def _facts(proposal: Proposal, number: str, now: datetime) -> dict[str, Any]:
    """What the document says beside the terms, as it is now."""
    sites = {order.id: order.site for order in orders_by_id([proposal.offer_id, proposal.need_id])}
    grade = catalogue.grade(proposal.grade_id)
    return asdict(
        Facts(
            number=number,
            version=1,
            concluded_on=beijing_date(now).isoformat(),
            seller=named(proposal.seller, sites[proposal.offer_id]),
            buyer=named(proposal.buyer, sites[proposal.need_id]),
            grade_zh=grade.name_zh,
            grade_en=grade.name_en,
            standard=grade.standard,
            unit=grade.unit.symbol,
            attribute_units=grade.unit_by_attribute,
            terms_hash=proposal.terms_hash,
            code=verification_code(number, 1, proposal.terms_hash),
        )
    )


def named(organisation: Organisation, site: Site) -> Side:
    """A party and its place as a document names them from now on."""
    return Side(organisation.name_zh, organisation.name_latin, organisation.credit_code, site.name, site.address)
