"""When a delivery is tried again: the table of Standard Webhooks, a little later, the same for the same delivery."""

from __future__ import annotations

from datetime import timedelta

import pytest

from marketplace.shared.errors import TransitionNotAllowed
from marketplace.shared.lifecycle import Lifecycle
from marketplace.webhooks.rules.deliveries import DELIVERY, MOST_ATTEMPTS, asked_wait, pause_after, wait_after
from marketplace.webhooks.rules.endpoints import ENDPOINT
from tests.conftest import NOW

SECONDS = [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]


def test_the_table() -> None:
    assert MOST_ATTEMPTS == 10
    for attempt, seconds in enumerate(SECONDS, start=1):
        waits = {wait_after(f"whd_{number}", attempt) for number in range(50)}
        assert len(waits) == 50
        assert all(seconds <= wait.total_seconds() < 1.1 * seconds for wait in waits if wait is not None)
        assert wait_after("whd_7", attempt) in waits
    assert wait_after("whd_7", 10) is None


def test_pauses_grow_and_never_outlast_half_an_hour() -> None:
    pauses = [pause_after(failures).total_seconds() for failures in range(1, 8)]
    assert pauses == [5, 30, 120, 600, 1800, 1800, 1800]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        ("86401", 86400),
        ("9" * 40, 86400),
        ("-5", 0),
        ("1.5", 0),
        ("٣", 0),
        ("Tue, 01 Dec 2026 02:02:00 GMT", 120),
        ("Tue, 01 Dec 2026 01:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86400),
        ("Mon, 99 Foo 2026", 0),
        ("", 0),
        (None, 0),
    ],
)
def test_what_a_receiver_asks_for(text: str | None, seconds: int) -> None:
    assert asked_wait(text, NOW) == timedelta(seconds=seconds)


STEPS = [
    (DELIVERY, {"pending": {"deliver", "fail", "give_up", "replay"}, "delivered": {"replay"}, "dead": {"replay"}}),
    (ENDPOINT, {"enabled": {"disable", "give_up", "ping", "replay"}, "disabled": {"enable"}}),
]


@pytest.mark.parametrize(("lifecycle", "allowed"), STEPS, ids=["delivery", "endpoint"])
def test_every_pair_of_status_and_action(lifecycle: Lifecycle, allowed: dict[str, set[str]]) -> None:
    assert set(lifecycle.statuses) == set(allowed)
    for status in lifecycle.statuses:
        for action in lifecycle.actions:
            if action in allowed[status]:
                assert lifecycle.next(status, action) in lifecycle.statuses
            else:
                with pytest.raises(TransitionNotAllowed):
                    lifecycle.next(status, action)
