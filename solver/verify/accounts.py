"""Orders that count together: one by itself, or a family (3.11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from solver.form.market import Order
from solver.verify.ground import Ground, party
from solver.verify.matches import Deal
from solver.verify.sums import total


@dataclass(slots=True)
class Account:
    """Orders of one family, or a single order, with their deals."""

    order: Order  # whose terms count; a family's orders state them alike
    requested: Fraction  # V_i, of all members
    deals: list[tuple[Order, Order, Deal]] = field(default_factory=list)  # own order, the other side's, the deal

    @property
    def pointer(self) -> str:
        """Where a fault of it is shown: at its first deal."""
        return self.deals[0][2].pointer

    @property
    def awarded(self) -> Fraction:
        """Volume of all deals, in the account's own units."""
        return total(deal.volume_of(own) for own, _, deal in self.deals)

    def by_party(self) -> dict[str, Fraction]:
        """Volume with each party dealt with."""
        volumes: dict[str, Fraction] = {}
        for own, other, deal in self.deals:
            volumes[party(other)] = volumes.get(party(other), Fraction(0)) + deal.volume_of(own)
        return volumes


def accounts(ground: Ground, deals: Sequence[Deal]) -> list[Account]:
    """Every account that has a deal, with all of its deals."""
    requested: dict[tuple[str, ...], Fraction] = {}
    for order in ground.market.orders:
        key = account_key(order)
        requested[key] = requested.get(key, Fraction(0)) + ground.totals[order.id]
    found: dict[tuple[str, ...], Account] = {}
    for deal in deals:
        for own, other in ((deal.offer, deal.need), (deal.need, deal.offer)):
            account = found.setdefault(account_key(own), Account(own, requested[account_key(own)]))
            account.deals.append((own, other, deal))
    return list(found.values())


def account_key(order: Order) -> tuple[str, ...]:
    """What tells accounts apart: the order, or the family of its organisation."""
    return (order.id,) if order.family is None else (order.organisation, order.family)
