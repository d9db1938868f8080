"""A present partner keeps at least a share (docs/model.md 3.13)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from solver.form.market import Order, party_of
from solver.search.rules.accounts import accounts
from solver.search.rules.row import Row

if TYPE_CHECKING:
    from solver.search.component import Component


def rules(component: Component) -> Iterator[Row]:
    """Volume with the incumbent's party >= least_share x the volume of all.

    Maths: 3.13.  An incumbent without an order that may trade has no volume: then there is none at all.
    """
    for account in accounts(component, _stating):
        for incumbent in account.order.incumbents:
            if not incumbent.least_share:
                continue
            share = Fraction(incumbent.least_share)
            party = component.wider.party_of.get(incumbent.organisation)
            theirs = [p for p in account.pairs if party_of(account.counterparty(p)) == party]
            volumes = account.volumes(account.pairs, -share) | account.volumes(theirs, 1 - share)
            yield Row("incumbent", account.owner, volumes, at_least=True)


def _stating(order: Order) -> bool:
    return any(incumbent.least_share for incumbent in order.incumbents)
