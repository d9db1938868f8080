"""The tests of docs/model.md section 2 on conditions that both orders state: papers, tolling, options, wishes.

Each takes offers and needs of one grade and says for every pair whether it fails: (offers, needs) of booleans.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from solver.form import calendar
from solver.form.market import Market, Order
from solver.form.terms import Option
from solver.pairs.conditions import stated_wishes
from solver.pairs.options import NOTHING, is_within
from solver.screening.codes import codes

Fails = NDArray[np.bool_]
Orders = Sequence[Order]


def fails_invoice_form(market: Market, offers: Orders, needs: Orders) -> Fails:
    """Both state a form of invoice, and not the same."""
    return _differ([order.delivery.invoice_form for order in offers], [order.delivery.invoice_form for order in needs])


def fails_dangerous_goods(market: Market, offers: Orders, needs: Orders) -> Fails:
    """Both state a class of dangerous goods, and not the same."""
    sold, bought = ([order.delivery.dangerous_goods_class for order in side] for side in (offers, needs))
    return _differ(sold, bought)


def fails_tolling(market: Market, offers: Orders, needs: Orders) -> Fails:
    """One side alone works the buyer's material, or the material, its title, yield or loss do not fit."""

    def apart(offer: Order, need: Order) -> bool:
        given, asked = offer.tolling, need.tolling
        if given is None or asked is None:
            return given is not asked
        return (
            (given.grade, given.title) != (asked.grade, asked.title)
            or given.yield_fraction < asked.yield_fraction
            or given.loss_limit > asked.loss_limit
        )

    return _by_kinds(offers, needs, lambda order: order.tolling, apart)


def fails_flexibility(market: Market, offers: Orders, needs: Orders) -> Fails:
    """A side requires more freedom, or shorter notice, than the other grants (1.2)."""
    kind = calendar.kind(market.calendar[0])

    def refused(requiring: Order, granting: Order) -> bool:
        wanted, given = requiring.flexibility.requires or NOTHING, granting.flexibility.grants or NOTHING
        return not is_within(wanted, given, kind)

    def options(order: Order) -> tuple[Option | None, Option | None]:
        return order.flexibility.requires, order.flexibility.grants

    return _by_kinds(offers, needs, options, lambda offer, need: refused(offer, need) or refused(need, offer))


def fails_wishes(market: Market, offers: Orders, needs: Orders) -> Fails:
    """Both state a wish and not alike, where the policy screens that (1.3)."""
    fails = np.zeros((len(offers), len(needs)), dtype=bool)
    if market.policy.wish_conflicts == "show":
        return fails
    sold, bought = ([stated_wishes(order.contract_wishes) for order in side] for side in (offers, needs))
    for name in sorted({name for wishes in (*sold, *bought) for name in wishes}):
        fails |= _differ([wishes.get(name) for wishes in sold], [wishes.get(name) for wishes in bought])
    return fails


def _differ(sold: Sequence[Hashable], bought: Sequence[Hashable]) -> Fails:
    """Both sides state something, and not the same; None states nothing."""
    ours, theirs = codes(sold, bought)
    given, asked = (np.array([value is not None for value in side], dtype=bool) for side in (sold, bought))
    fails: Fails = (ours[:, None] != theirs) & given[:, None] & asked
    return fails


def _by_kinds(
    offers: Orders, needs: Orders, term: Callable[[Order], Hashable], apart: Callable[[Order, Order], bool]
) -> Fails:
    """A test that looks at one term alone, asked once for every two values of it."""
    of_offers, of_needs = codes([term(order) for order in offers], [term(order) for order in needs])
    sold = dict(zip(of_offers.tolist(), offers, strict=True))
    bought = dict(zip(of_needs.tolist(), needs, strict=True))
    table = np.zeros((1 + max(sold), 1 + max(bought)), dtype=bool)
    for i, offer in sold.items():
        for j, need in bought.items():
            table[i, j] = apart(offer, need)
    found: Fails = table[np.ix_(of_offers, of_needs)]
    return found
