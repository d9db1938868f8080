"""Whether an organisation may take the place of a party, and where its goods may leave or arrive."""

from __future__ import annotations

from collections.abc import Iterator

from marketplace.accounts import queries as accounts
from marketplace.accounts.models import Organisation
from marketplace.accounts.rules.kinds import OrganisationKind, roles_open_to
from marketplace.contracts import queries
from marketplace.contracts.models import Contract, ContractNovation
from marketplace.contracts.rules.answers import Party
from marketplace.contracts.services.changing import frozen_terms
from marketplace.evidence import queries as evidence
from marketplace.rounds import queries as rounds
from marketplace.rounds.rules.parties import parties
from marketplace.shared.actor import Actor, Role
from marketplace.shared.errors import Fault, NotFound
from marketplace.shared.months import first_day, last_day

ROLE_OF_SIDE = {"seller": Role.SELLER, "buyer": Role.BUYER}


def incoming_faults(contract: Contract, side: str, credit_code: str, incoming: Organisation | None) -> Iterator[Fault]:
    """Why an organisation cannot enter: unknown, a party already, of one group with the other, or of another trade."""
    if incoming is None or not incoming.verified:
        limit = "the unified social credit code of a verified organisation"
        yield Fault("/credit_code", "is not known", credit_code, limit, "not-found")
        return
    if side not in ROLE_OF_SIDE:
        return
    across: Party = "buyer" if side == "seller" else "seller"
    if incoming.id == queries.present(contract, side) or any(
        stay.organisation_id == incoming.id for stay in queries.stays_of(contract, across)
    ):
        message = "is a party of the contract already, or was one on the other side"
        yield Fault("/credit_code", message, credit_code, "another organisation", "contradiction")
    elif _related(incoming, contract.buyer if side == "seller" else contract.seller):
        message, limit = "belongs to one group with the other party", "an organisation of another group"
        yield Fault("/credit_code", message, credit_code, limit, "contradiction")
    elif ROLE_OF_SIDE[side] not in roles_open_to(OrganisationKind(incoming.kind)):
        message, limit = "is of a kind that does not trade", "an organisation that trades"
        yield Fault("/credit_code", message, credit_code, limit, "contradiction")


def _related(one: Organisation, another: Organisation) -> bool:
    """Whether two organisations are one party, as in a round (docs/model.md): the same head of their groups."""
    parent_of: dict[str, str | None] = {}
    asked: list[str | None] = [one.credit_code, another.credit_code]
    while asked:
        code = asked.pop()
        found = None if code is None or code in parent_of else accounts.organisation_by_credit_code(code)
        if found is not None:
            parent_of[found.credit_code] = found.group_parent
            asked.append(found.group_parent)
    heads = parties(parent_of)
    return heads[one.credit_code] == heads[another.credit_code]


def place_faults(contract: Contract, novation: ContractNovation, site_id: str, actor: Actor) -> Iterator[Fault]:
    """Why a place will not do: no active site of one's own, or not certified as the other side's order requires."""
    if not _is_own_place(site_id, actor):
        limit = "an active site of your own"
        yield Fault("/site_id", "is no active site of yours", site_id, limit, "foreign-site")
        return
    proposal = queries.proposal_of(contract)
    order_id = proposal.need_id if novation.side == "seller" else proposal.offer_id
    required = frozen_terms(order_id, rounds.round_by_id(proposal.round_id)).get("certificates", ())
    first, last = first_day(novation.from_month), last_day(novation.version.terms["periods"][-1]["period"])
    held = {
        each.code
        for each in evidence.held_certificates([actor.organisation_id])[actor.organisation_id]
        if each.valid_from <= first and last <= each.valid_to
        if not each.grades or contract.grade_id in each.grades
        if not each.sites or site_id in each.sites
    }
    for code in required:
        if code not in held:
            message = f"has no certificate {code} through the rest of the term"
            yield Fault("/site_id", message, site_id, code, "missing")


def _is_own_place(site_id: str, actor: Actor) -> bool:
    try:
        return accounts.own_site(site_id, actor).active
    except NotFound:
        return False
