"""Who may enter a contract, and the place that it names."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from marketplace.accounts.rules.kinds import OrganisationKind
from marketplace.contracts import queries, services
from marketplace.contracts.models import Contract
from marketplace.contracts.rules.answers import AlreadyAnswered
from marketplace.shared.errors import Conflict, InvalidInput, NotAllowed
from tests.conftest import NOW
from tests.factories.accounts import make_organisation, make_site
from tests.factories.catalogue import make_grade
from tests.factories.evidence import make_certificate
from tests.factories.novations import ask, in_force, make_contract_in_force, novate, place, signatory
from tests.factories.rounds import make_open_order, make_round, make_trader

pytestmark = pytest.mark.usefixtures("session")

DAY = timedelta(days=1)
FEBRUARY = datetime(2027, 1, 31, 16, 0, tzinfo=UTC)  # begins in Beijing


@pytest.fixture
def contract(session: None) -> Contract:
    return make_contract_in_force()


def test_there_is_nothing_to_confirm_before_the_place_is_named(contract: Contract) -> None:
    incoming = make_trader()
    novation = ask(contract, incoming.organisation)
    with pytest.raises(Conflict, match="no document"):
        services.document(novation.version, "pdf")
    with pytest.raises(Conflict, match="has yet to name"):
        services.confirm_version(contract.id, 2, pdf_hash="sha256:0", actor=signatory(contract.buyer), now=NOW)
    place(novation, incoming)
    with pytest.raises(AlreadyAnswered):
        place(novation, incoming)


def test_the_place_is_an_active_site_of_ones_own(contract: Contract) -> None:
    incoming = make_trader()
    novation = ask(contract, incoming.organisation)
    closed = make_site(incoming.organisation, active=False)
    for site_id in (closed.id, make_site(contract.seller).id, "sit_0"):
        with pytest.raises(InvalidInput) as refused:
            services.name_place(contract.id, 2, site_id=site_id, actor=signatory(incoming.organisation), now=NOW)
        assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [("/site_id", "foreign-site")]
    for organisation in (contract.seller, contract.buyer):
        with pytest.raises(NotAllowed):
            services.name_place(contract.id, 2, site_id=incoming.site.id, actor=signatory(organisation), now=NOW)
    assert novation.site_id is None


@pytest.mark.parametrize(
    ("columns", "is_held"),
    [
        ({"valid_to": date(2027, 3, 30)}, False),
        ({"valid_from": date(2027, 2, 2)}, False),
        ({"status": "declared"}, False),
        ({"code": "ISO14001"}, False),
        ({"grades": ["another"]}, False),
        ({"sites": ["another"]}, False),
        ({"valid_from": date(2027, 2, 1), "valid_to": date(2027, 3, 31)}, True),
    ],
)
def test_certificates_that_the_other_sides_order_requires_are_held_through_the_rest_of_the_term(
    columns: dict[str, Any], is_held: bool
) -> None:
    grade, buyer, incoming = make_grade(), make_trader(), make_trader()
    make_certificate(buyer.organisation)
    make_open_order(make_trader(), "offer", grade, price="96000", certificates=["ISO9001"])
    make_open_order(buyer, "need", grade, price="104000")
    (proposal,) = queries.proposals_of_round(make_round(grade, until="published").id)
    contract = in_force(proposal)
    make_certificate(incoming.organisation, **columns)
    novation = ask(contract, incoming.organisation, side="buyer", by="seller")
    if is_held:
        assert place(novation, incoming).site_id == incoming.site.id
        return
    with pytest.raises(InvalidInput, match="no certificate ISO9001"):
        place(novation, incoming)


def test_who_cannot_enter(contract: Contract) -> None:
    related = make_organisation(group_parent=contract.buyer.credit_code)
    beneath = make_organisation(group_parent=related.credit_code)
    for incoming in (
        make_organisation(verified=False),
        contract.seller,
        contract.buyer,
        related,
        beneath,
        make_organisation(kind=OrganisationKind.TESTING_LABORATORY),
        make_organisation(kind=OrganisationKind.AUTHORITY),
    ):
        with pytest.raises(InvalidInput) as refused:
            ask(contract, incoming)
        assert [fault.pointer for fault in refused.value.faults] == ["/credit_code"], incoming.kind
    sister = make_organisation(group_parent=contract.seller.credit_code)  # a reorganisation of the seller's own group
    assert ask(contract, sister, ground="reorganisation").incoming == sister


def test_who_was_a_party_comes_back_on_its_own_side_alone(contract: Contract) -> None:
    seller, buyer = contract.seller, contract.buyer
    novate(contract)
    with pytest.raises(InvalidInput, match="one on the other side"):
        ask(contract, seller, side="buyer", by="seller", from_month="2027-03")
    assert ask(contract, seller, from_month="2027-03").incoming == seller
    assert contract.buyer == buyer
