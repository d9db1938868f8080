"""Least, expected and greatest volume and value of a contract, against figures worked out by hand."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from marketplace.contracts.rules.amounts import Band, PeriodPrice, Range, freight_cost, total, value_range, volume_range
from marketplace.contracts.rules.delivery import freight_paid_by

D = Decimal
FRACTIONS = st.decimals(0, 1, places=4)
AMOUNTS = st.decimals(D("0.001"), D(10) ** 6, places=3)
BANDS = st.builds(Band, FRACTIONS, FRACTIONS, FRACTIONS, FRACTIONS)


def test_two_months_by_hand() -> None:
    band = Band(buyer_down=D("0.1"), buyer_up=D("0.05"), seller_down=D("0.05"), seller_up=D("0.08"))
    months = [volume_range(D(100), band), volume_range(D("33.333"), band)]
    assert months[0] == Range(D(90), D(100), D(108))
    assert total(months) == Range(D("119.9997"), D("133.333"), D("143.99964"))
    prices = [PeriodPrice(D(98000), D(95000), D(101000)), PeriodPrice(D("98500.5"), D(95500), D(101500))]
    # 90 x 95000 + 29.9997 x 95500; 100 x 98000 + 33.333 x 98500.5; 108 x 101000 + 35.99964 x 101500
    assert value_range(months, prices) == Range(D("11414971.35"), D("13083317.17"), D("14561963.46"))


def test_freight_goes_by_volume() -> None:
    assert freight_cost([Range(D(9), D(10), D("10.5"))], D("661.37")) == Range(D("5952.33"), D("6613.70"), D("6944.39"))


def test_half_a_cent_is_rounded_up() -> None:
    volumes, price = [Range(D(1), D(1), D(1))], PeriodPrice(D("2.005"), D("1.005"), D("3.0049"))
    assert value_range(volumes, [price]) == Range(D("1.01"), D("2.01"), D("3.00"))


@given(AMOUNTS, BANDS, AMOUNTS)
def test_least_expected_greatest_stand_in_order(expected: Decimal, band: Band, price: Decimal) -> None:
    volume = volume_range(expected, band)
    assert 0 <= volume.minimum <= volume.expected <= volume.maximum
    value = value_range([volume], [PeriodPrice(price, price, price)])
    assert value.minimum <= value.expected <= value.maximum


@given(AMOUNTS, BANDS)
def test_both_options_are_about_the_same_volume(expected: Decimal, band: Band) -> None:
    volume = volume_range(expected, band)
    assert volume.minimum == min(expected * (1 - band.buyer_down), expected * (1 - band.seller_down))
    assert volume.maximum == max(expected * (1 + band.buyer_up), expected * (1 + band.seller_up))


def test_every_incoterm_says_who_pays() -> None:
    buyer = [term for term in ("EXW", "FCA", "FAS", "FOB", "CFR", "CIF", "CPT", "CIP", "DAP", "DPU", "DDP")
             if freight_paid_by(term) == "buyer"]  # fmt: skip
    assert buyer == ["EXW", "FCA", "FAS", "FOB"]
