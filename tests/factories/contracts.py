"""Proposals for tests: made by a real round, since that is the only way they come about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from marketplace.accounts.models import Organisation
from marketplace.contracts import queries, services
from marketplace.contracts.models import Contract, Proposal
from marketplace.contracts.queries import proposals_of_round
from marketplace.indices.models import PriceIndex
from marketplace.shared.actor import Actor, Role
from marketplace.shared.database import db
from tests.conftest import NOW
from tests.factories.accounts import make_member
from tests.factories.catalogue import make_grade
from tests.factories.indices import make_index
from tests.factories.rounds import MONTHS, make_open_order, make_round, make_trader


def make_proposal(
    *,
    seller: Organisation | None = None,
    buyer: Organisation | None = None,
    until: str = "published",
    need: Mapping[str, Any] | None = None,
    both: Mapping[str, Any] | None = None,
    **terms: Any,
) -> Proposal:
    """A proposal between this seller and this buyer, each else one of its own, its round taken as far as ``until``.

    ``terms``: further ones of the offer; ``need``: of the need; ``both``: of either.
    """
    grade = make_grade()
    common = both or {}
    make_open_order(make_trader(seller), "offer", grade, **{"price": "96000", **common, **terms})
    make_open_order(make_trader(buyer), "need", grade, **{"price": "104000", **common, **(need or {})})
    round_ = make_round(grade, until=until)
    (proposal,) = proposals_of_round(round_.id)
    return proposal


def party(proposal: Proposal, side: str) -> Actor:
    """A member who may sell and buy for the proposal's seller or buyer."""
    organisation = proposal.seller if side == "seller" else proposal.buyer
    return make_member(organisation=organisation, roles=(Role.SELLER, Role.BUYER)).actor


def accept(proposal: Proposal, side: str, *, now: datetime = NOW) -> Proposal:
    """One party accepts the terms on the table."""
    return services.accept_proposal(
        proposal.id,
        revision=proposal.revision,
        terms_hash=proposal.terms_hash,
        actor=party(proposal, side),
        now=now,
    )


def concluded(proposal: Proposal) -> Contract:
    """The contract of a published proposal, once both have accepted it."""
    for side in ("seller", "buyer"):
        accept(proposal, side)
    return db.session.scalars(sa.select(Contract).filter_by(proposal_id=proposal.id)).one()


def make_contract(**terms: Any) -> Contract:
    """A contract that both have yet to confirm."""
    return concluded(make_proposal(**terms))


def make_contract_in_force(**terms: Any) -> Contract:
    """One that both have confirmed; of 100 a month, three months from January 2027 on, unless said otherwise."""
    contract = make_contract(**terms)
    for side in ("seller", "buyer"):
        confirm(contract, side)
    return contract


def make_indexed_contract(
    changes: Mapping[str, Any] | None = None, *, both: Mapping[str, Any] | None = None, quotation: str = "M"
) -> tuple[Contract, PriceIndex]:
    """One in force whose price follows an index of its own: 0.98 of it less 500, from 70,000 to 125,000.

    100 a month (90 by an option of the buyer's that it need not give notice of), three months from January 2027 on.
    ``changes``: further ones of the counter that makes it; ``both``: further terms of either order.
    """
    index, grade = make_index(rounding=Decimal("0.01"), tax_basis="exclusive", tax_rate=Decimal(0)), make_grade()
    option, common = {"down": "0.1", "up": "0"}, dict(both or {})
    for side, coefficient, role in (("offer", "0.96", "grants"), ("need", "1.04", "requires")):
        limit = {"components": [{"index": index.id, "coefficient": coefficient}], "quotation": {"month": quotation}}
        make_open_order(make_trader(), side, grade, price="0", limit_price=limit, flexibility={role: option}, **common)
    paths = {index.id: ["100000"] * len(MONTHS)}
    round_ = make_round(grade, until="published", index_paths=paths)
    (proposal,) = proposals_of_round(round_.id)
    periods = [{"period": month, "volume": "100", "floor": "70000", "cap": "125000"} for month in MONTHS]
    formula = {"index": index.id, "coefficient": "0.98", "premium_cny_per_unit": "-500"}
    services.counter_proposal(
        proposal.id,
        revision=1,
        changes={"formula": formula, "periods": periods, **(changes or {})},
        consent=[],
        actor=party(proposal, "seller"),
        now=NOW,
    )
    accept(proposal, "buyer")
    contract = db.session.scalars(sa.select(Contract).filter_by(proposal_id=proposal.id)).one()
    for side in ("seller", "buyer"):
        confirm(contract, side)
    return contract, index


def trader_of(contract: Contract, side: str) -> Actor:
    """A member who may sell and buy for one of a contract's parties."""
    organisation = contract.seller if side == "seller" else contract.buyer
    return make_member(organisation=organisation, roles=(Role.SELLER, Role.BUYER)).actor


def confirm(contract: Contract, side: str, *, number: int = 1, now: datetime = NOW) -> Contract:
    """A signatory of one party confirms the document of a version."""
    organisation = contract.seller if side == "seller" else contract.buyer
    actor = make_member(organisation=organisation, roles=(Role.SIGNATORY,)).actor
    pdf = services.document(queries.version(contract, number), "pdf")
    return services.confirm_version(contract.id, number, pdf_hash=services.document_hash(pdf), actor=actor, now=now)


def make_contract_by_index(
    index: str, *, seller: Organisation | None = None, buyer: Organisation | None = None, month: str = "M"
) -> Contract:
    """A contract of 100 t in each month at the index itself, floor 95,000 and cap 105,000, reference 100,000."""
    grade = make_grade()
    for side, owner, coefficient in (("offer", seller, "0.9"), ("need", buyer, "1.1")):
        limit = {"components": [{"index": index, "coefficient": coefficient}], "quotation": {"month": month}}
        make_open_order(make_trader(owner), side, grade, price="0", limit_price=limit)
    round_ = make_round(grade, until="published", index_paths={index: ["100000"] * len(MONTHS)})
    (proposal,) = proposals_of_round(round_.id)
    changes = {
        "formula": {"index": index, "coefficient": "1", "premium_cny_per_unit": "0"},
        "periods": [{"period": each, "volume": "100", "floor": "95000", "cap": "105000"} for each in MONTHS],
    }
    actor = party(proposal, "seller")
    services.counter_proposal(proposal.id, revision=1, changes=changes, consent=["limit_price"], actor=actor, now=NOW)
    accept(proposal, "buyer")
    return db.session.scalars(sa.select(Contract).filter_by(proposal_id=proposal.id)).one()
