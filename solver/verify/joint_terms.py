"""Terms over all contracts of an account: fill, parties, share (3.6 to 3.8), incumbents, groups (3.13, 3.14)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from solver.form.terms import Group
from solver.verify.accounts import Account, accounts
from solver.verify.ground import Ground, party
from solver.verify.matches import Deal
from solver.verify.sums import total
from solver.verify.violation import Violation


def account_faults(ground: Ground, deals: Sequence[Deal]) -> Iterator[Violation]:
    """Accounts that are filled too little, or with the wrong counterparties."""
    for account in accounts(ground, deals):
        yield from faults_of(ground, account)


def faults_of(ground: Ground, account: Account) -> Iterator[Violation]:
    """What one account is filled too little with, or by the wrong counterparties."""
    yield from _fill_faults(account)
    yield from _count_faults(account)
    yield from _share_faults(account)
    yield from _incumbent_faults(ground, account)
    for group in account.order.groups:
        yield from _group_faults(account, group)


def _fill_faults(account: Account) -> Iterator[Violation]:
    """Filled with less than the stated fraction of its volume (3.6)."""
    least = Fraction(account.order.minimum_fill or 0) * account.requested
    if account.awarded < least:
        text = f"{account.order.id} is filled with {_text(account.awarded)}, it takes nothing or {_text(least)}"
        yield Violation("3.6 minimum fill", account.pointer + "/volumes", text)


def _count_faults(account: Account) -> Iterator[Violation]:
    """Too few or too many parties (3.7)."""
    count, parties = account.order.counterparties, len(account.by_party())
    if count is None:
        return
    if count.least is not None and parties < count.least:
        text = f"{account.order.id} deals with {parties}, least {count.least}"
        yield Violation("3.7 counterparties", account.pointer, text)
    if count.most is not None and parties > count.most:
        text = f"{account.order.id} deals with {parties}, most {count.most}"
        yield Violation("3.7 counterparties", account.pointer, text)


def _share_faults(account: Account) -> Iterator[Violation]:
    """One party has too much (3.8)."""
    share = account.order.maximum_share
    if share is None or share.fraction == 1:
        return
    most = Fraction(share.fraction) * (account.requested if share.of == "requested" else account.awarded)
    for name, volume in account.by_party().items():
        if volume > most:
            text = f"{account.order.id}: one party has {_text(volume)}, most {_text(most)} ({name})"
            yield Violation("3.8 maximum share", account.pointer, text)


def _incumbent_faults(ground: Ground, account: Account) -> Iterator[Violation]:
    """A present partner has less than its least share (3.13)."""
    for incumbent in account.order.incumbents:
        if incumbent.least_share is None:
            continue
        names = {party(order) for order in ground.market.orders if order.organisation == incumbent.organisation}
        theirs = total(deal.volume_of(own) for own, other, deal in account.deals if party(other) in names)
        least = Fraction(incumbent.least_share) * account.awarded
        if theirs < least:
            text = f"{account.order.id}: {incumbent.organisation} has {_text(theirs)}, least {_text(least)}"
            yield Violation("3.13 incumbent", account.pointer, text)


def _group_faults(account: Account, group: Group) -> Iterator[Violation]:
    """Counterparties with a tag have too little or too much (3.14)."""
    tagged = [(own, other, deal) for own, other, deal in account.deals if group.tag in other.tags]
    value, tolerance = Fraction(group.value), Fraction(group.tolerance or 0)
    if group.measure == "count":
        found = Fraction(len({party(other) for _, other, _ in tagged}))
    else:
        found = total(deal.volume_of(own) for own, _, deal in tagged)
    if group.measure == "share":
        value, tolerance = value * account.awarded, tolerance * account.awarded
    too_little = group.rule != "at_most" and found < value - tolerance
    too_much = group.rule != "at_least" and found > value + tolerance
    if too_little or too_much:
        text = f"{account.order.id}: {group.tag} has {_text(found)}, {group.rule} {_text(value)} of {group.measure}"
        yield Violation("3.14 group", account.pointer, text)


def _text(value: Fraction) -> str:
    return f"{float(value):.9g}"
