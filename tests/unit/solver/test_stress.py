"""Prices replayed over index paths: what breaks by hand, what may leave the house and what may not."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec
import pytest

from solver.clear import clear
from solver.form.clearing import Clearing
from solver.form.faults import MarketError
from solver.form.market import Market, PricePath, canonical_bytes
from solver.form.paths import StressPaths, read_paths
from solver.form.reading import read_market
from solver.form.stress import ProposalStress
from solver.form.terms import Collar, Component, LimitPrice, Quotation, Site
from solver.stress.commands import HISTORY
from solver.stress.running import stress
from solver.stress.table import table
from solver.stress.windows import windows
from tests.unit.solver.hand_markets import market, need, offer

D = Decimal


def paths(**fields: Any) -> StressPaths:
    """One monthly path."""
    path = {"id": "p", "period": "month", **fields}
    return read_paths(json.dumps({"format": "changdan-paths/1", "paths": [path]}))


def follows(premium: str, **terms: Any) -> LimitPrice:
    return LimitPrice(components=(Component(index="LC"),), premium=D(premium), **terms)


def a_pair(sold: LimitPrice, bought: LimitPrice, *, months: int = 2) -> Market:
    """One offer and one need of 10 a month, the index at 100 all the time."""
    path = PricePath(weight=D(1), indices={"LC": (D(100),) * months})
    volumes = [10] * months
    return market(offer("o", volumes, 0, limit_price=sold), need("n", volumes, 0, limit_price=bought), paths=(path,))


def fixed(price: str) -> LimitPrice:
    return LimitPrice(components=(Component(fixed=D(price)),))


def replayed(asked: Market, given: StressPaths) -> tuple[ProposalStress, Clearing]:
    clearing = clear(asked)
    _, inside = stress(asked, clearing, given)
    return inside.paths[0].proposals[0], clearing


def test_a_formula_and_its_cap_when_the_index_doubles() -> None:
    """Ask LC - 10, bid LC + 10, formula LC + h within 30 %: at 200 the price is its cap 130 + h, the ask 190."""
    found, clearing = replayed(a_pair(follows("-10"), follows("10")), paths(multiples=["1", "2"]))
    formula = clearing.matches[0].price.formula  # type: ignore[union-attr]
    assert formula is not None
    assert (found.both.at_cap.count, found.both.at_floor.count, found.both.out_of_range.count) == (1, 0, 1)
    assert (found.both.at_cap.of, found.both.at_cap.share) == (2, D("0.5"))
    assert (found.seller.broken.count, found.buyer.broken.count) == (1, 0)
    assert found.seller.worst_cny_per_unit == 190 - (130 + formula.premium)
    assert (found.seller.worst_begins, found.seller.worst_period) == ("1", "2027-02")
    assert (found.buyer.worst_cny_per_unit, found.buyer.worst_begins) == (0, None)


def test_a_formula_and_its_floor_when_the_index_halves() -> None:
    """At 50 the price stays at its floor 70 + h, the bid is 60."""
    found, clearing = replayed(a_pair(follows("-10"), follows("10")), paths(multiples=["1", "0.5"]))
    formula = clearing.matches[0].price.formula  # type: ignore[union-attr]
    assert formula is not None
    assert (found.both.at_cap.count, found.both.at_floor.count) == (0, 1)
    assert (found.seller.broken.count, found.buyer.broken.count) == (0, 1)
    assert found.buyer.worst_cny_per_unit == 70 + formula.premium - 60


@pytest.mark.parametrize(("multiple", "out"), [("1.3", 0), ("1.3001", 1), ("0.7", 0), ("0.6999", 1)])
def test_within_the_tested_range_nothing_breaks(multiple: str, out: int) -> None:
    found, _ = replayed(a_pair(follows("-10"), follows("10")), paths(multiples=["1", multiple]))
    assert found.both.out_of_range.count == found.both.at_cap.count + found.both.at_floor.count == out
    assert found.seller.broken.count == found.buyer.broken.count == 0


def test_a_fixed_price_against_a_limit_that_moves() -> None:
    found, clearing = replayed(a_pair(follows("-10"), fixed("110")), paths(indices={"LC": {"values": ["100", "130"]}}))
    price = clearing.matches[0].price
    assert price is not None
    assert price.formula is None
    assert price.reference[1] is not None
    assert found.seller.worst_cny_per_unit == 120 - price.reference[1]
    assert (found.both.out_of_range.count, found.both.at_cap.count) == (0, 0)


def test_a_collar_holds_the_limit_also_off_the_path() -> None:
    held = follows("-10", collar=Collar(cap=D("95")))
    found, _ = replayed(a_pair(held, fixed("110")), paths(multiples=["1", "3"]))
    assert found.seller.worst_cny_per_unit < 5
    assert found.buyer.broken.count == 0


def test_limits_that_do_not_move_never_break() -> None:
    found, _ = replayed(a_pair(fixed("90"), fixed("110")), paths(multiples=["1", "9"]))
    assert found.seller.broken.count == found.buyer.broken.count == 0
    assert (found.both.at_cap.count, found.both.out_of_range.count) == (0, 0)


def test_a_long_path_is_replayed_from_each_beginning() -> None:
    given = paths(multiples=["1", "2", "4", "3"], first="2020-11").paths[0]
    found = list(windows(a_pair(fixed("90"), fixed("110")), given))
    assert [window.begins for window in found] == ["2020-11", "2020-12", "2021-01"]
    assert [[quote["LC"] for quote in window.quotes] for window in found] == [[100, 200], [100, 200], [100, 75]]


def test_values_stand_as_they_are_and_the_worst_beginning_is_named() -> None:
    asked = a_pair(follows("-10"), fixed("110"))
    found, _ = replayed(asked, paths(indices={"LC": {"values": ["100", "101", "300", "50"]}}, first="2021-01"))
    assert (found.seller.worst_begins, found.seller.worst_period) == ("2021-02", "2027-02")
    assert found.seller.broken.of == 6
    assert found.seller.broken.count == 2  # February's 300 as second and as first month


@pytest.mark.parametrize(("period", "first", "name"), [("quarter", "2020-Q4", "2021-Q1"), ("year", "2020", "2021")])
def test_beginnings_of_quarters_and_years(period: str, first: str, name: str) -> None:
    given = paths(multiples=["1", "2", "3"], first=first, period=period).paths[0]
    second = list(windows(a_pair(fixed("90"), fixed("110")), given))[1]
    assert second.begins == name
    assert second.quotes[1]["LC"] == Fraction(150)


def crowd(*, sellers: int = 5, buyers: int = 5, grade: str = "G") -> list[Any]:
    """Offers that follow the index and needs that do not, all of one grade."""
    there = Site(region="350900")
    volumes = [10, 10]
    made = [offer(f"{grade}o{k}", volumes, 0, limit_price=follows("-10"), site=there) for k in range(sellers)]
    made += [need(f"{grade}n{k}", volumes, 110, site=there) for k in range(buyers)]
    return [msgspec.structs.replace(order, grade=grade) for order in made]


def of_grades(*orders: Any) -> Market:
    path = PricePath(weight=D(1), indices={"LC": (D(100), D(100))})
    found = market(*orders, paths=(path,), contract_cost="1")
    names = dict.fromkeys(order.grade for order in orders)
    grades = tuple(msgspec.structs.replace(found.grades[0], id=name) for name in names)
    return msgspec.structs.replace(found, grades=grades)


def test_shares_and_counts_of_five_parties_leave_the_house() -> None:
    asked = of_grades(*crowd())
    outside, _ = stress(asked, clear(asked), paths(multiples=["1", "2", "2"], first="2021-01"))
    (grade,) = outside.paths[0].grades
    assert (grade.grade, grade.withheld) == ("G", None)
    assert grade.contracts is not None
    assert grade.contracts % 5 == 0
    assert grade.contracts_broken == grade.contracts
    assert grade.below_seller is not None
    # From January the second month breaks, from February none: half of the value, then nothing.
    assert (grade.below_seller.worst, grade.below_seller.worst_begins) == (D("0.50"), "2021-01")
    assert grade.below_seller.mean == D("0.25")
    assert grade.above_buyer is not None
    assert (grade.above_buyer.worst, grade.above_buyer.worst_begins) == (0, None)
    assert grade.exposed == grade.below_seller


@pytest.mark.parametrize(("sellers", "buyers"), [(4, 5), (5, 4)])
def test_fewer_than_five_on_either_side_are_withheld(sellers: int, buyers: int) -> None:
    asked = of_grades(*crowd(sellers=sellers, buyers=buyers))
    outside, inside = stress(asked, clear(asked), paths(multiples=["1", "2"]))
    for grade in outside.paths[0].grades:  # the grade, and all that are withheld together
        assert grade.withheld == "fewer-than-five"
        assert {v for k, v in msgspec.structs.asdict(grade).items() if k not in ("grade", "withheld")} == {None}
    assert inside.paths[0].proposals


def test_withheld_grades_are_told_together() -> None:
    asked = of_grades(*crowd(sellers=3, buyers=3, grade="A"), *crowd(sellers=3, buyers=3, grade="B"), *crowd())
    outside, _ = stress(asked, clear(asked), paths(multiples=["1", "2"]))
    told = {grade.grade: grade.withheld for grade in outside.paths[0].grades}
    assert told == {"A": "fewer-than-five", "B": "fewer-than-five", "G": None, None: None}


def test_what_one_party_is_told_does_not_depend_on_the_others_limit() -> None:
    """``both`` and ``buyer`` are the same whatever the seller's limit is, and the other way round."""
    asked = a_pair(follows("-10"), follows("10"))
    clearing, given = clear(asked), paths(multiples=["1", "2", "0.4"])

    def with_limit(position: int, limit: LimitPrice) -> ProposalStress:
        orders = list(asked.orders)
        orders[position] = msgspec.structs.replace(orders[position], limit_price=limit)
        _, inside = stress(msgspec.structs.replace(asked, orders=tuple(orders)), clearing, given)
        return inside.paths[0].proposals[0]

    _, inside = stress(asked, clearing, given)
    as_it_is = inside.paths[0].proposals[0]
    other_seller, other_buyer = with_limit(0, follows("-35")), with_limit(1, follows("35"))
    assert other_seller.seller != as_it_is.seller
    assert (other_seller.both, other_seller.buyer) == (as_it_is.both, as_it_is.buyer)
    assert other_buyer.buyer != as_it_is.buyer
    assert (other_buyer.both, other_buyer.seller) == (as_it_is.both, as_it_is.seller)


