"""Terms over several contracts, judged on a whole set of contracts: by docs/model.md 3.10 to 3.19 alone."""

from __future__ import annotations

import calendar
import math
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from solver.form.market import Market, Order
from solver.form.terms import Storage
from solver.verify.admission import PairFacts, both_limits
from solver.verify.ground import Ground

Volumes = tuple[Fraction, ...]
Chosen = dict[tuple[str, str], Volumes]
ZERO = Fraction(0)


def in_own_units(order: Order, other: Order, volumes: Volumes) -> Volumes:
    """Volumes of a contract in an order's own units: those of an alternate are divided by its ratio (3.22)."""
    if order.grade == other.grade or order.side == "offer":
        return volumes
    ratio = {alternate.grade: Fraction(alternate.ratio) for alternate in order.alternates}[other.grade]
    return tuple(volume / ratio for volume in volumes)


def course_allowed(offer: Order, need: Order, facts: PairFacts, volumes: Volumes) -> bool:
    """3.12 and 3.17 for one contract."""
    text = "".join("x" if volume else "." for volume in volumes).strip(".")
    first = next(t for t, volume in enumerate(volumes) if volume)
    for order in (offer, need):
        if order.minimum_per_period is not None:
            run = in_own_units(order, offer, volumes)[first : first + len(text)]
            if any(volume < order.minimum_per_period for volume in run):
                return False
        if order.ramp is not None:
            months = [u > 0 for u in facts.greatest]
            mean = sum(volumes) / sum(months)
            for t in range(1, len(volumes)):
                if months[t] and months[t - 1] and abs(volumes[t] - volumes[t - 1]) > Fraction(order.ramp) * mean:
                    return False
    return True


def joint_allowed(ground: Ground, chosen: Chosen) -> bool:
    """3.10, 3.11, 3.13 to 3.16, 3.18 and 3.19 for all contracts together."""
    market = ground.market
    filled = {order for pair in chosen for order in pair}
    for order in market.orders:
        if order.id in filled and order.linked_to is not None and order.linked_to not in filled:
            return False
        if order.id in filled and not _inputs_there(ground, order, chosen):
            return False
    sets = [(o.organisation, o.exclusive) for o in market.orders if o.id in filled and o.exclusive is not None]
    if len(sets) != len(set(sets)):
        return False
    return _lines_allow(ground, chosen) and all(_account_allowed(ground, own, chosen) for own in _accounts(market))


def tier_discount(market: Market, offer: Order, volume: Fraction) -> Fraction:
    """What a contract is discounted by altogether (3.21): unit by unit where it is incremental."""
    if offer.tiers is None:
        return ZERO
    steps = [(Fraction(step.from_volume), _plain_discount(market, offer, step.discount)) for step in offer.tiers.steps]
    if offer.tiers.kind == "all_unit":
        return volume * max((discount for start, discount in steps if volume >= start), default=ZERO)
    amount, ends = ZERO, [*(start for start, _ in steps[1:]), None]
    for (start, discount), end in zip(steps, ends, strict=True):
        upper = volume if end is None else min(volume, end)
        amount += discount * max(ZERO, upper - start)
    return amount


def tiers_allow(market: Market, offer: Order, facts: PairFacts, volumes: Volumes) -> bool:
    """1.1g with discounts: only an all-unit one counts, and only where exceptions may be proposed."""
    if offer.tiers is None or offer.tiers.kind == "incremental" or market.policy.exceptions == "drop":
        return all(gain >= 0 for gain, volume in zip(facts.gains, volumes, strict=True) if volume)
    per_unit = tier_discount(market, offer, sum(volumes, ZERO)) / sum(volumes, ZERO)
    return all(gain + per_unit >= 0 for gain, volume in zip(facts.gains, volumes, strict=True) if volume)


def _plain_discount(market: Market, offer: Order, stated: Decimal) -> Fraction:
    limit = offer.limit_price
    amount = Fraction(stated) * Fraction(dict(market.policy.exchange_rates, CNY=Decimal(1))[limit.currency])
    if limit.tax.basis == "inclusive":
        amount /= 1 + Fraction(limit.tax.rate)
    return Fraction(round(amount * 10**6), 10**6)


