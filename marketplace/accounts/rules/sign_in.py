"""How long sign-in pauses after failures: per account from one address, and per address for all accounts together.

The first stops guessing one password, the second trying one password on many accounts.  Neither shuts a member out who
comes from another address, since nothing is counted for an account as such; and a refused attempt counts for nothing,
so nobody makes a pause longer by knocking.
"""

from __future__ import annotations

from datetime import datetime, timedelta

FORGOTTEN_AFTER = timedelta(hours=1)  # without another failure
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=15)
FREE_PER_ACCOUNT = 5  # failures on one account from one address until the first pause
FREE_PER_ADDRESS = 30  # failures from one address, whatever the accounts


def pause_after(failures: int, free: int) -> timedelta:
    """How long the next attempt waits after so many failures, twice as long after each; none while some are free.

    >>> [pause_after(n, free=5).total_seconds() for n in (4, 5, 6, 7, 9, 10, 10_000)]
    [0.0, 30.0, 60.0, 120.0, 480.0, 900.0, 900.0]
    """
    if failures < free:
        return timedelta(0)
    doublings = min(failures - free, 10)  # more would only be cut off again
    return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)


def failures_that_count(failures: int, last_at: datetime, now: datetime) -> int:
    """Of the failures noted, those not forgotten yet: all or none."""
    return failures if now < last_at + FORGOTTEN_AFTER else 0
