"""Every unit of an order is in exactly one part of its month; capacity is what its parts add up to."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.contracts.rules.coverage import (
    CoveredSide,
    MonthCoverage,
    PlaceCapacity,
    Promise,
    capacity_by_month,
    covered,
    open_by_month,
    volumes_for,
)
from marketplace.shared.quantities import amount_text

MONTHS = ("2026-12", "2027-01", "2027-02")  # over the year's end
TODAY = date(2026, 12, 31)
QUANTUM = Decimal("0.001")


def terms(
    volumes: Mapping[str, str], *, up: str = "0", down: str = "0", side: str = "buyer", ratio: str | None = None
) -> dict[str, Any]:
    """Terms with an option of one side, its band exact."""
    none = {"up": "0", "down": "0"}
    options = {"buyer_option": none, "seller_option": none, f"{side}_option": {"up": up, "down": down}}
    periods = [
        {
            "period": month,
            "volume": {
                "minimum": str(Decimal(volume) * (1 - Decimal(down))),
                "expected": volume,
                "maximum": str(Decimal(volume) * (1 + Decimal(up))),
            },
        }
        for month, volume in volumes.items()
    ]
    alternate = None if ratio is None else {"asked_grade_id": "asked", "ratio": ratio}
    return {"periods": periods, "volume_band": options, "alternate": alternate}


def promise(document: Mapping[str, Any], *, signed: bool = True, order: str | None = None, **places: Any) -> Promise:
    return Promise("con", signed, document, "LC", "own", "other", order_id=order, **places)


def of(side: CoveredSide, stated: Mapping[str, Any], promises: Sequence[Promise]) -> list[MonthCoverage]:
    against = [each.terms for each in promises if each.order_id is not None]
    left = open_by_month(side, stated, against, QUANTUM, today=TODAY)
    return covered(side, MONTHS, promises, [left], QUANTUM)


def parts(month: MonthCoverage) -> tuple[str, ...]:
    return tuple(
        amount_text(amount)
        for amount in (month.signed.expected, month.proposed.expected, month.kept_for_options, month.open, month.total)
    )


def test_an_offer_by_hand() -> None:
    """100 t: 40 t signed with 10 % more to call, 20 t proposed; 4 t are kept for the option, 36 t are open."""
    months = of(
        "seller",
        dict.fromkeys(MONTHS, "100"),
        [
            promise(terms({"2027-01": "40"}, up="0.1", down="0.05"), order="ord"),
            promise(terms({"2027-01": "20"}), signed=False, order="ord"),
        ],
    )
    assert [parts(month) for month in months] == [
        ("0", "0", "0", "100", "100"),
        ("40", "20", "4", "36", "100"),
        ("0", "0", "0", "100", "100"),
    ]
    signed = months[1].signed
    assert (signed.minimum, signed.expected, signed.maximum) == (Decimal(38), Decimal(40), Decimal(44))


@pytest.mark.parametrize(("side", "kept"), [("seller", "4"), ("buyer", "0")])
def test_it_is_the_other_sides_option_that_keeps_volume_from_being_traded(side: CoveredSide, kept: str) -> None:
    """What a buyer may call on top is kept of the seller's offer, not of the buyer's need."""
    counted = promise(terms({"2027-01": "40"}, up="0.1"), order="ord")
    assert parts(of(side, {"2027-01": "100"}, [counted])[1])[2] == kept


def test_an_order_that_was_opened_again_states_its_rest_and_its_contract_stands_beside_it() -> None:
    """Of 100 t 40 t were signed with 4 t to call; 56 t rest.  Before and after, every unit counts once."""
    document = terms({"2027-01": "40"}, up="0.1")
    before = of("seller", {"2027-01": "100"}, [promise(document, order="ord")])
    after = of("seller", {"2027-01": "56"}, [promise(document)])
    assert parts(before[1]) == parts(after[1]) == ("40", "0", "4", "56", "100")


def test_more_signed_than_stated_leaves_nothing_open_and_no_less_than_nothing() -> None:
    assert parts(of("buyer", {"2027-01": "30"}, [promise(terms({"2027-01": "40"}), order="ord")])[1]) == (
        "40",
        "0",
        "0",
        "0",
        "40",
    )


def test_an_option_beyond_the_order_is_kept_only_as_far_as_the_order_goes() -> None:
    """42 t are stated, 40 t signed with 4 t to call: 2 t of the order are kept."""
    assert parts(of("seller", {"2027-01": "42"}, [promise(terms({"2027-01": "40"}, up="0.1"), order="ord")])[1]) == (
        "40",
        "0",
        "2",
        "0",
        "42",
    )


def test_firm_and_planned_volume_count_together() -> None:
    stated = {"2027-01": {"firm": "30", "planned": "20"}}
    assert parts(of("seller", stated, [promise(terms({"2027-01": "35"}), order="ord")])[1]) == (
        "35",
        "0",
        "0",
        "15",
        "50",
    )


def test_another_grade_counts_at_what_it_stands_for_to_the_buyer_alone() -> None:
    """50 t at 1.25 t for each asked are 40 t of the need; at 0.7 t for each the quotient has no end."""
    document = terms({"2027-01": "50"}, ratio="1.25")
    assert parts(of("buyer", {"2027-01": "100"}, [promise(document, order="ord")])[1]) == ("40", "0", "0", "60", "100")
    assert parts(of("seller", {"2027-01": "100"}, [promise(document, order="ord")])[1]) == ("50", "0", "0", "50", "100")
    endless = terms({"2027-01": "50"}, ratio="0.7")
    volume = volumes_for("buyer", endless, QUANTUM)["2027-01"]
    assert [str(each) for each in vars(volume).values()] == ["71.428", "71.428", "71.429"]
    month = of("buyer", {"2027-01": "100"}, [promise(endless, order="ord")])[1]
    assert parts(month) == ("71.428", "0", "0.001", "28.571", "100")  # 100 - 71.4285… rests; whole quanta


def test_months_that_have_passed_are_not_open() -> None:
    assert "2026-11" not in open_by_month("buyer", {"2026-11": "5", "2026-12": "6"}, [], QUANTUM, today=TODAY)


volumes = st.integers(0, 500_000).map(lambda count: str(Decimal(count) * QUANTUM))
fractions = st.integers(0, 100).map(lambda count: str(Decimal(count) / 100))
ratios = st.one_of(st.none(), st.integers(1, 3_000_000).map(lambda count: str(Decimal(count) / 10**6)))
months_of = st.dictionaries(st.sampled_from(MONTHS), volumes, min_size=1)
documents = st.builds(
    terms, months_of, up=fractions, down=fractions, side=st.sampled_from(["buyer", "seller"]), ratio=ratios
)
promises_of = st.lists(
    st.builds(
        lambda document, signed, order: promise(document, signed=signed, order=order),
        documents,
        st.booleans(),
        st.sampled_from([None, "ord"]),
    ),
    max_size=4,
)


def stands_for(side: str, promised: Promise, volume: Fraction) -> Fraction:
    alternate = promised.terms["alternate"]
    return volume / Fraction(alternate["ratio"]) if side == "buyer" and alternate else volume


@given(side=st.sampled_from(["seller", "buyer"]), stated=months_of, promises=promises_of)
def test_parts_add_up_to_what_orders_state_and_nothing_counts_twice(
    side: CoveredSide, stated: dict[str, str], promises: list[Promise]
) -> None:
    """Recomputed in fractions: per order what it states, or what is signed beyond it; others' contracts beside it."""
    holder = "buyer_option" if side == "seller" else "seller_option"
    for month in of(side, stated, promises):
        taken, called, beside = Fraction(0), Fraction(0), Fraction(0)
        for each in promises:
            for period in each.terms["periods"]:
                if period["period"] == month.period:
                    volume = stands_for(side, each, Fraction(period["volume"]["expected"]))
                    whole = math.floor(volume / Fraction(QUANTUM)) * Fraction(QUANTUM)
                    most = volume * (1 + Fraction(each.terms["volume_band"][holder]["up"]))
                    if each.order_id is None:
                        beside += math.ceil(most / Fraction(QUANTUM)) * Fraction(QUANTUM)
                    else:
                        taken, called = taken + whole, called + most
        of_order = Fraction(stated.get(month.period, "0"))
        assert Fraction(month.total) == max(of_order, taken) + beside
        rest = math.floor(max(of_order - called, 0) / Fraction(QUANTUM)) * Fraction(QUANTUM)
        assert Fraction(month.open) == rest
        for part in (month.kept_for_options, month.open, month.signed.expected, month.proposed.expected):
            assert part >= 0
            assert part % QUANTUM == 0
        for band in (month.signed, month.proposed):
            assert band.minimum <= band.expected <= band.maximum


