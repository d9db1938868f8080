"""Exhaustive search over tiny markets whose volumes are whole lots, by docs/model.md alone.

Most rows of the model belong to one order.  So: list for each offer every set of contracts that it may have by
its own terms, then combine the offers in every way and keep what the needs' terms, and the terms over several
contracts, allow.  A branch is cut only when even the best rest of it cannot beat the best found.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from solver.form.market import Market, Order
from solver.form.terms import SplitVolume
from solver.verify.admission import PairFacts, first_failing_test, pair_facts
from solver.verify.freight import freights
from solver.verify.ground import Ground, party
from tests.unit.solver.enumeration_demands import NOTHING, has_demands, lacking, missing
from tests.unit.solver.enumeration_joint import (
    course_allowed,
    in_own_units,
    joint_allowed,
    stock_cost,
    tier_discount,
    tiers_allow,
)

Volumes = tuple[Fraction, ...]
Contracts = dict[str, Volumes]  # counterparty's order -> volumes; only contracts that are made
ZERO = Fraction(0)


@dataclass(frozen=True)
class Best:
    """An optimal set of contracts and its exact welfare in CNY."""

    welfare: Fraction
    contracts: dict[tuple[str, str], Volumes]
    missing: tuple[Fraction, ...] = NOTHING  # of what is to be traded at least, by class
    least_ended: frozenset[frozenset[str]] = frozenset()  # smallest sets of such rules that some contracts break


Visit = Callable[[Fraction, dict[tuple[str, str], Volumes]], None]


def enumerate_market(market: Market, visit: Visit | None = None) -> Best:
    """The greatest welfare of a tiny market over all whole multiples of lots (or of the quantum).

    ``visit``: is told the welfare and the contracts of every possible clearing.
    """
    ground = Ground(market)
    needs = [order for order in market.orders if order.side == "need"]
    rows: list[tuple[Order, list[tuple[Fraction, Contracts]]]] = []
    for offer in (order for order in market.orders if order.side == "offer"):
        facts = {need.id: judged for need in needs if (judged := _facts(ground, offer, need)) is not None}
        rows.append((offer, _possible_rows(ground, offer, facts)))
    rows.sort(key=lambda row: len(row[1]))
    rest = [ZERO] * (len(rows) + 1)
    for k in range(len(rows) - 1, -1, -1):
        rest[k] = rest[k + 1] + rows[k][1][0][0]
    asked = has_demands(market) or visit is not None
    best = Best(ZERO, {}, missing(ground, {}))
    ended = {frozenset(name for name, (_, short) in lacking(ground, {}).items() if short)}
    chosen: dict[tuple[str, str], Volumes] = {}

    def extend(k: int, welfare: Fraction) -> None:
        nonlocal best
        if k == len(rows):
            own = all(_allowed(ground, need, _of_need(ground, need, chosen)) for need in needs)
            if (asked or welfare > best.welfare) and own and joint_allowed(ground, chosen):
                ended.add(frozenset(name for name, (_, short) in lacking(ground, chosen).items() if short))
                net = welfare - sum(
                    (_stock_charge(ground, need, _of_need(ground, need, chosen)) for need in needs), ZERO
                )
                if visit is not None:
                    visit(net, dict(chosen))
                lacks = missing(ground, chosen) if asked else NOTHING
                if lacks < best.missing or (lacks == best.missing and net > best.welfare):
                    best = Best(net, dict(chosen), lacks)
            return
        offer, possible = rows[k]
        for gain, contracts in possible:
            if not asked and welfare + gain + rest[k + 1] <= best.welfare:
                return  # the rows stand best first
            entries = {(offer.id, need): volumes for need, volumes in contracts.items()}
            chosen.update(entries)
            if all(_within_demand(ground, ground.orders[need], chosen) for need in contracts):
                extend(k + 1, welfare + gain)
            for entry in entries:
                del chosen[entry]

    extend(0, ZERO)
    fewest = min(map(len, ended))
    return replace(best, least_ended=frozenset(names for names in ended if names and len(names) == fewest))


def _facts(ground: Ground, offer: Order, need: Order) -> PairFacts | None:
    """Exact figures of a pair that may trade."""
    if first_failing_test(ground, offer, need) is not None:
        return None
    return pair_facts(ground, offer, need, freights(ground, offer, need)[-1])


def _contract_choices(market: Market, facts: PairFacts, offer: Order, need: Order) -> list[tuple[Fraction, Volumes]]:
    """Every contract of a pair by 3.3 to 3.5, 3.12 and 3.17, with its welfare; first of all: none."""
    steps = [[k * facts.step for k in range(int(u // facts.step) + 1)] for u in facts.greatest]
    found: list[tuple[Fraction, Volumes]] = [(ZERO, (ZERO,) * len(steps))]
    for volumes in itertools.product(*steps):
        if not facts.contract_least <= sum(volumes) <= facts.contract_most:
            continue
        if course_allowed(offer, need, facts, volumes) and tiers_allow(market, offer, facts, volumes):
            gain = sum((g * x for g, x in zip(facts.gains, volumes, strict=True)), ZERO)
            gain += tier_discount(market, offer, sum(volumes, ZERO))
            found.append((gain - facts.cost, volumes))
    return found


def _possible_rows(ground: Ground, offer: Order, facts: dict[str, PairFacts]) -> list[tuple[Fraction, Contracts]]:
    """All sets of contracts that an offer's own terms allow, best first."""
    partial: list[tuple[Fraction, Contracts]] = [(ZERO, {})]
    for need, judged in facts.items():
        grown: list[tuple[Fraction, Contracts]] = []
        for (welfare, contracts), (gain, volumes) in itertools.product(
            partial, _contract_choices(ground.market, judged, offer, ground.orders[need])
        ):
            row = {**contracts, need: volumes} if any(volumes) else contracts
            if _within_capacity(ground, offer, row):
                grown.append((welfare + gain, row))
        partial = grown
    allowed = [
        (welfare - _stock_charge(ground, offer, row), row) for welfare, row in partial if _allowed(ground, offer, row)
    ]
    return sorted(allowed, key=lambda choice: -choice[0])


