"""How much a counterparty may owe at one time (docs/model.md 3.18)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from solver.pairs.credit import exposures
from solver.search.rules.accounts import accounts
from solver.search.rules.row import Row, may_bind

if TYPE_CHECKING:
    from solver.pairs.market_limits import MarketLimits
    from solver.search.component import Component


def rules(component: Component, limits: MarketLimits) -> Iterator[Row]:
    """Value of what is delivered and not yet paid (an offer's), or paid and not yet delivered (a need's), per party.

    Maths: 3.18.  ``limits``: of the whole market.
    """
    for account in accounts(component, lambda order: order.credit_limit is not None):
        limit = account.order.credit_limit
        assert limit is not None
        for own in account.by_party().values():
            by_pair = {p: exposures(limits, *component.sides(p), account.order.side) for p in own}
            for t in range(component.periods):
                row = Row(
                    "credit_limit",
                    account.owner,
                    {p: of[t] for p, of in by_pair.items()},
                    {},
                    Fraction(limit.exposure_cny),
                )
                if may_bind(row, component):
                    yield row
