"""Novations for tests: asked for, with a place, confirmed by whoever is named."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from marketplace.accounts.models import Organisation
from marketplace.contracts import queries, services
from marketplace.contracts.models import Contract, ContractNovation, Proposal
from marketplace.shared.actor import Actor, Role
from marketplace.shared.database import db
from tests.conftest import NOW
from tests.factories.accounts import make_member
from tests.factories.contracts import accept, confirm, make_contract
from tests.factories.rounds import Trader, make_trader

COURT = "（2027）川01破3号"


def make_contract_in_force(**terms: Any) -> Contract:
    """100 t in each of three months, confirmed by both."""
    return confirmed(make_contract(**terms))


def in_force(proposal: Proposal) -> Contract:
    """The contract of a proposal that both accept and confirm."""
    for side in ("seller", "buyer"):
        accept(proposal, side)
    return confirmed(db.session.scalars(sa.select(Contract).filter_by(proposal_id=proposal.id)).one())


def confirmed(contract: Contract) -> Contract:
    """A new contract, by both."""
    for side in ("seller", "buyer"):
        confirm(contract, side)
    return contract


def signatory(organisation: Organisation) -> Actor:
    """A member who signs for an organisation."""
    return make_member(organisation=organisation, roles=(Role.SIGNATORY,)).actor


def ask(
    contract: Contract,
    incoming: Organisation,
    *,
    side: str = "seller",
    by: str = "buyer",
    from_month: str = "2027-02",
    ground: str = "agreed",
    now: datetime = NOW,
    **given: Any,
) -> ContractNovation:
    """One party asks an organisation to enter."""
    author = contract.seller if by == "seller" else contract.buyer
    return services.propose_novation(
        contract.id,
        side=side,
        credit_code=incoming.credit_code,
        from_month=from_month,
        ground=ground,
        reason="由新公司承继",
        court_reference=given.get("court_reference", COURT if ground == "insolvency" else None),
        actor=signatory(author),
        now=now,
    )


def place(novation: ContractNovation, incoming: Trader, *, now: datetime = NOW) -> ContractNovation:
    """The organisation that is asked names its site."""
    return services.name_place(
        novation.contract_id,
        novation.number,
        site_id=incoming.site.id,
        actor=signatory(incoming.organisation),
        now=now,
    )


def sign(novation: ContractNovation, role: str, *, now: datetime = NOW) -> Contract:
    """The remaining, leaving or incoming party confirms the document."""
    contract = novation.version.contract
    remaining = contract.buyer if novation.side == "seller" else contract.seller
    who = {"remaining": remaining, "leaving": novation.leaving, "incoming": novation.incoming}[role]
    pdf = services.document(queries.version(contract, novation.number), "pdf")
    return services.confirm_version(
        contract.id, novation.number, pdf_hash=services.document_hash(pdf), actor=signatory(who), now=now
    )


def novate(contract: Contract, *, side: str = "seller", now: datetime = NOW, **given: Any) -> Trader:
    """All three agree; whoever has entered."""
    incoming = make_trader()
    novation = place(ask(contract, incoming.organisation, side=side, now=now, **given), incoming, now=now)
    for role in ("remaining", "leaving", "incoming"):
        sign(novation, role, now=now)
    return incoming
