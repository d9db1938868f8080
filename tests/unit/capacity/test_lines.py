"""Capacity statements, and which of them holds in a month."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations, product
from typing import Any

import pytest

from marketplace.capacity.rules.lines import GRANT, capacity_in, check_name, check_statement
from marketplace.shared.errors import InvalidInput, TransitionNotAllowed

STATED = [("2027-01", Decimal(50)), ("2027-04", Decimal(80)), ("2028-01", Decimal(0))]
STATEMENT: dict[str, Any] = {
    "kind": "installed",
    "from_month": "2027-01",
    "volume_per_month": Decimal("50.5"),
    "quantum": Decimal("0.5"),
}


@pytest.mark.parametrize("stated", list(permutations(STATED)))
def test_a_statement_holds_until_the_next(stated: list[tuple[str, Decimal]]) -> None:
    months = ["2026-12", "2027-01", "2027-03", "2027-04", "2027-12", "2028-01", "2030-06"]
    assert [int(capacity_in(month, stated)) for month in months] == [0, 50, 50, 80, 80, 0, 0]
    assert capacity_in("2027-01", []) == 0


@pytest.mark.parametrize(
    ("change", "pointer", "limit"),
    [
        ({"kind": "planned"}, "/kind", "installed, staged"),
        ({"from_month": "2027-13"}, "/from_month", "YYYY-MM, from 2000-01 to 2099-12"),
        ({"volume_per_month": Decimal(-1)}, "/volume_per_month", "at least 0"),
        ({"volume_per_month": Decimal("0.25")}, "/volume_per_month", Decimal("0.5")),
    ],
)
def test_a_wrong_statement_names_field_and_limit(change: dict[str, Any], pointer: str, limit: Any) -> None:
    check_statement(**STATEMENT)
    with pytest.raises(InvalidInput) as caught:
        check_statement(**{**STATEMENT, **change})
    assert [(fault.pointer, fault.limit) for fault in caught.value.faults] == [(pointer, limit)]


def test_a_line_has_a_name() -> None:
    check_name("一号线")
    for name in (" ", "x" * 101, " 一号线", "一号\u202e线", "一号\n线", "一号\u200b线"):
        with pytest.raises(InvalidInput, match="/name: "):
            check_name(name)


@pytest.mark.parametrize(("status", "action"), list(product(GRANT.statuses, GRANT.actions)))
def test_every_step_of_a_grant(status: str, action: str) -> None:
    if (status, action) == ("granted", "revoke"):
        assert GRANT.next(status, action) == "revoked"
    else:
        with pytest.raises(TransitionNotAllowed):
            GRANT.next(status, action)
