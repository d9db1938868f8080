"""The tests of docs/model.md section 2 that look at two orders' terms, not at amounts: whole blocks at once.

Each takes offers and needs of one grade and says for every pair whether it fails: (offers, needs) of booleans.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from solver.form.assay import content_by_assay
from solver.form.calendar import first_day, last_day
from solver.form.market import Market, Order
from solver.form.terms import AcceptedRange
from solver.pairs.approvals import approved_periods, approved_since, trial_fraction
from solver.pairs.freight import NO_LANE, freight_cents
from solver.pairs.plain_limits import assays_of
from solver.screening.codes import codes, membership, ranks
from solver.screening.condition_tests import (
    fails_dangerous_goods,
    fails_flexibility,
    fails_invoice_form,
    fails_tolling,
    fails_wishes,
)

Fails = NDArray[np.bool_]
Orders = Sequence[Order]


def fails_same_party(market: Market, offers: Orders, needs: Orders) -> Fails:
    """Same organisation, or same group."""
    groups_o, groups_n = ([order.group_parent for order in side] for side in (offers, needs))
    organisation_o, organisation_n = codes([o.organisation for o in offers], [n.organisation for n in needs])
    group_o, group_n = codes(groups_o, groups_n)
    grouped = np.array([group is not None for group in groups_o], dtype=bool)
    same: Fails = (organisation_o[:, None] == organisation_n) | ((group_o[:, None] == group_n) & grouped[:, None])
    return same


def fails_validity(market: Market, offers: Orders, needs: Orders) -> Fails:
    """Either order not valid on the market's day."""

    def invalid(order: Order) -> bool:
        start, end = order.validity.valid_from, order.validity.valid_to
        day = market.as_of
        return day is not None and ((start is not None and day < start) or (end is not None and day > end))

    offer_invalid, need_invalid = (np.array([invalid(order) for order in side], dtype=bool) for side in (offers, needs))
    fails: Fails = offer_invalid[:, None] | need_invalid[None, :]
    return fails


def fails_exclusion(market: Market, offers: Orders, needs: Orders) -> Fails:
    """Either side will not deal with the other's organisation."""

    def excluded(by: Orders, whom: Orders) -> Fails:
        fails = np.zeros((len(by), len(whom)), dtype=bool)
        names = np.array([order.organisation for order in whom], dtype=object)
        for i, order in enumerate(by):
            for exclusion in order.exclusions:
                fails[i] |= names == exclusion.organisation
        return fails

    return excluded(offers, needs) | excluded(needs, offers).T


def fails_approval(market: Market, offers: Orders, needs: Orders) -> Fails:
    """A side deals only with approved partners, and the other is not one in any period (3.9)."""

    def unapproved(by: Orders, whom: Orders) -> Fails:
        fails = np.zeros((len(by), len(whom)), dtype=bool)
        for i, order in enumerate(by):
            if trial_fraction(order) is None:
                fails[i] = ~approved_periods(market, approved_since(order, whom)).any(axis=1)
        return fails

    return unapproved(offers, needs) | unapproved(needs, offers).T


def fails_incoterm(market: Market, offers: Orders, needs: Orders) -> Fails:
    """Both name the Incoterms they accept, and none is common."""
    named_o, named_n = (
        membership([order.delivery.incoterms for order in side], market.policy.incoterm_order)
        for side in (offers, needs)
    )
    open_o, open_n = (
        np.array([order.delivery.incoterms is None for order in side], dtype=bool) for side in (offers, needs)
    )
    fails: Fails = (named_o @ named_n.T == 0) & ~open_o[:, None] & ~open_n[None, :]
    return fails


def fails_specification(market: Market, offers: Orders, needs: Orders) -> Fails:
    """The offer guarantees no value for an attribute that the need ranges or is priced by, or one outside the range."""
    fails = np.zeros((len(offers), len(needs)), dtype=bool)
    for attribute in sorted({name for need in needs for name in need.specification}):
        ranges = [need.specification.get(attribute) for need in needs]
        low = [accepted.at_least if isinstance(accepted, AcceptedRange) else None for accepted in ranges]
        high = [accepted.at_most if isinstance(accepted, AcceptedRange) else None for accepted in ranges]
        values = [offer.specification.get(attribute) for offer in offers]
        guaranteed = [value if isinstance(value, Decimal) else None for value in values]
        rank = ranks([*low, *high, *guaranteed])
        value = np.array([-1 if v is None else rank[v] for v in guaranteed])[:, None]
        least = np.array([-1 if bound is None else rank[bound] for bound in low])[None, :]
        most = np.array([len(rank) if bound is None else rank[bound] for bound in high])[None, :]
        asked = np.array([accepted is not None for accepted in ranges])[None, :]
        fails |= asked & ((value < 0) | (value < least) | (value > most))
    for attribute in sorted({name for need in needs for name in assays_of(need.limit_price)}):
        priced = np.array([attribute in assays_of(need.limit_price) for need in needs], dtype=bool)
        unknown = np.array([content_by_assay(attribute, offer) is None for offer in offers], dtype=bool)
        fails |= unknown[:, None] & priced[None, :]
    return fails


def fails_certificate(market: Market, offers: Orders, needs: Orders) -> Fails:
    """A side does not hold, for the whole calendar, a certificate that the other requires."""
    required = sorted({name for order in (*offers, *needs) for name in order.certificates})
    if not required:
        return np.zeros((len(offers), len(needs)), dtype=bool)
    start, end = first_day(market.calendar[0]), last_day(market.calendar[-1])

    def lacking(by: Orders, whom: Orders) -> Fails:
        wants = membership([order.certificates for order in by], required)
        lacks = 1 - membership([_held(order, start, end) for order in whom], required)
        fails: Fails = wants @ lacks.T > 0
        return fails

    return lacking(offers, needs) | lacking(needs, offers).T


def fails_lane(market: Market, offers: Orders, needs: Orders) -> Fails:
    """There is no freight from the one named place to the other."""
    fails: Fails = freight_cents(market, offers, needs) == NO_LANE
    return fails


TESTS: tuple[tuple[str, Callable[[Market, Orders, Orders], Fails]], ...] = (
    ("same_party", fails_same_party),
    ("validity", fails_validity),
    ("exclusion", fails_exclusion),
    ("approval", fails_approval),
    ("incoterm", fails_incoterm),
    ("invoice_form", fails_invoice_form),
    ("dangerous_goods", fails_dangerous_goods),
    ("tolling", fails_tolling),
    ("specification", fails_specification),
    ("certificate", fails_certificate),
    ("flexibility", fails_flexibility),
    ("wishes", fails_wishes),
    ("lane", fails_lane),
)


def _held(order: Order, start: date, end: date) -> list[str]:
    """Certificates that cover the order's grade and site from the first to the last day."""
    return [
        held.certificate
        for held in order.holds
        if held.valid_from <= start.isoformat()
        and held.valid_to >= end.isoformat()
        and (not held.grades or order.grade in held.grades)
        and (not held.sites or order.site.id in held.sites)
    ]
