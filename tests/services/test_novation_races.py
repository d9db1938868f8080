"""Novations that meet other acts: one party in the place of another, once, and no place sold twice over."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.contracts import queries, services
from marketplace.contracts.models import Commitment, Contract, ContractNovation, FormerParty, SupplyPlace
from marketplace.shared import audit
from marketplace.shared.actor import Actor
from marketplace.shared.database import db
from tests.conftest import NOW
from tests.factories.capacity import make_line, make_statement
from tests.factories.catalogue import make_grade
from tests.factories.novations import ask, in_force, make_contract_in_force, place, signatory
from tests.factories.rounds import make_open_order, make_round, make_trader
from tests.services.racing import Act, at_once


def confirmations_of(novation: ContractNovation) -> list[Act]:
    """One act for each of the three."""
    contract = novation.version.contract
    hash_ = services.document_hash(services.document(novation.version, "pdf"))
    return [
        partial(_confirm, contract.id, novation.number, hash_, signatory(each))
        for each in (contract.seller, contract.buyer, novation.incoming)
    ]


def _confirm(contract_id: str, number: int, pdf_hash: str, actor: Actor) -> None:
    services.confirm_version(contract_id, number, pdf_hash=pdf_hash, actor=actor, now=NOW)


@pytest.mark.usefixtures("committed")
@pytest.mark.parametrize("seed", range(12))
def test_a_party_leaves_once_and_acts_before_or_not_at_all(app: Flask, seed: int) -> None:
    """All three confirm, each twice, while the leaving party gives notice and, in every other case, refuses."""
    with app.app_context():
        contract, incoming = make_contract_in_force(), make_trader()
        novation = place(ask(contract, incoming.organisation), incoming)
        seller, leaving, contract_id = contract.seller_id, signatory(contract.seller), contract.id
        acts = [*confirmations_of(novation) * 2]
        acts.append(
            lambda: services.give_notice(
                contract_id, kind="termination", ground="agreed", reason="x", actor=leaving, now=NOW
            )
        )
        if seed % 2:
            acts.append(lambda: services.refuse_novation(contract_id, 2, actor=leaving, now=NOW))
        db.session.commit()
    told = at_once(app, acts, seed)
    with app.app_context():
        contract = db.session.get_one(Contract, contract_id)
        status = queries.version(contract, 2).status
        left = db.session.scalars(sa.select(FormerParty)).all()
        notices = queries.notices(contract)
        assert len(notices) == (told[6] == "done")
        if status == "in_force":
            assert told[:6].count("done") == 3
            assert [each.organisation_id for each in left] == [seller]
            assert contract.seller_id == incoming.organisation.id
            assert [each.status for each in notices] in ([], ["lapsed"])
        else:
            assert (status, seed % 2, told[7]) == ("refused", 1, "done")
            assert (left, contract.seller_id, contract.in_force) == ([], seller, 1)
        for organisation_id in (seller, contract.buyer_id, incoming.organisation.id):
            assert list(audit.broken_entries(organisation_id)) == []


@pytest.mark.usefixtures("committed")
@pytest.mark.parametrize("seed", range(6))
def test_one_place_is_not_promised_twice_by_novations_at_once(app: Flask, seed: int) -> None:
    """A site that makes 100 t a month is to take over two contracts of 60: one of them."""
    with app.app_context():
        grade, incoming = make_grade(), make_trader()
        line = make_line(incoming.organisation, site_id=incoming.site.id, grade_id=grade.id)
        make_statement(line, volume_per_month=Decimal(100))
        if seed % 2:
            db.session.add(SupplyPlace(place=f"site:{incoming.site.id}", grade_id=grade.id))
        acts: list[Act] = []
        for _ in range(2):
            make_open_order(make_trader(), "offer", grade, price="96000", volume="60")
            make_open_order(make_trader(), "need", grade, price="104000", volume="60")
            (proposal,) = queries.proposals_of_round(make_round(grade, until="published").id)
            acts += confirmations_of(place(ask(in_force(proposal), incoming.organisation), incoming))
        db.session.commit()
    told = at_once(app, acts, seed)
    assert told.count("done") in (3, 4, 5)  # of the other contract none to two before its place is found to be full
    with app.app_context():
        rows = db.session.scalars(sa.select(Commitment).filter_by(place=f"site:{incoming.site.id}")).all()
        assert {(each.month, each.volume) for each in rows} == {("2027-02", Decimal(60)), ("2027-03", Decimal(60))}
        assert len(db.session.scalars(sa.select(FormerParty)).all()) == 1
