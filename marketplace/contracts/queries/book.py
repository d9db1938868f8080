"""What one organisation, or all of them, have signed, proposed and open on one side: read in a few queries.

How many queries it takes does not depend on how many contracts, proposals and orders there are (but in hundreds).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from marketplace.capacity import queries as capacity
from marketplace.contracts.models import Contract, ContractVersion, FormerParty, Proposal
from marketplace.contracts.queries.histories import FormerBySide, former_by_contract
from marketplace.contracts.rules.coverage import SIDES, CoveredSide, OpenByMonth, Promise, open_by_month
from marketplace.contracts.rules.lifecycle import COMMITTED, UNANSWERED
from marketplace.contracts.rules.novation import holder
from marketplace.orders import queries as orders
from marketplace.orders.models import Order
from marketplace.orders.rules.lifecycle import CLEARED, LIVE
from marketplace.rounds import queries as rounds
from marketplace.rounds.models import Round
from marketplace.shared.clock import beijing_date
from marketplace.shared.database import db
from marketplace.shared.months import month_of


@dataclass(frozen=True)
class LiveOrder:
    """An order that is traded or may be again, and where its goods are made (a site, if one is registered)."""

    order: Order
    drawn_from: str | None
    against: tuple[Promise, ...]  # what counts against its stated volume

    def left(self, side: CoveredSide, quantum: Decimal, *, today: date) -> OpenByMonth:
        """What is left of it by month; ``quantum``: of its grade."""
        terms = (each.terms for each in self.against if not each.taken_over)
        gone = (each.terms for each in self.against if each.taken_over)
        return open_by_month(side, self.order.terms["volumes"], terms, quantum, today=today, gone=gone)


@dataclass(frozen=True)
class Book:
    """One side of an organisation's contracts, published proposals and orders."""

    promises: list[Promise]  # its own
    orders: list[LiveOrder]


def read_book(
    side: CoveredSide,
    *,
    now: datetime,
    organisation_id: str | None = None,
    grade_id: str | None = None,
    sealed: bool = True,
) -> Book:
    """Contracts that stand, proposals that are still to be answered or decided, and live orders.

    ``sealed``: with orders that no round has cleared yet, which nobody but their owner reads.
    For the queries beside this one, which say who may know of it.
    """
    statuses = LIVE if sealed else CLEARED
    live = orders.live_orders(
        SIDES[side], on=beijing_date(now), organisation_id=organisation_id, grade_id=grade_id, statuses=statuses
    )
    latest = rounds.latest_cleared_rounds(each.id for each in live if each.status in CLEARED)
    # Proposals first: one that is concluded meanwhile is found as both, and counts as the contract.
    proposals = _rows(_proposals(side, now), Proposal, side, organisation_id, grade_id)
    contracts = _rows(_contracts(side), Contract, side, organisation_id, grade_id)
    concluded = {row.proposal_id for row in contracts}
    rows = [*contracts, *(row for row in proposals if row.proposal_id not in concluded)]
    frozen = orders.frozen_places(row.order_id for row in rows)
    lines = [place.line_id for places in frozen.values() for place in places]
    lines += [each.terms.get("source", {}).get("line") for each in live]
    sites = capacity.sites_of_lines(line for line in lines if line is not None)
    former = former_by_contract(row.id for row in contracts)
    promises = [
        _promise(row, part, latest, frozen.get(row.order_id, ()), sites)
        for row in rows
        for part in _parts(row, side, former.get(row.id))
    ]
    against: dict[str, list[Promise]] = {}
    for promise in promises:
        if promise.order_id is not None:
            against.setdefault(promise.order_id, []).append(promise)
    present = month_of(beijing_date(now))
    return Book(
        promises=[
            each
            for each in promises
            if organisation_id in (None, each.organisation_id)
            if each.id not in former or any(month["period"] >= present for month in each.terms["periods"])
        ],
        orders=[
            LiveOrder(
                each,
                _made_at(each.site_id, each.terms.get("source", {}).get("line"), sites),
                tuple(against.get(each.id, ())),
            )
            for each in live
        ],
    )


