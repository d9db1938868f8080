"""How often an order's limit may be put to the test in rounds that come to nothing.

A round that is run and then cancelled tells its operator something of the orders in it and sets them free; the same
book could be asked again under other rules until the limits are known (docs/decisions/0002-what-staff-see.md).
"""

from __future__ import annotations

from datetime import timedelta

MOST_CANCELLED_RUNS = 2  # for one order within the period; then it rests
PERIOD = timedelta(days=30)

# Why an order that is at rest stayed outside; its entry names no term.
AT_REST = "at_rest"
AT_REST_WORDS = (
    f"订单所在轮次在 {PERIOD.days} 天内已有 {MOST_CANCELLED_RUNS} 次试算后被取消；"
    "为保护其限价，本轮不纳入，订单仍在挂单",
    f"it was in {MOST_CANCELLED_RUNS} rounds within {PERIOD.days} days that were run and then cancelled; "
    "to protect its limit it stayed outside this one and is still open",
)


def must_rest(cancelled_runs: int) -> bool:
    """Whether an order that was in so many cancelled runs within the period stays outside the next round.

    >>> [must_rest(count) for count in range(4)]
    [False, False, True, True]
    """
    return cancelled_runs >= MOST_CANCELLED_RUNS
