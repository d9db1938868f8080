"""Inputs whose cost an offer's limit leaves out (docs/model.md 1.1l), by hand and at random."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from solver.clear import clear
from solver.explaining.explain import missing_price
from solver.form.clearing import WorkLimits
from solver.form.faults import MarketError
from solver.form.market import Grade, Market, Order, Policy, PricePath, canonical_bytes
from solver.form.reading import read_market
from solver.form.terms import (
    Collar,
    Component,
    Input,
    LimitPrice,
    LossConsent,
    Payment,
    Quotation,
    Tax,
    Tolling,
)
from solver.pairs.gains import LimitTable, exact_gain, pair_gains, pair_quality
from solver.pairs.market_limits import MarketLimits
from solver.verify import verify
from solver.verify.admission import judge
from solver.verify.ground import Ground
from tests.unit.solver.enumeration import enumerate_market
from tests.unit.solver.hand_markets import market, need, offer

D = Decimal
EXACT = WorkLimits(gap=0.0)
PLENTY = D(1000)
CENT = Fraction(1, 100)


def indexed(premium: int = 0, coefficient: str = "1", **terms: Any) -> LimitPrice:
    return LimitPrice(components=(Component(index="I", coefficient=D(coefficient)),), premium=D(premium), **terms)


def path(*values: int, weight: str = "1", **others: tuple[int, ...]) -> PricePath:
    indices = {"I": values, **{f"I@{name}": stated for name, stated in others.items()}}
    return PricePath(weight=D(weight), indices={name: tuple(map(D, row)) for name, row in indices.items()})


def chain(*orders: Order, paths: tuple[PricePath, ...] = (), **policy: Any) -> Market:
    """Orders named m are needs of material, which is another grade."""
    graded = tuple(replace(order, grade="M") if order.id.startswith("m") else order for order in orders)
    found = market(*graded, paths=paths, policy=Policy(**policy))
    return replace(found, grades=(*found.grades, Grade(id="M", unit="t", quantum=D(1))))


def makes(name: str, volumes: list[int], *units: str, **terms: Any) -> Order:
    """An offer of W, with enough of m, m2 ... in stock."""
    needs = ("m", "m2")
    inputs = tuple(
        Input(need=each, units_per_unit=D(unit), stocked=PLENTY) for each, unit in zip(needs, units, strict=False)
    )
    limit = terms.pop("limit_price", LimitPrice(components=(Component(fixed=D(terms.pop("limit", 0))),)))
    return offer(name, volumes, 0, organisation="W", limit_price=limit, inputs=inputs, **terms)


def test_the_need_counts_by_its_own_terms_and_the_contract_s_payment_leaves_it_alone():
    """(I + 13) / 1.13 and a fee of 6, half of it a unit: 53 and 103; the limit of 40 is 44 a year later."""
    bought = replace(indexed(13), tax=Tax(basis="inclusive", rate=D("0.13")))
    fee = Tolling(grade="ore", yield_fraction=D(1), loss_limit=D(0), fee=D(6), title="buyer")
    found = chain(
        makes("o", [10], "0.5", limit=40),
        need("n", [10], 200, payment=Payment(days=365)),
        need("m", [1], 0, organisation="W", limit_price=bought, tolling=fee, payment=Payment(days=90)),
        paths=(path(100, weight="0.5"), path(213, weight="0.5")),
        payment_terms_of="need",
        financing_rate_per_year=D("0.1"),
    )
    facts = judge(Ground(found), *found.orders[:2])
    assert not isinstance(facts, str)
    assert facts.asks == ((Fraction(97),), (Fraction(147),))
    table, zero, one, none = LimitTable(found), np.array([0]), np.array([1]), np.array([0])
    worth = pair_quality(found, zero, one)
    on_paths = [pair_gains(table, zero, one, none, worth, k)[0, 0] for k in (0, 1, None)]
    assert on_paths == [103_000_000, 53_000_000, 78_000_000]
    assert exact_gain(MarketLimits(found), 0, 1, 0, 0) == 78_000_000
    clearing = clear(read_market(canonical_bytes(found)), EXACT)
    assert clearing.objective == 780
    assert verify(found, clearing) == []


def test_what_the_limit_contains_is_not_counted_again():
    sold = makes("o", [10], "0.5", limit=40)
    within = replace(sold, inputs=(replace(sold.inputs[0], cost_in_limit=True),))
    bought = need("m", [1], 100, organisation="W")
    objectives = [clear(chain(each, need("n", [10], 95), bought), EXACT).objective for each in (sold, within)]
    assert objectives == [50, 550]


@pytest.mark.parametrize(("quotation", "premium"), [(None, D(112)), (Quotation(basis="settlement"), None)])
def test_a_formula_holds_also_where_the_collar_of_an_input_bends_the_ask(
    quotation: Quotation | None, premium: Decimal | None
):
    """2 x min(I, 110) less I is 70, 110 and 90 at 70, 110 and 130; the need gives I + 120: 112 in steps of 8.

    Where the need of the input follows the index in another quotation there is no formula.
    """
    found = chain(
        makes("o", [10], "2", limit_price=LimitPrice(components=(Component(fixed=D(0)),), accepted_indices=("I",))),
        need("n", [10], 0, limit_price=indexed(120)),
        need("m", [1], 0, organisation="W", limit_price=indexed(collar=Collar(cap=D(110)), quotation=quotation)),
        paths=(path(100, settlement=(100,)),),
        price_tick=D(8),
    )
    clearing = clear(found, EXACT)
    (match,) = clearing.matches
    assert match.price is not None
    assert (match.price.formula and match.price.formula.premium) == premium
    assert verify(found, clearing) == []


def test_what_a_price_lacks_is_told_by_the_whole_ask():
    """Else the step would be a tenth of what remains of the limit, and would tell the counterparty's."""
    beside = chain(makes("o", [10], "0.5", limit=1), need("m", [1], 20000, organisation="W"))
    within = chain(offer("o", [10], 10001))
    told = [missing_price(MarketLimits(each), each.orders[0], 1234.5) for each in (beside, within)]
    assert told[0] == told[1]
    assert told[0] is not None
    assert told[0] % 1 == 0