def _of_need(ground: Ground, need: Order, chosen: dict[tuple[str, str], Volumes]) -> Contracts:
    """A need's contracts in its own units (3.22)."""
    own = {offer: volumes for (offer, other), volumes in chosen.items() if other == need.id}
    return {offer: in_own_units(need, ground.orders[offer], volumes) for offer, volumes in own.items()}


def _up(order: Order) -> Fraction:
    return ZERO if order.flexibility.requires is None else Fraction(order.flexibility.requires.up)


def _counted(ground: Ground, order: Order) -> list[Fraction]:
    """V_it of 1.4: planned volume counts only where the policy says so."""
    counts = ground.market.policy.planned_capacity == "counted"
    return [
        Fraction(volume.firm) + counts * Fraction(volume.planned)
        if isinstance(volume, SplitVolume)
        else Fraction(volume)
        for volume in order.volumes
    ]


def _within_capacity(ground: Ground, order: Order, contracts: Contracts) -> bool:
    """3.1 or 3.2: what may be called by, or delivered from, the counterparties fits in every period."""
    if order.storage is not None:
        return stock_cost(ground, order, _used(ground, order, contracts), to_the_end=False) is not None
    for period, stated in enumerate(_counted(ground, order)):
        used = sum(((1 + _up(ground.orders[other])) * volumes[period] for other, volumes in contracts.items()), ZERO)
        if used > stated:
            return False
    return True


def _used(ground: Ground, order: Order, contracts: Contracts) -> list[Fraction]:
    """What may be called of an order, or delivered to it, in each period."""
    return [
        sum(((1 + _up(ground.orders[other])) * volumes[t] for other, volumes in contracts.items()), ZERO)
        for t in range(ground.periods)
    ]


def _stock_charge(ground: Ground, order: Order, contracts: Contracts) -> Fraction:
    if order.storage is None or not contracts:
        return ZERO
    cost = stock_cost(ground, order, _used(ground, order, contracts))
    assert cost is not None
    return cost


def _within_demand(ground: Ground, need: Order, chosen: dict[tuple[str, str], Volumes]) -> bool:
    return _within_capacity(ground, need, _of_need(ground, need, chosen))


def _allowed(ground: Ground, order: Order, contracts: Contracts) -> bool:
    """3.1, 3.2 and 3.6 to 3.9 for one order with all its contracts."""
    if not contracts:
        return True
    if not _within_capacity(ground, order, contracts):
        return False
    if order.storage is not None and stock_cost(ground, order, _used(ground, order, contracts)) is None:
        return False
    stated = sum(_counted(ground, order), ZERO)
    total = sum((sum(volumes, ZERO) for volumes in contracts.values()), ZERO)
    if total < ground.grades[order.grade].quantum or (order.lot is not None and total < order.lot):
        return False
    if order.family is not None:
        return _approvals_allow(ground, order, contracts, stated)  # the rest counts over the family
    if order.minimum_fill is not None and total < Fraction(order.minimum_fill) * stated:
        return False
    by_party: dict[str, Fraction] = {}
    for other, volumes in contracts.items():
        name = party(ground.orders[other])
        by_party[name] = by_party.get(name, ZERO) + sum(volumes, ZERO)
    if order.counterparties is not None:
        if order.counterparties.least is not None and len(by_party) < order.counterparties.least:
            return False
        if order.counterparties.most is not None and len(by_party) > order.counterparties.most:
            return False
    if order.maximum_share is not None and order.maximum_share.fraction < 1:
        whole = stated if order.maximum_share.of == "requested" else total
        if max(by_party.values()) > Fraction(order.maximum_share.fraction) * whole:
            return False
    return _approvals_allow(ground, order, contracts, stated)


def _approvals_allow(ground: Ground, order: Order, contracts: Contracts, stated: Fraction) -> bool:
    """3.9: what comes from those not (yet) approved stays within the trial share."""
    if order.approved is None:
        return True
    share = order.approved.trial_share
    if share is None:
        share = 0 if order.approved.kind == "only" else 1
    if share == 1:
        return True
    on_trial = ZERO
    for other, volumes in contracts.items():
        counterparty = ground.orders[other]
        for first, volume in zip(ground.first_days, volumes, strict=True):
            approved = any(
                approval.organisation == counterparty.organisation
                and approval.site in (None, counterparty.site.id)
                and approval.grade in (None, order.grade if order.side == "offer" else counterparty.grade)
                and (approval.since is None or approval.since <= first.isoformat())
                for approval in order.approved.counterparties
            )
            on_trial += 0 if approved else volume
    return on_trial <= Fraction(share) * stated
