"""What was reached of the aims among near-equals, recomputed from the matches; what was given up for it (3.26)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from solver.form.clearing import Clearing
from solver.form.market import Order, canonical_bytes, content_hash
from solver.verify.admission import judge
from solver.verify.bound import Component
from solver.verify.ground import Ground, party
from solver.verify.matches import Deal
from solver.verify.sums import total
from solver.verify.violation import Violation

NAMES = ("concentration", "small_suppliers", "incumbents", "pro_rata", "lottery")
LESS_IS_BETTER = ("concentration", "pro_rata")
MICRO = Fraction(1, 10**6)


def near_equal_faults(
    ground: Ground, clearing: Clearing, deals: Sequence[Deal], parts: Iterable[Component]
) -> Iterator[Violation]:
    """Welfare given up beyond the tolerance, an aim that is not what the matches make it, or worse than before.

    What stood before is only recorded: it was another clearing.
    """
    stated, tolerance = clearing.near_equals, Fraction(ground.market.policy.welfare_tolerance)
    if (stated is not None) != (tolerance > 0):
        yield Violation("3.26 near-equals", "/near_equals", "stated exactly where the policy has a tolerance")
        return
    if stated is None or clearing.status in ("failed", "infeasible"):
        return
    before, given_up = Fraction(stated.welfare_before), Fraction(stated.given_up)
    if before - given_up != Fraction(clearing.objective):
        yield Violation("3.26 near-equals", "/near_equals/given_up", f"{stated.given_up} of {stated.welfare_before}")
    rounding = Fraction(len(clearing.components) + 1, 100)
    gains = sum((max(Fraction(0), Fraction(part.objective)) for part in clearing.components), Fraction(0))
    if not 0 <= given_up * (1 - tolerance) <= tolerance * gains + rounding or before > Fraction(clearing.bound):
        text = f"{stated.given_up} of {stated.welfare_before} is beyond {tolerance}, or above the bound"
        yield Violation("3.26 near-equals", "/near_equals/given_up", text)
    due = _reached(ground, deals, [part.orders for part in parts])
    if [each.aim for each in stated.aims] != list(due):
        yield Violation("3.26 near-equals", "/near_equals/aims", f"{[a.aim for a in stated.aims]}, due {list(due)}")
        return
    for number, each in enumerate(stated.aims):
        if Fraction(each.reached) != round(due[each.aim] / MICRO) * MICRO:
            text = f"{each.reached}, due {float(due[each.aim]):.6f}"
            yield Violation("3.26 near-equals", f"/near_equals/aims/{number}/reached", text)
    signs = [-1 if each.aim in LESS_IS_BETTER else 1 for each in stated.aims]
    change = [sign * (each.reached - each.before) for sign, each in zip(signs, stated.aims, strict=True)]
    if next((each for each in change if each), 0) < 0:
        yield Violation("3.26 near-equals", "/near_equals/aims", "the first aim that changed is worse than before")


def _reached(ground: Ground, deals: Sequence[Deal], parts: Sequence[frozenset[int]]) -> dict[str, Fraction]:
    orders = ground.market.orders
    trading = [[orders[position] for position in sorted(part)] for part in parts]
    everybody = [order for part in trading for order in part]
    found: dict[str, Fraction] = {}
    if ground.market.policy.concentration_target is not None and trading:
        found["concentration"] = _above_target(deals, Fraction(ground.market.policy.concentration_target))
    if any(order.small_supplier for order in everybody if order.side == "offer"):
        found["small_suppliers"] = total(deal.volume for deal in deals if deal.offer.small_supplier)
    found["incumbents"] = total(deal.volume for deal in deals if _know_each_other(ground, deal.offer, deal.need))
    if not _any_incumbents(ground, trading):
        del found["incumbents"]
    groups = [group for part in trading for group in _equals(ground, part)]
    if groups:
        spreads, drawn = Fraction(0), Fraction(0)
        market_hash = content_hash(ground.market)
        for group in groups:
            had = {o.id: total(d.volume_of(o) for d in deals if o.id in (d.offer.id, d.need.id)) for o in group}
            parts_had = [had[o.id] / ground.totals[o.id] for o in group]
            spreads += max(parts_had) - min(*parts_had, Fraction(1))
            draws = {o.id: _draw(market_hash, o.id) for o in group}
            mean = sum(draws.values(), Fraction(0)) / len(group)
            drawn += sum(((draws[name] - mean) * had[name] for name in had), Fraction(0))
        found["pro_rata"], found["lottery"] = spreads, drawn
    return {name: found[name] for name in NAMES if name in found}


def _above_target(deals: Sequence[Deal], target: Fraction) -> Fraction:
    above = Fraction(0)
    for grade in {deal.offer.grade for deal in deals}:
        had: dict[str, Fraction] = {}
        for deal in deals:
            if deal.offer.grade == grade:
                had[party(deal.offer)] = had.get(party(deal.offer), Fraction(0)) + deal.volume
        above += max(Fraction(0), max(had.values()) - target * sum(had.values()))
    return above


def _know_each_other(ground: Ground, one: Order, other: Order) -> bool:
    return _names(ground, one, other) or _names(ground, other, one)


def _names(ground: Ground, order: Order, other: Order) -> bool:
    return any(party(other) in ground.parties_of.get(each.organisation, ()) for each in order.incumbents)


def _any_incumbents(ground: Ground, trading: Sequence[Sequence[Order]]) -> bool:
    """Whether any pair that may trade is one of incumbents."""
    for part in trading:
        needs = [order for order in part if order.side == "need"]
        for offer in (order for order in part if order.side == "offer"):
            for need in needs:
                if _know_each_other(ground, offer, need) and not isinstance(judge(ground, offer, need), str):
                    return True
    return False


def _equals(ground: Ground, part: Sequence[Order]) -> list[list[Order]]:
    found: dict[bytes, list[Order]] = {}
    for order in part:
        if ground.totals[order.id] > 0:
            same = (order.side, order.grade, order.limit_price, order.delivery, order.payment, order.tolling)
            found.setdefault(canonical_bytes(same), []).append(order)
    return [group for group in found.values() if len(group) > 1]


def _draw(market_hash: str, order: str) -> Fraction:
    digest = hashlib.sha256((market_hash + "|" + order).encode("utf-8")).hexdigest()
    return Fraction(int(digest, 16) % 1_000_000, 1_000_000)
