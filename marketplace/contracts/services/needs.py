"""What a buyer has bought over all its contracts, beside the need that its orders declare; told to it alone.

A place is where the goods arrive: a grade that was asked for and a site.  What a buyer has taken over by novation was
no need of an order of its own, and is left out; so are, for a buyer that has left, the months that it left behind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marketplace.contracts import queries
from marketplace.contracts.models import Contract, Proposal
from marketplace.contracts.rules.needs import beyond, bought, declared
from marketplace.orders import queries as orders
from marketplace.orders.models import Order
from marketplace.shared.database import db
from marketplace.shared.quantities import amount_text

GIVEN_UP = ("withdrawn", "expired")


@dataclass(frozen=True)
class Destination:
    """Whose need of which grade at which site."""

    organisation_id: str
    grade_id: str
    site_id: str

    @classmethod
    def of(cls, proposal: Proposal) -> Destination:
        """That of the need behind a proposal."""
        need = db.session.get_one(Order, proposal.need_id)
        return cls(proposal.buyer_id, need.grade_id, need.site_id)


def beyond_need(destination: Destination, *, changed: Mapping[str, Mapping[str, Any]] | None = None) -> dict[str, str]:
    """By month: by how much all that stands of a buyer's needs there goes beyond what they declare, as text.

    ``changed``: by proposal the terms that are asked about, in place of those that hold.
    Counted are proposals to be answered, those that both have accepted, and contracts, at expected volumes.
    """
    needs = orders.needs_at(destination.organisation_id, destination.grade_id, destination.site_id)
    stated = orders.stated_volumes(each.id for each in needs)
    needed = [declared(stated[each.id], given_up=each.status in GIVEN_UP) for each in needs]
    taken = [
        bought((changed or {}).get(proposal.id) or _terms(proposal, contract), until=_until(contract))
        for proposal, contract in queries.standing_of_needs(each.id for each in needs)
    ]
    return {month: amount_text(volume) for month, volume in beyond(needed, taken).items()}


def note_beyond_need(proposals: Sequence[Proposal]) -> None:
    """Say of proposals by how much their buyers would have bought beyond their needs, with all that stands."""
    found: dict[Destination, dict[str, str]] = {}
    for proposal in proposals:
        destination = Destination.of(proposal)
        if destination not in found:
            found[destination] = beyond_need(destination)
        proposal.beyond_need = _in_months(found[destination], proposal.terms)
    db.session.flush()


def beyond_need_amended(contract: Contract, terms: Mapping[str, Any]) -> dict[str, str] | None:
    """The same of a contract with amended terms; None: its buyer came by a novation, with no need of its own here."""
    proposal = queries.proposal_of(contract)
    if contract.buyer_id != proposal.buyer_id or queries.former_parties(contract, "buyer"):
        return None
    return _in_months(beyond_need(Destination.of(proposal), changed={proposal.id: terms}), terms)


def _in_months(volumes: Mapping[str, str], terms: Mapping[str, Any]) -> dict[str, str]:
    months = {each["period"] for each in terms["periods"]}
    return {month: volume for month, volume in volumes.items() if month in months}


def _terms(proposal: Proposal, contract: Contract | None) -> Mapping[str, Any]:
    return proposal.terms if contract is None else queries.present_version(contract).terms


def _until(contract: Contract | None) -> str | None:
    """The last month of the buyer of whose need this was, if it has left the contract."""
    left = [] if contract is None else queries.former_parties(contract, "buyer")
    return left[0].until if left else None
