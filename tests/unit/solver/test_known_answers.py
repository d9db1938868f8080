"""Markets whose answer is known from outside the solver: tests/known_answers/README.md says from where."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from solver.clear import clear
from solver.form.clearing import TollingConditions, WishNames, WorkLimits
from solver.form.reading import read_market
from solver.form.terms import Payment, Quotation
from solver.verify import verify
from solver.verify.admission import first_failing_test
from solver.verify.ground import Ground
from tests.unit.solver.enumeration import enumerate_market
from tests.unit.solver.enumeration_lp import enumerate_contracts
from tests.unit.solver.tiny_joint import ABSENT, without_joint_terms

FOLDER = Path(__file__).parents[2] / "known_answers"
STATED = (
    "incoterm",
    "payment_days",
    "late_for_small_supplier",
    "band_per",
    "band_make_up_months",
    "invoice_form",
    "dangerous_goods_class",
    "grade",
)
NAMES = sorted(path.name.removesuffix(".market.json") for path in FOLDER.glob("*.market.json"))


def expected(name: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads((FOLDER / f"{name}.expected.json").read_text("utf-8"))
    return answer


def market(name: str):
    return read_market(FOLDER / f"{name}.market.json")


def decimals(values: list[str | None]) -> tuple[Decimal | None, ...]:
    return tuple(None if value is None else Decimal(value) for value in values)


def test_there_are_enough_and_each_is_explained():
    assert len(NAMES) >= 14
    readme = (FOLDER / "README.md").read_text("utf-8")
    assert [name for name in NAMES if f"`{name}`" not in readme] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_solver_finds_the_known_answer(name: str):
    given, answer = market(name), expected(name)
    clearing = clear(given, WorkLimits(gap=0.0))
    assert clearing.status == answer["status"]
    assert clearing.objective == Decimal(answer["objective"])
    assert verify(given, clearing) == []
    found = {(match.offer, match.need): match for match in clearing.matches}
    if "matches" in answer:
        assert sorted(found) == sorted((match["offer"], match["need"]) for match in answer["matches"])
    for due in answer.get("matches", []):
        match = found[due["offer"], due["need"]]
        assert match.volumes == decimals(due["volumes"])
        assert match.ratio == (Decimal(due["ratio"]) if "ratio" in due else None)
        for field in ("band_up", "seller_band_up", "seller_band_down", "quality_cny_per_unit", "freight_cny_per_unit"):
            if field in due:
                assert getattr(match, field) == Decimal(due[field]), field
        if "payment" in due:
            assert match.payment == msgspec.convert(due["payment"], Payment)
        if "quotation" in due:
            assert match.price.formula.quotation == msgspec.convert(due["quotation"], Quotation)
        for field in STATED:
            if field in due:
                assert getattr(match, field) == due[field], field
        if "firm" in due:
            assert match.firm == decimals(due["firm"])
        for field, of in (("tolling", TollingConditions), ("wishes", WishNames)):
            if field in due:
                assert getattr(match, field) == msgspec.convert(due[field], of), field
        for field in ("reference", "floor", "cap"):
            if field in due:
                assert getattr(match.price, field) == decimals(due[field]), field
        if "formula" in due:
            for field, value in due["formula"].items():
                stated = getattr(match.price.formula, field)
                assert stated == (value if field == "index" else Decimal(value)), field
    if "every_reference" in answer:
        for match in clearing.matches:
            assert set(match.price.reference) <= {None, Decimal(answer["every_reference"])}
            assert match.price.uniform
    filled = {outcome.order: outcome.filled for outcome in clearing.orders}
    for order, volume in answer.get("filled", {}).items():
        assert filled[order] == Decimal(volume), order


@pytest.mark.parametrize("name", NAMES)
def test_the_verifier_keeps_apart_whom_the_answer_keeps_apart(name: str):
    given, answer = market(name), expected(name)
    ground = Ground(given)
    for pair, test in answer.get("kept_apart", {}).items():
        offer, need = (ground.orders[order] for order in pair.split())
        assert first_failing_test(ground, offer, need) == test, pair
    for match in answer.get("matches", []):
        assert first_failing_test(ground, ground.orders[match["offer"]], ground.orders[match["need"]]) is None


@pytest.mark.parametrize("name", NAMES)
def test_enumeration_agrees_with_the_known_answer(name: str):
    """Over sets of contracts; over all whole volumes where terms of 3b look across them."""
    given = market(name)
    several = without_joint_terms(given) != given
    welfare = float(enumerate_market(given).welfare) if several else enumerate_contracts(given)
    assert welfare == pytest.approx(float(Fraction(expected(name)["objective"])), abs=0.01)


@pytest.mark.parametrize("term", ABSENT)
def test_every_term_over_several_contracts_has_two_answers(term: str):
    """In each of them the answer is another one without the term."""
    changed = 0
    for name in NAMES:
        given = market(name)
        orders = tuple(replace(order, **{term: ABSENT[term]}) for order in given.orders)
        if orders != given.orders:
            without = clear(replace(given, orders=orders), WorkLimits(gap=0.0))
            changed += without.objective != Decimal(expected(name)["objective"])
    assert changed >= 2
