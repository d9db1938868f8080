"""Orders of one organisation over several sites that are counted together (docs/model.md 3.11)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from solver.search.rules.accounts import Account, accounts
from solver.search.rules.row import Row

if TYPE_CHECKING:
    from solver.search.component import Component


def rules(component: Component) -> Iterator[Row]:
    """3.6, 3.7 and 3.8 over all orders of a family.

    Maths: 3.11.  What they ask of an order alone is left out of :class:`OrderRows` for members of a family.
    """
    for family in accounts(component, lambda order: order.family is not None):
        yield from _fill(family)
        yield from _parties(family)
        yield from _share(family)


def _fill(family: Account) -> Iterator[Row]:
    fraction = family.order.minimum_fill
    if fraction:
        least = Fraction(fraction) * family.requested
        yield Row("minimum_fill", family.owner, family.volumes(family.pairs), {family.pairs: -least}, at_least=True)


def _parties(family: Account) -> Iterator[Row]:
    count = family.order.counterparties
    if count is None:
        return
    parties = family.by_party()
    if count.most is not None and count.most < len(parties):
        made = dict.fromkeys(parties.values(), Fraction(1))
        yield Row("counterparties", family.owner, {}, made, Fraction(count.most))
    if count.least is not None and count.least > 1:
        made = dict.fromkeys(parties.values(), Fraction(1))
        made[family.pairs] = made.get(family.pairs, Fraction(0)) - count.least
        yield Row("counterparties", family.owner, {}, made, at_least=True)


def _share(family: Account) -> Iterator[Row]:
    share = family.order.maximum_share
    if share is None or share.fraction >= 1:
        return
    fraction = Fraction(share.fraction)
    for own in family.by_party().values():
        if share.of == "requested":
            yield Row("maximum_share", family.owner, family.volumes(own), {}, fraction * family.requested)
        else:
            volumes = family.volumes(family.pairs, -fraction) | family.volumes(own, 1 - fraction)
            yield Row("maximum_share", family.owner, volumes)
