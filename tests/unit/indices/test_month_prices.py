"""What holds of every month's price: changed bases move nothing, divergence by plain counting, stated days by hand."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from marketplace.indices.rules.definitions import Definition
from marketplace.indices.rules.month_prices import IndexPrice, Quotation, index_price, sourced
from marketplace.indices.rules.rebasings import Rebasing, link
from tests.factories.indices import definition

MONTH, BEGIN = "2027-01", date(2027, 1, 1)
SIGNED, TODAY = date(2026, 12, 11), date(2027, 3, 1)
CENT = Decimal("0.01")

days = st.integers(0, 30).map(lambda count: BEGIN + timedelta(days=count))
around = st.integers(-20, 30).map(lambda count: BEGIN + timedelta(days=count))
values = st.decimals("1", "200000", places=2)
factors = st.sampled_from([Decimal(each) for each in ("0.5", "0.8", "1", "1.25", "2", "4")])


def rows(quoted: dict[date, Decimal]) -> list[tuple[date, int, Decimal]]:
    return [(day, 1, value) for day, value in quoted.items()]


def of(found: IndexPrice | None) -> IndexPrice:
    assert found is not None
    return found


@given(quoted=st.dictionaries(days, values, min_size=1), changes=st.dictionaries(days, factors, max_size=3))
def test_a_change_of_base_moves_no_price_of_an_older_contract(
    quoted: dict[date, Decimal], changes: dict[date, Decimal]
) -> None:
    """The publisher divides what it quotes; whoever concluded before reads what it would have read."""
    plain = Definition(**definition())
    rebasings = [Rebasing(day, factor) for day, factor in changes.items()]
    published = {}
    for day, value in quoted.items():
        for change in rebasings:
            value = value / change.factor if change.from_day <= day else value  # a finite decimal by these factors
        published[day] = value
    before = of(index_price([sourced(plain, rows(quoted))], Quotation(), MONTH, today=TODAY))
    linked = sourced(plain, rows(published), rebasings, base_of=SIGNED)
    after = of(index_price([linked], Quotation(), MONTH, today=TODAY))
    assert after.price.value == before.price.value


@given(day=around, base=around, changes=st.dictionaries(around, factors, max_size=4))
def test_links_there_and_back_come_to_one(day: date, base: date, changes: dict[date, Decimal]) -> None:
    rebasings = [Rebasing(each, factor) for each, factor in changes.items()]
    assert link(day, base, rebasings) * link(base, day, rebasings) == 1
    middle = BEGIN
    assert link(day, base, rebasings) == link(day, middle, rebasings) * link(middle, base, rebasings)
    assert link(day, None, rebasings) == 1


@given(
    own=st.dictionaries(around, st.sampled_from([Decimal(100), Decimal(106)]), min_size=1),
    other=st.dictionaries(around, st.just(Decimal(100)), min_size=1),
    enough=st.integers(1, 5),
)
def test_divergence_is_so_many_differing_days_on_end_that_end_in_the_month(
    own: dict[date, Decimal], other: dict[date, Decimal], enough: int
) -> None:
    first = Definition(**definition(id="A", fallback_id="B", divergence_limit=Decimal("0.05"), divergence_days=enough))
    chain = [sourced(first, rows(own)), sourced(Definition(**definition(id="B")), rows(other))]
    found = index_price(chain, Quotation(), MONTH, today=TODAY)
    both = sorted(own.keys() & other.keys())
    ends = [
        place
        for place, day in enumerate(both)
        if day >= BEGIN
        and place + 1 >= enough
        and all(own[each] == 106 for each in both[place + 1 - enough : place + 1])
    ]
    reasons = [] if found is None else [each for each in found.reasons if each.kind == "diverged"]
    assert bool(reasons) is bool(ends)
    if reasons:
        assert reasons[0].last_day == both[ends[-1]]
        assert of(found).from_index.id == "B"


@given(quoted=st.dictionaries(days, values, min_size=1), wanted=st.sets(days, min_size=1))
def test_stated_days_are_the_mean_of_these_days_and_provisional_until_all_are_quoted(
    quoted: dict[date, Decimal], wanted: set[date]
) -> None:
    quotation = Quotation(dates=tuple(sorted(wanted)))
    found = index_price([sourced(Definition(**definition()), rows(quoted))], quotation, MONTH, today=BEGIN)
    known = sorted(wanted & quoted.keys())
    if not known:
        assert found is None
        return
    mean = sum((Fraction(quoted[day]) for day in known), Fraction(0)) / len(known)
    assert abs(Fraction(of(found).price.value) - mean) * 2 <= Fraction(CENT)
    assert of(found).provisional is (set(known) != wanted)
    assert list(of(found).missing_days) == sorted(wanted - quoted.keys())
    assert [each.day for each in of(found).quotes] == known
