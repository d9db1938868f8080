"""Notices, re-openings and moved collars as each party reads them: of its own time, and what bears on its months."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient

from marketplace.accounts.models import Organisation
from marketplace.contracts import queries, services
from marketplace.contracts.models import Contract, ContractReopening
from marketplace.shared.database import db
from tests.api.test_novations import Reads
from tests.conftest import NOW
from tests.factories.novations import ask, make_contract_in_force, novate, place, signatory
from tests.factories.rounds import make_trader
from tests.services.test_reopeners import FEBRUARY, WIDE, amend, make_indexed_contract, quote

pytestmark = pytest.mark.usefixtures("session")

DAY = timedelta(days=1)
ENDED = FEBRUARY + 10 * DAY  # the negotiations


def reopened_contract(result: str = "index") -> Contract:
    """In February its re-opener is triggered by 16 %, for ten days of negotiations."""
    contract = make_indexed_contract(result)
    quote(jan="116000")
    services.watch_reopeners(now=FEBRUARY)
    return contract


def moved_by(contract: Contract, level: str, *, at: datetime = NOW) -> None:
    """A re-opener from 100,000 on whose negotiations end as they begin; of December it holds from January on."""
    db.session.add(
        ContractReopening(
            contract_id=contract.id,
            number=len(queries.reopenings(contract)) + 1,
            version=contract.in_force,
            months=["2026-11"],
            reference=Decimal(100000),
            level=Decimal(level),
            result_if_none="index",
            negotiate_until=at,
            triggered_at=at,
        )
    )
    db.session.flush()


def suspend_and_resume(contract: Contract, *, days: int) -> None:
    for kind in ("suspension", "resumption"):
        services.give_notice(
            contract.id,
            kind=kind,
            ground="force_majeure",
            reason="洪水",
            actor=signatory(contract.seller),
            now=NOW + days * DAY,
        )


def reopenings(contract: Contract, organisation: Organisation, now: datetime) -> list[int]:
    return [each.number for each in queries.shown_reopenings(contract, organisation.id, now)]


def collars(contract: Contract, organisation: Organisation, now: datetime) -> dict[str, tuple[str, str]]:
    found = queries.moved_collars(contract, queries.history(contract), organisation.id, now)
    return {each.period: (f"{each.floor.normalize():f}", f"{each.cap.normalize():f}") for each in found}


def test_each_party_reads_the_notices_of_its_own_time(client: FlaskClient) -> None:
    contract = make_contract_in_force()
    first, buyer = contract.seller, contract.buyer
    suspend_and_resume(contract, days=1)
    second = novate(contract, from_month="2027-02", now=NOW + 2 * DAY).organisation
    suspend_and_resume(contract, days=3)
    third = novate(contract, from_month="2027-03", now=NOW + 4 * DAY).organisation
    suspend_and_resume(contract, days=5)
    for organisation, seen in ((first, [1, 2]), (second, [3, 4]), (third, [5, 6]), (buyer, [1, 2, 3, 4, 5, 6])):
        items = Reads(client, contract, organisation).get("/notices")["items"]
        assert [each["number"] for each in items] == seen
        assert {each["author"] for each in items} == {"seller"}
    asked = make_trader().organisation
    ask(contract, asked, from_month="2027-03", side="buyer", by="seller", now=NOW + 6 * DAY)
    Reads(client, contract, asked).get("/notices", status=404)


def test_who_enters_reads_a_reopener_that_is_under_way_and_then_the_collar_that_it_moved() -> None:
    contract = reopened_contract()
    former, incoming = contract.seller, make_trader()
    place(ask(contract, incoming.organisation, from_month="2027-03", now=FEBRUARY + DAY), incoming)
    assert reopenings(contract, incoming.organisation, ENDED - DAY) == [1]
    assert collars(contract, incoming.organisation, ENDED - DAY) == {}
    assert reopenings(contract, incoming.organisation, ENDED) == [1]
    march = {"2027-03": ("104400", "121800")}  # 90,000 and 105,000 x 1.16
    assert collars(contract, incoming.organisation, ENDED) == march
    services.refuse_novation(contract.id, 2, actor=signatory(incoming.organisation), now=ENDED)
    second = novate(contract, from_month="2027-03", now=ENDED).organisation
    for organisation in (second, contract.buyer):
        assert reopenings(contract, organisation, ENDED) == [1]
        assert collars(contract, organisation, ENDED) == march
    assert reopenings(contract, former, ENDED) == [1]  # it was a party when it was triggered
    assert collars(contract, former, ENDED) == {}  # February stood as agreed, and March is another's


def test_who_enters_reads_no_reopener_that_came_to_nothing_before() -> None:
    contract = reopened_contract("unchanged")
    second = novate(contract, from_month="2027-03", now=ENDED).organisation
    assert reopenings(contract, second, ENDED) == []
    assert reopenings(contract, contract.buyer, ENDED) == [1]


def test_who_enters_reads_no_reopener_that_an_amendment_replaced() -> None:
    contract = reopened_contract()
    amend(contract, {"periods": [*WIDE[:2], {**WIDE[2], "cap": "106000"}]}, ENDED)
    second = novate(contract, from_month="2027-03", now=ENDED + DAY).organisation
    assert reopenings(contract, second, ENDED + DAY) == []
    assert collars(contract, contract.buyer, ENDED + DAY) == {}


def test_who_has_left_reads_later_reopeners_only_of_its_own_months() -> None:
    """Left in December from March on: what moves January and February is its affair, what begins in March is not."""
    contract = make_contract_in_force()
    former = contract.seller
    second = novate(contract, from_month="2027-03").organisation
    moved_by(contract, "110000", at=NOW + DAY)
    moved_by(contract, "120000", at=FEBRUARY)
    assert reopenings(contract, former, FEBRUARY) == [1]
    assert list(collars(contract, former, FEBRUARY)) == ["2027-01", "2027-02"]
    assert reopenings(contract, second, FEBRUARY) == [1, 2]
    assert list(collars(contract, second, FEBRUARY)) == ["2027-03"]
    assert list(collars(contract, contract.buyer, FEBRUARY)) == ["2027-01", "2027-02", "2027-03"]


def test_a_contract_states_what_now_holds_beside_what_was_agreed(client: FlaskClient) -> None:
    contract = make_contract_in_force()
    first = contract.seller
    reads = Reads(client, contract, first)
    assert reads.get()["moved_collars"] == []
    moved_by(contract, "116000")
    agreed = {each["period"]: each for each in queries.version(contract, 1).terms["periods"]}

    def stated(read: Any) -> list[str]:
        """The months that are moved, each half up to 0.01 from what was agreed, which is told as before."""
        assert [each["cap"] for each in read["periods"]] == [each["cap"] for each in agreed.values()]
        for each in read["moved_collars"]:
            for name in ("floor", "cap"):
                exactly = Decimal(agreed[each["period"]][name]) * Decimal("1.16")
                assert abs(Decimal(each[name]) - exactly) <= Decimal("0.005")
            assert each["factor"] == "29/25"
        return [each["period"] for each in read["moved_collars"]]

    assert stated(reads.get()) == ["2027-01", "2027-02", "2027-03"]
    assert stated(reads.listed()[0]) == ["2027-01", "2027-02", "2027-03"]
    incoming = make_trader().organisation
    ask(contract, incoming, from_month="2027-02")
    asked = Reads(client, contract, incoming)
    assert stated(asked.get()) == ["2027-02", "2027-03"]
    assert [each["number"] for each in asked.get("/reopenings")["items"]] == [1]
    services.refuse_novation(contract.id, 2, actor=signatory(incoming), now=NOW)
    novate(contract, from_month="2027-02")
    assert stated(reads.get()) == ["2027-01"]
    assert [each["number"] for each in reads.get("/reopenings")["items"]] == [1]


def test_the_document_of_a_novation_states_floor_and_cap_as_they_stand_by_then(client: FlaskClient) -> None:
    contract, incoming = reopened_contract(), make_trader()
    novation = ask(contract, incoming.organisation, from_month="2027-03", now=ENDED - DAY)
    place(novation, incoming, now=ENDED)
    text = services.document(queries.version(contract, 2), "html").decode()
    assert "as of 2027-02-11: 2027-03 104,400.00 CNY/t to 121,800.00 CNY/t" in text
    assert "截至 2027-02-11：2027-03 104,400.00 CNY/t 至 121,800.00 CNY/t" in text
    services.refuse_novation(contract.id, 2, actor=signatory(incoming.organisation), now=ENDED)
    other = make_contract_in_force()
    place(ask(other, incoming.organisation), incoming)
    assert "as re-opened" not in services.document(queries.version(other, 2), "html").decode()
