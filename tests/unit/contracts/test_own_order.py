"""Which terms of one's own order a counter leaves: pairs just inside and just outside, by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from marketplace.contracts.rules.amounts import PeriodPrice
from marketplace.contracts.rules.bands import Option
from marketplace.contracts.rules.core import Core, Month, core_of, restated, stated
from marketplace.contracts.rules.own_order import left_terms

MONTHS = ("2027-01", "2027-02", "2027-03")
PRICE = PeriodPrice(Decimal(100), Decimal(90), Decimal(110))
NONE = Option()
QUANTUM = Decimal("0.001")


def core(*volumes: str, buyer: Option = NONE, seller: Option = NONE) -> Core:
    months = tuple(
        Month(name, Decimal(volume), Decimal(volume), PRICE) for name, volume in zip(MONTHS, volumes, strict=True)
    )
    return Core(months, buyer, seller)


def terms(given: Core, *, ratio: str | None = None) -> dict[str, Any]:
    parts = stated(given, freight_cny_per_unit=Decimal(5), quality_cny_per_unit=Decimal(0), quantum=QUANTUM)
    delivery = {"incoterm": "EXW", "freight_cny_per_unit": "5", "freight_cny": parts.pop("freight_cny")}
    alternate = None if ratio is None else {"asked_grade_id": "x", "ratio": ratio}
    price = {"quality_cny_per_unit": "0", "formula": None}
    return {**parts, "delivery": delivery, "price": price, "payment": {"days": 0}, "alternate": alternate}


def left(order: dict[str, Any], after: Core, *, side: str = "seller", ratio: str | None = None, **options: Any) -> Any:
    stated_order = {"volumes": dict.fromkeys(MONTHS, "100"), **order}
    given = {"others": {}, "limit_kept": True, **options}
    before = terms(core("50", "50", "50"), ratio=ratio)
    return left_terms(side, stated_order, before, terms(after, ratio=ratio), **given)  # type: ignore[arg-type]


def test_a_core_is_read_back_as_it_was_stated() -> None:
    given = core("10", "20", "30", buyer=Option(Decimal("0.1"), Decimal("0.2"), "quarter", 2))
    document = terms(given)
    assert core_of(document) == given
    assert restated(document, given, QUANTUM) == document


@pytest.mark.parametrize(
    ("order", "inside", "outside", "name"),
    [
        ({}, ("100", "100", "100"), ("100", "100.001", "100"), "volumes"),
        ({"minimum_contract": "150"}, ("50", "49", "51"), ("50", "49.999", "50"), "minimum_contract"),
        ({"maximum_contract": "150"}, ("49", "50", "51"), ("50", "50", "50.001"), "maximum_contract"),
        ({"minimum_per_period": "40"}, ("40", "41", "42"), ("39.999", "41", "42"), "minimum_per_period"),
        ({"lot": "2.5"}, ("2.5", "5", "7.5"), ("2.5", "5", "6"), "lot"),
        ({"ramp": "0.2"}, ("45", "50", "55"), ("44.9", "50", "55.1"), None),
        ({"ramp": "0.1"}, ("45", "50", "55"), ("44.999", "50", "55.001"), "ramp"),
        (
            {"minimum_contract": {"volume": "150", "pair_fraction": "0.5"}},
            ("50", "51", "49"),
            ("49", "50", "50"),
            "minimum_contract",
        ),
    ],
)
def test_sizes_and_volumes(
    order: dict[str, Any], inside: tuple[str, ...], outside: tuple[str, ...], name: str | None
) -> None:
    assert left(order, core(*inside)) == []
    assert left(order, core(*outside)) == ([] if name is None else [name])


def test_the_other_sides_option_takes_volume_and_so_do_other_proposals() -> None:
    tenth = {"flexibility": {"grants": {"down": "0", "up": "0.1"}}}
    buyer = Option(up=Decimal("0.1"))
    assert left(tenth, core("90", "90", "90", buyer=buyer)) == []
    assert left(tenth, core("91", "90", "90", buyer=buyer)) == ["volumes"]
    assert left({}, core("60", "60", "60"), others={"2027-02": Decimal(40)}) == []
    assert left({}, core("60", "60", "60"), others={"2027-02": Decimal("40.001")}) == ["volumes"]


def test_a_month_that_the_order_does_not_state_has_no_volume() -> None:
    assert left({"volumes": {"2027-01": "100", "2027-03": "100"}}, core("60", "50", "60")) == ["volumes"]


def test_a_split_month_counts_whole() -> None:
    split = {"volumes": {month: {"firm": "60", "planned": "40"} for month in MONTHS}}
    assert left(split, core("100", "100", "100")) == []
    assert left(split, core("100", "100", "100.001")) == ["volumes"]


@pytest.mark.parametrize("side", ["seller", "buyer"])
def test_options(side: str) -> None:
    """Own: at least what is required.  The other's: at most what is granted, and over no longer span."""
    order = {
        "flexibility": {
            "requires": {"down": "0.1", "up": "0", "per": "quarter"},
            "grants": {"down": "0.2", "up": "0", "per": "quarter"},
        }
    }
    own, other = ("seller", "buyer") if side == "seller" else ("buyer", "seller")

    def with_option(whose: str, down: str, per: str = "quarter", months: int | None = None) -> Core:
        return core("50", "50", "50", **{whose: Option(Decimal(down), Decimal(0), per, months)})

    for given, kept in (
        (with_option(own, "0.1"), True),
        (with_option(own, "0.05"), False),
        (with_option(own, "0.1", "period"), False),
        (with_option(own, "0.1", "year"), True),
        (with_option(other, "0.2"), True),
        (with_option(other, "0.2", "period"), True),
        (with_option(other, "0.21"), False),
        (with_option(other, "0.1", "year"), False),
        (with_option(other, "0.1", months=1), False),
    ):
        assert left(order, given, side=side) == ([] if kept else ["flexibility"]), given


def test_a_need_counts_in_its_own_units() -> None:
    """Two units of the other grade stand for one: 200 of them are the 100 that were asked."""
    assert left({}, core("200", "200", "200"), side="buyer", ratio="2") == []
    assert left({}, core("200.001", "200", "200"), side="buyer", ratio="2") == ["volumes"]
    assert left({"maximum_contract": "300"}, core("200", "200", "200"), side="buyer", ratio="2") == []


def test_the_limit_price_is_judged_elsewhere_and_named_here() -> None:
    assert left({}, core("60", "60", "60"), limit_kept=False) == ["limit_price"]
