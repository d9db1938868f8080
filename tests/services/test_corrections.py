"""What was stated and has turned out otherwise, and what was paid before: every amount worked out here by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from marketplace.contracts import services
from marketplace.contracts.services.correcting import NothingToCorrect
from marketplace.shared.errors import InvalidInput
from tests.factories.contracts import make_indexed_contract, trader_of
from tests.factories.indices import make_quote
from tests.factories.settlement import (
    Indexed,
    call,
    confirm_statement,
    correct,
    deliver,
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
