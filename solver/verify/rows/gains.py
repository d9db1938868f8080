"""Freight, gains on every path (1.1), and the periods and pairs that they leave: losses, contract cost, a price."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from solver.form.market import Order
from solver.verify import losses
from solver.verify.additions import incumbent_parties
from solver.verify.admission import both_limits, judge, pair_facts
from solver.verify.columns import INFINITY, Flags, Floats
from solver.verify.draws import priced_alone
from solver.verify.freight import EARTH_RADIUS_KM, lane_between, lane_freight
from solver.verify.ground import party, place
from solver.verify.limits import quality_adjustment
from solver.verify.rows.sides import Sides
from solver.verify.tiers import ladder, raise_totals


def additions(sides: Sides, i: int, offer: Order) -> Floats:
    """What fees and costs of leaving incumbents add to the gain with every need (1.1h)."""
    offers, needs = sides.offers, sides.needs
    strange_to_me = ~np.isin(needs.party, sorted(incumbent_parties(sides.ground, offer)))
    i_am_strange = np.ones(len(needs.orders), dtype=np.bool_)
    i_am_strange[sides.knowing.get(party(offer), [])] = False
    added: Floats = needs.fee - i_am_strange * needs.switching - offers.fee[i] - strange_to_me * offers.switching[i]
    return added


def gains_on_paths(sides: Sides, i: int, added: Floats) -> Floats:
    """g_pkt (1.1c, 1.1f), (K, n, T)."""
    policy, offer = sides.ground.market.policy, sides.offers.orders[i]
    rate = float(policy.financing_rate_per_year) / 365
    due = sides.needs.lag if policy.payment_terms_of == "need" else sides.offers.lag[i]
    gains: list[Floats] = []
    for path in range(len(sides.ground.paths)):
        limit = sides.needs.limits(sides.ground, offer, path)
        bid = limit * (1 + rate * (due - sides.needs.lag)) + added[:, None]
        ask = sides.offers.limits(sides.ground, offer, path)[i] * (1 + rate * (due - sides.offers.lag[i]))
        gains.append(bid - (ask + sides.offers.inputs[path][i]))
    return np.array(gains)


def lost(sides: Sides, offer: Order, free: Flags, on_paths: Floats, freight: Floats) -> Flags:
    """Periods that 1.1g bars for what some paths lose; exact where both sides consent, or a path is close."""
    barred: Flags = np.zeros(on_paths.shape[1:], dtype=np.bool_)
    if len(sides.ground.paths) == 1:
        return barred
    micro = on_paths * 1e6
    barred |= (micro < -0.5).any(axis=0)
    exact = (np.abs(micro + 0.5) < 1e-2).any(axis=(0, 2))
    if offer.loss_consent is not None:
        exact |= sides.needs.consenting
    for j in np.flatnonzero(exact & free).tolist():
        need = sides.needs.orders[j]
        delivery = Fraction(round(freight[j] * 100), 100) - quality_adjustment(offer, need)
        asks, bids = both_limits(sides.ground, offer, need, delivery)
        agreed = losses.consent(sides.ground.market, offer, need)
        for t in range(sides.ground.periods):
            ends = [(below[t], above[t]) for below, above in zip(asks, bids, strict=True)]
            barred[j, t] = losses.bars(sides.ground.market, agreed, sides.ground.weights, ends)
    return barred


def settle_ties(sides: Sides, offer: Order, free: Flags, gain: Floats, freight: Floats) -> None:
    """Round gains half-even to 1e-6 (1.1f), in fractions where floats cannot tell which way."""
    micro = gain * 1e6
    slack = 1e-9 * np.maximum(1.0, np.abs(micro) * 1e-3)
    close = np.abs(np.abs(micro - np.floor(micro)) - 0.5) < slack
    np.round(micro, out=gain)
    gain /= 1e6
    for j in np.flatnonzero(close.any(axis=1) & free).tolist():
        exact = pair_facts(sides.ground, offer, sides.needs.orders[j], Fraction(round(freight[j] * 100), 100))
        gain[j] = [float(each) for each in exact.gains]


def above_cost(sides: Sides, offer: Order, gain: Floats, greatest: Floats) -> Flags:
    """Whether the best gain exceeds the contract cost; in fractions where it is as good as equal."""
    best = (np.maximum(gain, 0) * greatest).sum(axis=1)
    steps = ladder(sides.ground.market, offer)
    if steps is not None:
        raise_totals(steps, gain, greatest, best)
    above: Flags = best > sides.cost
    for j in np.flatnonzero((best > 0) & (np.abs(best - sides.cost) <= 1e-9 * np.maximum(best, sides.cost))).tolist():
        above[j] = judge(sides.ground, offer, sides.needs.orders[j]) != "price"
    return above


def priced(sides: Sides, offer: Order, free: Flags, gain: Floats, freight: Floats) -> Flags:
    """Periods in which each pair alone has a price, if the policy leaves no exceptions (5.4); exact where close."""
    market, policy = sides.ground.market, sides.ground.market.policy
    found = np.ones(gain.shape, dtype=np.bool_)
    if policy.exceptions != "drop":
        return found
    split = float(policy.price_split.high - policy.price_split.low)
    wide = 2 * float(policy.minimum_gain) + 4 * float(policy.price_tick) / max(split, 1e-9) + 0.01
    if len(sides.ground.paths) > 1:
        wide = INFINITY
    for j, t in np.argwhere(free[:, None] & (gain >= 0) & (gain < wide)).tolist():
        need = sides.needs.orders[j]
        delivery = Fraction(round(freight[j] * 100), 100) - quality_adjustment(offer, need)
        asks, bids = both_limits(sides.ground, offer, need, delivery)
        ends = [(below[t], above[t]) for below, above in zip(asks, bids, strict=True)]
        found[j, t] = priced_alone(policy, losses.consent(market, offer, need), ends, delivery)
    return found


def freight_to_all(sides: Sides, i: int) -> Floats:
    """CNY per unit to every need, not a number where there is none (1.1e)."""
    freight, offers, needs = sides.ground.market.freight, sides.offers, sides.needs
    if freight.kind == "none":
        return np.zeros(len(needs.orders))
    if freight.kind == "lanes":
        here, found = place(offers.orders[i]), list[float]()
        for first in needs.place_first:
            lane = lane_between(sides.ground, here, place(needs.orders[first]))
            exact = None if lane is None else lane_freight(lane, freight.cny_per_unit_km)
            found.append(np.nan if exact is None else float(exact))
        return np.array(found)[needs.place_class]
    if freight.kind == "plane":
        km = np.hypot(offers.x_km[i] - needs.x_km, offers.y_km[i] - needs.y_km)
    else:
        lat, lat_there = np.radians(offers.lat[i]), np.radians(needs.lat)
        lon, lon_there = np.radians(offers.lon[i]), np.radians(needs.lon)
        chord = np.sin((lat_there - lat) / 2) ** 2
        chord += np.cos(lat) * np.cos(lat_there) * np.sin((lon_there - lon) / 2) ** 2
        km = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(chord, 1)))
    cents = km * float(freight.circuity) * float(freight.cny_per_unit_km) * 100
    rounded: Floats = np.floor(cents + 0.5 + 1e-7) / 100
    return rounded