def test_no_price_and_no_shortfall_leaves_the_house() -> None:
    asked = of_grades(*crowd())
    outside, inside = stress(asked, clear(asked), paths(multiples=["1", "2"]))
    shortfalls = {str(each.seller.worst_cny_per_unit) for each in inside.paths[0].proposals}
    text = canonical_bytes(outside).decode()
    assert "0.00" not in shortfalls
    assert not [amount for amount in shortfalls if amount in text]
    assert not [order.id for order in asked.orders if f'"{order.id}"' in text]


def test_same_bytes_and_both_languages() -> None:
    asked = of_grades(*crowd())
    clearing, given = clear(asked), paths(multiples=["1", "2"], name_zh="翻倍", name_en="doubled")
    first, second = (stress(asked, clearing, given) for _ in range(2))
    assert [canonical_bytes(each) for each in first] == [canonical_bytes(each) for each in second]
    text = table(first[0])
    assert text.index("翻倍") < text.index("doubled")


def test_the_history_that_comes_with_the_package() -> None:
    """56 months: a third of the start in 2020, and half as much again as the start at the end of 2021."""
    (path,) = read_paths(HISTORY).paths
    assert path.multiples is not None
    assert (len(path.multiples), path.first, path.period) == (56, "2017-05", "month")
    assert (min(path.multiples), max(path.multiples)) == (D("0.2860"), D("1.7021"))
    assert "commit e2552ad" in path.source


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "/paths/0: p: must have multiples, or indices"),
        ({"multiples": ["1", "0"]}, "/paths/0/multiples/1: 0: must be greater than 0"),
        ({"multiples": ["1", 2]}, "/paths/0/multiples/1: 2: must be a decimal"),
        ({"multiples": []}, "/paths/0/multiples: 0 values: must be 1 to 1200"),
        ({"indices": {"LC": {}}}, "/paths/0/indices/LC: index: must have either"),
        ({"indices": {"LC": {"values": ["-1"]}}}, "/paths/0/indices/LC/values/0: -1: must be at least 0"),
        (
            {"multiples": ["1", "2"], "indices": {"LC": {"values": ["1"]}}},
            "/paths/0/indices/LC/values: 1 values: must have 2",
        ),
        ({"multiples": ["1"], "first": "2020"}, "/paths/0/first: 2020: must be a month"),
        ({"multiples": ["1"], "first": "2020-13"}, "/paths/0/first: 2020-13: must be a month"),
        ({"multiples": ["1"], "colour": "red"}, '/paths/0/colour: "red": unknown field'),
        ({"multiples": ["1"], "period": "week"}, '/paths/0/period: "week": must be one of'),
    ],
)
def test_paths_are_read_strictly(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(MarketError) as caught:
        paths(**fields)
    assert str(caught.value.faults[0]).startswith(said)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"multiples": ["1"]}, "/paths/0: 1 values: must have at least 2"),
        ({"multiples": ["1", "2"], "period": "year"}, "/paths/0/period: year: must be month"),
        ({"indices": {"NI": {"values": ["1", "2"]}}}, "/paths/0/indices/NI: NI: must be an index"),
    ],
)
def test_paths_that_do_not_fit_the_market(fields: dict[str, Any], said: str) -> None:
    asked = a_pair(fixed("90"), fixed("110"))
    with pytest.raises(MarketError) as caught:
        stress(asked, clear(asked), paths(**fields))
    assert str(caught.value.faults[0]).startswith(said)


