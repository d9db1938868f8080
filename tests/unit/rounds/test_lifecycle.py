"""The lifecycle of a round: every pair of status and action, the allowed ones written out here again."""

from __future__ import annotations

import itertools

import pytest

from marketplace.rounds.rules.lifecycle import CLEARED, HOLDING, ROUND, SEALED
from marketplace.shared.errors import TransitionNotAllowed
from marketplace.shared.lifecycle import Lifecycle

ALLOWED = {
    "round": {
        "draft": {"revise": "draft", "open": "open", "cancel": "cancelled"},
        "open": {"freeze": "frozen", "cancel": "cancelled"},
        "frozen": {"run": "running", "cancel": "cancelled"},
        "running": {"resume": "running", "fail": "frozen", "record": "solved"},
        "solved": {"review": "reviewed", "cancel": "cancelled"},
        "reviewed": {"publish": "published", "cancel": "cancelled"},
        "published": {},
        "cancelled": {},
    },
}
PAIRS = [
    (lifecycle, status, action)
    for lifecycle in (ROUND,)
    for status, action in itertools.product(lifecycle.statuses, lifecycle.actions)
]


@pytest.mark.parametrize(("lifecycle", "status", "action"), PAIRS, ids=lambda x: getattr(x, "kind", x))
def test_every_pair(lifecycle: Lifecycle, status: str, action: str) -> None:
    following = ALLOWED[lifecycle.kind][status].get(action)
    if following is None:
        with pytest.raises(TransitionNotAllowed):
            lifecycle.next(status, action)
    else:
        assert lifecycle.next(status, action) == following


@pytest.mark.parametrize("lifecycle", [ROUND], ids=lambda x: x.kind)
def test_no_status_is_forgotten(lifecycle: Lifecycle) -> None:
    assert set(lifecycle.statuses) == ALLOWED[lifecycle.kind].keys()


def test_each_status_of_a_round_is_sealed_or_frozen_or_over() -> None:
    assert not SEALED & HOLDING
    assert {"solved", "reviewed"} == HOLDING & CLEARED
    assert set(ROUND.statuses) == SEALED | HOLDING | {"published", "cancelled"}
