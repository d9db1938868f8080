"""The life of a certificate, and what its declaration must hold."""

from __future__ import annotations

from datetime import date
from itertools import product
from typing import Any

import pytest

from marketplace.evidence.rules.certificates import CERTIFICATE, check_declaration, check_reason
from marketplace.evidence.rules.kinds import KINDS
from marketplace.shared.errors import InvalidInput, TransitionNotAllowed

STEPS = {
    ("declared", "accept"): "accepted",
    ("declared", "refuse"): "refused",
    ("declared", "withdraw"): "withdrawn",
    ("accepted", "revoke"): "revoked",
    ("accepted", "withdraw"): "withdrawn",
}
DECLARATION: dict[str, Any] = {
    "code": "IATF16949",
    "number": "0123",
    "issuer": "认证中心",
    "valid_from": date(2026, 1, 1),
    "valid_to": date(2028, 12, 31),
    "grades": [],
    "sites": [],
    "today": date(2026, 12, 1),
}


@pytest.mark.parametrize(("status", "action"), list(product(CERTIFICATE.statuses, CERTIFICATE.actions)))
def test_every_step_of_the_lifecycle(status: str, action: str) -> None:
    if (status, action) in STEPS:
        assert CERTIFICATE.next(status, action) == STEPS[status, action]
    else:
        with pytest.raises(TransitionNotAllowed):
            CERTIFICATE.next(status, action)


def test_a_right_declaration_passes_to_its_last_day() -> None:
    check_declaration(**DECLARATION)
    check_declaration(**{**DECLARATION, "valid_to": date(2026, 12, 1), "valid_from": date(2026, 12, 1)})


@pytest.mark.parametrize(
    ("change", "pointer", "limit"),
    [
        ({"code": "ISO 9001"}, "/code", ", ".join(KINDS)),
        ({"number": "  "}, "/number", "1 to 100 characters"),
        ({"issuer": "x" * 201}, "/issuer", "1 to 200 characters"),
        ({"number": " 0123"}, "/number", "no space at either end"),
        ({"issuer": "认证\u202e中心"}, "/issuer", "visible characters only"),
        ({"valid_to": date(2025, 12, 31)}, "/valid_to", date(2026, 1, 1)),
        ({"valid_to": date(2026, 11, 30)}, "/valid_to", date(2026, 12, 1)),
        ({"valid_to": date(2037, 1, 1)}, "/valid_to", "at most 10 years after 2026-01-01"),
        ({"grades": ["a", "a"]}, "/grades", "each once"),
        ({"sites": [str(n) for n in range(501)]}, "/sites", "at most 500"),
    ],
)
def test_a_wrong_declaration_names_field_and_limit(change: dict[str, Any], pointer: str, limit: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_declaration(**{**DECLARATION, **change})
    assert [(fault.pointer, fault.limit) for fault in caught.value.faults] == [(pointer, limit)]


def test_a_decision_against_the_holder_says_why() -> None:
    check_reason("accept", None)
    check_reason("refuse", "编号与原件不符")
    for decision in ("refuse", "revoke"):
        with pytest.raises(InvalidInput, match="/reason: is needed"):
            check_reason(decision, " ")
    for reason in ("x" * 1001, "编号\u202e不符"):
        with pytest.raises(InvalidInput, match="/reason: "):
            check_reason("accept", reason)
