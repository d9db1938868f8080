"""Proposals follow their round's news, in its transaction."""

from __future__ import annotations

from marketplace.catalogue import queries as catalogue
from marketplace.contracts import queries
from marketplace.contracts.models import Proposal
from marketplace.contracts.services.terms import proposal_terms
from marketplace.notifications import services as notifications
from marketplace.orders import queries as orders
from marketplace.rounds import queries as rounds
from marketplace.rounds.rules.events import ClearingRecorded, RoundCancelled, RoundPublished
from marketplace.shared import audit
from marketplace.shared.database import db
from marketplace.shared.identifiers import new_id


def write_proposals(news: ClearingRecorded) -> None:
    """One proposal per match; nobody sees them before the round is published."""
    round_, matches = rounds.round_by_id(news.round_id), rounds.matches(news.round_id)
    taken = orders.orders_by_id(order_id for match in matches for order_id in (match.offer_id, match.need_id))
    by_id = {order.id: order for order in taken}
    grades = {grade_id: catalogue.grade(grade_id) for grade_id in round_.grade_ids}
    for match in matches:
        offer, need = by_id[match.offer_id], by_id[match.need_id]
        db.session.add(
            Proposal(
                id=new_id("pro", news.now),
                round_id=round_.id,
                match_id=match.id,
                seller_id=offer.organisation_id,
                buyer_id=need.organisation_id,
                offer_id=offer.id,
                need_id=need.id,
                grade_id=match.grade_id,
                expected_volume=match.expected_volume,
                terms=proposal_terms(round_, match, offer, need, grades[match.grade_id]),
                created_at=news.now,
            )
        )
    db.session.flush()
    audit.record("contracts:proposals:written", round_.id, actor=news.actor, now=news.now)


def publish_proposals(news: RoundPublished) -> None:
    """Show every proposal to its two parties, and tell each party how many it received."""
    received: dict[str, list[str]] = {}
    for proposal in queries.proposals_of_round(news.round_id):
        proposal.take("publish")
        proposal.published_at = news.now
        for party in (proposal.seller_id, proposal.buyer_id):
            received.setdefault(party, []).append(proposal.id)
    db.session.flush()
    for party in sorted(received):
        _tell(news, party, len(received[party]))
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


def _tell(news: RoundPublished, party: str, count: int) -> None:
    round_ = rounds.round_by_id(news.round_id)
    contracts = "one long-term contract" if count == 1 else f"{count} long-term contracts"
    notifications.tell(
        party,
        "proposals-received",
        round_.id,
        text_zh=f"撮合轮次“{round_.name_zh}”向贵方提出了 {count} 份长单方案",
        text_en=f'The matching round "{round_.name_en}" proposes {contracts} to you',
        now=news.now,
    )
