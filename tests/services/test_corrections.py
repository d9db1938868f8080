"""What was stated and has turned out otherwise, and what was paid before: every amount worked out here by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from marketplace.contracts import services
from marketplace.contracts.queries import deliveries as delivery_queries
from marketplace.contracts.services.correcting import NothingToCorrect
from marketplace.shared.actor import Role
from marketplace.shared.errors import Conflict, InvalidInput
from tests.factories.accounts import make_member
from tests.factories.contracts import confirm as sign
from tests.factories.contracts import make_contract, make_contract_in_force, make_indexed_contract, trader_of
from tests.factories.indices import make_quote
from tests.factories.settlement import (
    Indexed,
    call,
    confirm_statement,
    correct,
    deliver,
    draw,
    indexed_with_quotes,
    lines,
    on,
    settled,
)

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture
def indexed(session: None) -> Indexed:
    """100,000 in January, 110,000 in February, 60,000 in March."""
    return indexed_with_quotes()


def test_a_corrected_index_makes_a_reversing_entry_and_changes_nothing_silently(indexed: Indexed) -> None:
    contract, index = indexed
    deliver(contract, "2027-01", "100")
    stated = settled(contract, "2027-01", "2027-02-03")
    before = dict(stated.document)
    with pytest.raises(NothingToCorrect):
        correct(contract, "2027-01", "2027-02-10")
    make_quote(index, "2027-01-05", "105000", vintage=2)
    assert stated.document == before
    correction = correct(contract, "2027-01", "2027-02-10", by="buyer")
    # The mean is 102,000 now: 0.98 × 102,000 - 500 = 99,460, and 1,960 more for each of 100.
    assert correction.payable == Decimal("196000.00") + Decimal("25480.00")
    (entry,) = correction.document["months"]
    assert [each["amount"] for each in entry["reversed"]] == ["-9750000", "-1267500"]
    assert [each["vintage"] for each in entry["priced"]["indices"][0]["quotes"]] == [1, 2]
    assert stated.status == "confirmed"
    confirm_statement(contract, correction, "2027-02-11", by="seller")
    assert (stated.status, stated.document) == ("corrected", before)
    with pytest.raises(NothingToCorrect):
        correct(contract, "2027-01", "2027-02-12")


def test_a_settled_rejection_is_corrected_too(indexed: Indexed) -> None:
    contract, _ = indexed
    number = deliver(contract, "2027-01", "100", rejected="10")
    services.contest_rejection(
        contract.id, number, reason="复检合格", actor=trader_of(contract, "seller"), now=on("2027-01-16")
    )
    stated = settled(contract, "2027-01", "2027-02-03")
    assert lines(stated) == {"goods": "8775000.00", "vat": "1140750.00"}  # no charge for what is contested
    services.lower_rejection(
        contract.id,
        number,
        rejected=Decimal(4),
        reason="仲裁",
        actor=trader_of(contract, "buyer"),
        now=on("2027-02-20"),
    )
    correction = correct(contract, "2027-01", "2027-02-21")
    # 6 more were accepted, 4 stand rejected: 4 × 97,500 × 5 %.
    assert lines(correction) == {"goods": "9360000.00", "seller_deviation": "-19500.00", "vat": "1216800.00"}
    assert correction.payable == Decimal("585000.00") + Decimal("76050.00") - Decimal("19500.00")


def with_take_or_pay(make_up_months: int = 2) -> Indexed:
    promise = {"contract_wishes": {"take_or_pay": {"fraction": "1", "make_up_months": make_up_months}}}
    contract, index = make_indexed_contract(both=promise)
    for month in ("01", "02", "03"):
        make_quote(index, f"2027-{month}-05", "100000")
    return contract, index


def test_volume_paid_for_and_not_taken_is_made_up_and_a_correction_runs_through_the_months(session: None) -> None:
    contract, index = with_take_or_pay()
    call(contract, "2027-01", "90")
    deliver(contract, "2027-01", "90")
    january = settled(contract, "2027-01", "2027-02-03")
    assert lines(january) == {"goods": "8775000.00", "take_or_pay": "975000.00", "vat": "1267500.00"}
    assert january.document["months"][0]["after"]["credits"] == [
        {"month": "2027-01", "volume": "10", "amount": "975000", "until": "2027-03"}
    ]
    deliver(contract, "2027-02", "100")
    february = settled(contract, "2027-02", "2027-03-03")
    make_quote(index, "2027-01-05", "110000", vintage=2)
    correction = correct(contract, "2027-01", "2027-03-10")
    # January at 107,300; February as it was, but it carries the credit on at its new amount.
    assert [entry["month"] for entry in correction.document["months"]] == ["2027-01", "2027-02"]
    assert lines(correction) == {"goods": "9657000.00", "take_or_pay": "1073000.00", "vat": "1394900.00"}
    assert correction.document["months"][1]["payable"] == "0"
    assert correction.document["months"][1]["after"]["credits"][0]["amount"] == "1073000"
    assert correction.payable == Decimal("980000.00") + Decimal("127400.00")
    confirm_statement(contract, correction, "2027-03-11")
    assert (january.status, february.status) == ("corrected", "corrected")


def test_prepayments_count_in_their_month_and_deposits_by_their_part(session: None) -> None:
    payment = {"days": 0, "prepaid_fraction": "0.3", "prepaid_offset_months": 1, "deposit_fraction": "0.1"}
    contract, index = make_indexed_contract({"payment": payment}, both={"payment": payment})
    for month in ("01", "02", "03"):
        make_quote(index, f"2027-{month}-05", "100000")

    def pay(kind: str, month: str | None, amount: str, day: str = "2026-12-10") -> Any:
        return services.enter_payment(
            contract.id,
            kind=kind,
            month=month,
            amount=Decimal(amount),
            paid_on=date.fromisoformat(day),
            reference="工行 001",
            actor=trader_of(contract, "seller"),
            now=on(day),
        )

    pay("deposit", None, "2900000")
    pay("prepayment", "2027-01", "3300000")
    pay("prepayment", "2027-02", "3300000", "2027-01-10")
    deliver(contract, "2027-01", "100")
    january = settled(contract, "2027-01", "2027-02-03")
    # 9,750,000 and 1,267,500 of tax: the deposit bears a tenth, then January's prepayment alone counts.
    assert lines(january) == {
        "goods": "9750000.00",
        "vat": "1267500.00",
        "deposit_offset": "-1101750.00",
        "prepaid_offset": "-3300000.00",
    }
    assert january.document["months"][0]["after"] == {"prepaid": "0", "deposit": "1798250", "credits": []}
    deliver(contract, "2027-02", "100")
    february = settled(contract, "2027-02", "2027-03-03")
    assert lines(february)["prepaid_offset"] == "-3300000.00"
    assert february.document["months"][0]["payments"] == [3]
    deliver(contract, "2027-03", "100")
    march = settled(contract, "2027-03", "2027-04-03")
    assert lines(march)["deposit_offset"] == "-696500.00"  # what is left of it
    for kind, month, amount, pointer in (
        ("deposit", None, "-0.01", "/amount"),
        ("prepayment", "2027-01", "-0.01", "/amount"),
        ("prepayment", "2027-01", "0.001", "/amount"),
        ("prepayment", "2027-09", "1", "/month"),
        ("deposit", "2027-01", "1", "/month"),
        ("gift", None, "1", "/kind"),
    ):
        with pytest.raises(InvalidInput) as refused:
            pay(kind, month, amount)
        assert pointer in [fault.pointer for fault in refused.value.faults]


def test_a_credit_is_not_paid_out_in_a_month_in_which_nothing_is_taken(session: None) -> None:
    contract, _ = with_take_or_pay()
    call(contract, "2027-01", "90")
    deliver(contract, "2027-01", "90")
    settled(contract, "2027-01", "2027-02-03")
    for side, act in (("seller", services.give_notice), ("buyer", services.consent_to_notice)):
        organisation = contract.seller if side == "seller" else contract.buyer
        actor = make_member(organisation=organisation, roles=(Role.SIGNATORY,)).actor
        given = {"kind": "termination", "ground": "agreed", "reason": "协商"} if side == "seller" else {"number": 1}
        act(contract.id, **given, actor=actor, now=on("2027-02-01"))
    assert lines(settled(contract, "2027-02", "2027-03-03")) == {"goods": "0.00", "vat": "0.00"}


def test_what_was_paid_for_may_be_called_on_top(session: None) -> None:
    contract, _ = with_take_or_pay()
    call(contract, "2027-01", "90")
    deliver(contract, "2027-01", "90")
    settled(contract, "2027-01", "2027-02-03")
    actor, now = trader_of(contract, "buyer"), on("2027-02-10")
    with pytest.raises(InvalidInput):
        services.call_off(contract.id, month="2027-03", volume=Decimal("110.001"), actor=actor, now=now)
    services.call_off(contract.id, month="2027-03", volume=Decimal(110), actor=actor, now=now)
    deliver(contract, "2027-02", "100")
    settled(contract, "2027-02", "2027-03-03")
    deliver(contract, "2027-03", "110")
    march = settled(contract, "2027-03", "2027-04-03")
    assert lines(march) == {"goods": "10725000.00", "make_up": "-975000.00", "vat": "1267500.00"}


def test_a_correction_leaves_what_was_set_off_and_settles_in_money(session: None) -> None:
    payment = {"days": 0, "prepaid_fraction": "0.3", "prepaid_offset_months": 1}
    contract, index = make_indexed_contract({"payment": payment}, both={"payment": payment})
    for month in ("01", "02", "03"):
        make_quote(index, f"2027-{month}-05", "100000")
    services.enter_payment(
        contract.id,
        kind="prepayment",
        month="2027-01",
        amount=Decimal("15000000"),
        paid_on=date(2026, 12, 10),
        reference="工行 001",
        actor=trader_of(contract, "seller"),
        now=on("2026-12-10"),
    )
    for month, day in (("2027-01", "2027-02-03"), ("2027-02", "2027-03-03")):
        deliver(contract, month, "100")
        settled(contract, month, day)
    make_quote(index, "2027-01-05", "110000", vintage=2)
    correction = correct(contract, "2027-01", "2027-03-10")
    # 9,800 more for each of 100, and tax: all of it in money; the 15,000,000 stay set off as they were.
    assert correction.payable == Decimal("980000.00") + Decimal("127400.00")
    assert [entry["month"] for entry in correction.document["months"]] == ["2027-01"]


def test_an_open_statement_keeps_what_it_sets_off_from_being_paid_back(session: None) -> None:
    payment = {"days": 0, "prepaid_fraction": "0.3", "prepaid_offset_months": 1}
    contract, index = make_indexed_contract({"payment": payment}, both={"payment": payment})
    make_quote(index, "2027-01-05", "100000")

    def pay(amount: str, day: str) -> Any:
        return services.enter_payment(
            contract.id,
            kind="prepayment",
            month="2027-01",
            amount=Decimal(amount),
            paid_on=date.fromisoformat(day),
            reference="工行 001",
            actor=trader_of(contract, "seller"),
            now=on(day),
        )

    pay("5000000", "2026-12-10")
    deliver(contract, "2027-01", "100")
    statement = draw(contract, "2027-01", "2027-02-03")
    with pytest.raises(InvalidInput):
        pay("-5000000", "2027-02-03")
    confirm_statement(contract, statement, "2027-02-03")
    with pytest.raises(InvalidInput, match="is stated finally"):
        pay("1", "2027-02-04")


def test_invoices_of_what_is_taken_back_are_reversed(indexed: Indexed) -> None:
    contract, index = indexed
    deliver(contract, "2027-01", "100")
    confirm_statement(contract, draw(contract, "2027-01", "2027-01-20", kind="provisional"), "2027-01-20")
    final = settled(contract, "2027-01", "2027-02-03")
    make_quote(index, "2027-01-05", "105000", vintage=2)
    correction = correct(contract, "2027-01", "2027-02-10")
    invoiced = Decimal(0)
    for number in (1, final.number, correction.number):
        (entry,) = delivery_queries.statement(contract, number).document["months"]
        invoiced += sum(Decimal(each["total_cny"]) for each in (*entry["invoice"], *entry["invoice_reversed"]))
    assert invoiced == Decimal("9946000.00") + Decimal("1292980.00")


def test_after_the_end_nothing_more_is_charged(session: None) -> None:
    option = {"down": "0.1", "up": "0", "per": "quarter"}
    contract = make_contract_in_force(
        volume="100",
        both={"contract_wishes": {"reservation_fee": "10"}},
        flexibility={"requires": option},
        need={"flexibility": {"grants": option}},
    )
    deliver(contract, "2027-01", "50")
    settled(contract, "2027-01", "2027-02-03")
    for side, act in (("seller", services.give_notice), ("buyer", services.consent_to_notice)):
        organisation = contract.seller if side == "seller" else contract.buyer
        actor = make_member(organisation=organisation, roles=(Role.SIGNATORY,)).actor
        given = {"kind": "termination", "ground": "agreed", "reason": "协商"} if side == "seller" else {"number": 1}
        act(contract.id, **given, actor=actor, now=on("2027-02-15"))
    february = settled(contract, "2027-02", "2027-03-03")
    assert Decimal(lines(february)["seller_deviation"]) < 0
    assert lines(settled(contract, "2027-03", "2027-04-03")) == {
        "goods": "0.00",
        "reservation_fee": "0.00",
        "vat": "0.00",
    }


def test_a_month_before_both_had_confirmed_owes_nothing(session: None) -> None:
    contract = make_contract()
    sign(contract, "seller", now=on("2027-01-02"))
    sign(contract, "buyer", now=on("2027-03-15"))
    assert lines(settled(contract, "2027-01", "2027-03-16")) == {"goods": "0.00", "vat": "0.00"}


def test_what_was_to_be_shipped_or_paid_for_is_made_up_and_its_charge_taken_back(session: None) -> None:
    promise = {"contract_wishes": {"ship_or_pay": {"fraction": "1", "make_up_months": 2}}}
    contract, index = make_indexed_contract(both=promise)
    make_quote(index, "2027-01-05", "100000")
    deliver(contract, "2027-01", "90")
    january = settled(contract, "2027-01", "2027-02-03")
    assert lines(january)["seller_deviation"] == "-48750.00"
    for day, refused in (("2027-04-01", True), ("2027-03-31", False)):
        given = {
            "month": "2027-01",
            "lot": "L2",
            "volume": Decimal(10),
            "shipped_on": date(2027, 3, 30),
            "carrier": "顺丰",
            "waybill": "SF-2",
            "actor": trader_of(contract, "seller"),
            "now": on(day),
        }
        if refused:
            with pytest.raises(Conflict, match="stated finally"):
                services.announce_shipment(contract.id, **given)
        else:
            services.announce_shipment(contract.id, **given)
    services.receive_shipment(
        contract.id,
        2,
        received_on=date(2027, 3, 31),
        weighed=Decimal(10),
        actor=trader_of(contract, "buyer"),
        now=on("2027-03-31"),
    )
    correction = correct(contract, "2027-01", "2027-03-31")
    assert correction.payable == Decimal("975000.00") * Decimal("1.13") + Decimal("48750.00")


def test_two_provisional_statements_do_not_set_off_the_same_money(session: None) -> None:
    payment = {"days": 0, "prepaid_fraction": "0.3", "prepaid_offset_months": 1}
    contract, index = make_indexed_contract({"payment": payment}, both={"payment": payment})
    for month in ("01", "02"):
        make_quote(index, f"2027-{month}-05", "100000")
    services.enter_payment(
        contract.id,
        kind="prepayment",
        month="2027-01",
        amount=Decimal("3000000"),
        paid_on=date(2026, 12, 10),
        reference="工行 001",
        actor=trader_of(contract, "seller"),
        now=on("2026-12-10"),
    )
    used = []
    for month in ("2027-01", "2027-02"):
        deliver(contract, month, "100")
        statement = draw(contract, month, f"{month}-20", kind="provisional")
        confirm_statement(contract, statement, f"{month}-20")
        used.append(lines(statement).get("prepaid_offset", "0.00"))
    assert used == ["-3000000.00", "0.00"]


def test_a_disputed_correction_that_has_become_needless_blocks_nothing(indexed: Indexed) -> None:
    contract, index = indexed
    for month in ("2027-01", "2027-02"):
        deliver(contract, month, "100")
    settled(contract, "2027-01", "2027-02-03")
    make_quote(index, "2027-01-05", "105000", vintage=2)
    correction = correct(contract, "2027-01", "2027-02-10")
    buyer = trader_of(contract, "buyer")
    services.dispute_statement(contract.id, correction.number, reason="报价有误", actor=buyer, now=on("2027-02-11"))
    make_quote(index, "2027-01-05", "101000", vintage=3)
    with pytest.raises(NothingToCorrect):
        correct(contract, "2027-01", "2027-02-12")
    assert settled(contract, "2027-02", "2027-03-03").status == "confirmed"
