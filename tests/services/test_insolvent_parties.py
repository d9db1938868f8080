"""A party that is insolvent: two confirmations, the days to object, the decision of the court."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from marketplace.contracts import queries, services
from marketplace.contracts.models import Contract
from marketplace.shared.errors import Conflict, InvalidInput, NotAllowed, TransitionNotAllowed
from tests.conftest import NOW
from tests.factories.novations import ask, make_contract_in_force, place, sign, signatory
from tests.factories.rounds import make_trader

pytestmark = pytest.mark.usefixtures("session")

DAY = timedelta(days=1)
FEBRUARY = datetime(2027, 1, 31, 16, 0, tzinfo=UTC)  # begins in Beijing


@pytest.fixture
def contract(session: None) -> Contract:
    return make_contract_in_force()


def test_an_insolvent_party_need_not_confirm_once_its_days_to_object_are_over(contract: Contract) -> None:
    incoming = make_trader()
    novation = place(ask(contract, incoming.organisation, ground="insolvency"), incoming)
    assert novation.days_end == NOW + 30 * DAY
    for role in ("remaining", "incoming"):
        sign(novation, role)
    buyer = signatory(contract.buyer)
    with pytest.raises(Conflict, match="not confirmed yet by: leaving"):
        services.enforce_novation(contract.id, 2, actor=buyer, now=NOW + 30 * DAY - timedelta(microseconds=1))
    with pytest.raises(Conflict, match="objections counted before"):
        services.refuse_novation(contract.id, 2, actor=signatory(contract.seller), now=NOW + 30 * DAY)
    with pytest.raises(NotAllowed):
        services.enforce_novation(contract.id, 2, actor=signatory(contract.seller), now=NOW + 30 * DAY)
    services.enforce_novation(contract.id, 2, actor=buyer, now=NOW + 30 * DAY)
    assert contract.seller == incoming.organisation
    assert "Former seller" not in services.document(queries.present_version(contract), "html").decode()
    assert "（2027）川01破3号" in services.document(queries.present_version(contract), "html").decode()


def test_after_these_days_the_last_of_both_confirmations_lets_it_take_effect(contract: Contract) -> None:
    incoming = make_trader()
    novation = place(ask(contract, incoming.organisation, ground="insolvency"), incoming)
    sign(novation, "incoming")
    with pytest.raises(Conflict, match="not confirmed yet by: remaining"):
        services.enforce_novation(contract.id, 2, actor=signatory(incoming.organisation), now=NOW + 40 * DAY)
    sign(novation, "remaining", now=NOW + 40 * DAY)
    assert contract.in_force == 2


def test_an_insolvent_party_that_confirms_has_no_days_to_wait_for(contract: Contract) -> None:
    incoming = make_trader()
    novation = place(ask(contract, incoming.organisation, ground="insolvency", by="seller"), incoming)
    for role in ("remaining", "incoming", "leaving"):
        sign(novation, role)
    assert contract.in_force == 2


def test_who_was_suspended_meanwhile_does_not_enter(contract: Contract) -> None:
    incoming = make_trader()
    novation = place(ask(contract, incoming.organisation, ground="insolvency"), incoming)
    for role in ("remaining", "incoming"):
        sign(novation, role)
    incoming.organisation.status = "suspended"
    with pytest.raises(Conflict, match="not verified any more"):
        services.enforce_novation(contract.id, 2, actor=signatory(contract.buyer), now=NOW + 30 * DAY)
    assert contract.in_force == 1


def test_an_insolvent_party_that_objects_in_time_ends_it(contract: Contract) -> None:
    incoming = make_trader()
    novation = place(ask(contract, incoming.organisation, ground="insolvency"), incoming)
    sign(novation, "remaining")
    sign(novation, "incoming")
    end = NOW + 30 * DAY
    services.refuse_novation(contract.id, 2, actor=signatory(contract.seller), now=end - timedelta(microseconds=1))
    with pytest.raises(TransitionNotAllowed):
        services.enforce_novation(contract.id, 2, actor=signatory(contract.buyer), now=end)
    assert contract.in_force == 1


def test_an_insolvency_leaves_time_to_object_before_its_first_month(contract: Contract) -> None:
    """30 days from the 1st of January on end on the 31st, in Beijing; from the 3rd on in February."""
    for day, code in ((1, None), (3, "past")):
        now = datetime(2027, 1, day, 2, 0, tzinfo=UTC)
        if code is None:
            ask(contract, make_trader().organisation, ground="insolvency", now=now)
            services.refuse_novation(contract.id, 2, actor=signatory(contract.buyer), now=now)
            continue
        with pytest.raises(InvalidInput) as refused:
            ask(contract, make_trader().organisation, ground="insolvency", now=now)
        assert [fault.code for fault in refused.value.faults] == [code]


@pytest.mark.parametrize(
    ("ground", "reference", "faults"),
    [
        ("insolvency", None, [("/court_reference", "missing")]),
        ("insolvency", "", [("/court_reference", "wrong-length")]),
        ("agreed", "（2027）川01破3号", [("/court_reference", "contradiction")]),
        ("weather", None, [("/ground", "not-a-choice")]),
    ],
)
def test_an_insolvency_and_nothing_else_names_the_courts_decision(
    contract: Contract, ground: str, reference: str | None, faults: list[tuple[str, str]]
) -> None:
    with pytest.raises(InvalidInput) as refused:
        ask(contract, make_trader().organisation, ground=ground, court_reference=reference)
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == faults