def test_a_market_without_an_index_has_nothing_to_move() -> None:
    asked = market(offer("o", [10], 90), need("n", [10], 110))
    with pytest.raises(MarketError, match="no index that it could move"):
        stress(read_market(canonical_bytes(asked)), clear(asked), paths(multiples=["1"]))


def test_only_orders_with_a_contract_must_quote_their_index_by_the_mean_of_the_month() -> None:
    path = PricePath(weight=D(1), indices={"LC": (D(100), D(100))}, before={"LC": D(100)})
    of_before = follows("-400", quotation=Quotation(month="M-1"))  # matches nobody
    pair = offer("o", [10, 10], 0, limit_price=fixed("90")), need("n", [10, 10], 0, limit_price=fixed("110"))
    asked = market(*pair, need("far", [10, 10], 0, limit_price=of_before), paths=(path,))
    clearing = clear(asked)
    assert [(match.offer, match.need) for match in clearing.matches] == [("o", "n")]
    assert stress(asked, clearing, paths(multiples=["1", "2"]))[1].paths[0].proposals
    matched = msgspec.structs.replace(
        asked, orders=(*pair[:1], need("n", [10, 10], 0, limit_price=follows("10", quotation=Quotation(month="M-1"))))
    )
    with pytest.raises(MarketError, match="n: this matched order of the market quotes its index otherwise"):
        stress(matched, clear(matched), paths(multiples=["1", "2"]))
