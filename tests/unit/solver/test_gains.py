"""Gains are exact: blocks of pairs at once give what fractions give pair by pair (docs/model.md 1.1)."""

from __future__ import annotations

import random
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from solver.form.market import Freight, Lane, Market, Policy, PricePath
from solver.form.terms import AcceptedRange, Collar, Component, Delivery, LimitPrice, Payment, Site, Tax
from solver.pairs.freight import NO_LANE, freight_cents
from solver.pairs.gains import LimitTable, exact_gain, pair_gains, pair_quality
from solver.pairs.limits import limit_at
from solver.pairs.market_limits import MarketLimits
from tests.unit.solver.hand_markets import market, need, offer


def random_limit(draw: random.Random) -> LimitPrice:
    digits = Decimal(10) ** -draw.choice([0, 2, 6, 7])
    return LimitPrice(
        components=(
            Component(index="I", content=Decimal(draw.choice(["1", "0.188"])), coefficient=Decimal("0.93")),
            Component(fixed=draw.randrange(1, 10**6) * digits),
        ),
        processing_fee=Decimal(draw.randrange(100)),
        premium=draw.randrange(-(10**6), 10**6) * digits,
        premium_by_period=draw.choice([None, (Decimal("-3.5"), Decimal(4))]),
        collar=draw.choice([None, Collar(cap=Decimal("900.00000015"))]),
        tax=draw.choice([Tax(), Tax(basis="inclusive", rate=Decimal("0.13"))]),
    )


def random_market(seed: int) -> Market:
    draw = random.Random(seed)
    sides = []
    for i in range(6):
        payment = Payment(days=draw.choice([0, 30, 90]))
        value = Decimal(draw.randrange(990, 1000)) / 10
        sides.append(
            offer(f"o{i}", [1, 1], 0, limit_price=random_limit(draw), payment=payment, specification={"a": value})
        )
    for i in range(6):
        worth = AcceptedRange(
            target=Decimal("99.5"), above_cny_per_unit=Decimal("0.3"), below_cny_per_unit=Decimal("-7.123456")
        )
        payment = Payment(days=draw.choice([0, 45]))
        sides.append(
            need(f"n{i}", [1, 1], 0, limit_price=random_limit(draw), payment=payment, specification={"a": worth})
        )
    policy = Policy(
        financing_rate_per_year=Decimal(draw.choice(["0", "0.043"])),
        payment_terms_of=draw.choice(["offer", "need"]),  # type: ignore[arg-type]
    )
    path = PricePath(weight=Decimal(1), indices={"I": (Decimal("812.5"), Decimal("777.77"))})
    return market(*sides, policy=policy, paths=(path,))


@pytest.mark.parametrize("seed", range(12))
def test_blocks_agree_with_fractions(seed: int):
    found = random_market(seed)
    offers, needs = (each.ravel() for each in np.meshgrid(np.arange(6), np.arange(6, 12)))
    cents = np.full(36, 123)
    gains = pair_gains(LimitTable(found), offers, needs, cents, pair_quality(found, offers, needs))
    for p, (o, n) in enumerate(zip(offers, needs, strict=True)):
        for t in range(2):
            assert gains[p, t] == exact_gain(MarketLimits(found), int(o), int(n), t, 123)


@pytest.mark.parametrize(
    ("bid", "micros"), [("10.0000005", 0), ("10.0000015", 2), ("10.00000051", 1), ("9.9999995", 0)]
)
def test_a_gain_at_a_tie_is_rounded_to_even(bid: str, micros: int):
    found = market(offer("o", [1], 10), need("n", [1], bid))
    one = np.array([0]), np.array([1])
    gains = pair_gains(LimitTable(found), *one, np.array([0]), pair_quality(found, *one))
    assert gains.tolist() == [[micros]]


