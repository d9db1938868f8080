"""Generated markets: the stated laws, the same bytes for the same seed, refused arguments."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from msgspec.structs import replace

from solver.form.honoured import unhonoured_terms
from solver.form.market import canonical_bytes, content_hash
from solver.form.reading import read_market
from solver.form.terms import MinimumContract
from solver.generate import generate

HASHES = {  # another hash is another law, or another stream of random numbers: see docs/generator-laws.md
    "flat": "sha256:95fd470532b51b1b49ae26038e9df60ff66bd2900a90f07fc8926d54f95b2e77",
    "ramped": "sha256:bf16acda11a1070c9559f3f2de651e6ef957e988f77087c5d11ce24c7d6ec629",
}


@pytest.mark.parametrize("law", ["flat", "ramped"])
def test_the_same_arguments_give_the_same_bytes(law):
    market = generate(40, 30, 12, 7, law)
    assert canonical_bytes(generate(40, 30, 12, 7, law)) == canonical_bytes(market)
    assert canonical_bytes(generate(40, 30, 12, 8, law)) != canonical_bytes(market)
    assert content_hash(market) == HASHES[law]


@pytest.mark.parametrize("law", ["flat", "ramped"])
@pytest.mark.parametrize("periods", [1, 2, 12, 14])
def test_a_generated_market_can_be_read_and_cleared(law, periods):
    market = generate(9, 8, periods, 1, law)
    assert read_market(canonical_bytes(market)) == market
    assert [order.side for order in market.orders] == ["offer"] * 9 + ["need"] * 8
    assert all(unhonoured_terms(order) == [] for order in market.orders)
    assert all(len(order.volumes) == periods for order in market.orders)
    assert market.name.startswith(f"{law}/1 offers=9 needs=8 periods={periods} seed=1")


def test_the_law_flat():
    market = generate(3000, 3000, 12, 2)
    offers = [order for order in market.orders if order.side == "offer"]
    needs = [order for order in market.orders if order.side == "need"]
    base = {grade.id: float(grade.contract_cost) * 5 for grade in market.grades}
    assert len(base) == 40
    assert all(5e3 <= price <= 3e5 for price in base.values())
    for orders, mean in ((offers, 0.97), (needs, 1.03)):
        relative = np.array([float(o.limit_price.components[0].fixed) / base[o.grade] for o in orders])
        assert relative.mean() == pytest.approx(mean, abs=0.006)
        assert relative.std() == pytest.approx(0.06, abs=0.005)
        monthly = np.log([float(sum(o.volumes)) / 12 for o in orders])
        assert monthly.mean() == pytest.approx(3.5, abs=0.08)
        assert monthly.std() == pytest.approx(1.0, abs=0.06)
        spread = np.array([[float(v) for v in o.volumes] for o in orders])
        assert (spread.max(axis=1) / spread.min(axis=1)).max() <= 1.5 + 1e-3
        places = np.array([[float(o.site.x_km), float(o.site.y_km)] for o in orders])
        assert places.min() >= 0
        assert places.max() <= 3000
        assert places.mean() == pytest.approx(1500, abs=60)
    assert {need.counterparties.most for need in needs} == {3, 4, 5, 6, 7}
    assert {offer.counterparties.most for offer in offers} == {4, 5, 6, 7, 8, 9, 10, 11}
    assert {need.maximum_share.fraction for need in needs} == {Decimal(s) for s in ("0.4", "0.5", "0.6", "1.0")}
    for offer in offers[:50]:
        assert isinstance(offer.minimum_contract, MinimumContract)
        assert float(offer.minimum_contract.volume) == pytest.approx(0.15 * float(sum(offer.volumes)), abs=0.001)
        assert offer.minimum_contract.pair_fraction == Decimal("0.9")
    commonest = sum(order.grade == "G01" for order in market.orders) / len(market.orders)
    assert commonest == pytest.approx(1 / sum(k**-0.8 for k in range(1, 41)), abs=0.02)


def test_the_law_ramped():
    flat, ramped = generate(800, 800, 12, 5), generate(800, 800, 12, 5, "ramped")
    index = {name: np.array([float(v) for v in path]) for name, path in ramped.paths[0].indices.items()}
    base = {grade.id: float(grade.contract_cost) * 5 for grade in ramped.grades}
    steps = np.diff(index["I01"] / base["G01"])
    assert abs(steps).max() < 0.08
    assert np.allclose(index["I02"] / base["G02"], index["I01"] / base["G01"], atol=1e-4)
    indexed = [o for o in ramped.orders if o.limit_price.components[0].index is not None]
    assert len(indexed) == pytest.approx(800, abs=80)
    shapes = {"flat": 0, "later": 0, "moved": 0}
    for plain, moved in zip(flat.orders, ramped.orders, strict=True):
        ratio = np.array([float(m) / float(p) for p, m in zip(plain.volumes, moved.volumes, strict=True)])
        kind = "flat" if np.allclose(ratio, 1, atol=1e-2) else "later" if ratio[0] == 0 else "moved"
        shapes[kind] += 1
        price = moved.limit_price
        if price.components[0].index is not None:
            fixed = plain.limit_price.components[0].fixed
            assert float(price.premium) == pytest.approx(float(fixed) - base[moved.grade], abs=0.2)
            assert price.components[0].coefficient == 1
    assert shapes["flat"] == pytest.approx(400, abs=70)
    assert shapes["later"] == pytest.approx(400, abs=70)


@pytest.mark.parametrize("law", ["flat", "ramped"])
def test_a_divisible_market_is_the_same_without_what_makes_contracts_whole(law):
    whole, divisible = generate(30, 20, 6, 3, law), generate(30, 20, 6, 3, law, divisible=True)
    assert divisible.name == f"{law}/1 divisible/1 offers=30 needs=20 periods=6 seed=3"
    assert {grade.contract_cost for grade in divisible.grades} == {Decimal(0)}
    for plain, free in zip(whole.orders, divisible.orders, strict=True):
        assert (free.minimum_contract, free.counterparties) == (None, None)
        assert replace(free, minimum_contract=plain.minimum_contract, counterparties=plain.counterparties) == plain
    assert read_market(canonical_bytes(divisible)) == divisible


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((0, 5, 12, 1, "flat"), "offers = 0"),
        ((5, 200_000, 12, 1, "flat"), "needs = 200000"),
        ((5, 5, 0, 1, "flat"), "periods = 0"),
        ((5, 5, 12, -1, "flat"), "seed = -1"),
        ((5, 5, 12, 1, "round"), "law = 'round'"),
    ],
)
def test_arguments_out_of_range_are_refused_by_name(arguments, says):
    with pytest.raises(ValueError, match=says):
        generate(*arguments)