def place(installed: Mapping[str, str], staged: Mapping[str, str] | None = None) -> PlaceCapacity:
    return PlaceCapacity(*({m: Decimal(v) for m, v in each.items()} for each in (installed, staged or {})))


def test_capacity_by_hand() -> None:
    """500 t stand and 100 t come in February; 44 t may be called, 20 t are proposed, 36 t are offered."""
    places = {"own": place(dict.fromkeys(MONTHS[1:], "500"), {"2027-02": "100"})}
    contract = promise(terms({"2027-01": "40", "2027-02": "40"}, up="0.1"), order="ord", drawn_from="own")
    proposal = promise(terms({"2027-01": "20"}), signed=False, order="ord", drawn_from="own")
    elsewhere = promise(terms({"2027-01": "70"}), order="other", drawn_from="another's")
    left = open_by_month("seller", {"2027-01": "100"}, [contract.terms, proposal.terms], QUANTUM, today=TODAY)
    found = capacity_by_month(MONTHS, places, [contract, proposal, elsewhere], [("own", left), ("another's", left)])
    shown = [tuple(None if each is None else amount_text(each) for each in vars(month).values()) for month in found]
    assert shown[1:] == [("500", None, "44", "456", "400"), ("500", "100", "44", "556", "556")]
    assert shown[0] == (None, None, "0", None, None)  # nothing is stated for December


