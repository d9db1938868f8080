"""Proposals: each party reads its own."""

from __future__ import annotations

from typing import Any

from marketplace.api.http.access import access, current_actor
from marketplace.api.http.blueprint import ApiBlueprint
from marketplace.api.v1.contracts.schemas import ProposalPageSchema, ProposalQuery, ProposalSchema
from marketplace.contracts import queries
from marketplace.contracts.models import Proposal
from marketplace.shared.actor import Actor

blp = ApiBlueprint("contracts", __name__, description="长单方案 / Proposed long-term contracts")


@blp.get("/proposals")
@blp.arguments(ProposalQuery, location="query")
@blp.response(200, ProposalPageSchema)
@access(scope="contracts:read")
def list_proposals(query: dict[str, Any]) -> Any:
    """本企业收到的方案 / The proposals to one's own organisation

    ``proposed``: computed and shown to both parties, who are not bound by it. It is not accepted here: they
    conclude and sign their contract outside the platform. 方案不具约束力，由双方线下签约。
    """
    actor, sort = current_actor(), query.pop("sort")
    page = queries.own_proposals(actor, **query, sort=sort.removeprefix("-"), descending=sort.startswith("-"))
    return {"items": [_seen_by(actor, each) for each in page.items], "next_cursor": page.next_cursor}


@blp.get("/proposals/<proposal_id>")
@blp.response(200, ProposalSchema)
@access(scope="contracts:read")
def read_proposal(proposal_id: str) -> Any:
    """一份方案 / One proposal"""
    actor = current_actor()
    proposal = queries.own_proposal(proposal_id, actor)
    return _seen_by(actor, proposal), {"ETag": f'"{proposal.version}"'}


def _seen_by(actor: Actor, proposal: Proposal) -> dict[str, Any]:
    """The proposal with the reader's own side and order; the other's order stays its own affair."""
    sells = proposal.seller_id == actor.organisation_id
    names = ("id", "round_id", "seller", "buyer", "grade_id", "status", "published_at", "version")
    return {
        **{name: getattr(proposal, name) for name in names},
        **proposal.terms,
        "side": "seller" if sells else "buyer",
        "order_id": proposal.offer_id if sells else proposal.need_id,
    }
