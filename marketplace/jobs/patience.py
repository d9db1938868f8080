"""Writing a result down although the database is busy or away for a while."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from marketplace.shared.database import BUSY
from marketplace.shared.error_places import reason_of

log = logging.getLogger(__name__)

T = TypeVar("T")

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, MOST_SECONDS = 1.0, 30.0, 240.0


def patiently(write: Callable[[], T], *, what: str, pause: Callable[[float], object] = time.sleep) -> T:
    """Do ``write``, a whole transaction, again and again while the database does not serve it.

    Units: pauses double up to 30 s, 240 s in all; on SQLite each try waits for the lock besides.
    Raises: the last try's of BUSY; whatever else ``write`` raises, at once.
    """
    for seconds in _pauses():
        try:
            return write()
        except BUSY as error:
            log.warning("%s: the database did not serve it (%s); once more in %g s", what, reason_of(error), seconds)
        pause(seconds)
    return write()


def _pauses() -> Iterator[float]:
    """
    >>> len(list(_pauses())), sum(_pauses())
    (12, 240.0)
    """
    waited, seconds = 0.0, FIRST_PAUSE_SECONDS
    while waited < MOST_SECONDS:
        seconds = min(seconds, MOST_SECONDS - waited)
        yield seconds
        waited += seconds
        seconds = min(2 * seconds, LONGEST_PAUSE_SECONDS)
