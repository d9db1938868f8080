"""The accounts of a component: which contracts a term that counts over all of an order's contracts counts over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from solver.form.market import Order
from solver.pairs.accounts import account_key
from solver.pairs.amounts import volume
from solver.search.rules.row import Coefficients

if TYPE_CHECKING:
    from solver.search.component import Component

ONE = Fraction(1)


@dataclass(frozen=True, slots=True)
class Account:
    """An order, or the orders of a family, of a component, with all their pairs."""

    component: Component
    members: tuple[int, ...]  # orders of the component
    pairs: tuple[int, ...]

    @property
    def owner(self) -> int:
        """The order that stands for all: the first."""
        return self.members[0]

    @property
    def order(self) -> Order:
        """Whose terms count: all members state them alike."""
        return self.component.market.orders[self.owner]

    @property
    def requested(self) -> Fraction:
        """Stated volume over the calendar, a family's with those of its orders that may trade with nobody."""
        family = self.component.wider.requested.get(account_key(self.order))
        return Fraction(volume(self.order)) if family is None else family

    def by_party(self) -> dict[int, tuple[int, ...]]:
        """Pairs with each party that it may deal with."""
        found: dict[int, list[int]] = {}
        for k in self.members:
            rows = self.component.orders[k]
            for p, party in zip(rows.pairs.tolist(), rows.party.tolist(), strict=True):
                found.setdefault(party, []).append(p)
        return {party: tuple(sorted(own)) for party, own in sorted(found.items())}

    def volumes(self, pairs: Iterable[int], coefficient: Fraction = ONE) -> dict[int, Coefficients]:
        """The same coefficient for every volume of some pairs, counted in the account's own units (3.22)."""
        component, found = self.component, dict[int, Coefficients]()
        for p in pairs:
            k = component.seller[p] if int(component.seller[p]) in self.members else component.buyer[p]
            found[p] = (coefficient * component.own_units(int(k), p),) * component.periods
        return found

    def counterparty(self, p: int) -> Order:
        """The order on the other side of a pair."""
        component = self.component
        other = component.buyer[p] if int(component.seller[p]) in self.members else component.seller[p]
        return component.market.orders[int(other)]


def accounts(component: Component, stating: Callable[[Order], bool]) -> Iterator[Account]:
    """The accounts whose orders state a term, in the order of their first order."""
    members: dict[tuple[str, ...], list[int]] = {}
    for k, order in enumerate(component.market.orders):
        if stating(order):
            members.setdefault(account_key(order), []).append(k)
    for own in members.values():
        pairs = np.concatenate([component.orders[k].pairs for k in own])
        yield Account(component, tuple(own), tuple(sorted(pairs.tolist())))
