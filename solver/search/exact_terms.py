"""The terms of one pair in fractions, for what is counted exactly: stated bounds and volumes in quanta."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np

from solver.form.market import Order
from solver.form.terms import MinimumContract
from solver.pairs.accounts import alone
from solver.pairs.amounts import any_share, greatest_volumes, requested_share, up_of
from solver.pairs.counted import volumes_of
from solver.pairs.gains import micro
from solver.pairs.stock import deliverable_total
from solver.search.component import Component

Number = int | Fraction


@dataclass(frozen=True, slots=True)
class PairTerms:
    """One pair.  Volumes in grade units."""

    seller_weight: Number  # capacity of the offer that a unit of expected volume takes (3.1)
    buyer_weight: Number  # the same of the need (3.2)
    own_units: tuple[Fraction, Fraction]  # the offer's, and the need's, own units in one of the pair (3.22)
    most: tuple[Fraction, ...]  # u_pt
    contract_least: Fraction  # m_p
    contract_most: Fraction  # M_p
    contract_cost: Fraction  # F
    gain_micro: tuple[int, ...]  # g_pt in millionths of a yuan


def pair_terms(component: Component, p: int) -> PairTerms:
    """The terms of a component's pair.  Maths: 3.0 to 3.4, 3.8, 3.9."""
    if ("terms", p) not in component.exact:
        component.exact["terms", p] = _pair_terms(component, p)
    terms: PairTerms = component.exact["terms", p]
    return terms


def _pair_terms(component: Component, p: int) -> PairTerms:
    market, pairs = component.market, component.pairs
    offer, need = component.sides(p)
    grade = next(grade for grade in market.grades if grade.id == offer.grade)
    weights = _weight(up_of(need.flexibility.requires)), _weight(up_of(offer.flexibility.requires))
    greatest = greatest_volumes(offer, need)
    most = tuple(u if pairs.most[p, t] > 0 else Fraction(0) for t, u in enumerate(greatest))
    return PairTerms(
        seller_weight=weights[0],
        buyer_weight=weights[1] * component.own_units(int(component.buyer[p]), p),
        own_units=(Fraction(1), component.own_units(int(component.buyer[p]), p)),
        most=most,
        contract_least=contract_minimum(component, p),
        contract_most=_contract_most(component, p, offer, need, most),
        contract_cost=Fraction(market.policy.contract_cost if grade.contract_cost is None else grade.contract_cost),
        gain_micro=tuple(micro(gain) for gain in pairs.gain[p]),
    )


def contract_minimum(component: Component, p: int) -> Fraction:
    """Least volume of a contract of one pair: m_p of 3.4, in grade units."""
    if ("least", p) not in component.exact:
        component.exact["least", p] = _contract_minimum(component, p)
    least: Fraction = component.exact["least", p]
    return least


def _contract_minimum(component: Component, p: int) -> Fraction:
    (offer, need), quanta = component.sides(p), {grade.id: grade.quantum for grade in component.market.grades}
    step, buyer = Fraction(quanta[offer.grade]), int(component.buyer[p])
    own = Fraction(quanta[component.market.orders[buyer].grade])
    least = max(step, own / component.own_units(buyer, p))
    for order in (offer, need):
        minimum = order.minimum_contract
        if isinstance(minimum, MinimumContract):
            both = zip(volumes_of(offer), volumes_of(need), strict=True)
            greatest = sum((Fraction(min(a, b)) // step * step for a, b in both), Fraction(0))
            shares = (requested_share(alone(offer)), requested_share(alone(need)))
            greatest = min([greatest, *(share for share in shares if share is not None)])
            clipped = min(Fraction(minimum.volume), Fraction(minimum.pair_fraction) * greatest)
            least = max(least, clipped // step * step)
        elif minimum is not None:
            least = max(least, Fraction(minimum))
    return least


def _contract_most(component: Component, p: int, offer: Order, need: Order, most: tuple[Fraction, ...]) -> Fraction:
    limits = [sum(most, Fraction(0))]
    for order, k in ((alone(offer), int(component.seller[p])), (alone(need), int(component.buyer[p]))):
        if order.maximum_contract is not None:
            limits.append(Fraction(order.maximum_contract))
        total = deliverable_total(order)
        if total is not None:
            limits.append(
                total / (1 + Fraction(up_of((need if order.side == "offer" else offer).flexibility.requires)))
            )
        share = any_share(order)
        if share is not None:
            limits.append(share)
        rows = component.orders[k]
        if rows.trial is not None and order.approved is not None:
            tried = rows.trial[int(np.flatnonzero(rows.pairs == p)[0])]
            within = sum((u for u, trial in zip(most, tried, strict=True) if trial), Fraction(0))
            limits.append(limits[0] - within + min(within, rows.trial_exact / component.own_units(k, p)))
    return min(limits)


def _weight(up: Decimal) -> Number:
    return 1 + Fraction(up) if up else 1
