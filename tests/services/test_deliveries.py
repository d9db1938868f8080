"""Call-offs, shipments, receipts, rejections and certificates of a contract in force."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from marketplace.contracts import queries, services
from marketplace.contracts.models import Contract, Shipment
from marketplace.contracts.queries import deliveries as delivery_queries
from marketplace.contracts.services.shipment_entries import TooLate
from marketplace.shared.errors import Conflict, InvalidInput, NotAllowed, NotFound, TransitionNotAllowed
from tests.conftest import NOW
from tests.factories.accounts import make_member
from tests.factories.contracts import make_contract, make_contract_in_force, trader_of
from tests.factories.rounds import make_trader

pytestmark = pytest.mark.usefixtures("session")

JANUARY = datetime(2027, 1, 10, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def contract_with_option(**option: Any) -> Contract:
    """The buyer may call 20 % less and 10 % more, ten days before a month begins; weights may differ by 0.2 %."""
    asked = {"down": "0.2", "up": "0.1", **option}
    claim = {"contract_wishes": {"quality_claim": {"objection_days": 10, "weighing_tolerance": "0.002"}}}
    return make_contract_in_force(
        both=claim,
        volume="110",
        flexibility={"grants": {**asked, "notice_days": 10}},
        need={"volume": "100", "flexibility": {"requires": asked}},
    )


@pytest.fixture
def contract(session: None) -> Contract:
    return contract_with_option()


def call(contract: Contract, month: str, volume: str, *, now: datetime = NOW) -> None:
    services.call_off(contract.id, month=month, volume=Decimal(volume), actor=trader_of(contract, "buyer"), now=now)


def ship(contract: Contract, volume: str, /, **given: Any) -> Shipment:
    now = given.pop("now", JANUARY)
    return services.announce_shipment(
        contract.id,
        **{
            "month": "2027-01",
            "lot": "L1",
            "volume": Decimal(volume),
            "shipped_on": now.date(),
            "carrier": "中远海运",
            "waybill": "COSU-1",
            "actor": trader_of(contract, "seller"),
            "now": now,
            **given,
        },
    )


def receive(contract: Contract, number: int, weighed: str, rejected: str = "0", **given: Any) -> Shipment:
    now = given.pop("now", JANUARY)
    return services.receive_shipment(
        contract.id,
        number,
        received_on=now.date(),
        weighed=Decimal(weighed),
        rejected=Decimal(rejected),
        reason="水分超标" if Decimal(rejected) else None,
        actor=trader_of(contract, "buyer"),
        now=now,
    )


def pointers(action: Callable[[], object]) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as refused:
        action()
    return [(fault.pointer, fault.code) for fault in refused.value.faults]


def standing(contract: Contract) -> dict[str, Decimal]:
    return delivery_queries.standing_calls(contract)


def test_a_call_within_the_option_stands_and_a_later_one_replaces_it(contract: Contract) -> None:
    call(contract, "2027-01", "80")
    call(contract, "2027-02", "110")
    assert standing(contract) == {"2027-01": Decimal(80), "2027-02": Decimal(110)}
    call(contract, "2027-01", "90.5")
    assert standing(contract)["2027-01"] == Decimal("90.5")
    assert len(delivery_queries.call_offs(contract)) == 3


@pytest.mark.parametrize(
    ("month", "volume", "fault"),
    [
        ("2027-01", "79.999", ("/volume", "outside-band")),
        ("2027-01", "110.001", ("/volume", "outside-band")),
        ("2027-01", "90.0001", ("/volume", "not-a-multiple")),
        ("2027-04", "100", ("/month", "not-a-month")),
    ],
)
def test_a_call_outside_the_band_is_refused(contract: Contract, month: str, volume: str, fault: Any) -> None:
    assert fault in pointers(lambda: call(contract, month, volume))
    assert standing(contract) == {}


def test_a_call_is_in_time_until_the_last_day_in_beijing(contract: Contract) -> None:
    last = datetime(2026, 12, 22, 15, 59, 59, tzinfo=UTC)  # a second before midnight in Beijing, ten days before
    assert pointers(lambda: call(contract, "2027-01", "90", now=last + timedelta(seconds=1))) == [
        ("/month", "too-late")
    ]
    call(contract, "2027-01", "90", now=last)


def test_over_a_quarter_no_less_may_be_called_than_the_later_months_can_bring(session: None) -> None:
    contract = contract_with_option(per="quarter")
    # Least of the quarter 240, most of a month 110: January may come down to 20, and then the others are at their most.
    call(contract, "2027-01", "20")
    assert pointers(lambda: call(contract, "2027-01", "19.999")) == [("/volume", "outside-band")]
    february = datetime(2027, 1, 20, tzinfo=UTC)
    assert pointers(lambda: call(contract, "2027-02", "109.999", now=february)) == [("/volume", "outside-band")]
    call(contract, "2027-02", "110", now=february)
    assert pointers(lambda: call(contract, "2027-03", "109.999", now=february)) == [("/volume", "outside-band")]


def test_make_up_months_do_not_widen_a_months_band(session: None) -> None:
    contract = contract_with_option(make_up_months=1)
    call(contract, "2027-01", "85")
    assert pointers(lambda: call(contract, "2027-02", "110.001")) == [("/volume", "outside-band")]
    call(contract, "2027-02", "110")


def test_a_span_is_not_undercut_by_calling_early(session: None) -> None:
    contract = contract_with_option(per="quarter")
    call(contract, "2027-01", "20")
    for month in ("2027-02", "2027-03"):
        assert pointers(lambda month=month: call(contract, month, "109.999")) == [("/volume", "outside-band")]
    call(contract, "2027-01", "110")
    call(contract, "2027-02", "20")
    assert pointers(lambda: call(contract, "2027-03", "109.999")) == [("/volume", "outside-band")]


def test_no_less_is_called_than_was_shipped(contract: Contract) -> None:
    december = NOW + 10 * DAY
    ship(contract, "95", now=december)
    assert pointers(lambda: call(contract, "2027-01", "94.999", now=december)) == [("/volume", "outside-band")]
    call(contract, "2027-01", "95", now=december)


def test_an_amendment_of_a_month_voids_its_call(contract: Contract) -> None:
    from tests.factories.contracts import confirm

    call(contract, "2027-02", "105")
    call(contract, "2027-03", "105")
    terms = queries.present_version(contract).terms
    periods = [
        {
            "period": each["period"],
            "volume": "90" if each["period"] == "2027-03" else each["volume"]["expected"],
            **{name: each[name] for name in ("reference", "floor", "cap")},
        }
        for each in terms["periods"]
    ]
    services.propose_amendment(
        contract.id, changes={"periods": periods}, reason="减产", actor=trader_of(contract, "seller"), now=NOW
    )
    for side in ("seller", "buyer"):
        confirm(contract, side, number=2)
    assert standing(contract) == {"2027-02": Decimal(105)}


def test_the_buyer_calls_and_the_seller_ships(contract: Contract) -> None:
    with pytest.raises(NotAllowed):
        services.call_off(
            contract.id, month="2027-01", volume=Decimal(90), actor=trader_of(contract, "seller"), now=NOW
        )
    with pytest.raises(NotAllowed):
        ship(contract, "10", actor=trader_of(contract, "buyer"))
    ship(contract, "10")
    with pytest.raises(NotAllowed):
        services.receive_shipment(
            contract.id,
            1,
            received_on=JANUARY.date(),
            weighed=Decimal(10),
            actor=trader_of(contract, "seller"),
            now=JANUARY,
        )
    stranger = make_member(organisation=make_trader().organisation, roles=("seller", "buyer")).actor
    with pytest.raises(NotFound):
        ship(contract, "10", actor=stranger)


def test_nothing_is_shipped_before_the_contract_is_in_force_or_while_it_is_suspended(contract: Contract) -> None:
    with pytest.raises(TransitionNotAllowed):
        ship(make_contract(), "10")
    contract.take("suspend")
    for refused in (lambda: ship(contract, "10"), lambda: call(contract, "2027-02", "90")):
        with pytest.raises(TransitionNotAllowed, match="suspended"):
            refused()


def test_what_is_on_its_way_when_a_contract_is_suspended_is_received(contract: Contract) -> None:
    ship(contract, "10")
    contract.take("suspend")
    assert receive(contract, 1, "10").counted == Decimal(10)


def test_no_more_is_shipped_than_called_and_the_weighing_tolerance(contract: Contract) -> None:
    ship(contract, "60")
    fault = ("/volume", "over-delivery")
    assert pointers(lambda: ship(contract, "40.201")) == [fault]  # 100 called, 0.2 %
    ship(contract, "40.2")
    assert pointers(lambda: ship(contract, "0.001")) == [fault]


def test_the_sellers_option_lets_it_ship_more(session: None) -> None:
    option = {"down": "0.1", "up": "0.05"}
    contract = make_contract_in_force(
        volume="100",
        flexibility={"requires": option},
        need={"volume": "120", "flexibility": {"grants": option}},
    )
    assert pointers(lambda: ship(contract, "105.001")) == [("/volume", "over-delivery")]
    ship(contract, "105")


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"volume": Decimal(0)}, ("/volume", "not-a-multiple")),
        ({"volume": Decimal("-1")}, ("/volume", "not-a-multiple")),
        ({"month": "2027-04"}, ("/month", "not-a-month")),
        ({"shipped_on": date(2027, 1, 11)}, ("/shipped_on", "out-of-range")),
        ({"shipped_on": date(2026, 11, 30)}, ("/shipped_on", "out-of-range")),
        ({"lot": " "}, ("/lot", "wrong-length")),
        ({"waybill": "a\u202eb"}, ("/waybill", "not-printable")),
        ({"replaces": 7}, ("/replaces", "unknown-reference")),
    ],
)
def test_a_bad_shipment_is_refused(contract: Contract, given: dict[str, Any], fault: Any) -> None:
    assert fault in pointers(lambda: ship(contract, "10", **given))
    assert delivery_queries.shipments(contract) == []


def test_within_the_tolerance_the_sellers_weight_counts(contract: Contract) -> None:
    ship(contract, "50")
    ship(contract, "50")
    assert receive(contract, 1, "49.9").counted == Decimal(50)
    assert receive(contract, 2, "49.899").counted == Decimal("49.899")
    with pytest.raises(TransitionNotAllowed):
        receive(contract, 1, "50")


def test_rejected_goods_can_be_replaced(contract: Contract) -> None:
    ship(contract, "100.2")
    shipment = receive(contract, 1, "100.2", "30")
    assert (shipment.rejected, shipment.rejection) == (Decimal(30), "open")
    assert pointers(lambda: ship(contract, "30.001", lot="L2", replaces=1)) == [("/volume", "over-delivery")]
    assert ship(contract, "30", lot="L2", replaces=1).replaces == 1


def test_a_contested_rejection_keeps_its_volume_until_either_gives_way(contract: Contract) -> None:
    ship(contract, "100")
    receive(contract, 1, "100", "30")
    seller, buyer = trader_of(contract, "seller"), trader_of(contract, "buyer")
    services.contest_rejection(contract.id, 1, reason="仲裁实验室检验合格", actor=seller, now=JANUARY)
    assert pointers(lambda: ship(contract, "1")) == [("/volume", "over-delivery")]
    lowered = services.lower_rejection(
        contract.id, 1, rejected=Decimal(12), reason="以仲裁结果为准", actor=buyer, now=JANUARY
    )
    assert (lowered.rejected, lowered.rejection) == (Decimal(12), "settled")
    ship(contract, "12.2")
    with pytest.raises(TransitionNotAllowed):
        services.concede_rejection(contract.id, 1, actor=seller, now=JANUARY)
    said = [(each.party, each.action, str(each.rejected)) for each in delivery_queries.entries_of(lowered)]
    assert said == [("buyer", "receive", "30"), ("seller", "contest", "30"), ("buyer", "lower", "12")]


def test_the_buyer_objects_within_the_days_and_only_to_more(contract: Contract) -> None:
    ship(contract, "100")
    receive(contract, 1, "100")
    buyer = trader_of(contract, "buyer")

    def reject(volume: str, now: datetime) -> Shipment:
        return services.reject_goods(
            contract.id, 1, rejected=Decimal(volume), reason="复检不合格", actor=buyer, now=now
        )

    with pytest.raises(TooLate):
        reject("5", JANUARY + 11 * DAY)
    assert reject("5", JANUARY + 10 * DAY).rejected == Decimal(5)
    for volume in ("5", "100.001"):
        assert pointers(lambda volume=volume: reject(volume, JANUARY)) == [("/rejected", "out-of-range")]
    assert reject("7", JANUARY).rejected == Decimal(7)


def test_a_lost_shipment_is_cancelled_and_its_volume_can_be_shipped(contract: Contract) -> None:
    ship(contract, "100.2")
    services.cancel_shipment(contract.id, 1, reason="途中灭失", actor=trader_of(contract, "seller"), now=JANUARY)
    ship(contract, "100.2")
    with pytest.raises(TransitionNotAllowed):
        receive(contract, 1, "100")


def test_a_lot_is_certified_and_what_lies_outside_is_said(session: None) -> None:
    contract = make_contract_in_force(
        specification={"purity_pct": "99.6"},
        need={"specification": {"purity_pct": {"at_least": "99.5"}}},
    )
    ship(contract, "50")

    def certify(lot: str = "L1", **assays: Any) -> Any:
        return services.certify_lot(
            contract.id,
            lot=lot,
            assays=assays,
            laboratory="国家有色金属质检中心",
            issued_on=date(2027, 1, 9),
            actor=trader_of(contract, "seller"),
            now=JANUARY,
        )

    assert certify(purity_pct="99.490").outside == ["purity_pct"]
    again = certify(purity_pct="99.58")
    assert (again.number, again.assays, again.outside) == (2, {"purity_pct": "99.58"}, [])
    assert pointers(lambda: certify("L9", purity_pct="99"))[0] == ("/lot", "unknown-reference")
    found = pointers(lambda: certify(gold_ppm="1", purity_pct="101"))
    assert found == [("/assays/gold_ppm", "unknown-reference"), ("/assays/purity_pct", "above-limit")]


def test_a_month_that_is_stated_finally_takes_no_more_shipments(contract: Contract) -> None:
    ship(contract, "50")
    receive(contract, 1, "50")
    february = datetime(2027, 2, 3, tzinfo=UTC)
    services.draw_statement(
        contract.id, kind="final", month="2027-01", actor=trader_of(contract, "seller"), now=february
    )
    with pytest.raises(Conflict, match="stated finally"):
        ship(contract, "1", now=february)
    ship(contract, "1", month="2027-02", now=february)


def test_a_receipt_comes_within_the_objection_days_or_never(contract: Contract) -> None:
    ship(contract, "50")
    ship(contract, "50", lot="L2")
    with pytest.raises(TooLate, match="counts as received as it was shipped"):
        receive(contract, 1, "49", now=JANUARY + 11 * DAY)
    assert receive(contract, 2, "49", now=JANUARY + 10 * DAY).counted == Decimal(49)


def test_what_counts_as_received_is_cancelled_no_more(contract: Contract) -> None:
    ship(contract, "50")
    with pytest.raises(TooLate):
        services.cancel_shipment(
            contract.id, 1, reason="误报", actor=trader_of(contract, "seller"), now=JANUARY + 11 * DAY
        )


def test_a_weight_far_beyond_what_was_shipped_is_refused(contract: Contract) -> None:
    ship(contract, "50")
    assert pointers(lambda: receive(contract, 1, "75.001")) == [("/weighed", "above-limit")]
    assert receive(contract, 1, "75").counted == Decimal(75)


def test_rejected_goods_are_made_good_after_the_month_is_stated(contract: Contract) -> None:
    ship(contract, "100")
    receive(contract, 1, "100", "30")
    february = datetime(2027, 2, 3, tzinfo=UTC)
    seller = trader_of(contract, "seller")
    services.draw_statement(contract.id, kind="final", month="2027-01", actor=seller, now=february)
    ship(contract, "30", lot="L2", replaces=1, now=february)
    with pytest.raises(Conflict, match="stated finally"):
        ship(contract, "1", lot="L3", now=february)


def test_a_further_defect_of_a_lot_may_be_rejected_within_the_days(contract: Contract) -> None:
    ship(contract, "100")
    receive(contract, 1, "100", "30")
    services.concede_rejection(contract.id, 1, actor=trader_of(contract, "seller"), now=JANUARY)
    again = services.reject_goods(
        contract.id, 1, rejected=Decimal(40), reason="铁超标", actor=trader_of(contract, "buyer"), now=JANUARY + DAY
    )
    assert (again.rejection, again.rejected) == ("open", Decimal(40))
