"""The life of an order and of a disclosure: every pair of status and action, against the picture of the order model."""

from __future__ import annotations

import pytest

from marketplace.orders.rules.lifecycle import DISCLOSURE, ORDER, OUTCOMES, STATUS_NAMES_ZH
from marketplace.shared.errors import TransitionNotAllowed
from marketplace.shared.lifecycle import Lifecycle

STATUSES = ("draft", "open", "frozen", "matched", "partly_matched", "unmatched", "closed", "withdrawn", "expired")
ACTIONS = {
    "revise": {"draft": "draft", "open": "open", "unmatched": "unmatched"},
    "open": {"draft": "open"},
    "withdraw": {"draft": "withdrawn", "open": "withdrawn"},
    "freeze": {"open": "frozen"},
    "expire": {"open": "expired"},
    "match": {"frozen": "matched"},
    "match_partly": {"frozen": "partly_matched"},
    "leave_unmatched": {"frozen": "unmatched"},
    "release": {"frozen": "open"},
    "reopen": {"matched": "open", "partly_matched": "open", "unmatched": "open"},
    "close": {"matched": "closed", "partly_matched": "closed", "unmatched": "closed"},
}
OF_DISCLOSURE = {
    "approve": {"requested": "approved"},
    "refuse": {"requested": "refused"},
    "read": {"approved": "read"},
}

PAIRS = [(ORDER, status, action, ACTIONS[action].get(status)) for status in STATUSES for action in ACTIONS] + [
    (DISCLOSURE, status, action, OF_DISCLOSURE[action].get(status))
    for status in ("requested", "approved", "refused", "read")
    for action in OF_DISCLOSURE
]


@pytest.mark.parametrize(("lifecycle", "status", "action", "expected"), PAIRS)
def test_every_pair_of_status_and_action(lifecycle: Lifecycle, status: str, action: str, expected: str | None) -> None:
    if expected is not None:
        assert lifecycle.next(status, action) == expected
        return
    with pytest.raises(TransitionNotAllowed) as refused:
        lifecycle.next(status, action)
    assert (refused.value.kind, refused.value.status, refused.value.action) == (lifecycle.kind, status, action)


def test_the_table_knows_no_other_status_or_action() -> None:
    assert set(ORDER.statuses) == set(STATUSES) == set(STATUS_NAMES_ZH)
    assert set(ORDER.actions) == set(ACTIONS)
    assert set(OUTCOMES) == {"matched", "partly_matched", "unmatched"}
    assert {ORDER.next("frozen", action) for action in OUTCOMES.values()} == set(OUTCOMES)


@pytest.mark.parametrize("status", ["closed", "withdrawn", "expired"])
def test_what_has_ended_stays_ended(status: str) -> None:
    assert not [action for action in ORDER.actions if (status, action) in ORDER.table]
