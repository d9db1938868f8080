"""What a party learns of the other's limit from its price and its own limit (docs/model.md 5.7)."""

from __future__ import annotations

from functools import cache

import numpy as np

from solver.pairs.screened import Floats
from solver.pricing.prices import priced
from tests.unit.solver.small_trades import fixed, market_of, match_of, need, offer

PAIRS = 600
BASE = 100_000
WITHIN = 0.02 * BASE


@cache
def drawn_prices() -> Floats:
    """(ask, bid, reference) of pairs whose limits lie 6 % apart with 6 % of spread each."""
    random = np.random.default_rng(5)
    asks, bids = [], []
    while len(asks) < PAIRS:
        ask, bid = round(BASE * random.normal(0.97, 0.06)), round(BASE * random.normal(1.03, 0.06))
        if bid > ask + 100:
            asks.append(ask)
            bids.append(bid)
    offers = [offer(f"o{k}", fixed(str(ask))) for k, ask in enumerate(asks)]
    needs = [need(f"n{k}", fixed(str(bid))) for k, bid in enumerate(bids)]
    market = market_of(*offers, *needs, price_tick="50", sealed_seed="of the house")
    matches = tuple(match_of(sold, bought) for sold, bought in zip(offers, needs, strict=True))
    references = [float(m.price.reference[0] or 0) for m in priced(market, matches) if m.price is not None]
    return np.array([asks, bids, references])


def hits(guess: Floats, limit: Floats) -> float:
    return float((np.abs(guess - limit) <= WITHIN).mean())


def fitted(limit: Floats, *known: Floats) -> Floats:
    """The guess of someone who has seen all the other pairs' limits and fits them to what it knows."""
    columns = np.stack([np.ones(len(limit)), *known, *(known[0] * each / BASE for each in known)], axis=1)
    return columns @ np.linalg.lstsq(columns, limit, rcond=None)[0]


def test_own_limit_adds_next_to_nothing_to_the_price() -> None:
    ask, bid, price = drawn_prices()
    alone, with_own = hits(fitted(ask, price), ask), hits(fitted(ask, price, bid), ask)
    assert with_own <= alone + 0.08
    alone, with_own = hits(fitted(bid, price), bid), hits(fitted(bid, price, ask), bid)
    assert with_own <= alone + 0.08


def test_mirroring_the_own_limit_is_worse_than_the_price_itself() -> None:
    """The attack that a middle price would lose to every time."""
    ask, bid, price = drawn_prices()
    assert hits(2 * price - bid, ask) < hits(fitted(ask, price), ask)


def test_no_price_equals_a_limit() -> None:
    ask, bid, price = drawn_prices()
    assert ((ask < price) & (price < bid)).all()


def test_fifty_rounds_tell_no_more_than_one() -> None:
    """The same two parties meet round after round; other orders come and go around them."""
    seen = set()
    for round_number in range(50):
        sold, bought = offer(f"o{round_number}", fixed("91234"), organisation="A"), need("n", fixed("104321"))
        others = [offer("x", fixed(str(80_000 + 100 * round_number))), need("y", fixed("100000"))]
        market = market_of(sold, bought, *others, sealed_seed="of the house", price_tick="50")
        matches = (match_of(sold, bought), match_of(*others))
        price = priced(market, matches)[0].price
        assert price is not None
        seen.add((price.reference, price.floor, price.cap))
    assert len(seen) == 1
