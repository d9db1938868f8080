"""What is owed for a month, stated, confirmed, disputed; every amount worked out here by hand."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from marketplace.contracts import services
from marketplace.contracts.models import ContractStatement
from marketplace.contracts.queries import deliveries as delivery_queries
from marketplace.contracts.services.pricing import NoIndexPrice
from marketplace.contracts.services.shipment_entries import TooLate
from marketplace.jobs.maintain import maintain
from marketplace.shared.actor import Role
from marketplace.shared.database import db
from marketplace.shared.errors import Conflict, InvalidInput, NotAllowed, NotFound, TransitionNotAllowed
from tests.factories.accounts import make_member
from tests.factories.contracts import confirm as sign
from tests.factories.contracts import make_contract, make_indexed_contract, trader_of
from tests.factories.indices import make_quote
from tests.factories.rounds import make_trader
from tests.factories.settlement import (
    Indexed,
    call,
    confirm_statement,
    deliver,
    draw,
    indexed_with_quotes,
    lines,
    on,
    settled,
)

pytestmark = pytest.mark.usefixtures("session")

DAY = timedelta(days=1)


@pytest.fixture
def indexed(session: None) -> Indexed:
    """100,000 in January, 110,000 in February, 60,000 in March."""
    return indexed_with_quotes()


def test_a_month_is_stated_by_the_formula_line_by_line(indexed: Indexed) -> None:
    contract, _ = indexed
    deliver(contract, "2027-01", "60.5")
    deliver(contract, "2027-01", "39.5", rejected="2", lot="L2")
    statement = draw(contract, "2027-01", "2027-02-03")
    # 0.98 × 100,000 - 500 = 97,500; of 100 called 98 came: 2 × 97,500 × 5 % is the seller's charge.
    assert lines(statement) == {"goods": "9555000.00", "seller_deviation": "-9750.00", "vat": "1242150.00"}
    assert statement.payable == Decimal("10787400.00")
    (entry,) = statement.document["months"]
    assert entry["price"] == "97500"
    assert [(each["day"], each["vintage"], each["value"]) for each in entry["priced"]["indices"][0]["quotes"]] == [
        ("2027-01-04", 1, "99000"),
        ("2027-01-05", 1, "101000"),
    ]
    assert [(each["lot"], each["counted"], each["rejected"]) for each in entry["deliveries"]] == [
        ("L1", "60.5", "0"),
        ("L2", "39.5", "2"),
    ]
    names = ("kind", "quantity", "unit_code", "unit_price_cny", "amount_cny", "tax_cny", "total_cny")
    assert [tuple(each[name] for name in names) for each in entry["invoice"]] == [
        ("goods", "98", "TNE", "97500", "9555000", "1242150", "10797150")
    ]
    assert confirm_statement(contract, statement, "2027-02-04").status == "confirmed"


def test_floor_and_cap_hold_the_price(indexed: Indexed) -> None:
    contract, _ = indexed
    for month, day in (("2027-01", "2027-02-03"), ("2027-02", "2027-03-03"), ("2027-03", "2027-04-03")):
        deliver(contract, month, "100")
        settled(contract, month, day)
    entries = delivery_queries.standing_entries(delivery_queries.statements(contract))
    assert {month: entry["price"] for month, entry in entries.items()} == {
        "2027-01": "97500",
        "2027-02": "107300",
        "2027-03": "70000",  # 58,300 by the formula
    }


def test_nobody_states_a_month_finally_before_all_is_there(indexed: Indexed) -> None:
    contract, _ = indexed
    with pytest.raises(Conflict, match="2027-01 is not over"):
        draw(contract, "2027-01", "2027-01-31")
    with pytest.raises(Conflict, match="has not begun"):
        draw(contract, "2027-02", "2027-01-31", kind="provisional")
    with pytest.raises(Conflict, match="2027-01 has to be stated finally"):
        draw(contract, "2027-02", "2027-03-03")
    services.announce_shipment(
        contract.id,
        month="2027-01",
        lot="L1",
        volume=Decimal(5),
        shipped_on=date(2027, 1, 30),
        carrier="顺丰",
        waybill="SF-1",
        actor=trader_of(contract, "seller"),
        now=on("2027-01-30"),
    )
    with pytest.raises(Conflict, match="not received yet: shipments 1"):
        draw(contract, "2027-01", "2027-02-03")
    statement = draw(contract, "2027-01", "2027-02-15")  # sixteen days after: silence is receipt
    assert statement.document["months"][0]["deliveries"][0]["counted"] == "5"
    with pytest.raises(InvalidInput):
        draw(contract, "2027-07", "2027-09-03")
    with pytest.raises(Conflict, match="both have not confirmed"):
        draw(make_contract(), "2027-01", "2027-02-03")


def test_without_an_index_value_there_is_no_final_price(session: None) -> None:
    contract, index = make_indexed_contract()
    deliver(contract, "2027-01", "100")
    with pytest.raises(NoIndexPrice, match=f"{index.id} has no price in 2027-01"):
        draw(contract, "2027-01", "2027-02-03")
    provisional = draw(contract, "2027-01", "2027-02-03", kind="provisional")
    assert provisional.document["months"][0]["price"] == "97500"  # the reference
    make_quote(index, "2027-01-04", "104000")
    assert draw(contract, "2027-01", "2027-02-03").document["months"][0]["price"] == "101420"


def test_a_final_statement_takes_the_provisional_one_back(indexed: Indexed) -> None:
    contract, index = indexed
    deliver(contract, "2027-01", "40")
    early = draw(contract, "2027-01", "2027-01-20", kind="provisional")
    assert lines(early) == {"goods": "3900000.00", "vat": "507000.00"}  # nothing of what may still come
    confirm_statement(contract, early, "2027-01-21")
    deliver(contract, "2027-01", "60", lot="L2")
    make_quote(index, "2027-01-06", "103000")  # the mean is 101,000 now: 98,480
    final = draw(contract, "2027-01", "2027-02-03")
    assert lines(final) == {"goods": "9848000.00", "vat": "1280240.00"}
    (entry,) = final.document["months"]
    assert [(each["kind"], each["amount"]) for each in entry["reversed"]] == [("goods", "-3900000"), ("vat", "-507000")]
    assert [(each["kind"], each["amount"]) for each in entry["difference"]] == [
        ("goods", "5948000"),
        ("vat", "773240"),
    ]
    assert final.payable == Decimal("9848000.00") + Decimal("1280240.00") - 4407000


def test_what_is_disputed_is_drawn_anew_and_silence_confirms(indexed: Indexed) -> None:
    contract, _ = indexed
    deliver(contract, "2027-01", "100")
    statement = draw(contract, "2027-01", "2027-02-03")
    buyer = trader_of(contract, "buyer")

    def dispute(number: int, day: str) -> ContractStatement:
        return services.dispute_statement(contract.id, number, reason="数量有误", actor=buyer, now=on(day))

    assert dispute(1, "2027-02-17").status == "disputed"
    with pytest.raises(TransitionNotAllowed):
        confirm_statement(contract, statement, "2027-02-17")
    again = draw(contract, "2027-01", "2027-02-18", by="buyer")
    assert (statement.status, again.number, again.status) == ("replaced", 2, "drawn")
    with pytest.raises(TooLate):
        services.dispute_statement(
            contract.id, 2, reason="再议", actor=trader_of(contract, "seller"), now=on("2027-03-05")
        )
    db.session.commit()
    assert maintain(now=on("2027-03-05") - timedelta(microseconds=1)).confirmed_statements == 0
    assert maintain(now=on("2027-03-05")).confirmed_statements == 1
    assert again.status == "confirmed"


def test_each_answer_is_for_the_other_party_and_of_the_figures_that_were_read(indexed: Indexed) -> None:
    contract, _ = indexed
    deliver(contract, "2027-01", "100")
    statement = draw(contract, "2027-01", "2027-02-03")
    with pytest.raises(NotAllowed):
        confirm_statement(contract, statement, "2027-02-03", by="seller")
    with pytest.raises(InvalidInput) as refused:
        services.confirm_statement(
            contract.id, 1, hash="sha256:0", actor=trader_of(contract, "buyer"), now=on("2027-02-03")
        )
    assert refused.value.faults[0].pointer == "/hash"
    signatory = make_member(organisation=contract.buyer, roles=(Role.SIGNATORY,)).actor
    with pytest.raises(NotAllowed):
        services.confirm_statement(contract.id, 1, hash=statement.hash, actor=signatory, now=on("2027-02-03"))
    stranger = make_member(organisation=make_trader().organisation, roles=(Role.BUYER,)).actor
    with pytest.raises(NotFound):
        services.confirm_statement(contract.id, 1, hash=statement.hash, actor=stranger, now=on("2027-02-03"))
    confirm_statement(contract, statement, "2027-02-03")
    with pytest.raises(Conflict, match="a change of it is a correction"):
        draw(contract, "2027-01", "2027-02-04")


def test_a_suspension_excuses_its_share_of_the_month(indexed: Indexed) -> None:
    contract, _ = indexed
    signatory = make_member(organisation=contract.seller, roles=(Role.SIGNATORY,)).actor
    services.give_notice(
        contract.id, kind="suspension", ground="force_majeure", reason="洪水", actor=signatory, now=on("2027-02-08")
    )
    services.give_notice(
        contract.id, kind="resumption", ground="force_majeure", reason="复产", actor=signatory, now=on("2027-02-22")
    )
    deliver(contract, "2027-01", "100")
    settled(contract, "2027-01", "2027-02-23")
    deliver(contract, "2027-02", "45")
    statement = draw(contract, "2027-02", "2027-03-03")
    # 14 of 28 days: of 100 called 50 are excused, 5 are missing at 107,300.
    assert lines(statement)["seller_deviation"] == "-26825.00"


def test_after_the_end_of_a_contract_its_last_month_is_stated(indexed: Indexed) -> None:
    contract, _ = indexed
    deliver(contract, "2027-01", "100")
    for side, act in (("seller", "give"), ("buyer", "consent")):
        organisation = contract.seller if side == "seller" else contract.buyer
        actor = make_member(organisation=organisation, roles=(Role.SIGNATORY,)).actor
        if act == "give":
            services.give_notice(
                contract.id, kind="termination", ground="agreed", reason="协商", actor=actor, now=on("2027-02-15")
            )
        else:
            services.consent_to_notice(contract.id, 1, actor=actor, now=on("2027-02-15"))
    assert contract.status == "terminated"
    settled(contract, "2027-01", "2027-02-16")
    statement = draw(contract, "2027-02", "2027-03-03")
    # 14 of 28 days were left: 50 were due and nothing came.
    assert lines(statement) == {"goods": "0.00", "seller_deviation": "-268250.00", "vat": "0.00"}


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Australia/Lord_Howe"])
def test_the_machines_zone_and_its_summer_time_move_no_deadline(
    indexed: Indexed, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    """New York moves its clocks on 14 March 2027, Lord Howe on 4 April, by half an hour; Beijing never."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        contract, _ = indexed
        deliver(contract, "2027-01", "100")
        statement = draw(contract, "2027-01", "2027-03-13")
        end = services.silence_from(contract, statement)
        assert end.isoformat() == "2027-03-28T02:00:00+00:00"
        midnight = datetime(2027, 2, 28, 16, tzinfo=UTC)  # the first of March in Beijing
        call_by = {"month": "2027-03", "volume": Decimal(95), "actor": trader_of(contract, "buyer")}
        with pytest.raises(InvalidInput):
            services.call_off(contract.id, **call_by, now=midnight)
        services.call_off(contract.id, **call_by, now=midnight - timedelta(microseconds=1))
    finally:
        monkeypatch.undo()
        time.tzset()


