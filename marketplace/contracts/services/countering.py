"""A party puts other terms on the table: inside its own order's limits, or outside them by consent to each by name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from marketplace.contracts import queries
from marketplace.contracts.models import Proposal, ProposalRevision
from marketplace.contracts.rules.answers import Party
from marketplace.contracts.rules.core import core_of
from marketplace.contracts.rules.own_order import SIDE, left_terms
from marketplace.contracts.rules.promises import promised_by_month
from marketplace.contracts.rules.sealing import terms_hash
from marketplace.contracts.services.answering import note_answer, to_answer
from marketplace.contracts.services.changing import changed_terms, frozen_terms
from marketplace.contracts.services.telling import tell_other
from marketplace.orders import queries as orders
from marketplace.orders.rules.rest import whole
from marketplace.rounds import queries as rounds
from marketplace.rounds import services as round_services
from marketplace.rounds.models import Round
from marketplace.shared.actor import Actor
from marketplace.shared.database import db
from marketplace.shared.errors import Fault, InvalidInput, NotAllowed

BOOKED = ("open", "frozen")  # an order in such a status trades, or will, what rests of it


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
    terms = changed_terms(proposal, proposal.terms, changes)
    outside = _outside(proposal, round_, party, terms)
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
    note_answer(proposal, party, "counter", revision, actor=actor, now=now)
    tell_other(proposal, party, "countered", now=now)
    return proposal


def _outside(proposal: Proposal, round_: Round, party: Party, terms: Mapping[str, Any]) -> list[str]:
    """The terms of the author's own order that the counter leaves."""
    order_id = proposal.offer_id if party == "seller" else proposal.need_id
    return left_terms(
        party,
        frozen_terms(order_id, round_),
        proposal.terms,
        terms,
        others=_promised_otherwise(proposal, order_id, party),
        limit_kept=_limit_kept(proposal, round_, party, terms),
    )


def _limit_kept(proposal: Proposal, round_: Round, party: Party, terms: Mapping[str, Any]) -> bool:
    """Whether the author's limit price holds; a price by components is one that the round's verifier cannot judge."""
    if _same_prices(proposal.terms, terms):
        return True
    if "components" in (terms["price"]["formula"] or {}):
        return False
    return round_services.keeps_own_limit(round_.id, rounds.match_number(proposal.match_id), party, terms)


def _same_prices(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether months, volumes and prices stand as they did: then nobody's limit is asked about."""
    same = core_of(before).months == core_of(after).months
    return same and before["price"]["formula"] == after["price"]["formula"]


def _promised_otherwise(proposal: Proposal, order_id: str, party: Party) -> dict[str, Decimal]:
    """What else of an order is spoken for, by month: its other standing proposals, and a rest that is in the book."""
    standing = queries.standing_terms(order_id, proposal.round_id, but=proposal.id)
    promised = promised_by_month(SIDE[party], standing)
    (order,) = orders.orders_by_id([order_id])
    if order.status in BOOKED:
        for month, volume in order.terms["volumes"].items():
            stated = (
                {part: Decimal(each) for part, each in volume.items()} if isinstance(volume, dict) else Decimal(volume)
            )
            promised[month] = promised.get(month, Decimal(0)) + whole(stated)
    return promised


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
