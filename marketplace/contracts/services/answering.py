"""A party answers a proposal: it accepts, takes that back, or rejects with a reason.

Each answer names the revision, and an acceptance the hash of the terms, that it is about; so nobody agrees to what it
has not seen.  All answers to one bundle wait for each other.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from marketplace.contracts import queries
from marketplace.contracts.models import Proposal, ProposalAnswer
from marketplace.contracts.rules.answers import Party, TooLate
from marketplace.contracts.rules.payment import COMMERCIAL
from marketplace.contracts.services.changing import frozen_terms
from marketplace.contracts.services.deciding import settle
from marketplace.contracts.services.holding import Held, hold_bundle
from marketplace.contracts.services.rejecting import note_if_within_limits
from marketplace.contracts.services.telling import tell_other
from marketplace.rounds import queries as rounds
from marketplace.shared import audit
from marketplace.shared.actor import Actor, Role
from marketplace.shared.database import db
from marketplace.shared.errors import Fault, InvalidInput, NotAllowed, TransitionNotAllowed
from marketplace.shared.identifiers import new_id
from marketplace.shared.texts import paragraph_faults

LONGEST_REASON = 2000
ROLE_OF_PARTY: dict[Party, Role] = {"seller": Role.SELLER, "buyer": Role.BUYER}


def accept_proposal(
    proposal_id: str, *, revision: int, terms_hash: str, consent: Collection[str] = (), actor: Actor, now: datetime
) -> Proposal:
    """Accept the terms on the table; with the other party's acceptance of the same they are agreed.

    ``consent``: a small supplier's to a commercial acceptance that it has asked for nowhere itself.
    Allowed: members who sell (the seller's) or buy (the buyer's).
    Changes: once every proposal of the bundle is answered, contracts are made, and what misses its terms lapses.
    Raises: NotFound, NotAllowed (role, or the organisation is not verified), TooLate, StaleRevision, AlreadyAnswered,
    TransitionNotAllowed; InvalidInput when the hash is not that of the revision, or a consent is missing.
    """
    if not actor.verified:
        raise NotAllowed("an operator has to verify your organisation before it can accept a contract")
    held, proposal, party = to_answer(proposal_id, actor, now)
    answers = proposal.answers.accept(party, revision, now=now)
    if terms_hash != proposal.terms_hash:
        message = f"is not the hash of revision {revision}; read the proposal again"
        raise InvalidInput.at("/terms_hash", message, terms_hash[:80], proposal.terms_hash, "contradiction")
    _check_consent(proposal, party, consent)
    proposal.take("accept")
    proposal.keep_answers(answers)
    note_answer(proposal, party, "accept", revision, actor=actor, now=now)
    if consent:
        payload = {"revision": revision, "consent": sorted(consent)}
        audit.record("contracts:proposal:consented", proposal.id, actor=actor, now=now, payload=payload)
    if answers.agreed:
        proposal.take("agree")
    tell_other(proposal, party, "agreed" if answers.agreed else "accepted", now=now)
    settle(held, actor=actor, now=now)
    return proposal


def _check_consent(proposal: Proposal, party: Party, consent: Collection[str]) -> None:
    """A small supplier takes a commercial acceptance by its own will alone; raises InvalidInput."""
    needed = {COMMERCIAL} if party == "seller" and _is_imposed(proposal) else set[str]()
    faults = [
        Fault("/consent", "a small supplier says so if it takes this", "not named", name, "small-supplier")
        for name in sorted(needed - set(consent))
    ]
    message, limit = "names what needs no consent", ", ".join(sorted(needed)) or "none"
    faults += [Fault("/consent", message, name, limit, "unknown") for name in consent if name not in needed]
    if faults:
        raise InvalidInput(faults)


def _is_imposed(proposal: Proposal) -> bool:
    """Whether a small supplier is to be paid by a commercial acceptance that neither its order nor its counter asks."""
    if not proposal.seller.small or proposal.terms["payment"]["instrument"] != COMMERCIAL:
        return False
    if queries.revisions_of(proposal)[-1].author == "seller":
        return False
    own = frozen_terms(proposal.offer_id, rounds.round_by_id(proposal.round_id))
    return bool(own.get("payment", {}).get("instrument") != COMMERCIAL)


def take_back_acceptance(proposal_id: str, *, revision: int, actor: Actor, now: datetime) -> Proposal:
    """Take one's acceptance back, which one may until the other party has accepted too.

    Allowed: as for accepting.
    Raises: NotFound, NotAllowed, TooLate, StaleRevision, AlreadyAnswered, TransitionNotAllowed.
    """
    held, proposal, party = to_answer(proposal_id, actor, now)
    answers = proposal.answers.take_back(party, revision, now=now)
    proposal.take("take_back")
    proposal.keep_answers(answers)
    note_answer(proposal, party, "take_back", revision, actor=actor, now=now)
    tell_other(proposal, party, "taken-back", now=now)
    settle(held, actor=actor, now=now)
    return proposal


def reject_proposal(proposal_id: str, *, revision: int, reason: str, actor: Actor, now: datetime) -> Proposal:
    """Say no to the terms on the table, for good; its volume returns to both orders.  The other party reads why.

    Allowed: as for accepting.
    Changes: terms that keep the limits of one's own order are rejected on the count (services.rejecting).
    Raises: NotFound, NotAllowed, TooLate, StaleRevision, TransitionNotAllowed, AlreadyAnswered once both are agreed;
    InvalidInput for an empty reason.
    """
    held, proposal, party = to_answer(proposal_id, actor, now)
    proposal.answers.check(revision, now)
    faults = list(paragraph_faults("/reason", reason, LONGEST_REASON))
    if faults:
        raise InvalidInput(faults)
    proposal.take("reject")
    note_if_within_limits(proposal, party, actor=actor, now=now)
    note_answer(proposal, party, "reject", revision, actor=actor, now=now, reason=reason.strip())
    tell_other(proposal, party, "rejected", now=now)
    settle(held, actor=actor, now=now)
    return proposal


def to_answer(proposal_id: str, actor: Actor, now: datetime) -> tuple[Held, Proposal, Party]:
    """The proposal, held with its bundle, and the side that the actor answers for.

    Late is late, whether or not anybody has noted yet that the proposal expired.
    """
    seen = queries.own_proposal(proposal_id, actor)
    party = seen.party_of(actor.organisation_id)
    actor.must_be(ROLE_OF_PARTY[party])
    held = hold_bundle(seen.bundle_id)
    proposal = held.proposals[proposal_id]
    if proposal.status == "expired":
        assert proposal.answer_by is not None
        raise TooLate(proposal.answer_by)
    if proposal.status == "rejected":
        raise TransitionNotAllowed("proposal", proposal.status, "be answered")
    return held, proposal, party


def note_answer(
    proposal: Proposal,
    party: Party,
    action: str,
    revision: int,
    *,
    actor: Actor,
    now: datetime,
    reason: str | None = None,
) -> None:
    """Keep the answer, in the list that both parties read and in the answering party's trail."""
    count = db.session.scalar(sa.select(sa.func.count()).where(ProposalAnswer.proposal_id == proposal.id)) or 0
    db.session.add(
        ProposalAnswer(
            id=new_id("ans", now),
            proposal_id=proposal.id,
            number=count + 1,
            organisation_id=actor.organisation_id,
            member_id=actor.member_id,
            party=party,
            action=action,
            revision=revision,
            reason=reason,
            moment=now,
        )
    )
    db.session.flush()
    payload = {"revision": revision, "terms_hash": proposal.terms_hash}
    audit.record(f"contracts:proposal:{action}", proposal.id, actor=actor, now=now, payload=payload)
