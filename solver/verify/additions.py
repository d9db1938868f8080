"""What is added to both limits of a pair: tolling fees and costs of leaving incumbents (docs/model.md 1.1h)."""

from __future__ import annotations

from fractions import Fraction

from solver.form.market import Order
from solver.verify.ground import Ground, party


def fee(order: Order) -> Fraction:
    """The tolling fee beside an order's limit, CNY per unit."""
    return Fraction(0) if order.tolling is None else Fraction(order.tolling.fee)


def switching_cost(ground: Ground, order: Order, other: Order) -> Fraction:
    """What a unit dealt with ``other`` costs an order if it is no incumbent's party, CNY per unit."""
    stated = [each.switching_cost for each in order.incumbents if each.switching_cost is not None]
    if not stated:
        return Fraction(0)
    for incumbent in order.incumbents:
        if party(other) in ground.parties_of.get(incumbent.organisation, ()):
            return Fraction(0)
    return Fraction(min(stated))


def added_to_ask(ground: Ground, offer: Order, need: Order) -> Fraction:
    """a_p: what the offer needs beside its limit, CNY per unit."""
    return fee(offer) + switching_cost(ground, offer, need)


def added_to_bid(ground: Ground, offer: Order, need: Order) -> Fraction:
    """b_p: what the need has beside its limit, CNY per unit; negative if it costs it something."""
    return fee(need) - switching_cost(ground, need, offer)
