"""Needs that are served by another grade (docs/model.md 3.22)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from solver.clear import clear
from solver.form.clearing import WorkLimits
from solver.form.market import Grade, Order, Policy, content_hash
from solver.form.terms import (
    AcceptedRange,
    Alternate,
    Collar,
    Component,
    HeldCertificate,
    Incumbent,
    LimitPrice,
    LossConsent,
    Tax,
)
from solver.pairs.alternates import in_grade
from solver.pairs.limits import limit_at
from solver.screening.screen import screen
from solver.verify import verify
from solver.verify.admission import first_failing_test
from solver.verify.ground import Ground
from tests.unit.solver.edges_alternates import EDGES, GRADES, buyer, market, of_h
from tests.unit.solver.hand_markets import need, offer

D = Decimal
EXACT = WorkLimits(gap=0.0)
HELD = HeldCertificate(certificate="ISO", valid_from="2026-01-01", valid_to="2028-01-01", grades=("G",))


@pytest.mark.parametrize("name", EDGES)
def test_just_inside_passes_and_just_outside_is_named(name: str):
    each = EDGES[name]
    clearing = clear(each.inside, EXACT)
    found = {f"{match.offer} {match.need}": [int(volume) for volume in match.volumes] for match in clearing.matches}
    assert found == each.volumes
    assert verify(each.inside, clearing) == []
    false = verify(each.outside, replace(clearing, market_hash=content_hash(each.outside)))
    assert each.term in {violation.term for violation in false}
    again = clear(each.outside, EXACT)
    assert verify(each.outside, again) == []
    assert again.objective < clearing.objective


def accepting(ratio: str, adjustment: str = "0", **terms: object) -> Order:
    return buyer(10, alternates=(Alternate(grade="H", ratio=D(ratio), adjustment=D(adjustment)),), **terms)


def test_a_limit_is_adjusted_beyond_its_collar_and_divided_without_tax():
    limit = LimitPrice(
        components=(Component(fixed=D(130)),), collar=Collar(cap=D(113)), tax=Tax(basis="inclusive", rate=D("0.13"))
    )
    given = accepting("1.25", "-5.65", limit_price=limit)
    assert limit_at(in_grade(given, GRADES[1]).limit_price, 0, {}) == (D(113) - D("5.65")) / D("1.13") / D("1.25")
    ground = Ground(market(of_h("o", [1]), given))
    face = ground.facing(given, ground.orders["o"])
    assert ground.limits(face.id, ground.orders["o"], 0) == (76,)


def test_what_stands_beside_the_limit_is_rounded_and_losses_down():
    given = accepting(
        "3",
        specification={"purity": AcceptedRange(target=D(99), above_cny_per_unit=D(2), below_cny_per_unit=D(-1))},
        incumbents=(Incumbent(organisation="X", switching_cost=D(1)),),
        loss_consent=LossConsent(most_cny_per_unit=D(2)),
    )
    met = in_grade(given, GRADES[1])
    assert met.specification["purity"].above_cny_per_unit == D("0.666667")
    assert met.specification["purity"].below_cny_per_unit == D("-0.333333")
    assert met.incumbents[0].switching_cost == D("0.333333")
    assert met.loss_consent.most_cny_per_unit == D("0.666666")
    made = market(of_h("o", [30], 20, specification={"purity": D(100)}), replace(given, loss_consent=None))
    clearing = clear(made, EXACT)
    assert verify(made, clearing) == []
    (match,) = clearing.matches  # 40 - 20 + 0.666667; nobody of X is in the market: all are strangers
    assert (match.quality_cny_per_unit, match.gain_cny) == (D("0.666667"), 30 * (20 + D("0.666667") - D("0.333333")))


@pytest.mark.parametrize(
    ("sold", "bought", "test"),
    [
        ({}, {}, None),
        ({}, {"alternates": ()}, "grade"),
        ({}, {"alternates": (Alternate(grade="I", ratio=D(1)),)}, "grade"),
        ({"specification": {}}, {"specification": {"purity": AcceptedRange(at_least=D(99))}}, "specification"),
        ({"holds": (HELD,)}, {"certificates": ("ISO",)}, "certificate"),
        ({"holds": (replace(HELD, grades=("H",)),)}, {"certificates": ("ISO",)}, None),
        ({"certificates": ("ISO",)}, {"holds": (HELD,)}, "certificate"),
        ({"certificates": ("ISO",)}, {"holds": (replace(HELD, grades=("H",)),)}, None),
        ({}, {"minimum_contract": D("5.5")}, "quantity"),
    ],
)
def test_the_tests_judge_by_the_offers_grade(sold: dict[str, object], bought: dict[str, object], test: str | None):
    grades = (*GRADES, Grade(id="I", unit="t", quantum=D(1)))
    given = market(replace(of_h("o", [10]), **sold), replace(buyer(5), **bought), grades=grades)
    ground = Ground(given)
    assert first_failing_test(ground, ground.orders["o"], ground.orders["n1"]) == test
    refused = screen(given).refused
    assert refused["o"] == refused["n1"] == ({} if test is None else {test: 1})


def test_reasons_count_offers_of_every_grade_that_is_accepted():
    given = market(offer("o1", [5], 130), of_h("o2", [5], 70), of_h("o3", [5], 50), need("n0", [5], 90), buyer(5))
    clearing = clear(given, EXACT)
    assert verify(given, clearing) == []
    reasons = {outcome.order: {reason.code: reason for reason in outcome.reasons} for outcome in clearing.orders}
    assert reasons["n1"]["price"].counterparties == 2
    assert reasons["n0"]["price"].counterparties == 1
    assert "price" in reasons["o2"]


def test_a_small_contract_that_would_not_fill_the_need_is_none():
    """One unit of H is half a unit of G, whose quantum is one."""
    given = market(of_h("o1", [1]), buyer(5))
    assert clear(given).status == "empty"
    assert verify(given, clear(given)) == []
    assert clear(market(of_h("o1", [2]), buyer(5))).matches[0].volumes == (2,)


def test_thirds_are_told_to_a_millionth_and_judged_exactly():
    given = market(of_h("o1", [29], 30), accepting("3"), policy=Policy())
    clearing = clear(given, EXACT)
    outcome = clearing.orders[1]
    assert (outcome.filled, outcome.status) == (D("9.666667"), "partly_matched")
    assert [reason.code for reason in outcome.reasons] == ["own_volume"]  # less than one of its own is left
    assert verify(given, clearing) == []
    for filled in (D("9.666666"), D("9.6666666667")):
        false = replace(clearing, orders=(clearing.orders[0], replace(outcome, filled=filled)))
        assert {violation.term for violation in verify(given, false)} == {"outcome"}


@pytest.mark.parametrize("ratio", [None, D(1), D("2.000001"), D("NaN")])
def test_another_ratio_than_the_needs_is_false(ratio: Decimal | None):
    given = market(of_h("o1", [10]), buyer(5))
    clearing = clear(given, EXACT)
    false = replace(clearing, matches=(replace(clearing.matches[0], ratio=ratio),))
    assert {violation.term for violation in verify(given, false)} == {"3.22 alternate"}


def test_a_ratio_where_the_grade_is_the_needs_own_is_false():
    given = market(offer("o1", [5], 100), buyer(5))
    clearing = clear(given, EXACT)
    false = replace(clearing, matches=(replace(clearing.matches[0], ratio=D(1)),))
    assert {violation.term for violation in verify(given, false)} == {"3.22 alternate"}


@pytest.mark.parametrize("adjustment", ["-1", "1"])
def test_another_adjustment_makes_the_clearing_false(adjustment: str):
    given, other = (market(of_h("o1", [20]), accepting("2", by)) for by in ("0", adjustment))
    clearing = clear(given, EXACT)
    terms = {violation.term for violation in verify(other, replace(clearing, market_hash=content_hash(other)))}
    assert "3.0 gain" in terms


def test_alternates_join_components():
    apart = [offer("o1", [5], 100), of_h("o2", [5]), need("n1", [5], 120), replace(need("n2", [5], 60), grade="H")]
    assert len(clear(market(*apart)).components) == 2
    joined = market(*apart[:2], buyer(20), apart[3])
    assert len(clear(joined).components) == 1
    assert verify(joined, clear(joined)) == []
