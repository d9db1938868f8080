"""What is added to both limits of a pair beside freight and quality (docs/model.md 1.1h).

The ask rises by the offer's tolling fee and by what it costs the offer to leave its incumbents; the bid rises by the
need's fee and falls by the need's cost of leaving its own.  What an offer's ask rises by for an input (1.1l) contains
the fee of the need that buys it.  Units: CNY per grade unit, tax exclusive.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from solver.form.market import Market, Order, party_of
from solver.pairs.input_costs import Inputs, inputs_beside_limits
from solver.pairs.limits import EXACT_DIGITS
from solver.pairs.screened import Ints

ZERO = Decimal(0)


class Additions:
    """The additions of a market's pairs."""

    def __init__(self, market: Market) -> None:
        orders = market.orders
        inputs = inputs_beside_limits(market)
        self._of_inputs = {name: _fees_of(bought) for name, bought in inputs.items()}
        self.fees = [self.fee(order) for order in orders]
        self.costs = [least_switching_cost(order) for order in orders]
        self._position = {orders[k].id: k for k in range(len(orders) - 1, -1, -1)}  # of the order before its guises
        number: dict[str, int] = {}
        self._party = np.array([number.setdefault(party_of(order), len(number)) for order in orders], dtype=np.int64)
        party = {order.organisation: number[party_of(order)] for order in orders}
        self._parties = len(number)
        self._incumbents = np.array(  # order position x parties + party, for every incumbent that has an order here
            [
                position * len(number) + party[incumbent.organisation]
                for position, order in enumerate(orders)
                for incumbent in order.incumbents
                if incumbent.organisation in party
            ],
            dtype=np.int64,
        )
        self.none = not any(self.fees) and not any(self.costs)

    def to_ask(self, offer: Order, need: Order) -> Fraction:
        """a_p: the offer's fees and switching cost."""
        return Fraction(self.fee(offer)) + Fraction(self._switching(offer, need))

    def to_bid(self, offer: Order, need: Order) -> Fraction:
        """b_p: the need's fee less its switching cost."""
        return Fraction(self.fee(need)) - Fraction(self._switching(need, offer))

    def fee(self, order: Order) -> Decimal:
        """What stands beside an order's limit whoever it deals with: its fee, and its inputs'."""
        return fee_of(order) + self._of_inputs.get(order.id, ZERO)

    def strangers(self, own: Ints, other: Ints) -> NDArray[np.bool_]:
        """Whether each counterparty is of no incumbent's party; both by position.  Shapes: (P,), (P,) -> (P,)."""
        found: NDArray[np.bool_] = ~np.isin(own * self._parties + self._party[other], self._incumbents)
        return found

    def _switching(self, order: Order, counterparty: Order) -> Decimal:
        cost = least_switching_cost(order)  # a need's depends on the grade in which it is met (3.22)
        own, other = self._position[order.id], self._position[counterparty.id]
        stranger = cost and self.strangers(np.array([own]), np.array([other]))[0]
        return cost if stranger else ZERO


def fee_of(order: Order) -> Decimal:
    """The tolling fee beside an order's limit; 0 without tolling."""
    return ZERO if order.tolling is None else order.tolling.fee


def _fees_of(inputs: Inputs) -> Decimal:
    with localcontext() as context:
        context.prec = EXACT_DIGITS
        return sum((units * fee_of(need) for units, need in inputs), ZERO)


def least_switching_cost(order: Order) -> Decimal:
    """What a unit dealt with none of its incumbents costs an order at least; 0 where none states a cost."""
    stated = [each.switching_cost for each in order.incumbents if each.switching_cost is not None]
    return min(stated, default=ZERO)
