"""How much a counterparty may owe at one time (docs/model.md 3.18)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from solver.pairs.credit import exposures
from solver.search.rules.accounts import accounts
from solver.search.rules.row import Row

if TYPE_CHECKING:
    from solver.pairs.market_limits import MarketLimits
    from solver.search.component import Component

CERTAIN = 1e-6  # relative: floats are never that wrong


def rules(component: Component, limits: MarketLimits) -> Iterator[Row]:
    """Value of what is delivered and not yet paid (an offer's), or paid and not yet delivered (a need's), per party.

    Maths: 3.18.  A row that volumes within 3.3 cannot be beyond is left out.  ``limits``: of the whole market.
    """
    for account in accounts(component, lambda order: order.credit_limit is not None):
        limit = account.order.credit_limit
        assert limit is not None
        for own in account.by_party().values():
            by_pair = {p: exposures(limits, *component.sides(p), account.order.side) for p in own}
            open_most = sum(each.floats @ component.pairs.most[p] for p, each in by_pair.items())
            for t in np.flatnonzero(open_most > float(limit.exposure_cny) * (1 - CERTAIN)).tolist():
                volumes = {p: each.at(t) for p, each in by_pair.items()}
                yield Row("credit_limit", account.owner, volumes, {}, Fraction(limit.exposure_cny))
