"""Least, expected and greatest volume and value of a contract, against figures worked out by hand."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from marketplace.contracts.rules.amounts import Band, PeriodPrice, Range, freight_cost, total, value_range, volume_range
from marketplace.contracts.rules.delivery import freight_paid_by
from marketplace.shared.quantities import is_multiple

D = Decimal
KILOGRAM = D("0.001")  # of a grade in tonnes
FRACTIONS = st.decimals(0, 1, places=4)
AMOUNTS = st.decimals(D("0.001"), D(10) ** 6, places=3)
BANDS = st.builds(Band, FRACTIONS, FRACTIONS, FRACTIONS, FRACTIONS)


def test_two_months_by_hand() -> None:
    band = Band(buyer_down=D("0.1"), buyer_up=D("0.05"), seller_down=D("0.05"), seller_up=D("0.08"))
    months = [volume_range(D(100), band, KILOGRAM), volume_range(D("33.333"), band, KILOGRAM)]
    assert months == [Range(D(90), D(100), D(108)), Range(D("30"), D("33.333"), D("35.999"))]
    assert total(months) == Range(D(120), D("133.333"), D("143.999"))
    prices = [PeriodPrice(D(98000), D(95000), D(101000)), PeriodPrice(D("98500.5"), D(95500), D(101500))]
    # 90 x 95000 + 30 x 95500; 100 x 98000 + 33.333 x 98500.5; 108 x 101000 + 35.999 x 101500
    assert value_range(months, prices) == Range(D("11415000.00"), D("13083317.17"), D("14561898.50"))


def test_freight_goes_by_volume() -> None:
    assert freight_cost([Range(D(9), D(10), D("10.5"))], D("661.37")) == Range(D("5952.33"), D("6613.70"), D("6944.39"))


def test_half_a_cent_is_rounded_up() -> None:
    volumes, price = [Range(D(1), D(1), D(1))], PeriodPrice(D("2.005"), D("1.005"), D("3.0049"))
    assert value_range(volumes, [price]) == Range(D("1.01"), D("2.01"), D("3.00"))


def test_a_band_is_rounded_inwards_to_whole_quanta() -> None:
    band = Band(buyer_down=D("0.05"), buyer_up=D("0.1"), seller_down=D(0), seller_up=D(0))
    assert volume_range(D("75.818"), band, KILOGRAM) == Range(D("72.028"), D("75.818"), D("83.399"))
    assert volume_range(D(50), band, D(50)) == Range(D(50), D(50), D(50))


@given(st.integers(1, 10**6), BANDS, AMOUNTS)
def test_least_expected_greatest_stand_in_order(quanta: int, band: Band, price: Decimal) -> None:
    volume = volume_range(quanta * KILOGRAM, band, KILOGRAM)
    assert 0 <= volume.minimum <= volume.expected <= volume.maximum
    value = value_range([volume], [PeriodPrice(price, price, price)])
    assert value.minimum <= value.expected <= value.maximum


@given(st.integers(1, 10**6), BANDS, st.sampled_from([KILOGRAM, D("0.05"), D(1), D(25)]))
def test_both_options_are_about_the_same_volume(quanta: int, band: Band, quantum: Decimal) -> None:
    expected = quanta * quantum
    volume = volume_range(expected, band, quantum)
    assert is_multiple(volume.minimum, quantum)
    assert is_multiple(volume.maximum, quantum)
    least = min(expected * (1 - band.buyer_down), expected * (1 - band.seller_down))
    most = max(expected * (1 + band.buyer_up), expected * (1 + band.seller_up))
    assert least <= volume.minimum < least + quantum
    assert most - quantum < volume.maximum <= most


def test_every_incoterm_says_who_pays() -> None:
    buyer = [term for term in ("EXW", "FCA", "FAS", "FOB", "CFR", "CIF", "CPT", "CIP", "DAP", "DPU", "DDP")
             if freight_paid_by(term) == "buyer"]  # fmt: skip
    assert buyer == ["EXW", "FCA", "FAS", "FOB"]
