"""Re-openers by cases worked by hand, and what follows when nothing is agreed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.contracts.rules.reopener import (
    OUTCOMES,
    Trigger,
    collar_factor,
    first_month,
    level_of,
    outcome,
    reference_of,
    states_price_anew,
    triggered,
)

CASES = json.loads((Path(__file__).parents[2] / "known_answers" / "reopener_cases.json").read_text())["cases"]
START = datetime(2027, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def found_in(case: dict[str, Any]) -> Trigger | None:
    levels = {month: Decimal(value) for month, value in case["levels"].items()}
    before = {name: case[name] for name in ("last", "must_return") if name in case}
    return triggered(case, Decimal(case["reference"]), levels, **before)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_which_months_trigger_it(case: dict[str, Any]) -> None:
    found = found_in(case)
    assert (None if found is None else [list(found.months), str(found.level)]) == case["expected"]


def test_there_are_enough_cases() -> None:
    assert len(CASES) == len({case["name"] for case in CASES}) >= 15


@given(values=st.lists(st.integers(50, 150), min_size=1, max_size=12), count=st.integers(1, 3))
def test_it_is_triggered_where_any_window_of_months_is_off_to_one_side(values: list[int], count: int) -> None:
    clause = {"trigger": "0.15", "consecutive_months": count}
    found = triggered(clause, Decimal(100), {f"2027-{i + 1:02d}": Decimal(v) for i, v in enumerate(values)})
    windows = [values[i : i + count] for i in range(len(values) - count + 1)]
    off = [all(v >= 115 for v in window) or all(v <= 85 for v in window) for window in windows]
    assert (found is not None) is any(off)
    if found is not None:
        assert found.months[0] == f"2027-{off.index(True) + 1:02d}"
        assert abs(found.level - Decimal(sum(windows[off.index(True)])) / count) <= Decimal("0.0000005")


@pytest.mark.parametrize(
    ("result", "amended", "day", "expected"),
    [
        ("unchanged", False, 0, "negotiating"),
        ("unchanged", False, 29, "negotiating"),
        ("unchanged", False, 30, "unchanged"),
        ("unchanged", True, 29, "amended"),
        ("index", False, 29, "negotiating"),
        ("index", False, 30, "indexed"),
        ("index", True, 60, "amended"),
        ("terminate", False, 29, "negotiating"),
        ("terminate", False, 30, "terminable"),
        ("terminate", False, 59, "terminable"),
        ("terminate", False, 60, "unchanged"),
        ("terminate", True, 45, "amended"),
    ],
)
def test_what_becomes_of_an_episode(result: str, amended: bool, day: int, expected: str) -> None:
    until = START + 30 * DAY
    found = outcome(result, amended=amended, triggered_at=START, until=until, now=START + day * DAY)
    assert found == expected
    assert found in OUTCOMES


def test_a_result_holds_from_the_month_after_the_negotiations_in_beijing() -> None:
    assert first_month(datetime(2027, 3, 31, 15, 59, tzinfo=UTC)) == "2027-04"
    assert first_month(datetime(2027, 3, 31, 16, 0, tzinfo=UTC)) == "2027-05"


def test_results_add_up_to_the_last_level_over_the_first_base() -> None:
    one = Trigger((), Decimal(100000), Decimal(115000))
    two = Trigger((), Decimal(115000), Decimal(138000))
    assert collar_factor([]) == 1
    assert collar_factor([one, two]) == Fraction(138, 100)


def test_the_level_of_several_metals_is_their_part_of_the_price() -> None:
    components = [
        {"index": "NI", "content_attribute": "Ni_pct", "coefficient": "0.9"},
        {"index": "CO", "content": "0.05", "coefficient": "0.8"},
        {"fixed": "5000"},
    ]
    formula = {
        "components": components,
        "processing_fee_cny_per_unit": "1000",
        "premium_cny_per_unit": "-500",
        "index_references": {"NI": "130000", "CO": "250000"},
        "quotation": {"month": "M", "basis": "mean", "dates": None},
    }
    terms = {"specification": [{"attribute": "Ni_pct", "guaranteed": "22"}], "price": {"formula": formula}}
    assert reference_of(terms) == 35740  # 130,000 x 0.22 x 0.9 + 250,000 x 0.05 x 0.8: neither fixed part nor fee
    assert level_of(terms, {"NI": Decimal(140000), "CO": Decimal(250000)}) == 37720
    assert reference_of({"price": {"formula": None}}) is None


def test_what_states_the_price_anew() -> None:
    month = {"period": "2027-01", "reference": "1", "floor": "1", "cap": "2", "volume": {"expected": "5"}}
    terms = {"periods": [month], "price": {"formula": None}, "clauses": {"reopener": None}}
    for other, anew in (
        ({"periods": [{**month, "volume": {"expected": "6"}}]}, False),
        ({"periods": [{**month, "cap": "2.0"}]}, False),
        ({"periods": [{**month, "cap": "3"}]}, True),
        ({"periods": [month, {**month, "period": "2027-02"}]}, True),
        ({"price": {"formula": {}}}, True),
        ({"clauses": {"reopener": {}}}, True),
        ({"clauses": {"reopener": None, "cure_days": 5}}, False),
    ):
        assert states_price_anew(terms, {**terms, **other}) is anew