def test_provisional_statements_follow_each_other_and_none_is_owed_twice(indexed: Indexed) -> None:
    contract, _ = indexed
    deliver(contract, "2027-01", "40")
    confirm_statement(contract, draw(contract, "2027-01", "2027-01-20", kind="provisional"), "2027-01-20")
    deliver(contract, "2027-01", "20", lot="L2")
    second = draw(contract, "2027-01", "2027-01-22", kind="provisional")
    assert second.payable == 20 * 97500 * Decimal("1.13")
    deliver(contract, "2027-01", "40", lot="L3")
    final = draw(contract, "2027-01", "2027-02-03")
    assert second.status == "replaced"  # nobody can confirm it any more, nor can silence
    assert final.payable == 60 * 97500 * Decimal("1.13")
    with pytest.raises(Conflict, match="a final statement of 2027-01 is open"):
        draw(contract, "2027-01", "2027-02-04", kind="provisional")


def test_another_option_for_later_months_leaves_calls_of_begun_ones(indexed: Indexed) -> None:
    contract, _ = indexed
    call(contract, "2027-01", "91")
    call(contract, "2027-03", "91")
    deliver(contract, "2027-01", "91")
    services.propose_amendment(
        contract.id,
        changes={"buyer_option": {"down": "0.1", "up": "0", "notice_days": 5}},
        reason="双方商定",
        actor=trader_of(contract, "seller"),
        now=on("2027-01-20"),
    )
    for side in ("seller", "buyer"):
        sign(contract, side, number=2, now=on("2027-01-20"))
    assert delivery_queries.standing_calls(contract) == {"2027-01": Decimal(91)}
    assert draw(contract, "2027-01", "2027-02-03").document["months"][0]["volumes"]["called"] == "91"