def test_what_nobody_states_is_none_and_more_promised_than_stated_is_negative() -> None:
    contract = promise(terms({"2027-01": "40"}), drawn_from="own")
    (nowhere,) = capacity_by_month(["2027-01"], {}, [contract], [])
    assert set(vars(nowhere).values()) == {None}
    (nothing,) = capacity_by_month(["2027-01"], {"own": place({})}, [contract], [])
    assert (nothing.committed, nothing.uncommitted) == (Decimal(40), None)
    (less,) = capacity_by_month(["2027-01"], {"own": place({"2027-01": "30"})}, [contract], [])
    assert (less.uncommitted, less.unoffered) == (Decimal(-10), Decimal(-10))


@given(stated=months_of, promises=promises_of, made=months_of, announced=months_of)
def test_capacity_is_committed_and_proposed_and_open_and_unoffered(
    stated: dict[str, str], promises: list[Promise], made: dict[str, str], announced: dict[str, str]
) -> None:
    drawing = [promise(each.terms, signed=each.signed, order=each.order_id, drawn_from="own") for each in promises]
    against = [each.terms for each in drawing if each.order_id is not None]
    left = open_by_month("seller", stated, against, QUANTUM, today=TODAY)
    capacity = capacity_by_month(MONTHS, {"own": place(made, announced)}, drawing, [("own", left)])
    for month, of_month in zip(covered("seller", MONTHS, drawing, [left], QUANTUM), capacity, strict=True):
        if month.period not in made and month.period not in announced:
            assert of_month.uncommitted is of_month.unoffered is None
            continue
        both = Decimal(made.get(month.period, 0)) + Decimal(announced.get(month.period, 0))
        assert of_month.unoffered is not None
        assert both == month.signed.maximum + month.proposed.maximum + month.open + of_month.unoffered
