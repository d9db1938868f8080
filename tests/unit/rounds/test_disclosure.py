"""What may be told: five independent parties, none of them dominant; pseudonyms that one round alone knows."""

from __future__ import annotations

import itertools
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from marketplace.rounds.rules.disclosure import DOMINATED, TOO_FEW, published_price, told
from marketplace.rounds.rules.parties import parties
from marketplace.rounds.rules.seals import drawn_place, pseudonym


@given(st.lists(st.sampled_from("abcdefg"), max_size=30))
def test_a_figure_needs_five_different_parties(behind: list[str]) -> None:
    figure = told(Decimal(1), behind)
    assert (figure.value is None) == (len(set(behind)) < 5)
    assert figure.withheld == (None if figure.value is not None else TOO_FEW)


def test_a_price_made_by_one_buyer_is_not_published() -> None:
    volume = {"buyer": Decimal(100), **{f"seller{n}": Decimal(25) for n in range(4)}}
    assert published_price(Decimal(98000), volume).withheld == DOMINATED


def test_at_most_three_fifths_of_the_volume_may_be_one_partys() -> None:
    volume = {"buyer": Decimal(60), "other": Decimal(40), **{f"seller{n}": Decimal(25) for n in range(4)}}
    assert published_price(Decimal(98000), volume).value == Decimal(98000)
    volume["buyer"], volume["other"] = Decimal(61), Decimal(39)
    assert published_price(Decimal(98000), volume).withheld == DOMINATED


def test_no_trade_no_price() -> None:
    assert published_price(Decimal(0), {}).withheld == TOO_FEW


@given(st.dictionaries(st.sampled_from("abcdef"), st.none() | st.sampled_from("abcdefXY")))
def test_a_company_and_its_parent_are_one_party(parent_of: dict[str, str | None]) -> None:
    head = parties(parent_of)
    for company, parent in parent_of.items():
        if parent in parent_of:
            assert head[company] == head[parent]
        elif parent is not None:
            assert head[company] == parent


def test_companies_without_a_common_parent_stay_apart() -> None:
    assert len(set(parties({"a": None, "b": "X", "c": "Y"}).values())) == 3


def test_pseudonyms_tell_nothing_from_round_to_round_nor_from_kind_to_kind() -> None:
    keys = itertools.product("st", ("rnd_1", "rnd_2"), ("offer", "party"))
    names = {pseudonym(seed, round_id, kind, "ord_1") for seed, round_id, kind in keys}
    assert len({name.split("-")[1] for name in names}) == 8


def test_places_in_the_market_do_not_follow_the_time_of_entry() -> None:
    orders = [f"ord_{n:03d}" for n in range(200)]
    drawn = sorted(orders, key=lambda order: drawn_place("rnd_1", order))
    assert drawn != orders
    first_half = sum(orders.index(order) < 100 for order in drawn[:100])
    assert 30 < first_half < 70
    assert drawn != sorted(orders, key=lambda order: drawn_place("rnd_2", order))
