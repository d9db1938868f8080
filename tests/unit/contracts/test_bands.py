"""How far a contract's volume may leave the agreed one: by hand, and against a search over every volume."""

from __future__ import annotations

import itertools
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from marketplace.contracts.rules.amounts import Range
from marketplace.contracts.rules.bands import Option, option_volumes, span_of, volumes
from marketplace.shared.quantities import is_multiple

D = Decimal
KILOGRAM = D("0.001")  # of a grade in tonnes
FRACTIONS = st.decimals(0, 1, places=4)
OPTIONS = st.builds(Option, FRACTIONS, FRACTIONS)
NOTHING = Option()


def test_two_months_by_hand() -> None:
    buyer, seller = Option(D("0.1"), D("0.05")), Option(D("0.05"), D("0.08"))
    found = volumes(["2027-01", "2027-02"], [D(100), D("33.333")], buyer, seller, KILOGRAM)
    assert found.months == (Range(D(90), D(100), D(108)), Range(D("30"), D("33.333"), D("35.999")))
    assert found.term == Range(D(120), D("133.333"), D("143.999"))


def test_a_quarter_and_a_piece_of_one_by_hand() -> None:
    """A tenth of 30 over the first quarter, of 10 over what the contract has of the second."""
    months = ["2027-01", "2027-02", "2027-03", "2027-05"]
    found = option_volumes(months, [D(10)] * 4, Option(D("0.1"), D("0.2"), per="quarter"), D(1))
    assert [span.months for span in found.spans] == [("2027-01", "2027-02", "2027-03"), ("2027-05",)]
    assert [span.volume for span in found.spans] == [Range(D(27), D(30), D(36)), Range(D(9), D(10), D(12))]
    assert found.months == (*[Range(D(3), D(10), D(12))] * 3, Range(D(9), D(10), D(12)))  # 27 - 12 - 12
    assert found.term == Range(D(36), D(40), D(48))


def test_a_long_span_may_leave_a_month_altogether() -> None:
    found = option_volumes(["2027-01", "2027-02", "2027-03"], [D(10)] * 3, Option(D("0.4"), per="year"), D(1))
    assert found.months == (Range(D(0), D(10), D(10)),) * 3
    assert found.term == Range(D(18), D(30), D(30))


def test_a_year_ends_with_december() -> None:
    found = option_volumes(["2027-12", "2028-01"], [D(10), D(10)], Option(D("0.1"), per="year"), D(1))
    assert [span.months for span in found.spans] == [("2027-12",), ("2028-01",)]


def test_without_up_or_down_a_span_changes_nothing() -> None:
    found = option_volumes(["2027-01", "2027-02"], [D(10), D(20)], Option(per="quarter"), D(1))
    assert found.months == (Range(D(10), D(10), D(10)), Range(D(20), D(20), D(20)))


def test_of_two_options_over_unlike_spans_the_wider_counts_everywhere() -> None:
    """The buyer may leave a month to 5, the seller only to 8; over the term the seller may leave more."""
    buyer, seller = Option(D("0.125"), per="year"), Option(D("0.2"))
    found = volumes(["2027-01", "2027-04"], [D(20), D(20)], buyer, seller, D(1))
    assert found.months == (Range(D(15), D(20), D(20)), Range(D(15), D(20), D(20)))
    assert found.term == Range(D(32), D(40), D(40))
    assert (found.buyer.term.minimum, found.seller.term.minimum) == (35, 32)


@given(
    st.lists(st.integers(0, 3), min_size=1, max_size=3),
    st.decimals(0, 1, places=1),
    st.decimals(0, 1, places=1),
    st.sampled_from(["period", "quarter", "year"]),
)
def test_bands_are_what_a_search_over_all_volumes_finds(expected: list[int], down: D, up: D, per: str) -> None:
    """Every whole volume that 1.2a allows, tried out."""
    months = ["2027-02", "2027-03", "2027-04"][: len(expected)]
    allowed = []
    for called in itertools.product(*(range(2 * volume + 1) for volume in expected)):
        agreed = list(zip(months, expected, called, strict=True))
        spans = {span_of(month, per) for month in months}
        within = all(volume <= x * (1 + up) for _, x, volume in agreed) and all(
            sum(v for m, _, v in agreed if span_of(m, per) == span)
            >= (1 - down) * sum(x for m, x, _ in agreed if span_of(m, per) == span)
            for span in spans
        )
        if within:
            allowed.append(called)
    found = option_volumes(months, [D(volume) for volume in expected], Option(down, up, per), D(1))
    assert found.term.minimum == min(sum(called) for called in allowed)
    assert found.term.maximum == max(sum(called) for called in allowed)
    for place, month in enumerate(found.months):
        assert month.minimum == min(called[place] for called in allowed)
        assert month.maximum == max(called[place] for called in allowed)


@given(st.integers(1, 10**6), OPTIONS, OPTIONS, st.sampled_from([KILOGRAM, D("0.05"), D(1), D(25)]))
def test_both_options_are_about_the_same_volume(quanta: int, buyer: Option, seller: Option, quantum: Decimal) -> None:
    expected = quanta * quantum
    (volume,) = volumes(["2027-01"], [expected], buyer, seller, quantum).months
    assert is_multiple(volume.minimum, quantum)
    assert is_multiple(volume.maximum, quantum)
    least = min(expected * (1 - buyer.down), expected * (1 - seller.down))
    most = max(expected * (1 + buyer.up), expected * (1 + seller.up))
    assert least <= volume.minimum < least + quantum
    assert most - quantum < volume.maximum <= most


def test_a_band_is_rounded_inwards_to_whole_quanta() -> None:
    option = Option(down=D("0.05"), up=D("0.1"))
    assert option_volumes(["2027-01"], [D("75.818")], option, KILOGRAM).term == Range(
        D("72.028"), D("75.818"), D("83.399")
    )
    assert option_volumes(["2027-01"], [D(50)], option, D(50)).term == Range(D(50), D(50), D(50))
