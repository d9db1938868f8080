"""Proposals: each party reads its own, and answers."""

from __future__ import annotations

from typing import Any

from marketplace.api.http.access import access, current_actor, now
from marketplace.api.http.blueprint import ApiBlueprint
from marketplace.api.v1.contracts.schemas import (
    AcceptanceBody,
    CounterBody,
    ProposalAnswersSchema,
    ProposalPageSchema,
    ProposalQuery,
    ProposalRevisionsSchema,
    ProposalSchema,
    RejectionBody,
    TakeBackBody,
)
from marketplace.contracts import queries, services
from marketplace.contracts.models import Proposal
from marketplace.contracts.rules.answers import PARTIES
from marketplace.shared.actor import Actor, Role

blp = ApiBlueprint("contracts", __name__, description="长单方案与合同 / Proposed long-term contracts, and contracts")


@blp.get("/proposals")
@blp.arguments(ProposalQuery, location="query")
@blp.response(200, ProposalPageSchema)
@access(scope="contracts:read")
def list_proposals(query: dict[str, Any]) -> Any:
    """本企业收到的方案 / The proposals to one's own organisation"""
    actor, sort = current_actor(), query.pop("sort")
    page = queries.own_proposals(actor, **query, sort=sort.removeprefix("-"), descending=sort.startswith("-"))
    return {"items": [_seen_by(actor, each) for each in page.items], "next_cursor": page.next_cursor}


@blp.get("/proposals/<proposal_id>")
@blp.response(200, ProposalSchema)
@access(scope="contracts:read")
def read_proposal(proposal_id: str) -> Any:
    """一份方案 / One proposal"""
    return _told(queries.own_proposal(proposal_id, current_actor()))


@blp.get("/proposals/<proposal_id>/answers")
@blp.response(200, ProposalAnswersSchema)
@access(scope="contracts:read")
def list_answers(proposal_id: str) -> Any:
    """双方的全部答复 / Every answer of both parties"""
    return {"items": queries.answers_to(queries.own_proposal(proposal_id, current_actor()))}


@blp.get("/proposals/<proposal_id>/revisions")
@blp.response(200, ProposalRevisionsSchema)
@access(scope="contracts:read")
def list_revisions(proposal_id: str) -> Any:
    """条款的全部版本 / Every revision of the terms"""
    revisions = queries.revisions_of(queries.own_proposal(proposal_id, current_actor()))
    names = ("number", "author", "hash", "moment")
    return {"items": [{**each.terms, **{name: getattr(each, name) for name in names}} for each in revisions]}


@blp.post("/proposals/<proposal_id>/acceptance")
@blp.arguments(AcceptanceBody)
@blp.response(200, ProposalSchema)
@access(Role.SELLER, Role.BUYER, scope="contracts:write")
def accept_proposal(body: dict[str, Any], proposal_id: str) -> Any:
    """接受 / Accept the terms on the table

    Once both parties have accepted the same terms they are agreed; where an order's terms tie several proposals
    together they take effect together, when all of them are answered.
    """
    return _told(services.accept_proposal(proposal_id, **body, actor=current_actor(), now=now()))


@blp.post("/proposals/<proposal_id>/acceptance-withdrawal")
@blp.arguments(TakeBackBody)
@blp.response(200, ProposalSchema)
@access(Role.SELLER, Role.BUYER, scope="contracts:write")
def take_back_acceptance(body: dict[str, Any], proposal_id: str) -> Any:
    """收回接受（对方尚未接受时） / Take one's acceptance back, before the other party has accepted too"""
    return _told(services.take_back_acceptance(proposal_id, **body, actor=current_actor(), now=now()))


@blp.post("/proposals/<proposal_id>/rejection")
@blp.arguments(RejectionBody)
@blp.response(200, ProposalSchema)
@access(Role.SELLER, Role.BUYER, scope="contracts:write")
def reject_proposal(body: dict[str, Any], proposal_id: str) -> Any:
    """拒绝并说明理由 / Reject, with a reason that the other party reads; the volume returns to both orders"""
    return _told(services.reject_proposal(proposal_id, **body, actor=current_actor(), now=now()))


@blp.post("/proposals/<proposal_id>/counter")
@blp.arguments(CounterBody)
@blp.response(200, ProposalSchema)
@access(Role.SELLER, Role.BUYER, scope="contracts:write")
def counter_proposal(body: dict[str, Any], proposal_id: str) -> Any:
    """还价 / Put other terms on the table

    A counter carries its author's acceptance and voids the other party's; it is answered in the round's days for it.
    Terms of one's own order that it leaves need consent, each by name: they are named to the author alone.
    """
    return _told(services.counter_proposal(proposal_id, **body, actor=current_actor(), now=now()))


def _told(proposal: Proposal) -> tuple[dict[str, Any], dict[str, str]]:
    return _seen_by(current_actor(), proposal), {"ETag": f'"{proposal.version}"'}


def _seen_by(actor: Actor, proposal: Proposal) -> dict[str, Any]:
    """The proposal with the reader's own side and order; the other's order stays its own affair."""
    sells = proposal.seller_id == actor.organisation_id
    own, other = (proposal.offer_id, proposal.need_id) if sells else (proposal.need_id, proposal.offer_id)
    names = (
        "id",
        "round_id",
        "seller",
        "buyer",
        "grade_id",
        "status",
        "revision",
        "terms_hash",
        "answer_by",
        "published_at",
        "version",
    )
    missed = proposal.missed
    return {
        **proposal.terms,
        **{name: getattr(proposal, name) for name in names},
        "side": "seller" if sells else "buyer",
        "order_id": own,
        "accepted_by": [party for party in PARTIES if proposal.answers.accepted.get(party) == proposal.revision],
        "own_rejection_within_limits": queries.rejected_within_limits(proposal, actor),
        "tied": proposal.bundle.size > 1,
        "beyond_need": None if sells else proposal.beyond_need,
        "deliverability": _deliverability(proposal, sells=sells),
        "lapse": None if missed is None else {"own_terms": missed.get(own, []), "other_party": other in missed},
    }


def _deliverability(proposal: Proposal, *, sells: bool) -> dict[str, Any]:
    """Months in which the seller's place is promised beyond its capacity; by how much, its owner alone reads."""
    if proposal.excess is None:
        return {"stated": False, "months": [], "excess": None}
    return {"stated": True, "months": sorted(proposal.excess), "excess": proposal.excess if sells else None}
