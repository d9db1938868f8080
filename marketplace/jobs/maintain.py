"""Maintenance: what time alone changes, done in one place.  ``changdan maintain`` runs it, say every hour.

Nothing waits for it: a round takes no order whose validity is over, and no expired reply is ever given again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from marketplace.orders import services as orders
from marketplace.shared.database import unit_of_work
from marketplace.shared.kept_replies import forget_replies


@dataclass(frozen=True)
class Maintained:
    """How many things time has ended."""

    expired_orders: int
    forgotten_replies: int


def maintain(*, now: datetime) -> Maintained:
    """Expire the orders whose validity is over and forget the replies that were kept long enough.

    Each step is a transaction of its own; to run it again, or twice at once, does no harm.
    """
    with unit_of_work():
        expired = orders.expire_orders(now=now)
    with unit_of_work():
        forgotten = forget_replies(now)
    return Maintained(len(expired), forgotten)