def stock_cost(ground: Ground, order: Order, used: Sequence[Fraction], *, to_the_end: bool = True) -> Fraction | None:
    """Least cost of an order's stock over all stocks on the grid of its amounts (3.20); None where none serves."""
    assert order.storage is not None
    return _stock_cost(order.side, order.storage, ground.volumes[order.id], tuple(used), to_the_end)


@lru_cache(maxsize=100_000)
def _stock_cost(side: str, stored: Storage, volumes: Volumes, used: Volumes, to_the_end: bool) -> Fraction | None:
    opening, closing, room = (Fraction(each) for each in (stored.opening, stored.closing, stored.capacity))
    amounts = [opening, closing, room, *volumes, *used]
    over = math.lcm(*(amount.denominator for amount in amounts))
    grid = Fraction(math.gcd(*(int(amount * over) for amount in amounts)), over) or Fraction(1)
    least: dict[Fraction, Fraction] = {opening: ZERO}
    for volume, delivered in zip(volumes, used, strict=True):
        later: dict[Fraction, Fraction] = {}
        for before, cost in least.items():
            for step in range(int(room / grid) + 1):
                after = step * grid
                made = after - before + delivered if side == "offer" else delivered - (after - before)
                if 0 <= made <= volume:
                    later[after] = min(later.get(after, cost + after), cost + after)
        least = later
    ends = [cost for stock, cost in least.items() if stock >= closing or not to_the_end]
    return None if not ends else Fraction(round(min(ends) * Fraction(stored.cost) * 10**6), 10**6)


def _accounts(market: Market) -> Iterable[list[Order]]:
    found: dict[object, list[Order]] = {}
    for order in market.orders:
        found.setdefault((order.organisation, order.family) if order.family else order.id, []).append(order)
    return found.values()


def _account_allowed(ground: Ground, own: list[Order], chosen: Chosen) -> bool:
    names, terms = {order.id for order in own}, own[0]
    deals = [
        (ground.orders[offer], in_own_units(ground.orders[need], ground.orders[offer], volumes))
        if need in names
        else (ground.orders[need], volumes)
        for (offer, need), volumes in chosen.items()
        if offer in names or need in names
    ]
    if not deals:
        return True
    whole = sum((sum(volumes) for _, volumes in deals), ZERO)
    requested = sum((ground.totals[order.id] for order in own), ZERO)
    parties: dict[str, Fraction] = {}
    for other, volumes in deals:
        name = other.group_parent or other.organisation
        parties[name] = parties.get(name, ZERO) + sum(volumes)
    if terms.minimum_fill is not None and whole < Fraction(terms.minimum_fill) * requested:
        return False
    count, share = terms.counterparties, terms.maximum_share
    if count is not None and not (count.least or 0) <= len(parties) <= (count.most or len(parties)):
        return False
    if share is not None and share.fraction < 1:
        most = Fraction(share.fraction) * (requested if share.of == "requested" else whole)
        if max(parties.values()) > most:
            return False
    return (
        _incumbents_have(ground, terms, deals, whole)
        and all(_group_holds(group, deals, whole) for group in terms.groups)
        and _credit_holds(ground, own, chosen)
    )


def _incumbents_have(ground: Ground, terms: Order, deals: list[tuple[Order, Volumes]], whole: Fraction) -> bool:
    for incumbent in terms.incumbents:
        groups = {o.group_parent for o in ground.market.orders if o.organisation == incumbent.organisation} - {None}
        theirs = sum(
            (
                sum(v)
                for other, v in deals
                if other.organisation == incumbent.organisation or other.group_parent in groups
            ),
            ZERO,
        )
        if theirs < Fraction(incumbent.least_share or 0) * whole:
            return False
    return True


def _group_holds(group: object, deals: list[tuple[Order, Volumes]], whole: Fraction) -> bool:
    tagged = [(other, volumes) for other, volumes in deals if group.tag in other.tags]
    if group.measure == "count":
        amount, unit = Fraction(len({other.group_parent or other.organisation for other, _ in tagged})), Fraction(1)
    else:
        amount = sum((sum(volumes) for _, volumes in tagged), ZERO)
        unit = whole if group.measure == "share" else Fraction(1)
    low = (Fraction(group.value) - Fraction(group.tolerance or 0)) * unit
    high = (Fraction(group.value) + Fraction(group.tolerance or 0)) * unit
    return {"at_least": amount >= low, "at_most": amount <= high, "exactly": low <= amount <= high}[group.rule]