def _contracts(side: CoveredSide) -> sa.Select[Any]:
    version = sa.and_(
        ContractVersion.contract_id == Contract.id, ContractVersion.number == sa.func.coalesce(Contract.in_force, 1)
    )
    return (
        _columns(Contract, ContractVersion.terms, side, signed=True)
        .join(ContractVersion, version)
        .join(Proposal, Proposal.id == Contract.proposal_id)
        .where(Contract.status.in_(COMMITTED))
    )


def _proposals(side: CoveredSide, now: datetime) -> sa.Select[Any]:
    """Those that are agreed, or that may still be: what is answered too late has expired, noted or not."""
    waits = sa.and_(Proposal.status == UNANSWERED, Proposal.answer_by > now)
    return _columns(Proposal, Proposal.terms, side, signed=False).where(sa.or_(Proposal.status == "agreed", waits))


def _columns(model: Any, terms: Any, side: CoveredSide, *, signed: bool) -> sa.Select[Any]:
    own, other = (model.seller_id, model.buyer_id) if side == "seller" else (model.buyer_id, model.seller_id)
    return sa.select(
        model.id,
        sa.literal(signed).label("signed"),
        terms.label("terms"),
        Proposal.id.label("proposal_id"),
        own.label("organisation_id"),
        other.label("other_id"),
        Proposal.round_id,
        Round.frozen_at,
        Order.id.label("order_id"),
        Order.grade_id.label("ordered"),
        Order.organisation_id.label("owner_id"),
    ).select_from(model)


def _rows(
    query: sa.Select[Any], model: Any, side: CoveredSide, organisation_id: str | None, grade_id: str | None
) -> Sequence[sa.Row[Any]]:
    """With the side's order and its round, of one organisation and grade if asked."""
    own, order = (model.seller_id, Proposal.offer_id) if side == "seller" else (model.buyer_id, Proposal.need_id)
    query = query.join(Order, Order.id == order).join(Round, Round.id == Proposal.round_id).order_by(model.id)
    if organisation_id is not None:  # what another party has taken over still counts against one's own order
        left = sa.select(FormerParty.contract_id).filter_by(organisation_id=organisation_id, side=side)
        held = [Contract.id.in_(left)] if model is Contract else []
        query = query.where(sa.or_(own == organisation_id, Order.organisation_id == organisation_id, *held))
    if grade_id is not None:
        query = query.where(Order.grade_id == grade_id)
    return db.session.execute(query).all()


def _parts(row: sa.Row[Any], side: CoveredSide, former: FormerBySide | None) -> list[Promise]:
    """Who holds which months: parties that have left theirs, those that entered the later ones."""
    whole = Promise(row.id, row.signed, row.terms, row.ordered, row.organisation_id, row.other_id)
    if former is None:
        return [whole]
    across: CoveredSide = "buyer" if side == "seller" else "seller"
    months: dict[tuple[str, str], list[str]] = {}
    for each in row.terms["periods"]:
        month = each["period"]
        own = holder(former[side], row.organisation_id, month)
        months.setdefault((own, holder(former[across], row.other_id, month)), []).append(month)
    return [whole.held(own, other, there) for (own, other), there in months.items()]


def _promise(
    row: sa.Row[Any],
    part: Promise,
    latest: Mapping[str, str],
    frozen: Iterable[orders.FrozenPlace],
    sites: Mapping[str, str],
) -> Promise:
    """With the order that it counts against, and where the goods are made."""
    promise = replace(part, order_id=row.order_id if latest.get(row.order_id) == row.round_id else None)
    if row.owner_id != part.organisation_id:  # the order, and its site, are another's
        return replace(promise, taken_over=True)
    place = [each for each in frozen if each.moment <= row.frozen_at][-1]
    return replace(promise, site_id=place.site_id, drawn_from=_made_at(place.site_id, place.line_id, sites))


def _made_at(site_id: str, line_id: str | None, sites: Mapping[str, str]) -> str | None:
    """The site whose capacity is used: of the line that the order names, else the order's own."""
    return site_id if line_id is None else sites.get(line_id)
