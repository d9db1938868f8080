"""The verifier's own parts: pairs judged exactly and in arrays agree, days, freight, limits, the bound, refusals."""

from __future__ import annotations

import re
from dataclasses import replace as changed
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

import solver.verify
from solver.clear import clear
from solver.form.clearing import Clearing, Multipliers, WorkLimits
from solver.form.market import Freight, Lane, Market
from solver.form.terms import Component, LimitPrice, Site
from solver.generate import generate
from solver.search.backend import BackendError, Model
from solver.verify import verify
from solver.verify.admission import figures_fail, first_failing_test, most_steps, pair_facts
from solver.verify.bound import pair_profits, read_multipliers, recompute
from solver.verify.days import first_and_last_day
from solver.verify.freight import freights
from solver.verify.ground import Ground
from solver.verify.rows import GradeRows, Row
from solver.verify.unknown_terms import unverified_terms
from tests.unit.solver.enumeration_lp import enumerate_contracts
from tests.unit.solver.tiny_markets import tiny_market

D = Decimal


def markets() -> list[Market]:
    tiny = [tiny_market(seed, lots=seed % 3 > 0) for seed in range(150)]
    dropping = [replace(m, policy=replace(m.policy, exceptions="drop")) for m in tiny[:40]]
    return [*tiny, *dropping, generate(12, 12, 3, 1, "flat"), generate(12, 12, 12, 2, "ramped")]


def test_pairs_judged_one_by_one_and_in_arrays_agree():
    seen: dict[str | None, int] = {}
    for market in markets():
        ground = Ground(market)
        rows = [row for grade in market.grades for row in GradeRows(ground, grade.id).rows()]
        verdicts: dict[tuple[int, int], str | None] = {}
        for row in rows:
            verdicts |= {(row.offer, int(need)): None for need in row.needs}
            verdicts |= {(row.offer, int(need)): test for test, needs in row.refused.items() for need in needs}
        for offer, need in product(market.orders, repeat=2):
            if (offer.side, need.side) != ("offer", "need"):
                continue
            test = first_failing_test(ground, offer, need)
            seen[test] = seen.get(test, 0) + 1
            pair = ground.position[offer.id], ground.position[need.id]
            if test == "grade":
                assert pair not in verdicts
            else:
                assert verdicts[pair] == test, f"{market.calendar} {offer} {need}"
        _compare_figures(ground, rows)
    tests = "grade same_party validity exclusion approval incoterm specification certificate flexibility lane price"
    conditions = "invoice_form dangerous_goods tolling wishes"
    assert set(seen) == {None, "quantity", *tests.split(), *conditions.split()}


def _compare_figures(ground: Ground, rows: list[Row]) -> None:
    orders = ground.market.orders
    for row in rows:
        for k, need in enumerate(row.needs):
            offer, buyer = orders[row.offer], orders[int(need)]
            facts = pair_facts(ground, offer, buyer, freights(ground, offer, buyer)[-1])
            assert row.gain[k] == pytest.approx([float(g) for g in facts.gains], abs=1e-6)
            assert row.greatest[k] == pytest.approx([float(u) for u in facts.greatest])
            assert row.least[k] == pytest.approx(float(facts.contract_least))
            assert row.most[k] == pytest.approx(float(facts.contract_most))
            assert row.cost == float(facts.cost)


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("2027-12", date(2027, 12, 1), date(2027, 12, 31)),
        ("2028-02", date(2028, 2, 1), date(2028, 2, 29)),
        ("2027-Q1", date(2027, 1, 1), date(2027, 3, 31)),
        ("2027-Q4", date(2027, 10, 1), date(2027, 12, 31)),
        ("2027", date(2027, 1, 1), date(2027, 12, 31)),
    ],
)
def test_days_of_a_period(period: str, first: date, last: date):
    assert first_and_last_day(period) == (first, last)


def _with_sites(freight: Freight, here: Site, there: Site) -> tuple[Fraction, ...]:
    market = replace(generate(1, 1, 1, 0), freight=freight)
    offer, need = replace(market.orders[0], site=here), replace(market.orders[1], site=there)
    return freights(Ground(replace(market, orders=(offer, need))), offer, need)


def test_freight_on_a_plane_is_the_straight_line():
    here, there = Site(x_km=D(0), y_km=D(0)), Site(x_km=D(30), y_km=D(40))
    plane = Freight(kind="plane", cny_per_unit_km=D("0.35"), circuity=D("1.2"))
    assert _with_sites(plane, here, there) == (Fraction(21),)
    assert _with_sites(plane, here, Site()) == ()


def test_freight_at_a_tie_may_be_rounded_either_way():
    here, there = Site(x_km=D(0), y_km=D(0)), Site(x_km=D("1.5"), y_km=D(0))
    assert _with_sites(Freight(kind="plane", cny_per_unit_km=D("0.35")), here, there) == (
        Fraction("0.52"),
        Fraction("0.53"),
    )


def test_a_lane_by_site_goes_before_one_by_region_and_rounds_half_up():
    lanes = (
        Lane(origin="110000", destination="310000", cny_per_unit=D(9)),
        Lane(origin="mine", destination="310000", distance_km=D("10.5")),
        Lane(origin="mine", destination="plant", cny_per_unit=D("7.005")),
    )
    freight = Freight(kind="lanes", cny_per_unit_km=D("0.35"), lanes=lanes)
    mine, plant = Site(id="mine", region="110000"), Site(id="plant", region="310000")
    assert _with_sites(freight, mine, plant) == (Fraction("7.01"),)
    assert _with_sites(freight, mine, Site(region="310000")) == (Fraction("3.68"),)
    assert _with_sites(freight, Site(region="110000"), plant) == (Fraction(9),)
    assert _with_sites(freight, plant, mine) == ()


