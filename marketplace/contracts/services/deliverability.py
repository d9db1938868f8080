"""A seller's commitments over all its contracts against the capacity of the place that the goods come from.

The place is the offer's own site, the site of the registered line behind it, or the line that a trader names; from the
first month of a seller that entered by novation on, the site which that seller named.  Where nobody has stated a
capacity nothing can be said, and the proposal says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from marketplace.capacity import queries as capacity
from marketplace.contracts import queries
from marketplace.contracts.models import Commitment, Contract, Proposal, SupplyPlace
from marketplace.contracts.rules.deliverability import excess, greatest_by_month
from marketplace.contracts.rules.lifecycle import COMMITTED
from marketplace.contracts.rules.novation import NO_MONTH
from marketplace.contracts.services.changing import frozen_terms
from marketplace.orders.models import Order
from marketplace.rounds import queries as rounds
from marketplace.shared.database import HELD, db
from marketplace.shared.errors import Conflict


class BeyondCapacity(Conflict):
    """The place that the goods come from cannot make what would be promised from it."""

    code = "beyond-capacity"

    def __init__(self, months: Iterable[str]) -> None:
        super().__init__(f"the seller's place cannot make what would be promised from it in {', '.join(months)}")


@dataclass(frozen=True)
class Source:
    """Where a proposal's goods come from, and what can be made there by month; None: nobody has stated it."""

    place: str
    grade_id: str
    capacity: Mapping[str, Decimal] | None

    @property
    def key(self) -> tuple[str, str]:
        """What identifies it."""
        return self.place, self.grade_id


@dataclass(frozen=True)
class Draw:
    """What a proposal, with the terms that are asked about, may call from its place by month."""

    proposal: Proposal
    source: Source
    volumes: Mapping[str, Decimal]

    @classmethod
    def of(cls, proposal: Proposal, terms: Mapping[str, Any] | None = None) -> Draw:
        """With the terms on the table, or others."""
        return cls(proposal, source_of(proposal), greatest_by_month(terms or proposal.terms))


def draws_of(contract: Contract, terms: Mapping[str, Any], *, entering: tuple[str, str] | None = None) -> list[Draw]:
    """What a contract, with the terms that are asked about, may call from each of its sellers' places.

    ``entering``: first month and site of a seller that is to enter; then only what would be called from there.
    """
    proposal, volumes = queries.proposal_of(contract), greatest_by_month(terms)
    places = [(NO_MONTH, source_of(proposal))]
    for each in queries.novations_in_effect(contract, "seller"):
        assert each.site_id is not None
        places.append((each.from_month, _source_at(each.site_id, proposal)))
    if entering is not None:
        places.append((entering[0], _source_at(entering[1], proposal)))
    called: list[dict[str, Decimal]] = [{} for _ in places]
    for month, volume in volumes.items():
        called[max(number for number, (first, _) in enumerate(places) if first <= month)][month] = volume
    drawn = [Draw(proposal, source, part) for (_, source), part in zip(places, called, strict=True)]
    return drawn if entering is None else drawn[-1:]


def source_of(proposal: Proposal) -> Source:
    """The place behind a proposal's offer, as the round froze it, with today's capacity."""
    order = db.session.get_one(Order, proposal.offer_id)
    round_ = rounds.round_by_id(proposal.round_id)
    stated = frozen_terms(order.id, round_).get("source")
    site_id: str | None = order.site_id
    if stated is not None:
        site_id = capacity.site_of_line(stated["line"])
        if site_id is None:
            place = f"source:{order.organisation_id}:{stated['site']}:{stated['line']}"
            makes = {month: Decimal(volume) for month, volume in stated["capacity"].items()}
            return Source(place, proposal.grade_id, makes)
    assert site_id is not None
    return _source_at(site_id, proposal)


def _source_at(site_id: str, proposal: Proposal) -> Source:
    calendar = rounds.round_by_id(proposal.round_id).calendar
    return Source(f"site:{site_id}", proposal.grade_id, capacity.of_site(site_id, proposal.grade_id, calendar))


def hold_sources(sources: Iterable[Source]) -> None:
    """Lock the places until the transaction ends, in the order of their names."""
    insert = postgresql.insert if db.session.get_bind().dialect.name == "postgresql" else sqlite.insert
    for place, grade_id in sorted({source.key for source in sources}):
        row = {"place": place, "grade_id": grade_id}
        db.session.execute(insert(SupplyPlace).values([row]).on_conflict_do_nothing())
        db.session.get_one(SupplyPlace, (place, grade_id), with_for_update=HELD, populate_existing=True)


def exceeding(drawn: Sequence[Draw], *, replacing: str | None = None) -> dict[str, dict[str, Decimal]]:
    """By proposal: by how much its place would be promised beyond its capacity, with all these and what is signed.

    ``replacing``: a contract whose present commitments these take the place of.
    """
    together: dict[tuple[str, str], list[Draw]] = {}
    for draw in drawn:
        together.setdefault(draw.source.key, []).append(draw)
    found: dict[str, dict[str, Decimal]] = {}
    for draws in together.values():
        source = draws[0].source
        over = excess(source.capacity, [_committed(source, replacing), *(draw.volumes for draw in draws)])
        for draw in draws:
            own = {month: volume for month, volume in over.items() if month in draw.volumes}
            if own:
                found.setdefault(draw.proposal.id, {}).update(own)
    return found


def must_be_deliverable(drawn: Sequence[Draw], contract: Contract) -> None:
    """What would take the place of a contract's commitments is checked like a conclusion, its places held.

    Raises: BeyondCapacity.
    """
    hold_sources(draw.source for draw in drawn)
    over = exceeding(drawn, replacing=contract.id)
    if over:
        raise BeyondCapacity(sorted(over[contract.proposal_id]))


def commit(contract: Contract, drawn: Iterable[Draw]) -> None:
    """Write what may be called under a contract, in place of what was written before."""
    db.session.execute(sa.delete(Commitment).where(Commitment.contract_id == contract.id))
    db.session.add_all(
        Commitment(
            contract_id=contract.id,
            month=month,
            place=draw.source.place,
            grade_id=draw.source.grade_id,
            volume=volume,
        )
        for draw in drawn
        for month, volume in draw.volumes.items()
    )
    db.session.flush()


def _committed(source: Source, replacing: str | None) -> dict[str, Decimal]:
    """What contracts that stand may call from a place, by month."""
    query = (
        sa.select(Commitment)
        .join(Contract, Contract.id == Commitment.contract_id)
        .where(
            Commitment.place == source.place,
            Commitment.grade_id == source.grade_id,
            Contract.status.in_(COMMITTED),
        )
    )
    found: dict[str, Decimal] = {}
    for row in db.session.scalars(query):
        if row.contract_id != replacing:
            found[row.month] = found.get(row.month, Decimal(0)) + row.volume
    return found