def test_a_limit_by_hand():
    """(0.9 x 100000 x 0.5 + 200 - 100) held by a cap of 45050, tax 13 % taken out: 39867.25..."""
    limit = LimitPrice(
        components=(Component(index="I", content=Decimal("0.5"), coefficient=Decimal("0.9")),),
        processing_fee=Decimal(200),
        premium=Decimal(-100),
        collar=Collar(cap=Decimal(45050)),
        tax=Tax(basis="inclusive", rate=Decimal("0.13")),
    )
    found = [float(limit_at(limit, 0, {"I": Decimal(value)})) for value in (100000, 90000)]
    assert found == pytest.approx([45050 / 1.13, 40600 / 1.13], abs=1e-9)


def test_financing_restates_both_limits_to_the_contract_s_days():
    """3.65 % a year for 30 days is 0.3 %: the offer's days rule, so only the need's limit of 2000 moves, by 6."""
    policy = Policy(financing_rate_per_year=Decimal("0.0365"), payment_terms_of="offer")
    found = market(
        offer("o", [1], 1000, payment=Payment(days=30)), need("n", [1], 2000, payment=Payment(days=0)), policy=policy
    )
    assert exact_gain(MarketLimits(found), 0, 1, 0, 0) == 1_006_000_000


def cents(freight: Freight, origin: Site, destination: Site, place: Site | None = None) -> int:
    here = offer("o", [1], 1, site=origin, delivery=Delivery(place=place))
    found = market(here, need("n", [1], 1, site=destination), freight=freight)
    return int(freight_cents(found, found.orders[:1], found.orders[1:])[0, 0])


def test_freight_by_great_circle():
    """A quarter of the equator: 6371.0088 x pi / 2 km = 10007.557 km, at 0.1 a km and 1.2 ways round."""
    freight = Freight(kind="distance", cny_per_unit_km=Decimal("0.1"), circuity=Decimal("1.2"))
    assert cents(freight, Site(lat=0, lon=0), Site(lat=0, lon=90)) == round(10007.5572 * 0.12 * 100)
    assert cents(freight, Site(lat=0, lon=0), Site(lat=0)) == NO_LANE
    assert cents(freight, Site(), Site(lat=0, lon=90), place=Site(lat=0, lon=90)) == 0


LANES = Freight(
    kind="lanes",
    cny_per_unit_km=Decimal("0.5"),
    lanes=(
        Lane(origin="a", destination="b", cny_per_unit=Decimal("1.005")),
        Lane(origin="r", destination="b", cny_per_unit=Decimal(2)),
        Lane(origin="r", destination="s", distance_km=Decimal("10.03")),
        Lane(origin="a", destination="s", cny_per_unit=Decimal(4)),
    ),
)


@pytest.mark.parametrize(
    ("origin", "destination", "expected"),
    [
        (Site(id="a", region="r"), Site(id="b", region="s"), 101),  # half up, and the site before the region
        (Site(id="x", region="r"), Site(id="b", region="s"), 200),
        (Site(region="r"), Site(region="s"), 502),  # 10.03 km x 0.5 = 5.015
        (Site(id="a", region="r"), Site(region="s"), 400),
        (Site(id="b"), Site(id="a"), NO_LANE),  # a lane leads one way
        (Site(), Site(), NO_LANE),
    ],
)
def test_freight_by_lane(origin: Site, destination: Site, expected: int):
    assert cents(LANES, origin, destination) == expected


def test_quality_is_counted_on_the_side_where_the_value_lies():
    rule = AcceptedRange(target=Decimal(100), above_cny_per_unit=Decimal(2), below_cny_per_unit=Decimal("-0.3333333"))
    found = market(
        offer("a", [1], 1, specification={"x": Decimal("102.5")}),
        offer("b", [1], 1, specification={"x": Decimal(97)}),
        need("n", [1], 1, specification={"x": rule}),
    )
    worth = pair_quality(found, np.array([0, 1]), np.array([2, 2]))
    exact = [Fraction(int(w)) + Fraction(r).limit_denominator(10) for w, r in zip(worth.whole, worth.rest, strict=True)]
    assert exact == [5_000_000, Fraction("-999999.9")]
