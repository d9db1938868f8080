"""Scenarios cleared side by side: figures worked out by hand, the certain range, what is withheld."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from solver.clear import clear
from solver.form.clearing import Clearing, WorkLimits
from solver.form.faults import MarketError
from solver.form.market import Market, Policy, canonical_bytes, content_hash
from solver.form.reading import write_json
from solver.form.scenarios import Scenarios, read_scenarios
from solver.form.terms import MaximumShare, Site
from solver.form.whatif import WhatIf, read_what_if
from solver.generate import generate
from solver.verify import verify
from solver.verify.violation import Violation
from solver.whatif.figures import difference
from solver.whatif.running import Unverified, what_if
from solver.whatif.table import tables
from tests.unit.solver.hand_markets import market, need, offer

D = Decimal


def scenarios(**named: Any) -> Scenarios:
    listed = [{"id": name, "name_zh": f"方案{name}", "changes": changes} for name, changes in named.items()]
    return read_scenarios(json.dumps({"format": "changdan-scenarios/1", "scenarios": listed}))


def two_sellers() -> Market:
    """o1 (90) and o2 (95) sell 100 each; n1 (110) asks for 120, at most half of it from one party; n2 (93) for 50.

    As it is: n1 takes 60 from each: 60 x 20 + 60 x 15 = 2100; n2 the remaining 40 of o1: 40 x 3 = 120.
    """
    half = MaximumShare(fraction=D("0.5"))
    return market(
        offer("o1", [100], 90), offer("o2", [100], 95), need("n1", [120], 110, maximum_share=half), need("n2", [50], 93)
    )


def test_figures_worked_out_by_hand() -> None:
    found = what_if(
        two_sellers(),
        scenarios(
            free=[{"drop_term": {"term": "maximum_share"}}],  # n1: 100 of o1, 20 of o2: 2000 + 300
            alone=[{"remove_organisation": "org-o2"}],  # n1: 60 of o1, n2: 40: 1200 + 120
            more=[{"add_volume": {"order": "o1", "volumes": ["10"]}}],  # n2 takes 50: 2100 + 150
            costly=[{"policy": {"contract_cost": "130"}}],  # n2's 120 are not worth it: 2100 - 260
        ),
    )
    rows = {each.id: each for each in found.results}
    assert [each.id for each in found.results] == ["base", "free", "alone", "more", "costly"]
    welfare = {name: each.objective for name, each in rows.items()}
    assert welfare == {"base": 2220, "free": 2300, "alone": 1320, "more": 2250, "costly": 1840}
    contracts = {name: each.contracts for name, each in rows.items()}
    assert contracts == {"base": 3, "free": 2, "alone": 2, "more": 3, "costly": 2}
    unserved = {name: each.grades[0].unserved for name, each in rows.items()}
    assert unserved == {"base": 10, "free": 50, "alone": 70, "more": 0, "costly": 50}
    unsold = {name: each.grades[0].unsold for name, each in rows.items()}
    assert unsold == {"base": 40, "free": 80, "alone": 0, "more": 40, "costly": 80}
    base = rows["base"]
    assert (base.offers.orders, base.offers.matched, base.offers.partly_matched) == (2, 1, 1)
    assert (base.needs.orders, base.needs.matched, base.needs.partly_matched) == (2, 1, 1)
    assert rows["costly"].needs.unmatched == 1
    assert (rows["alone"].offers.orders, rows["alone"].offers.matched) == (1, 1)
    for name, each in rows.items():
        if each.difference is not None:
            assert each.difference.least == each.difference.most == welfare[name] - welfare["base"]
    verdicts = {name: each.difference.verdict for name, each in rows.items() if each.difference is not None}
    assert verdicts == {"free": "more", "alone": "less", "more": "more", "costly": "less"}


def test_concentration_counts_parties_and_related_ones_once() -> None:
    sellers = [offer(f"o{k}", [volume], 90) for k, volume in enumerate((50, 30, 10, 10))]
    asked = market(*sellers, need("n", [100], 110))
    (base, _) = what_if(asked, scenarios(x=[{"policy": {"contract_cost": "1"}}])).results
    of_grade = base.grades[0].concentration
    assert (of_grade.suppliers, of_grade.hhi, of_grade.top3_share) == (4, D("0.36"), D("0.9"))
    assert base.concentration.hhi is not None  # by value, here at one delivered price
    together = [offer(f"o{k}", [v], 90, group_parent="g") for k, v in enumerate((50, 30))] + sellers[2:]
    (base, _) = what_if(
        market(*together, need("n", [100], 110)), scenarios(x=[{"policy": {"contract_cost": "1"}}])
    ).results
    of_grade = base.grades[0].concentration
    assert (of_grade.suppliers, of_grade.hhi, of_grade.top3_share) == (3, D("0.66"), D("1"))


def test_nothing_matched_is_no_concentration() -> None:
    apart = market(offer("o", [10], 100), need("n", [10], 90))
    base, sold = what_if(apart, scenarios(x=[{"add_order": _plain(need("m", [10], 120))}])).results
    assert (base.status, base.contracts, base.concentration.hhi, base.prices) == ("empty", 0, None, ())
    assert sold.objective == 200


def _plain(order: Any) -> Any:
    return json.loads(canonical_bytes(order))


def five_and_five(*, needs: int = 5) -> Market:
    """Five sellers at 90 and some buyers at 110, ten units each, all in one region."""
    there = Site(region="350900")
    return market(
        *(offer(f"o{k}", [10], 90) for k in range(5)), *(need(f"n{k}", [10], 110, site=there) for k in range(needs))
    )


def test_a_price_needs_five_organisations_on_either_side() -> None:
    found = what_if(five_and_five(), scenarios(four=[{"remove_organisation": "org-n4"}])).results
    (told,), (withheld,) = found[0].prices, found[1].prices
    assert (told.grade, told.region, told.withheld) == ("G", "350900", None)
    assert told.reference is not None
    assert 90 < told.reference < 110
    assert told.floor is not None and told.cap is not None  # noqa: PT018
    assert told.floor <= told.reference <= told.cap
    assert (withheld.reference, withheld.floor, withheld.cap) == (None, None, None)
    assert withheld.withheld == "fewer-than-five"


def test_related_buyers_are_one_organisation_behind_a_price() -> None:
    there = Site(region="350900")
    related = [need(f"n{k}", [10], 110, site=there, group_parent="g" if k < 2 else None) for k in range(5)]
    asked = market(*(offer(f"o{k}", [10], 90) for k in range(5)), *related)
    (base, _) = what_if(asked, scenarios(x=[{"policy": {"contract_cost": "1"}}])).results
    assert [price.withheld for price in base.prices] == ["fewer-than-five"]


def test_exceptions_stand_outside_the_prices() -> None:
    """An exception's price may be its seller's limit."""
    asked = msgspec.structs.replace(five_and_five(), policy=Policy(minimum_gain=D("15")))
    base, kept = what_if(asked, scenarios(x=[{"policy": {"minimum_gain": "5"}}])).results
    assert (base.contracts, base.prices) == (5, ())
    assert [price.withheld for price in kept.prices] == [None]


def stated(objective: str, bound: str, status: str = "feasible") -> Clearing:
    found = clear(market(offer("o", [1], 2), need("n", [1], 1)))
    return msgspec.structs.replace(found, objective=D(objective), bound=D(bound), status=status)


@pytest.mark.parametrize(
    ("scenario", "base", "least", "most", "verdict"),
    [
        (("110", "112"), ("100", "105"), "5", "12", "more"),
        (("110", "112"), ("100", "110"), "0", "12", "within_gaps"),
        (("90", "99"), ("100", "105"), "-15", "-1", "less"),
        (("90", "100"), ("100", "105"), "-15", "0", "within_gaps"),
        (("100", "100"), ("100", "100"), "0", "0", "equal"),
    ],
)
def test_the_certain_range(
    scenario: tuple[str, str], base: tuple[str, str], least: str, most: str, verdict: str
) -> None:
    found = difference(stated(*scenario), stated(*base))
    assert found is not None
    assert (found.least, found.most, found.verdict) == (D(least), D(most), verdict)


def test_there_is_no_range_without_a_clearing() -> None:
    assert difference(stated("0", "9", "failed"), stated("1", "1")) is None
    assert difference(stated("1", "1"), stated("0", "9", "failed")) is None


def test_the_range_holds_what_more_work_finds() -> None:
    asked = generate(12, 12, 3, seed=5, law="ramped")
    given = scenarios(dear=[{"freight": {"scale": "3"}}], few=[{"remove_order": "o00003"}])
    coarse = what_if(asked, given, WorkLimits(gap=0.2))
    fine = what_if(asked, given, WorkLimits(gap=0.0))
    for rough, exact in zip(coarse.results[1:], fine.results[1:], strict=True):
        assert rough.difference is not None
        assert exact.difference is not None
        assert rough.difference.least <= exact.difference.most
        assert rough.difference.most >= exact.difference.least


def test_same_scenarios_same_bytes_whatever_the_threads() -> None:
    asked = generate(10, 10, 3, seed=2)
    given = scenarios(a=[{"drop_term": {"term": "maximum_share"}}], b=[{"freight": {"scale": "2"}}])
    first, second = (canonical_bytes(what_if(asked, given, threads=n)) for n in (1, 2))
    assert first == second


def test_a_scenario_is_cleared_as_its_market_alone() -> None:
    asked = two_sellers()
    found = what_if(asked, scenarios(alone=[{"remove_organisation": "org-o2"}]))
    alone = market(*(order for order in asked.orders if order.id != "o2"))
    assert found.market_hash == content_hash(asked) == found.results[0].market_hash
    assert found.results[1].market_hash == content_hash(alone)
    assert found.results[1].objective == clear(alone).objective


def test_what_does_not_verify_is_not_told() -> None:
    def doubts(of: Market, clearing: Clearing) -> list[Violation]:
        found = verify(of, clearing)
        return found if len(of.orders) == 4 else [Violation("3.1", "/matches/0", "too much")]

    with pytest.raises(Unverified, match="alone does not verify: 1 violations"):
        what_if(two_sellers(), scenarios(alone=[{"remove_order": "o2"}]), verify=doubts)


def test_a_fault_in_the_last_scenario_costs_no_work() -> None:
    def never(*_: Any, **__: Any) -> Clearing:
        raise AssertionError("cleared although a scenario cannot be applied")

    with pytest.raises(MarketError):
        what_if(two_sellers(), scenarios(a=[{"remove_order": "o2"}], b=[{"remove_order": "o7"}]), clear=never)


def test_a_result_is_read_as_it_was_written(tmp_path: Any) -> None:
    found = what_if(five_and_five(), scenarios(four=[{"remove_organisation": "org-n4"}]))
    write_json(found, tmp_path / "result.json")
    assert read_what_if(tmp_path / "result.json") == found
    with pytest.raises(MarketError, match="/format"):
        read_what_if('{"format": "changdan-market/1"}')


def test_tables_in_both_languages() -> None:
    found: WhatIf = what_if(five_and_five(), scenarios(four=[{"remove_organisation": "org-n4"}]))
    text = tables(found)
    zh, en = text.index("总体"), text.index("All together")
    assert zh < en
    assert "现状" in text[:en]
    assert "方案four" in text[:en]
    assert "as it is" in text[en:]
    assert "fewer than five: withheld" in text[en:]
    assert "-200.00 … -200.00" in text
