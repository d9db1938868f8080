"""Needs that the round may not leave out, as far as that can be (docs/model.md 3.24)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from solver.pairs.demands import asked_of, class_of, key_of_need, rank_of
from solver.search.rules.accounts import accounts
from solver.search.rules.demand import Demand
from solver.search.rules.row import Row

if TYPE_CHECKING:
    from solver.search.component import Component


def demands(component: Component) -> Iterator[Demand]:
    """Volume of a need >= its minimum fill, else >= all that it asks for.

    Maths: 3.24.
    """
    for account in accounts(component, lambda order: order.must_serve):
        asked = asked_of(account.order, account.requested)
        if asked:
            row = Row("must_serve", account.owner, account.volumes(account.pairs), {}, asked, at_least=True)
            yield Demand(key_of_need(account.order), rank_of(class_of(account.order)), row, asked)
