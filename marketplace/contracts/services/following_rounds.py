"""Proposals follow their round's news, in its transaction."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from marketplace.catalogue import queries as catalogue
from marketplace.contracts import queries
from marketplace.contracts.models import Bundle, Proposal, ProposalRevision
from marketplace.contracts.rules.sealing import terms_hash
from marketplace.contracts.services.deliverability import Draw, exceeding
from marketplace.contracts.services.needs import note_beyond_need
from marketplace.contracts.services.terms import proposal_terms
from marketplace.notifications import services as notifications
from marketplace.orders import queries as orders
from marketplace.orders.models import Order
from marketplace.rounds import queries as rounds
from marketplace.rounds import services as round_services
from marketplace.rounds.models import RoundMatch
from marketplace.rounds.rules.events import ClearingRecorded, RoundCancelled, RoundPublished
from marketplace.shared import audit
from marketplace.shared.clock import beijing_minute
from marketplace.shared.database import db
from marketplace.shared.identifiers import new_id
from marketplace.shared.quantities import amount_text


def write_proposals(news: ClearingRecorded) -> None:
    """One proposal per match, in bundles whose fate their orders' terms tie together; nobody sees them yet."""
    round_, matches = rounds.round_by_id(news.round_id), rounds.matches(news.round_id)
    taken = orders.orders_by_id(order_id for match in matches for order_id in (match.offer_id, match.need_id))
    by_id = {order.id: order for order in taken}
    grades = {grade_id: catalogue.grade(grade_id) for grade_id in round_.grade_ids}
    by_number = {match.number: match for match in matches}
    for tied in round_services.tied_matches(round_.id):
        bundle = Bundle(id=new_id("bun", news.now), round_id=round_.id, size=len(tied))
        db.session.add(bundle)
        for match in (by_number[number] for number in tied):
            offer, need = by_id[match.offer_id], by_id[match.need_id]
            terms = proposal_terms(round_, match, offer, need, grades[match.grade_id])
            _write(match, bundle, offer, need, terms, news)
    db.session.flush()
    audit.record("contracts:proposals:written", round_.id, actor=news.actor, now=news.now)


def _write(
    match: RoundMatch, bundle: Bundle, offer: Order, need: Order, terms: dict[str, Any], news: ClearingRecorded
) -> None:
    proposal_id = new_id("pro", news.now)
    hash_ = terms_hash(proposal_id, 1, terms)
    db.session.add(
        Proposal(
            id=proposal_id,
            round_id=match.round_id,
            match_id=match.id,
            bundle_id=bundle.id,
            seller_id=offer.organisation_id,
            buyer_id=need.organisation_id,
            offer_id=offer.id,
            need_id=need.id,
            grade_id=match.grade_id,
            expected_volume=match.expected_volume,
            terms=terms,
            terms_hash=hash_,
            created_at=news.now,
        )
    )
    db.session.add(
        ProposalRevision(
            proposal_id=proposal_id, number=1, author="round", terms=terms, hash=hash_, outside=[], moment=news.now
        )
    )


def publish_proposals(news: RoundPublished) -> None:
    """Show every proposal to its two parties, who may answer from now on, and tell each how many it received."""
    ends_at = news.now + timedelta(days=rounds.round_by_id(news.round_id).contracting["answer_days"])
    for bundle in queries.bundles_of_round(news.round_id):
        bundle.ends_at = ends_at
    received: dict[str, list[str]] = {}
    proposals = queries.proposals_of_round(news.round_id)
    drawn = [Draw.of(each) for each in proposals]
    over = exceeding(drawn)
    for draw in drawn:
        proposal, stated = draw.proposal, draw.source.capacity is not None
        found = {month: amount_text(volume) for month, volume in over.get(proposal.id, {}).items()}
        proposal.excess = found if stated else None
        proposal.take("publish")
        proposal.published_at, proposal.answer_by = news.now, ends_at
        for party in (proposal.seller_id, proposal.buyer_id):
            received.setdefault(party, []).append(proposal.id)
    db.session.flush()
    note_beyond_need(proposals)
    for party in sorted(received):
        _tell(news, party, len(received[party]), ends_at)
        audit.record(
            "contracts:proposals:published",
            news.round_id,
            actor=news.actor,
            now=news.now,
            organisation_id=party,
            payload={"proposals": sorted(received[party])},
        )


def cancel_proposals(news: RoundCancelled) -> None:
    """Drop the proposals of a round that ended without publication; nobody has seen them."""
    written = queries.proposals_of_round(news.round_id)
    for proposal in written:
        proposal.take("cancel")
    db.session.flush()
    if written:
        audit.record("contracts:proposals:cancelled", news.round_id, actor=news.actor, now=news.now)


def _tell(news: RoundPublished, party: str, count: int, ends_at: datetime) -> None:
    round_ = rounds.round_by_id(news.round_id)
    contracts = "one long-term contract" if count == 1 else f"{count} long-term contracts"
    notifications.tell(
        party,
        "proposals-received",
        round_.id,
        text_zh=f"撮合轮次“{round_.name_zh}”向贵方提出了 {count} 份长单方案，"
        f"请于 {beijing_minute(ends_at)}（北京时间）前答复",
        text_en=f'The matching round "{round_.name_en}" proposes {contracts} to you; '
        f"answer before {beijing_minute(ends_at)} Beijing time",
        now=news.now,
    )