def test_a_lot_that_does_not_fit_is_a_matter_of_quantity():
    market = tiny_market(0)
    ground = Ground(market)
    offer, need = (next(o for o in market.orders if o.side == side) for side in ("offer", "need"))
    facts = pair_facts(ground, offer, need, Fraction(0))
    facts = changed(
        facts, best_gain=Fraction(63), greatest=(Fraction(7),), contract_least=Fraction(1), contract_most=Fraction(7)
    )

    def failing(step: int, least: int = 1, cost: int = 5) -> str | None:
        size = Fraction(step)
        steps = most_steps(ground, offer, need, facts.greatest, facts.contract_most, size)
        least_volume = Fraction(least)
        return figures_fail(
            changed(facts, step=size, most_steps=steps, contract_least=least_volume, cost=Fraction(cost))
        )

    assert failing(step=7) is None
    assert failing(step=8) == "quantity"
    assert failing(step=4, least=5) == "quantity"
    assert failing(step=1, cost=63) == "price"


def test_the_pair_subproblem_is_solved_exactly():
    """Against all vertices: each period empty, full, or the one that closes the gap to a limit on the sum."""
    random = np.random.default_rng(5)
    for _ in range(200):
        room, worth = random.integers(0, 5, 4).astype(float), random.integers(-5, 6, 4).astype(float)
        least = float(random.integers(0, 4))
        most = float(random.integers(int(least), 18))
        if room.sum() < least:
            continue
        row = Row(
            0,
            np.array([1]),
            worth[None],
            room[None],
            np.array([least]),
            np.array([most]),
            np.zeros(1),
            np.ones(1),
            0,
            0,
            {},
        )
        best = max(
            float(np.dot(worth, x)) for x in product(*(range(int(r) + 1) for r in room)) if least <= sum(x) <= most
        )
        assert pair_profits(row, worth[None])[0] == pytest.approx(best)


def test_any_multipliers_prove_a_bound():
    """4.1 holds for whatever multipliers: no set of contracts is worth more."""
    random = np.random.default_rng(7)
    for seed in range(15):
        market = tiny_market(seed, lots=False)
        ground = Ground(market)
        names = [f"capacity:{order.id}:{t}" for order in market.orders for t in range(ground.periods)]
        names += [
            f"counterparties:{o.id}" for o in market.orders if o.counterparties is not None and o.counterparties.most
        ]
        values = {name: D(int(random.integers(0, 12))) for name in names if random.random() < 0.6}
        found: list = []
        prices = read_multipliers(ground, _clearing_with(market, values), found)
        bound = recompute(ground, prices, found).bound
        if not any("left out" in violation.message for violation in found):
            assert bound >= enumerate_contracts(market) - 1e-6, f"seed {seed}"


def _clearing_with(market: Market, values: dict[str, Decimal]) -> Clearing:
    return replace(clear(tiny_market(0), WorkLimits(gap=0.0)), multipliers=Multipliers(values=values))


@pytest.mark.parametrize(
    "terms",
    [
        {"limit_price": LimitPrice(components=(Component(fixed=D(1), content="Li_pct"),))},
    ],
)
def test_a_term_without_a_check_is_never_called_verified(terms: dict):
    market = tiny_market(1)
    clearing = clear(market)
    assert list(unverified_terms(market)) == []
    changed_market = replace(market, orders=(replace(market.orders[0], **terms), *market.orders[1:]))
    assert {violation.term for violation in verify(changed_market, clearing)} == {"unverified term"}


def test_terms_that_are_only_carried_do_not_stop_the_verifier():
    market = tiny_market(1)
    tagged = replace(market.orders[0], tags=("west",), small_supplier=True)
    assert list(unverified_terms(replace(market, orders=(tagged, *market.orders[1:])))) == []


def test_a_clearing_ended_by_work_is_accepted_with_its_gap():
    for law in ("flat", "ramped"):
        market = generate(20, 20, 6, 3, law)
        clearing = clear(market, WorkLimits(gap=0.05, nodes=1))
        assert verify(market, clearing) == []


@pytest.mark.parametrize("failures", [1, 10**6])
def test_a_clearing_some_or_all_of_whose_components_failed_is_accepted(monkeypatch: pytest.MonkeyPatch, failures: int):
    solve, calls = Model.solve, []

    def broken(self: Model, *args, **kwargs):
        calls.append(self)
        if len(calls) <= failures:
            raise BackendError("highs: broken")
        return solve(self, *args, **kwargs)

    monkeypatch.setattr(Model, "solve", broken)
    market = generate(20, 20, 2, 1)
    clearing = clear(market)
    assert verify(market, clearing) == []
    if failures > 1:
        assert clearing.status == "failed"


def test_the_verifier_shares_nothing_with_the_builder_but_the_forms_of_the_files():
    folder = Path(solver.verify.__file__).parent
    imported = {
        name
        for path in folder.glob("*.py")
        for name in re.findall(r"^\s*(?:from|import) (solver[\w.]*)", path.read_text("utf-8"), re.MULTILINE)
    }
    others = {name for name in imported if not name.startswith("solver.verify")}
    assert others == {"solver.form.clearing", "solver.form.market", "solver.form.terms", "solver.form.wishes"}
