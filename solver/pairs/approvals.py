"""Whom an order has approved, and from when (docs/model.md 3.9)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from solver.form.calendar import first_day
from solver.form.market import Market, Order
from solver.pairs.screened import Ints

NEVER = date.max.toordinal() + 1
ALWAYS = 0


def approved_since(order: Order, counterparties: Sequence[Order]) -> Ints:
    """Day number from which each counterparty is approved; ``NEVER`` if it is not.  Shapes: (n,)."""
    since = np.full(len(counterparties), NEVER, dtype=np.int64)
    by_organisation: dict[str, list[tuple[str | None, str | None, int]]] = {}
    for approval in order.approved.counterparties if order.approved is not None else ():
        day = ALWAYS if approval.since is None else date.fromisoformat(approval.since).toordinal()
        by_organisation.setdefault(approval.organisation, []).append((approval.site, approval.grade, day))
    for i, other in enumerate(counterparties):
        for site, grade, day in by_organisation.get(other.organisation, ()):
            if (site is None or site == other.site.id) and (grade is None or grade == other.grade):
                since[i] = min(since[i], day)
    return since


def approved_periods(market: Market, since: Ints) -> NDArray[np.bool_]:
    """Whether an approval holds at the first day of each period.  Shapes: (n,) -> (n, periods)."""
    first_days = np.array([first_day(period).toordinal() for period in market.calendar], dtype=np.int64)
    holds: NDArray[np.bool_] = first_days[None, :] >= since[:, None]
    return holds


def trial_fraction(order: Order) -> Decimal | None:
    """Greatest share of the requested volume that the others may have together; None: they are screened out.

    An order without ``approved`` has no others to limit: 1, as for ``preferred``.
    """
    if order.approved is None:
        return Decimal(1)
    if order.approved.trial_share is not None:
        return order.approved.trial_share
    return None if order.approved.kind == "only" else Decimal(1)
