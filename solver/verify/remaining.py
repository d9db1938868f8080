"""What becomes of orders' terms over several contracts when only some matches of a clearing are concluded.

Matches that are missing make no capacity, limit or cap of a single contract break; a least, a share of what is awarded
or another order's fill may.  Judged by the same arithmetic as whole clearings are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from solver.form.clearing import Clearing
from solver.form.market import Market, Order
from solver.verify.accounts import account_key, accounts
from solver.verify.ground import Ground
from solver.verify.joint_terms import faults_of
from solver.verify.links import link_faults_of
from solver.verify.matches import Deal, read_deals
from solver.verify.orders import called, deals_by_order, fill_faults
from solver.verify.storage import least_stocks
from solver.verify.violation import Violation

__all__ = ["UnknownMatchError", "bundles", "concluded", "missed_terms"]


class UnknownMatchError(ValueError):
    """Matches that are not those of the clearing, or that cannot be judged."""


def concluded(market: Market, clearing: Clearing, wanted: Collection[str]) -> tuple[list[str], dict[str, list[str]]]:
    """Which of the wanted matches can be concluded together, and the terms that each order missed which lost its own.

    All matches of an order that misses a term go, and it is asked again, until no order misses any: the greatest set
    in which none does and from which none was chosen.  It depends on no sequence.
    Returns: identifiers of matches in the clearing's order; missed terms by order.
    Raises: UnknownMatchError.

    Example: a need that takes nothing or all of 10 t, 5 t from each of two offers, one of which says no:
    ``concluded(market, clearing, ["m1"])`` is ``([], {"n1": ["3.6 minimum fill"]})``.
    """
    ground = Ground(market)
    deals = _deals(ground, clearing, wanted)
    lost: dict[str, list[str]] = {}
    while missed := missed_terms(ground, deals):
        lost |= missed
        deals = [deal for deal in deals if deal.offer.id not in missed and deal.need.id not in missed]
    return [deal.match.id for deal in deals], lost


def bundles(market: Market, clearing: Clearing) -> list[list[str]]:
    """The matches, put together where an order's terms tie what becomes of one to what becomes of another.

    Whatever is wanted, ``concluded`` says the same of each bundle alone as of all together.
    Returns: identifiers of matches, bundles and matches in the clearing's order.

    Example: a need with a minimum fill and two matches, and a third match of others: ``[["m1", "m2"], ["m3"]]``.
    """
    ties = _ties(market)
    first: dict[tuple[str, ...], str] = {}  # of what ties, by its name: the match that it was first met at
    leader = {match.id: match.id for match in clearing.matches}
    place = {name: k for k, name in enumerate(leader)}

    def lead(name: str) -> str:
        while leader[name] != name:
            name = leader[name]
        return name

    for match in clearing.matches:
        for tie in (tie for name in (match.offer, match.need) for tie in ties[name]):
            one, other = sorted((lead(first.setdefault(tie, match.id)), lead(match.id)), key=place.__getitem__)
            leader[other] = one
    found: dict[str, list[str]] = {}
    for name in leader:
        found.setdefault(lead(name), []).append(name)
    return list(found.values())


def _ties(market: Market) -> dict[str, set[tuple[str, ...]]]:
    """By order: names of what its matches have in common with others whose fate they share."""
    ties: dict[str, set[tuple[str, ...]]] = {order.id: set() for order in market.orders}
    for order in market.orders:
        if _looks_at_several(order):
            ties[order.id].add(("account", *account_key(order)))
        for other in (order.linked_to, *(each.need for each in order.inputs)):
            if other is not None:
                ties[order.id].add(("order", other))
                ties.setdefault(other, set()).add(("order", other))
    return ties


def _looks_at_several(order: Order) -> bool:
    least = order.counterparties is not None and order.counterparties.least is not None
    share = order.maximum_share is not None and order.maximum_share.of == "awarded"
    incumbents = any(each.least_share is not None for each in order.incumbents)
    lots = order.lot and order.alternates  # else every contract is whole lots
    return any((order.minimum_fill, least, share, incumbents, order.groups, order.storage, lots))


def missed_terms(ground: Ground, deals: Sequence[Deal]) -> dict[str, list[str]]:
    """The terms that each order with deals misses, by number and name in docs/model.md."""
    missed: dict[str, set[str]] = {}
    for name, fault in _faults(ground, deals, deals_by_order(deals)):
        missed.setdefault(name, set()).add(fault.term)
    return {name: sorted(terms) for name, terms in sorted(missed.items())}


def _faults(
    ground: Ground, deals: Sequence[Deal], by_order: Mapping[str, Sequence[Deal]]
) -> Iterator[tuple[str, Violation]]:
    for account in accounts(ground, deals):
        members = sorted({own.id for own, _, _ in account.deals})
        yield from ((name, fault) for fault in faults_of(ground, account) for name in members)
    for name, own in by_order.items():
        order = ground.orders[name]
        yield from ((name, fault) for fault in fill_faults(ground, {name: own}))
        yield from ((name, fault) for fault in link_faults_of(ground, order, by_order))
        if order.storage is not None and least_stocks(ground, order, called(order, own)) is None:
            yield name, Violation("3.20 storage", own[0].pointer, f"{name} cannot keep the stock that it states")


def _deals(ground: Ground, clearing: Clearing, wanted: Collection[str]) -> list[Deal]:
    faults: list[Violation] = []
    deals = [deal for deal in read_deals(ground, clearing, faults) if deal.match.id in wanted]
    unknown = sorted(set(wanted) - {deal.match.id for deal in deals})
    if unknown or faults:
        what = f"no such match: {', '.join(unknown)}" if unknown else str(faults[0])
        raise UnknownMatchError(what)
    return deals
