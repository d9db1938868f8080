"""A party puts other terms on the table: inside its own order's limits, or outside them by consent to each by name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from marketplace.contracts.models import Proposal, ProposalRevision
from marketplace.contracts.rules.sealing import terms_hash
from marketplace.contracts.services.answering import note_answer, to_answer
from marketplace.contracts.services.changing import changed_terms
from marketplace.contracts.services.needs import note_beyond_need
from marketplace.contracts.services.own_order import left_terms_of
from marketplace.contracts.services.telling import tell_other
from marketplace.rounds import queries as rounds
from marketplace.shared.actor import Actor
from marketplace.shared.database import db
from marketplace.shared.errors import Fault, InvalidInput, NotAllowed


def counter_proposal(
    proposal_id: str,
    *,
    revision: int,
    changes: Mapping[str, Any],
    consent: Collection[str] = (),
    actor: Actor,
    now: datetime,
) -> Proposal:
    """Put a further revision on the table; it carries its author's acceptance and voids the other party's.

    ``changes``: as in rules.counters.  ``consent``: terms of one's own order that the counter leaves, each by name;
    to the other party the counter is terms like any others.
    Allowed: members who sell (the seller's) or buy (the buyer's), of a verified organisation.
    Raises: NotFound, NotAllowed, TooLate, StaleRevision, AlreadyAnswered, TooManyRevisions, TransitionNotAllowed;
    InvalidInput with every fault of the counter, every term left without consent, and consent to what is not left.
    """
    if not actor.verified:
        raise NotAllowed("an operator has to verify your organisation before it can make a contract")
    held, proposal, party = to_answer(proposal_id, actor, now)
    round_ = rounds.round_by_id(proposal.round_id)
    ends_at = held.bundle.ends_at
    assert ends_at is not None
    within = timedelta(days=round_.contracting["counter_days"])
    answers = proposal.answers.counter(party, revision, now=now, within=within, ends=ends_at)
    terms = changed_terms(proposal, proposal.terms, changes, author=party, seller=proposal.seller)
    outside = left_terms_of(proposal, round_, party, proposal.terms, terms)
    faults = [*_not_consented(outside, consent), *_not_left(outside, consent)]
    if faults:
        raise InvalidInput(faults)
    proposal.take("counter")
    proposal.keep_answers(answers)
    proposal.terms, proposal.terms_hash = terms, terms_hash(proposal.id, answers.revision, terms)
    proposal.expected_volume = Decimal(terms["volume"]["expected"])
    db.session.add(
        ProposalRevision(
            proposal_id=proposal.id,
            number=answers.revision,
            author=party,
            terms=terms,
            hash=proposal.terms_hash,
            outside=outside,
            moment=now,
        )
    )
    note_beyond_need([proposal])
    note_answer(proposal, party, "counter", revision, actor=actor, now=now)
    tell_other(proposal, party, "countered", now=now)
    return proposal


def _not_consented(outside: Collection[str], consent: Collection[str]) -> list[Fault]:
    message = "of your own order is left; name it in consent if that is meant"
    return [
        Fault("/consent", f"{name} {message}", "not named", name, "outside-own-order")
        for name in outside
        if name not in consent
    ]


def _not_left(outside: Collection[str], consent: Collection[str]) -> list[Fault]:
    return [
        Fault("/consent", "names a term that the counter does not leave", name, ", ".join(outside) or "none", "unknown")
        for name in consent
        if name not in outside
    ]
