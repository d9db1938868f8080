"""What a small supplier alone may ask to be paid by, and what is said of how long it waits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from marketplace.contracts import queries, services
from marketplace.contracts.models import Contract, ContractVersion, Proposal
from marketplace.shared.actor import Role
from marketplace.shared.audit import AuditEntry
from marketplace.shared.database import db
from marketplace.shared.errors import InvalidInput
from tests.conftest import NOW
from tests.factories.accounts import make_member, signed_in
from tests.factories.catalogue import make_grade
from tests.factories.contracts import accept, make_proposal, party
from tests.factories.novations import ask, in_force, make_contract_in_force
from tests.factories.rounds import POLICY, make_open_order, make_round, make_trader

pytestmark = pytest.mark.usefixtures("session")

BILL = {"days": 0, "instrument": "commercial_acceptance", "tenor_days": 90, "discount_borne_by": "buyer"}


def of_small_seller(small: bool = True, **terms: Any) -> Proposal:
    return make_proposal(seller=make_trader(small=small).organisation, **terms)


def imposed_by_the_round(small: bool = True) -> Proposal:
    """The need's payment terms prevail, and state a commercial acceptance; the offer states a transfer."""
    grade = make_grade()
    make_open_order(make_trader(small=small), "offer", grade, price="96000")
    make_open_order(make_trader(), "need", grade, price="104000", payment=BILL)
    policy = {**POLICY, "payment_terms_of": "need"}
    (proposal,) = queries.proposals_of_round(make_round(grade, until="published", policy=policy).id)
    assert proposal.terms["payment"]["instrument"] == "commercial_acceptance"
    return proposal


def counter(
    proposal: Proposal, side: str, payment: Mapping[str, Any], consent: tuple[str, ...] = ("payment",)
) -> Proposal:
    return services.counter_proposal(
        proposal.id,
        revision=proposal.revision,
        changes={"payment": payment},
        consent=["payment"],
        actor=party(proposal, side),
        now=NOW,
    )