def test_an_input_may_cost_so_much_and_not_be_priced_by_assay():
    def faults(**terms: Any) -> list[str]:
        bought = {"components": [{"fixed": "100"}]} | terms.pop("limit_price", {})
        document = {
            "format": "changdan-market/1",
            "grades": [{"id": "G", "unit": "t", "quantum": "1"}],
            "calendar": ["2027-01"],
            "orders": [
                {"id": "o", "side": "offer", "limit_price": {"components": [{"fixed": "1"}]}},
                {"id": "m", "side": "need", "limit_price": bought},
            ],
        }
        for order in document["orders"]:
            order |= {"organisation": "W", "grade": "G", "volumes": ["1"]}
        document["orders"][0]["inputs"] = [{"need": "m", "units_per_unit": "1"} | terms]
        try:
            read_market(json.dumps(document))
        except MarketError as error:
            return [fault.pointer for fault in error.faults]
        return []

    by_assay = {"components": [{"fixed": "100", "content_attribute": "ni_pct"}]}
    assert faults(units_per_unit="10000000000") == []
    assert faults(units_per_unit="10000000001") == ["/orders/0/inputs"]
    assert faults(units_per_unit="10000000001", cost_in_limit=True) == []
    assert faults(limit_price=by_assay) == ["/orders/0/inputs/0/cost_in_limit"]
    assert faults(limit_price=by_assay, cost_in_limit=True) == []


def random_chain(seed: int) -> Market:
    """An offer with one or two inputs beside its limit, and two needs that want it."""
    random = Random(f"chain {seed}")
    months = random.choice((1, 2))
    weights = random.choice((("1",), ("0.5", "0.5"), ("0.3", "0.7")))
    paths = tuple(
        path(*values, weight=weight, settlement=tuple(value + 5 for value in values))
        for weight in weights
        for values in [[random.randint(85, 115) for _ in range(months)]]
    )
    settled = [None, None, None, Quotation(basis="settlement")]

    def limit(base: int, *, moves: float = 0.7) -> LimitPrice:
        collar = random.choice((None, None, Collar(cap=D(base + 4)), Collar(floor=D(base - 6)), Collar(D(0), D(base))))
        if random.random() < moves:
            return indexed(base - 100, collar=collar, quotation=random.choice(settled))
        return LimitPrice(components=(Component(fixed=D(base)),), collar=collar, accepted_indices=("I",))

    units = [random.choice(("0.5", "1", "0.25")) for _ in range(random.choice((1, 2)))]
    cost = int(sum(map(float, units)) * 100)
    consent = {"loss_consent": LossConsent(most_cny_per_unit=D(25))} if random.random() < 0.5 else {}
    orders = [
        makes("o", [3] * months, *units, limit_price=limit(random.randint(0, 20), moves=0.3), **consent),
        *(need(name, [2] * months, 0, limit_price=limit(cost + random.randint(5, 60)), **consent) for name in "np"),
        *(need(name, [1] * months, 0, organisation="W", limit_price=limit(100)) for name in ("m", "m2")),
    ]
    return chain(
        *orders,
        paths=paths,
        price_tick=random.choice((D(1), D("0.5"), D(4))),
        exceptions=random.choice(("propose", "drop")),
        paths_required=random.choice((D(1), D("0.3"))),
        financing_rate_per_year=random.choice((D(0), D("0.06"))),
        sealed_seed=str(seed),
    )


def test_at_random_search_verifier_and_enumeration_agree():
    traded = formulas = several = 0
    for seed in range(150):
        found = read_market(canonical_bytes(random_chain(seed)))
        clearing = clear(found, EXACT)
        assert Fraction(clearing.objective) == enumerate_market(found).welfare // CENT * CENT, seed
        assert verify(found, clearing) == [], seed
        prices = [match.price for match in clearing.matches if match.price is not None]
        traded += len(prices)
        formulas += sum(price.formula is not None for price in prices)
        several += len(prices) * (len(found.paths) > 1)
    assert min(traded, 3 * formulas, 2 * several) > 60