def _credit_holds(ground: Ground, own: list[Order], chosen: Chosen) -> bool:
    if own[0].credit_limit is None:
        return True
    names = {order.id for order in own}
    for t in range(ground.periods):
        owed: dict[str, Fraction] = {}
        for (seller, buyer), volumes in chosen.items():
            offer, need = ground.orders[seller], ground.orders[buyer]
            if not names & {seller, buyer}:
                continue
            other = need if seller in names else offer
            name = other.group_parent or other.organisation
            met = ground.facing(need, offer) or need
            asks, bids = both_limits(ground, offer, met, ZERO)  # at each one's own place
            for s, volume in enumerate(volumes):
                worth = max(ZERO, *(series[s] for series in (asks if seller in names else bids)))
                part = (
                    _owed_for_goods(ground, offer, need, s, t) if seller in names else _paid(ground, offer, need, s, t)
                )
                owed[name] = owed.get(name, ZERO) + part * worth * volume
        if any(amount > Fraction(own[0].credit_limit.exposure_cny) for amount in owed.values()):
            return False
    return True


def _owed_for_goods(ground: Ground, offer: Order, need: Order, s: int, t: int) -> Fraction:
    """Of the price of what is delivered in s, what the buyer owes somewhere in t."""
    terms = (offer if ground.market.policy.payment_terms_of == "offer" else need).payment
    wait = terms.days + (0 if terms.discount_borne_by == "buyer" else terms.tenor_days or 0)
    spans = [_span(period) for period in ground.market.calendar]
    if wait and s <= t and spans[s][1] + timedelta(days=wait) >= spans[t][0]:
        return 1 - Fraction(terms.prepaid_fraction or 0) - Fraction(terms.deposit_fraction or 0)
    return ZERO


def _paid(ground: Ground, offer: Order, need: Order, s: int, t: int) -> Fraction:
    """Of the price of what is delivered in s, what was paid before it, by the end of t."""
    terms = (offer if ground.market.policy.payment_terms_of == "offer" else need).payment
    if t > s:
        return ZERO
    spans = [_span(period) for period in ground.market.calendar]
    paid_in = 12 * spans[s][0].year + spans[s][0].month - (terms.prepaid_offset_months or 0)
    early = terms.prepaid_offset_months and 12 * spans[t][1].year + spans[t][1].month >= paid_in
    return Fraction(terms.deposit_fraction or 0) + (Fraction(terms.prepaid_fraction or 0) if early else ZERO)


def _span(period: str) -> tuple[date, date]:
    year = int(period[:4])
    if "Q" in period:
        first, last = 3 * int(period[-1]) - 2, 3 * int(period[-1])
    else:
        first, last = (int(period[5:]),) * 2 if len(period) > 4 else (1, 12)
    return date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1])


def _lines_allow(ground: Ground, chosen: Chosen) -> bool:
    used: dict[tuple[str, str, int], Fraction] = {}
    limit: dict[tuple[str, str, int], Fraction] = {}
    for (offer, need), volumes in chosen.items():
        source, option = ground.orders[offer].source, ground.orders[need].flexibility.requires
        if source is None:
            continue
        for t, volume in enumerate(volumes):
            key = (source.site, source.line, t)
            used[key] = used.get(key, ZERO) + volume * (1 + Fraction(option.up if option else 0))
            limit[key] = Fraction(source.capacity[t])
    return all(amount <= limit[key] for key, amount in used.items())


def _inputs_there(ground: Ground, order: Order, chosen: Chosen) -> bool:
    for each in order.inputs:
        for t in range(ground.periods):
            sold = sum((sum(v[: t + 1]) for (offer, _), v in chosen.items() if offer == order.id), ZERO)
            until = t + 1 - each.lead_periods
            brought = [
                in_own_units(ground.orders[need], ground.orders[offer], v)
                for (offer, need), v in chosen.items()
                if need == each.need
            ]
            got = sum((sum(v[:until]) for v in brought if until > 0), ZERO)
            if Fraction(each.units_per_unit) * sold > Fraction(each.stocked) + got:
                return False
    return True
