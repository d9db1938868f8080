"""A bundle of proposals is decided once each is answered or too late: what is agreed becomes contracts, or lapses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from marketplace.contracts.models import Bundle, Proposal
from marketplace.contracts.rules.lifecycle import UNANSWERED
from marketplace.contracts.services.concluding import conclude
from marketplace.contracts.services.deliverability import Draw, exceeding, hold_sources
from marketplace.contracts.services.holding import Held, hold_bundle
from marketplace.contracts.services.telling import tell_both
from marketplace.rounds import queries as rounds
from marketplace.rounds import services as round_services
from marketplace.shared import audit
from marketplace.shared.actor import SYSTEM, Actor
from marketplace.shared.database import db
from marketplace.shared.quantities import amount_text

CAPACITY = "capacity"  # beside the terms by their numbers: the place cannot make what is promised from it


def overdue_bundles(*, now: datetime) -> list[str]:
    """Bundles in which a proposal's time to answer is over and nobody has noted it yet, the oldest first."""
    query = (
        sa.select(Bundle.id)
        .join(Proposal, Proposal.bundle_id == Bundle.id)
        .where(Proposal.status == UNANSWERED, Proposal.answer_by <= now)
        .distinct()
        .order_by(Bundle.id)
    )
    return list(db.session.scalars(query))


def settle_bundle(bundle_id: str, *, now: datetime, actor: Actor = SYSTEM) -> Bundle:
    """Let expire what was not answered in time, and decide the bundle if nothing in it is open any more.

    For the job that keeps deadlines; to run it again, or twice at once, does no harm.
    """
    held = hold_bundle(bundle_id)
    settle(held, actor=actor, now=now)
    return held.bundle


def settle(held: Held, *, actor: Actor, now: datetime) -> None:
    """The same of a bundle that is held, after an answer.

    Raises nothing of its own: the answer that led here stands whatever the decision is.
    """
    for proposal in held.proposals.values():
        if proposal.status == UNANSWERED and proposal.answer_by is not None and now >= proposal.answer_by:
            proposal.take("expire")
            for party in (proposal.seller_id, proposal.buyer_id):
                audit.record("contracts:proposal:expired", proposal.id, actor=SYSTEM, now=now, organisation_id=party)
            tell_both(proposal, "expired", now=now)
    if held.bundle.status == "open" and not any(each.status == UNANSWERED for each in held.proposals.values()):
        _decide(held, actor=actor, now=now)
    db.session.flush()


def _decide(held: Held, *, actor: Actor, now: datetime) -> None:
    """The greatest set of agreed contracts in which no order misses a term: it depends on no order of answers."""
    held.bundle.take("decide")
    held.bundle.decided_at = now
    agreed = [each for each in held.proposals.values() if each.status == "agreed"]
    drawn = [Draw.of(each) for each in agreed]
    hold_sources(draw.source for draw in drawn)
    why = _lost(held.bundle, drawn)
    for proposal in agreed:
        lost = why.get(proposal.id)
        if lost is None:
            proposal.take("conclude")
            conclude(proposal, actor=actor, now=now)
            continue
        proposal.take("lapse")
        proposal.missed = lost
        for party in (proposal.seller_id, proposal.buyer_id):
            audit.record("contracts:proposal:lapsed", proposal.id, actor=actor, now=now, organisation_id=party)
        tell_both(proposal, "lapsed", now=now)


def _lost(bundle: Bundle, drawn: Sequence[Draw]) -> dict[str, dict[str, list[str]]]:
    """By proposal that cannot be concluded: by order, the terms that it misses, its place's capacity among them.

    What a place cannot make is none of its contracts' alone: all lapse that draw on it in such a month.
    """
    lost: dict[str, dict[str, list[str]]] = {}
    while left := [draw for draw in drawn if draw.proposal.id not in lost]:
        standing = [draw.proposal for draw in left]
        missed = _missed(bundle, standing)
        found = {
            each.id: {order: missed[order] for order in (each.offer_id, each.need_id) if order in missed}
            for each in standing
        }
        found = {name: terms for name, terms in found.items() if terms}
        if not found:
            over = exceeding(left)
            for each in standing:
                if each.id in over:
                    each.excess = {month: amount_text(volume) for month, volume in over[each.id].items()}
            found = {each.id: {each.offer_id: [CAPACITY]} for each in standing if each.id in over}
        if not found:
            break
        lost |= found
    return lost


def _missed(bundle: Bundle, agreed: Sequence[Proposal]) -> Mapping[str, list[str]]:
    """By order: the terms over several contracts that it misses with what is agreed; alone, as proposed, none."""
    if not agreed or (bundle.size == 1 and agreed[0].revision == 1):
        return {}
    round_ = rounds.round_by_id(bundle.round_id)
    volumes = {rounds.match_number(each.match_id): _by_calendar(each, round_.calendar) for each in agreed}
    return round_services.concluded_together(bundle.round_id, volumes)[1]


def _by_calendar(proposal: Proposal, calendar: Sequence[str]) -> list[str]:
    """The agreed volume of every month of the round."""
    agreed = {each["period"]: each["volume"]["expected"] for each in proposal.terms["periods"]}
    return [agreed.get(month, "0") for month in calendar]
