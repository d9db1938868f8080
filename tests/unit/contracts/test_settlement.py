"""Settlement against cases worked by hand (tests/known_answers/settlement_cases.json), and what holds of all months."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.contracts.rules.settlement import (
    Balances,
    Credit,
    MonthVolumes,
    Statement,
    contract_price,
    reversed_lines,
    settle_month,
    true_up,
)
from marketplace.shared.errors import InvalidInput

CASES = json.loads((Path(__file__).parents[2] / "known_answers" / "settlement_cases.json").read_text())
MONTH = "2027-01"


def terms(case: dict[str, Any]) -> dict[str, Any]:
    """A contract of 100 t a month (firm 90, at most 105) at 100,000 (90,000 to 110,000), but for what the case says."""
    formula = None
    if case.get("formula") is not None:
        coefficient, premium = case["formula"]
        quotation = {"month": "M", "basis": "mean", "dates": None}
        formula = {"index": "I", "coefficient": coefficient, "premium_cny_per_unit": premium, "quotation": quotation}
    volume = {"minimum": case.get("minimum", "90"), "expected": "100", "maximum": "105"}
    period = {"period": MONTH, "volume": volume, "reference": case.get("reference", "100000")}
    clauses = {
        **dict.fromkeys(("reservation_fee", "take_or_pay", "ship_or_pay")),
        "vat_rate": "0.13",
        "deviation_charge": "0.05",
        **case.get("clauses", {}),
    }
    return {
        "periods": [{**period, "floor": "90000", "cap": "110000"}],
        "price": {"formula": formula},
        "volume_band": {"seller_option": {"down": case.get("seller_down", "0")}},
        "clauses": clauses,
        "payment": {"deposit_fraction": case.get("deposit_fraction")},
    }


def settled(case: dict[str, Any], price: str = "100000.00") -> Statement:
    names = ("called", "accepted", "buyer_excused", "seller_excused")
    credits = tuple(
        Credit(month, Decimal(volume), Decimal(amount), until)
        for month, volume, amount, until in case.get("credits_before", ())
    )
    balances = Balances(Decimal(case.get("prepaid", "0")), Decimal(case.get("deposit", "0")), credits)
    volumes = MonthVolumes(**{name: Decimal(case[name]) for name in names if name in case})
    return settle_month(terms(case), MONTH, Decimal(case.get("price", price)), volumes, balances)


def by_name(kind: str) -> Any:
    return pytest.mark.parametrize("case", CASES[kind], ids=[case["name"] for case in CASES[kind]])


def test_there_are_as_many_cases_as_were_promised() -> None:
    assert sum(len(cases) for cases in CASES.values()) >= 40


@by_name("prices")
def test_the_price_of_a_month(case: dict[str, Any]) -> None:
    index = None if case.get("index") is None else Decimal(case["index"])
    if "refused" in case:
        with pytest.raises(InvalidInput) as refused:
            contract_price(terms(case), case.get("month", MONTH), index)
        assert [fault.pointer for fault in refused.value.faults] == [case["refused"]]
        return
    found = contract_price(terms(case), MONTH, index)
    assert str(found.price) == case["price"]
    assert found.lines[-1].amount == found.price


@by_name("statements")
def test_the_statement_of_a_month(case: dict[str, Any]) -> None:
    statement = settled(case)
    found: dict[str, Decimal] = {}
    for line in statement.lines:
        found[line.kind] = found.get(line.kind, Decimal(0)) + line.amount
    assert {kind: str(amount) for kind, amount in found.items()} == case["lines"]
    assert str(statement.payable) == case["payable"]
    left = statement.balances
    if "credits" in case:
        kept = [[each.month, str(each.volume), str(each.amount), each.until] for each in left.credits]
        assert [[m, Decimal(v), a, u] for m, v, a, u in kept] == [
            [m, Decimal(v), a, u] for m, v, a, u in case["credits"]
        ]
    if "left" in case:
        assert [left.prepaid, left.deposit] == [Decimal(amount) for amount in case["left"]]


@by_name("true_ups")
def test_the_true_up_of_a_provisional_price(case: dict[str, Any]) -> None:
    provisional, final = (settled({**case, "price": case[name]}) for name in ("provisional", "final"))
    lines = true_up(provisional, final)
    assert {line.kind: str(line.amount) for line in lines} == case["lines"]
    total = sum((line.amount for line in lines), Decimal(0))
    assert total == Decimal(case["total"]) == final.payable - provisional.payable


tonnes = st.decimals(0, 130, places=3)


@given(
    called=tonnes,
    accepted=tonnes,
    excused=tonnes,
    price=st.decimals(1, 300_000, places=2),
    down=st.decimals(0, 1, places=2),
)
def test_a_statement_and_its_reversal_come_to_nothing(
    called: Decimal, accepted: Decimal, excused: Decimal, price: Decimal, down: Decimal
) -> None:
    case = {
        "called": str(called),
        "accepted": str(accepted),
        "buyer_excused": str(excused),
        "price": str(price),
        "seller_down": str(down),
        "prepaid": "12345.67",
        "clauses": {"take_or_pay": {"fraction": "0.8", "make_up_months": 2}, "reservation_fee": "3"},
    }
    statement = settled(case)
    assert statement.payable + sum((line.amount for line in reversed_lines(statement)), Decimal(0)) == 0
    assert all(line.amount == round(line.amount, 2) for line in statement.lines)
    assert statement.balances.prepaid + -statement.total("prepaid_offset") == Decimal("12345.67")
    assert sum((each.amount for each in statement.balances.credits), Decimal(0)) == statement.total("take_or_pay")


@given(called=tonnes, more=tonnes)
def test_whoever_calls_more_never_pays_more_for_what_it_did_not_take(called: Decimal, more: Decimal) -> None:
    clauses = {"take_or_pay": {"fraction": "0.8", "make_up_months": 0}}

    def beside(volume: Decimal) -> Decimal:
        case = {"called": str(volume), "accepted": str(volume), "clauses": clauses}
        return settled(case).total("take_or_pay", "buyer_deviation")

    assert beside(called + more) <= beside(called)
