"""Values and freight of a contract, against figures worked out by hand."""

from __future__ import annotations

from decimal import Decimal

from marketplace.contracts.rules.amounts import PeriodPrice, Range, envelope, freight_cost, value_range
from marketplace.contracts.rules.delivery import freight_paid_by

D = Decimal


def test_two_months_by_hand() -> None:
    months = [Range(D(90), D(100), D(108)), Range(D("30"), D("33.333"), D("35.999"))]
    prices = [PeriodPrice(D(98000), D(95000), D(101000)), PeriodPrice(D("98500.5"), D(95500), D(101500))]
    # 90 x 95000 + 30 x 95500; 100 x 98000 + 33.333 x 98500.5; 108 x 101000 + 35.999 x 101500
    by_month = value_range(months, [(1, D(90)), (1, D(30))], prices)
    assert by_month == Range(D("11415000.00"), D("13083317.17"), D("14561898.50"))


def test_over_a_span_the_least_volume_is_called_where_it_is_cheapest() -> None:
    months = [Range(D(0), D(10), D(12)), Range(D(0), D(10), D(12)), Range(D(8), D(10), D(12))]
    floors = [PeriodPrice(D(9), D(9), D(9)), PeriodPrice(D(7), D(7), D(7)), PeriodPrice(D(5), D(5), D(5))]
    # 18 over the first two: 12 x 7 + 6 x 9; 8 in the third: 8 x 5
    assert value_range(months, [(2, D(18)), (1, D(8))], floors).minimum == 12 * 7 + 6 * 9 + 8 * 5


def test_freight_goes_by_volume() -> None:
    assert freight_cost(Range(D(9), D(10), D("10.5")), D("661.37")) == Range(D("5952.33"), D("6613.70"), D("6944.39"))


def test_half_a_cent_is_rounded_up() -> None:
    volumes, price = [Range(D(1), D(1), D(1))], PeriodPrice(D("2.005"), D("1.005"), D("3.0049"))
    assert value_range(volumes, [(1, D(1))], [price]) == Range(D("1.01"), D("2.01"), D("3.00"))


def test_of_two_options_the_wider_counts() -> None:
    assert envelope([Range(D(9), D(10), D(10)), Range(D(10), D(10), D(12))]) == Range(D(9), D(10), D(12))


def test_every_incoterm_says_who_pays() -> None:
    buyer = [term for term in ("EXW", "FCA", "FAS", "FOB", "CFR", "CIF", "CPT", "CIP", "DAP", "DPU", "DDP")
             if freight_paid_by(term) == "buyer"]  # fmt: skip
    assert buyer == ["EXW", "FCA", "FAS", "FOB"]