def faults(proposal: Proposal, side: str, payment: Mapping[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as refused:
        counter(proposal, side, payment)
    return [(fault.pointer, fault.code) for fault in refused.value.faults]


def accepted(proposal: Proposal, side: str, consent: list[str]) -> Proposal:
    return services.accept_proposal(
        proposal.id,
        revision=proposal.revision,
        terms_hash=proposal.terms_hash,
        consent=consent,
        actor=party(proposal, side),
        now=NOW,
    )


def test_a_buyer_does_not_put_a_commercial_acceptance_to_a_small_supplier() -> None:
    assert faults(of_small_seller(), "buyer", BILL) == [("/payment/instrument", "small-supplier")]
    assert counter(of_small_seller(), "buyer", {**BILL, "instrument": "bank_acceptance"}).revision == 2
    assert counter(of_small_seller(small=False), "buyer", BILL).revision == 2
    assert counter(of_small_seller(), "seller", BILL).revision == 2


def test_what_the_supplier_asked_for_itself_a_buyer_shortens_and_does_not_lengthen() -> None:
    proposal = counter(of_small_seller(), "seller", BILL)
    assert faults(proposal, "buyer", {**BILL, "tenor_days": 91}) == [("/payment/tenor_days", "small-supplier")]
    assert counter(proposal, "buyer", {**BILL, "tenor_days": 60}).revision == 3


def test_a_small_supplier_consents_to_what_the_round_imposes() -> None:
    proposal = imposed_by_the_round()
    for consent, code in (
        ([], "small-supplier"),
        (["payment"], "small-supplier"),
        (["commercial_acceptance", "payment"], "unknown"),
    ):
        with pytest.raises(InvalidInput) as refused:
            accepted(proposal, "seller", consent)
        assert (refused.value.faults[0].pointer, refused.value.faults[0].code) == ("/consent", code)
    assert (proposal.status, proposal.seller_accepted) == ("proposed", None)
    assert accepted(proposal, "seller", ["commercial_acceptance"]).seller_accepted == 1
    (entry,) = db.session.scalars(sa.select(AuditEntry).filter_by(action="contracts:proposal:consented"))
    assert (entry.organisation_id, entry.payload["consent"]) == (proposal.seller_id, ["commercial_acceptance"])
    assert accepted(proposal, "buyer", []).status == "concluded"


@pytest.mark.parametrize("case", ["large seller", "own order", "own counter"])
def test_nobody_else_has_anything_to_consent_to(case: str) -> None:
    if case == "large seller":
        proposal = imposed_by_the_round(small=False)
    elif case == "own order":
        proposal = of_small_seller(payment=BILL)
    else:
        proposal = counter(of_small_seller(), "seller", BILL)
        services.take_back_acceptance(proposal.id, revision=2, actor=party(proposal, "seller"), now=NOW)
    with pytest.raises(InvalidInput, match="needs no consent"):
        accepted(proposal, "seller", ["commercial_acceptance"])
    assert accept(proposal, "seller").seller_accepted == proposal.revision


def test_an_amendment_does_not_put_one_to_a_small_supplier_either() -> None:
    contract = in_force(of_small_seller())
    with pytest.raises(InvalidInput) as refused:
        amend(contract, "buyer")
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [
        ("/payment/instrument", "small-supplier")
    ]
    assert amend(contract, "seller").number == 2


def amend(contract: Contract, side: str) -> ContractVersion:
    organisation = contract.seller if side == "seller" else contract.buyer
    actor = make_member(organisation=organisation, roles=(Role(side),)).actor
    return services.propose_amendment(contract.id, changes={"payment": BILL}, reason="双方商定", actor=actor, now=NOW)


@pytest.mark.parametrize(
    ("payment", "wait", "late"),
    [
        ({"days": 60}, 60, False),
        ({"days": 61}, 61, True),
        ({"days": 30, "instrument": "bank_acceptance", "tenor_days": 30}, 60, False),
        ({"days": 30, "instrument": "bank_acceptance", "tenor_days": 31}, 61, True),
        ({"days": 30, "instrument": "bank_acceptance", "tenor_days": 180, "discount_borne_by": "buyer"}, 30, False),
    ],
)
def test_the_tenor_counts_unless_the_buyer_bears_the_discount(payment: dict[str, Any], wait: int, late: bool) -> None:
    """The round's own terms, which the solver flags too, and the same ones by a counter."""
    for proposal in (of_small_seller(payment=payment), counter(of_small_seller(), "seller", payment)):
        stated = proposal.terms["payment"]
        assert stated["small_supplier"] == {"wait_days": wait, "limit_days": 60}
        assert stated["late_for_small_supplier"] is late


def test_document_and_api_say_days_and_limit(client: FlaskClient) -> None:
    contract = in_force(of_small_seller(payment={"days": 75}))
    html = services.document(queries.present_version(contract), "html").decode()
    assert "自交付起 75 日，规定 60 日" in html
    assert "75 days from delivery, not 60" in html
    headers = signed_in(client, make_member(organisation=contract.buyer))
    shown = client.get(f"/api/v1/contracts/{contract.id}", headers=headers).json["payment"]
    assert shown["small_supplier"] == {"wait_days": 75, "limit_days": 60}
    within = in_force(of_small_seller(payment={"days": 45}))
    assert "规定 60 日" not in services.document(queries.present_version(within), "html").decode()


def test_a_small_supplier_that_enters_has_its_own_wait_said() -> None:
    contract = make_contract_in_force(payment={"days": 90})
    assert queries.present_version(contract).terms["payment"]["small_supplier"] is None
    novation = ask(contract, make_trader(small=True).organisation)
    assert novation.version.terms["payment"]["small_supplier"] == {"wait_days": 90, "limit_days": 60}
    assert novation.version.terms["payment"]["late_for_small_supplier"]
