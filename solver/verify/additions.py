"""What is added to both limits of a pair: tolling fees and costs of leaving incumbents, and inputs (1.1h, 1.1l)."""

from __future__ import annotations

from fractions import Fraction

from solver.form.market import Order
from solver.verify.ground import Ground, party
from solver.verify.limits import exchange_rate, tax_exclusive


def fee(order: Order) -> Fraction:
    """The tolling fee beside an order's limit, CNY per unit."""
    return Fraction(0) if order.tolling is None else Fraction(order.tolling.fee)


def switching_cost(ground: Ground, order: Order, other: Order) -> Fraction:
    """What a unit dealt with ``other`` costs an order if it is no incumbent's party, CNY per unit."""
    return Fraction(0) if party(other) in incumbent_parties(ground, order) else least_cost(order)


def least_cost(order: Order) -> Fraction:
    """The least of the costs that an order states of leaving an incumbent; 0 where it states none."""
    stated = [Fraction(each.switching_cost) for each in order.incumbents if each.switching_cost is not None]
    return min(stated, default=Fraction(0))


def incumbent_parties(ground: Ground, order: Order) -> set[str]:
    """The parties of an order's incumbents, as far as these have orders in the market."""
    return {name for each in order.incumbents for name in ground.parties_of.get(each.organisation, ())}


def added_to_ask(ground: Ground, offer: Order, need: Order) -> Fraction:
    """a_p: what the offer needs beside its limit, CNY per unit."""
    return fee(offer) + switching_cost(ground, offer, need)


def added_to_bid(ground: Ground, offer: Order, need: Order) -> Fraction:
    """b_p: what the need has beside its limit, CNY per unit; negative if it costs it something."""
    return fee(need) - switching_cost(ground, need, offer)


def unpriced_inputs(ground: Ground, offer: Order) -> list[tuple[Fraction, Order]]:
    """The inputs whose cost an offer's limit leaves out: units per unit, and the need that buys them."""
    return [
        (Fraction(each.units_per_unit), ground.orders[each.need]) for each in offer.inputs if not each.cost_in_limit
    ]


def dearest_adjustment(ground: Ground, need: Order) -> Fraction:
    """By how much a need's limit, without tax and in CNY, may be above its own in a grade that it accepts (3.22)."""
    most = max((Fraction(each.adjustment) for each in need.alternates), default=Fraction(0))
    limit = need.limit_price
    return tax_exclusive(limit, max(most, Fraction(0)) * exchange_rate(ground.market, limit))


def cost_of_inputs(ground: Ground, offer: Order, path: int) -> list[Fraction]:
    """What these inputs may cost a unit sold in each period on a path: the needs' limits and fees (1.1l)."""
    costs = [Fraction(0)] * ground.periods
    for units, need in unpriced_inputs(ground, offer):
        limits = ground.limits(need.id, need, path)
        beside = fee(need) + dearest_adjustment(ground, need)
        costs = [cost + units * (limit + beside) for cost, limit in zip(costs, limits, strict=True)]
    return costs
