"""After a novation each month is for who holds it: calls, shipments, certificates, payments, statements, reading."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from marketplace.contracts import queries, services
from marketplace.contracts.models import Contract
from marketplace.contracts.queries import deliveries as delivery_queries
from marketplace.contracts.queries import fulfilment as fulfilment_queries
from marketplace.indices.models import PriceIndex
from marketplace.jobs.maintain import maintain
from marketplace.shared.actor import Actor, Role
from marketplace.shared.database import db
from marketplace.shared.errors import InvalidInput, NotAllowed
from tests.factories.accounts import make_member
from tests.factories.contracts import make_indexed_contract, trader_of
from tests.factories.indices import make_quote
from tests.factories.novations import novate
from tests.factories.settlement import lines, on

pytestmark = pytest.mark.usefixtures("session")

Handed = tuple[Contract, PriceIndex, dict[str, Actor]]


def handed_over(side: str, **terms: Any) -> Handed:
    """February is the last month of the party that leaves; members of all three who may sell and buy."""
    contract, index = make_indexed_contract(**terms)
    for month in ("01", "02", "03"):
        make_quote(index, f"2027-{month}-05", "100000")
    members = {"remaining": trader_of(contract, "buyer" if side == "seller" else "seller")}
    members["leaving"] = trader_of(contract, side)
    incoming = novate(contract, side=side, from_month="2027-03")
    members["incoming"] = make_member(organisation=incoming.organisation, roles=(Role.SELLER, Role.BUYER)).actor
    return contract, index, members


def ship(contract: Contract, actor: Actor, month: str, *, lot: str = "L1", receiver: Actor | None = None) -> int:
    number = services.announce_shipment(
        contract.id,
        month=month,
        lot=lot,
        volume=Decimal(100),
        shipped_on=date.fromisoformat(f"{month}-15"),
        carrier="顺丰",
        waybill="SF-1",
        actor=actor,
        now=on(f"{month}-15"),
    ).number
    if receiver is not None:
        day = date.fromisoformat(f"{month}-15")
        services.receive_shipment(
            contract.id, number, received_on=day, weighed=Decimal(100), actor=receiver, now=on(f"{month}-15")
        )
    return number


def stated(contract: Contract, month: str, day: str, drawer: Actor, other: Actor) -> Any:
    statement = services.draw_statement(contract.id, kind="final", month=month, actor=drawer, now=on(day))
    return services.confirm_statement(contract.id, statement.number, hash=statement.hash, actor=other, now=on(day))


def pay(contract: Contract, actor: Actor, month: str | None, amount: str, day: str) -> Any:
    return services.enter_payment(
        contract.id,
        kind="deposit" if month is None else "prepayment",
        month=month,
        amount=Decimal(amount),
        paid_on=date.fromisoformat(day),
        reference="工行 001",
        actor=actor,
        now=on(day),
    )


def test_each_buyer_calls_its_own_months(session: None) -> None:
    contract, _, members = handed_over("buyer")

    def call(who: str, month: str) -> Any:
        return services.call_off(contract.id, month=month, volume=Decimal(95), actor=members[who], now=on("2026-12-20"))

    for who, month in (("incoming", "2027-02"), ("leaving", "2027-03")):
        with pytest.raises(NotAllowed, match="for the parties that hold it"):
            call(who, month)
    call("leaving", "2027-02")
    call("incoming", "2027-03")
    assert set(delivery_queries.standing_calls(contract)) == {"2027-02", "2027-03"}


def test_each_seller_ships_certifies_and_states_its_own_months(session: None) -> None:
    contract, _, members = handed_over("seller")
    with pytest.raises(NotAllowed):
        ship(contract, members["incoming"], "2027-01")
    for month, who in (("2027-01", "leaving"), ("2027-02", "leaving"), ("2027-03", "incoming")):
        ship(contract, members[who], month, receiver=members["remaining"])
        certificate = services.certify_lot(
            contract.id,
            lot="L1",  # both name their lots alike
            assays={"purity_pct": "99.6"},
            laboratory="国检中心",
            issued_on=date.fromisoformat(f"{month}-16"),
            actor=members[who],
            now=on(f"{month}-16"),
        )
        assert certificate.author_id == members[who].organisation_id
    for month, day, who in (
        ("2027-01", "2027-02-03", "leaving"),
        ("2027-02", "2027-03-03", "leaving"),
        ("2027-03", "2027-04-03", "incoming"),
    ):
        wrong = "incoming" if who == "leaving" else "leaving"
        with pytest.raises(NotAllowed):
            services.draw_statement(contract.id, kind="final", month=month, actor=members[wrong], now=on(day))
        stated(contract, month, day, members[who], members["remaining"])
    for who, months in (
        ("leaving", ["2027-01", "2027-02"]),
        ("incoming", ["2027-03"]),
        ("remaining", ["2027-01", "2027-02", "2027-03"]),
    ):
        assert queries.months_seen(contract, members[who].organisation_id) == months


def test_who_has_left_enters_no_more_that_lowers_anothers_claim(session: None) -> None:
    payment = {"days": 0, "prepaid_fraction": "0.3", "prepaid_offset_months": 1}
    contract, _, members = handed_over("seller", changes={"payment": payment}, both={"payment": payment})
    for month, who in (("2027-01", "leaving"), ("2027-02", "leaving"), ("2027-03", "incoming")):
        ship(contract, members[who], month, receiver=members["remaining"])
    stated(contract, "2027-01", "2027-02-03", members["leaving"], members["remaining"])
    pay(contract, members["leaving"], "2027-02", "20000000", "2027-02-10")  # of February it is set off, no more
    stated(contract, "2027-02", "2027-03-03", members["leaving"], members["remaining"])
    march = stated(contract, "2027-03", "2027-04-03", members["incoming"], members["remaining"])
    february = delivery_queries.statement(contract, 2).document["months"][0]
    assert Decimal(february["after"]["prepaid"]) == Decimal("20000000") - Decimal("11017500")
    assert lines(march)["prepaid_offset"] == "-8982500.00"  # what the contract handed over
    with pytest.raises(InvalidInput, match="is stated finally"):
        pay(contract, members["leaving"], "2027-02", "5000000", "2027-04-04")


def test_deposits_that_a_successor_enters_are_not_for_who_has_left(session: None) -> None:
    contract, _, members = handed_over("seller")
    pay(contract, members["incoming"], None, "1000", "2027-03-05")
    for who, seen in (("leaving", 0), ("incoming", 1), ("remaining", 1)):
        owner = members[who].organisation_id
        found = delivery_queries.payments_for(contract, owner, queries.months_seen(contract, owner))
        assert len(found) == seen


def test_quarters_of_another_are_not_for_who_has_left(session: None) -> None:
    contract, _, members = handed_over("seller")
    db.session.commit()
    maintain(now=on("2027-04-21"))
    for who, spans in (
        ("leaving", {"2027-01", "2027-02", "2027-Q1", "2027"}),
        ("incoming", {"2027-03", "2027-Q1", "2027"}),
    ):
        owner = members[who].organisation_id
        found = fulfilment_queries.judgements_for(contract, owner, queries.months_seen(contract, owner))
        assert {each.span for each in found if each.party == "seller"} == spans
        assert {each.organisation_id for each in found if each.party == "seller"} == {owner}
        assert not {each.span for each in found if each.party == "buyer"} & {"2027-Q1", "2027"}


def test_a_correction_stops_at_the_months_of_others(session: None) -> None:
    promise = {"contract_wishes": {"take_or_pay": {"fraction": "1", "make_up_months": 2}}}
    contract, index, members = handed_over("seller", both=promise)
    services.call_off(
        contract.id, month="2027-02", volume=Decimal(90), actor=members["remaining"], now=on("2026-12-20")
    )
    for month, who, day in (
        ("2027-01", "leaving", "2027-02-03"),
        ("2027-02", "leaving", "2027-03-03"),
        ("2027-03", "incoming", "2027-04-03"),
    ):
        volume = Decimal(90) if month == "2027-02" else Decimal(100)
        services.announce_shipment(
            contract.id,
            month=month,
            lot="L1",
            volume=volume,
            shipped_on=date.fromisoformat(f"{month}-15"),
            carrier="顺丰",
            waybill="SF-1",
            actor=members[who],
            now=on(f"{month}-15"),
        )
        stated(contract, month, day, members[who], members["remaining"])
    make_quote(index, "2027-02-05", "110000", vintage=2)
    correction = services.draw_correction(
        contract.id, month="2027-02", reason="指数更正", actor=members["leaving"], now=on("2027-04-10")
    )
    assert [entry["month"] for entry in correction.document["months"]] == ["2027-02"]
    confirm = {"hash": correction.hash, "actor": members["remaining"], "now": on("2027-04-11")}
    services.confirm_statement(contract.id, correction.number, **confirm)
    own = services.draw_correction(
        contract.id, month="2027-03", reason="承继的抵扣额", actor=members["incoming"], now=on("2027-04-12")
    )
    assert own.document["months"][0]["after"]["credits"][0]["amount"] == "1073000"
    assert own.payable == 0
