"""The tests of docs/model.md section 2 on conditions that both orders state: papers, tolling, options, wishes.

Each takes offers and needs of one grade and says for every pair whether it fails: (offers, needs) of booleans.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from solver.form import calendar
from solver.form.market import Market, Order
from solver.pairs.conditions import stated_wishes
from solver.pairs.options import NOTHING, span_asked, span_given
from solver.screening.codes import codes, ranks

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
    given, asked = ([order.tolling for order in side] for side in (offers, needs))
    if not any(given) and not any(asked):
        return np.zeros((len(offers), len(needs)), dtype=bool)
    sold, bought = codes(
        *([None if each is None else (each.grade, each.title) for each in side] for side in (given, asked))
    )
    fails: Fails = sold[:, None] != bought
    for name, sign in (("yield_fraction", 1), ("loss_limit", -1)):
        ours, theirs = ([None if each is None else getattr(each, name) for each in side] for side in (given, asked))
        rank = ranks([*ours, *theirs])
        offered, wanted = (
            np.array([0 if value is None else sign * rank[value] for value in side]) for side in (ours, theirs)
        )
        fails |= offered[:, None] < wanted
    return fails


def fails_flexibility(market: Market, offers: Orders, needs: Orders) -> Fails:
    """A side requires more freedom, longer spans or make-up, or shorter notice, than the other grants (1.2b)."""
    kind = calendar.kind(market.calendar[0])

    def refused(requiring: Orders, granting: Orders) -> Fails:
        wants = [order.flexibility.requires or NOTHING for order in requiring]
        gives = [order.flexibility.grants or NOTHING for order in granting]
        fails = np.zeros((len(requiring), len(granting)), dtype=bool)
        for name in ("down", "up"):
            want, give = [getattr(option, name) for option in wants], [getattr(option, name) for option in gives]
            rank = ranks([*want, *give])
            fails |= np.array([rank[v] for v in want])[:, None] > np.array([rank[v] for v in give])[None, :]
        asked = np.array([span_asked(option, kind) for option in wants])
        given = np.array([span_given(option, kind) for option in gives])
        fails |= asked[:, None] > given[None, :]
        asked, given = (np.array([option.make_up_months or 0 for option in side]) for side in (wants, gives))
        fails |= asked[:, None] > given[None, :]
        accepted = np.array([np.inf if option.notice_days is None else option.notice_days for option in wants])
        needed = np.array([option.notice_days or 0 for option in gives])
        fails |= needed[None, :] > accepted[:, None]
        return fails

    return refused(offers, needs) | refused(needs, offers).T


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
    given, asked = (np.array([value is not None for value in side], dtype=bool) for side in (sold, bought))
    if not given.any() or not asked.any():
        return np.zeros((len(sold), len(bought)), dtype=bool)
    ours, theirs = codes(sold, bought)
    fails: Fails = (ours[:, None] != theirs) & given[:, None] & asked
    return fails
