"""Releases of any course of events: of the standard's form, never changed by what comes later, silent on the rest."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from marketplace.contracts.rules.open_contracting import (
    Event,
    Goods,
    Judged,
    Publisher,
    package,
    package_json,
    releases,
)
from marketplace.contracts.rules.publication import FIELDS, published
from tests.ocds import faults

GOODS = Goods("lithium-carbonate-battery", "2836.91", "TNE", "吨")
PUBLISHER = Publisher("ocds-213czf", "https://changdan.example.org")
MONTHS = ("2027-01", "2027-02", "2027-03")
SECRETS = {"volume": "4711.125", "value": "471100099.37"}


def version(months: tuple[str, ...] = MONTHS) -> dict[str, Any]:
    """Terms and facts as a contract's version holds them, with figures that are nowhere else."""
    side = {"name_zh": "甲公司", "name_latin": "A Co.", "site": "秘密工厂", "address": "秘密路1号"}
    secret = {"volume": {"expected": "1570.375"}, "reference": "99876.5", "floor": "88765.4", "cap": "101234.5"}
    return {
        "terms": {
            "periods": [{"period": month, **secret} for month in months],
            "volume": {"minimum": "4000.5", "expected": SECRETS["volume"], "maximum": "5000.5"},
            "value": {"minimum": "1.25", "expected": SECRETS["value"], "maximum": "2.25"},
            "price": {"formula": {"index": "IDX-SECRET", "coefficient": "0.98765"}},
        },
        "facts": {
            "seller": {**side, "credit_code": "91510100XXXX00019Y"},
            "buyer": {**side, "credit_code": "91110000000000350L"},
            "grade_zh": "电池级碳酸锂",
            "grade_en": "Battery-grade lithium carbonate",
            "code": "XPV0-BHCM",
        },
    }


@st.composite
def courses(draw: st.DrawFn) -> list[Event]:
    """A conclusion, and then anything that may follow, each later than or at the same moment as the one before."""
    moment = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)
    events = [Event("concluded", moment, **version())]
    numbers = iter(range(2, 9))
    kinds = draw(st.lists(st.sampled_from(["amended", "suspended", "resumed", "judged"]), max_size=5))
    last = draw(st.sampled_from([None, "terminated", "completed"]))
    for kind in ["in_force", *kinds, *([last] if last else [])]:
        moment += timedelta(hours=draw(st.integers(0, 1000)))
        if kind == "amended":
            kept = draw(st.sets(st.sampled_from(MONTHS), min_size=1))
            events.append(Event("amended", moment, next(numbers), **version(tuple(sorted(kept)))))
        elif kind == "judged":
            month = draw(st.sampled_from(MONTHS))
            events.append(Event("judged", moment, judged=(Judged(month, draw(st.booleans()), draw(st.booleans())),)))
        else:
            events.append(Event(kind, moment))
    return events


def told(events: list[Event], shown: frozenset[str]) -> list[dict[str, Any]]:
    return releases("CD-2026-MFHCD2KWBZ-90", GOODS, events, shown=shown, prefix="ocds-213czf")


SHOWN = st.sets(st.sampled_from(FIELDS)).map(lambda fields: frozenset(fields | {"contract"}))


@given(events=courses(), shown=SHOWN)
def test_any_course_of_events_is_of_the_standards_form(events: list[Event], shown: frozenset[str]) -> None:
    assert faults(json.loads(package_json(package(told(events, shown), PUBLISHER)))) == []


@given(events=courses(), shown=SHOWN, ends=st.integers(1, 7))
def test_what_comes_later_never_changes_a_release(events: list[Event], shown: frozenset[str], ends: int) -> None:
    earlier, all_ = told(events[:ends], shown), told(events, shown)
    assert all_[: len(earlier)] == earlier
    assert len({release["id"] for release in all_}) == len(all_)


@given(events=courses(), shown=SHOWN)
def test_a_figure_is_told_where_it_is_shown_and_nowhere_else(events: list[Event], shown: frozenset[str]) -> None:
    text = package_json(package(told(events, shown), PUBLISHER)).decode()
    for field, secret in SECRETS.items():
        assert (secret in text) is (field in shown)
    assert ("milestones" in text) is ("fulfilment" in shown)
    for secret in ("1570.375", "99876.5", "88765.4", "101234.5", "4000.5", "5000.5", "1.25", "2.25", "0.98765"):
        assert secret not in text
    for secret in ("IDX-SECRET", "秘密", "XPV0"):
        assert secret not in text


@given(events=courses(), shown=SHOWN, other=SHOWN)
def test_another_consent_is_told_under_another_identifier(
    events: list[Event], shown: frozenset[str], other: frozenset[str]
) -> None:
    """The same identifier never stands for two things."""
    by_id = {release["id"]: release for release in told(events, shown)}
    assert all(by_id.get(release["id"], release) == release for release in told(events, other))


@given(seller=st.sets(st.sampled_from(FIELDS)), buyer=st.sets(st.sampled_from(FIELDS)), by_round=st.booleans())
def test_nothing_is_published_that_one_party_does_not_consent_to(
    seller: set[str], buyer: set[str], by_round: bool
) -> None:
    found = published([seller, buyer], by_round=by_round)
    allowed = {"contract"} if by_round else set()
    assert found <= (seller & buyer) | allowed
    assert "contract" in found or not found


def test_after_the_end_of_a_contract_no_month_is_due() -> None:
    """It ends on the first of February in Beijing: January stays due, February never began under it."""
    begun, ended = datetime(2026, 12, 1, 2, 0, tzinfo=UTC), datetime(2027, 1, 31, 16, 0, tzinfo=UTC)
    course = [Event("concluded", begun, **version()), Event("in_force", begun), Event("terminated", ended)]
    before, after = (
        [each["status"] for each in release["contracts"][0]["implementation"]["milestones"]]
        for release in told(course, frozenset({"contract", "fulfilment"}))[1:]
    )
    assert (before, after) == (["scheduled"] * 3, ["scheduled", None, None])
