"""Rules over all counterparties that carry a tag (docs/model.md 3.14)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from solver.form.terms import Group
from solver.search.rules.accounts import Account, accounts
from solver.search.rules.row import Contracts, Row

if TYPE_CHECKING:
    from solver.search.component import Component

ONE = Fraction(1)


def rules(component: Component) -> Iterator[Row]:
    """At least, at most or exactly so many parties with the tag, so much volume or such a share with them.

    Maths: 3.14.
    """
    of_measure = {"count": _count, "volume": _volume, "share": _share}
    for account in accounts(component, lambda order: bool(order.groups)):
        for group in account.order.groups:
            tagged = tuple(p for p in account.pairs if group.tag in account.counterparty(p).tags)
            yield from of_measure[group.measure](account, group, tagged)


def _count(account: Account, group: Group, tagged: Contracts) -> Iterator[Row]:
    chosen = set(tagged)
    parties = (tuple(p for p in own if p in chosen) for own in account.by_party().values())
    made = dict.fromkeys((own for own in parties if own), ONE)
    value = Fraction(group.value)
    if group.rule != "at_least":
        yield Row("group", account.owner, {}, made, value)
    if group.rule != "at_most":
        least = {**made, account.pairs: made.get(account.pairs, Fraction(0)) - value}
        yield Row("group", account.owner, {}, least, at_least=True)


def _volume(account: Account, group: Group, tagged: Contracts) -> Iterator[Row]:
    volumes, value = account.volumes(tagged), Fraction(group.value)
    if group.rule == "at_most":
        yield Row("group", account.owner, volumes, {}, value)
    else:
        yield Row("group", account.owner, volumes, {account.pairs: -value}, at_least=True)


def _share(account: Account, group: Group, tagged: Contracts) -> Iterator[Row]:
    value, tolerance = Fraction(group.value), Fraction(group.tolerance or 0)
    for share, at_least in ((value - tolerance, True), (value + tolerance, False)):
        if group.rule == ("at_most" if at_least else "at_least"):
            continue
        volumes = account.volumes(account.pairs, -share) | account.volumes(tagged, 1 - share)
        yield Row("group", account.owner, volumes, at_least=at_least)
