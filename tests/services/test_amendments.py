"""Amendments: proposed by one party, confirmed by both, and nothing that has begun is touched."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from marketplace.contracts import queries, services
from marketplace.contracts.models import Contract, ContractVersion
from marketplace.shared.actor import Actor, Role
from marketplace.shared.errors import Conflict, InvalidInput, NotAllowed, TransitionNotAllowed
from tests.conftest import NOW
from tests.factories.accounts import make_member
from tests.factories.contracts import confirm, make_contract, make_contract_in_force

pytestmark = pytest.mark.usefixtures("session")

LAST_MINUTE = datetime(2027, 1, 31, 15, 59, tzinfo=UTC)  # of January in Beijing
NEXT_MINUTE = datetime(2027, 1, 31, 16, 0, tzinfo=UTC)


@pytest.fixture
def contract(session: None) -> Contract:
    """In force, 100 t in each of three months."""
    made = make_contract()
    for side in ("seller", "buyer"):
        confirm(made, side)
    return made


def trader(contract: Contract, side: str = "seller", role: Role | None = None) -> Actor:
    organisation = contract.seller if side == "seller" else contract.buyer
    return make_member(organisation=organisation, roles=(role or Role(side),)).actor


def months(contract: Contract, *volumes: str) -> dict[str, Any]:
    """Other volumes at the present prices."""
    stated = []
    for each, volume in zip(queries.present_version(contract).terms["periods"], volumes, strict=True):
        prices = {name: each[name] for name in ("reference", "floor", "cap")}
        stated.append({"period": each["period"], "volume": volume, **prices})
    return {"periods": stated}


def propose(
    contract: Contract, changes: dict[str, Any], *, side: str = "seller", now: datetime = NOW
) -> ContractVersion:
    return services.propose_amendment(
        contract.id, changes=changes, reason="双方商定", actor=trader(contract, side), now=now
    )


def test_an_amendment_is_in_force_once_both_have_confirmed_it_and_the_first_version_is_kept(contract: Contract) -> None:
    first = queries.present_version(contract)
    version = propose(contract, months(contract, "80", "90", "100"))
    assert (version.number, version.status, contract.in_force) == (2, "proposed", 1)
    confirm(contract, "buyer", number=2)
    assert queries.present_version(contract) is first
    confirm(contract, "seller", number=2)
    assert (contract.in_force, version.status, first.status) == (2, "in_force", "replaced")
    assert queries.present_version(contract).terms["volume"]["expected"] == "270"
    assert [each.number for each in queries.versions(contract)] == [1, 2]
    assert first.terms["volume"]["expected"] == "300"
    assert version.facts["code"] != first.facts["code"]


def test_one_at_a_time_and_either_party_refuses(contract: Contract) -> None:
    propose(contract, months(contract, "80", "90", "100"))
    with pytest.raises(Conflict, match="another amendment is open"):
        propose(contract, months(contract, "81", "90", "100"), side="buyer")
    services.refuse_amendment(contract.id, 2, actor=trader(contract, "buyer"), now=NOW)
    assert [each.status for each in queries.versions(contract)] == ["in_force", "refused"]
    with pytest.raises(TransitionNotAllowed):
        confirm(contract, "seller", number=2)
    assert propose(contract, months(contract, "81", "90", "100"), side="buyer").number == 3


def test_nothing_is_amended_before_it_is_in_force() -> None:
    contract = make_contract()
    with pytest.raises(TransitionNotAllowed):
        propose(contract, {"payment": {"days": 7}})
    with pytest.raises(Conflict, match="the first version"):
        services.refuse_amendment(contract.id, 1, actor=trader(contract), now=NOW)


@pytest.mark.parametrize(
    ("now", "volumes", "refused"),
    [
        (NOW, ("1", "1", "1"), 0),
        (LAST_MINUTE, ("100", "90", "90"), 0),
        (LAST_MINUTE, ("99", "90", "90"), 1),
        (NEXT_MINUTE, ("100", "90", "90"), 1),
        (NEXT_MINUTE, ("100", "100", "90"), 0),
        (NEXT_MINUTE, ("0", "90", "90"), 2),
    ],
)
def test_months_that_have_begun_in_beijing_stay_as_they_are(
    contract: Contract, now: datetime, volumes: tuple[str, ...], refused: int
) -> None:
    changes = months(contract, *volumes)
    if not refused:
        assert propose(contract, changes, now=now).number == 2
        return
    with pytest.raises(InvalidInput) as found:
        propose(contract, changes, now=now)
    assert [fault.pointer for fault in found.value.faults] == ["/periods"] * refused
    assert [each.number for each in queries.versions(contract)] == [1]


def test_a_reason_and_the_right_role_are_needed(contract: Contract) -> None:
    changes = {"payment": {"days": 7}}
    with pytest.raises(InvalidInput) as refused:
        services.propose_amendment(contract.id, changes=changes, reason=" ", actor=trader(contract), now=NOW)
    assert refused.value.faults[0].pointer == "/reason"
    signatory = trader(contract, "seller", Role.SIGNATORY)
    with pytest.raises(NotAllowed):
        services.propose_amendment(contract.id, changes=changes, reason="x", actor=signatory, now=NOW)


def test_an_amendment_of_a_month_that_has_begun_meanwhile_is_confirmed_no_more(contract: Contract) -> None:
    propose(contract, months(contract, "100", "90", "100"), now=LAST_MINUTE)
    confirm(contract, "seller", number=2, now=LAST_MINUTE)
    with pytest.raises(Conflict, match="2027-02 has begun"):
        confirm(contract, "buyer", number=2, now=NEXT_MINUTE)
    assert contract.in_force == 1


def test_what_an_amendment_adds_cannot_be_sold_again(contract: Contract) -> None:
    """And what it takes off returns to the orders."""
    propose(contract, months(contract, "60", "100", "100"))
    for side in ("seller", "buyer"):
        confirm(contract, side, number=2)
    proposal = queries.proposal_of(contract)
    again = services.open_order(proposal.offer_id, actor=trader(contract), now=NOW)
    assert again.terms["volumes"] == {"2027-01": "40"}


def test_an_amendment_of_a_contract_that_has_ended_is_confirmed_no_more(contract: Contract) -> None:
    propose(contract, months(contract, "80", "90", "100"))
    contract.take("terminate")
    with pytest.raises(TransitionNotAllowed):
        confirm(contract, "buyer", number=2)


def test_a_later_month_of_a_span_is_amended_after_the_span_has_begun() -> None:
    option = {"down": "0.2", "up": "0.1", "per": "quarter"}
    contract = make_contract_in_force(
        volume="110", flexibility={"grants": option}, need={"volume": "100", "flexibility": {"requires": option}}
    )
    propose(contract, months(contract, "100", "100", "90"), now=LAST_MINUTE)
    for side in ("seller", "buyer"):
        confirm(contract, side, number=2, now=LAST_MINUTE)
    assert queries.version_of_month(contract, "2027-01").number == 1
    assert queries.version_of_month(contract, "2027-03").number == 2
