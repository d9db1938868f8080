"""What rules cost, by hand: each dropped, the market cleared again (docs/model.md 8.6)."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from solver.clear import clear
from solver.commands import main
from solver.form.clearing import WorkLimits
from solver.form.market import Freight, Lane, Market
from solver.form.reading import write_json
from solver.form.rule_costs import GradeVolume, RuleCost, RuleShare
from solver.form.terms import Exclusion, Group, MaximumShare, Site
from solver.form.whatif import WelfareDifference
from solver.rulecosts.commands import table
from solver.rulecosts.running import rule_costs
from tests.unit.solver.hand_markets import market, need, offer

D = Decimal
EXACT = WorkLimits(gap=0.0)


def costs(of: Market) -> tuple[dict[str, RuleCost], dict[str, RuleShare]]:
    inside, outside = rule_costs(of, clear(of, EXACT))
    return {each.id: each for each in inside.rules}, {each.id: each for each in outside.rules}


def test_a_share_and_a_contract_cost() -> None:
    # Half of 10 t at a gain of 50 less a cost of 20: 230.  Without the share 10 x 50 - 20 = 480; without the cost 250.
    of = market(
        offer("o", [10], 50), need("n", [10], 100, maximum_share=MaximumShare(fraction=D("0.5"))), contract_cost="20"
    )
    inside, outside = costs(of)
    assert set(inside) == {"maximum_share", "policy.contract_cost"}
    assert inside["maximum_share"].welfare == WelfareDifference(least=D(250), most=D(250), verdict="more")
    assert inside["maximum_share"].volumes == (GradeVolume(grade="G", unit="t", more=D(5)),)
    assert inside["policy.contract_cost"].welfare == WelfareDifference(least=D(20), most=D(20), verdict="more")
    assert [each.withheld for each in outside.values()] == ["fewer-than-five"] * 2
    assert [each.welfare_most for each in outside.values()] == [None, None]


def test_the_local_protection_meter_names_what_has_no_technical_reason() -> None:
    # n may not buy from A (no technical reason) nor from B (technical): what is lost is A's 10 x 50.
    exclusions = (
        Exclusion(organisation="A", reason="ours first", technical=False),
        Exclusion(organisation="B", reason="failed qualification", technical=True),
    )
    of = market(
        offer("a", [10], 50, organisation="A"),
        offer("b", [10], 40, organisation="B"),
        offer("c", [10], 90),
        need("n", [10], 100, exclusions=exclusions),
    )
    inside, _ = costs(of)
    assert inside["exclusions.not_technical"].kind == "local"
    assert inside["exclusions.not_technical"].welfare == WelfareDifference(D(400), D(400), "more")  # 50 for 10
    assert inside["exclusions"].welfare == WelfareDifference(D(500), D(500), "more")


def test_a_regional_group_and_a_missing_lane() -> None:
    # At least half from 510100, where there are 4 t: 8 t in all, 8 x 50 = 400; without the rule 10 t.
    rule = Group(tag="region:510100", rule="at_least", measure="share", value=D("0.5"))
    of = market(
        offer("home", [4], 50, tags=("region:510100",), site=Site(region="510100")),
        offer("far", [10], 50, site=Site(region="350900")),
        need("n", [10], 100, groups=(rule,), site=Site(region="510100")),
    )
    inside, _ = costs(of)
    assert inside["groups.regional"].welfare == WelfareDifference(D(100), D(100), "more")
    lanes = Freight(kind="lanes", lanes=(Lane(origin="510100", destination="510100", cny_per_unit=D(5)),))
    inside, _ = costs(replace(of, freight=lanes))
    # only home can deliver: 4 x 45; with a lane from 350900 at 5 again 8 t
    assert inside["lanes.absent"].welfare == WelfareDifference(D(180), D(180), "more")
    assert inside["lanes.absent"].organisations == 2


def test_five_parties_are_told_shares_in_twentieths() -> None:
    # Five pairs, each half of 10 t at 50 by its own share rule: without the rules twice the welfare.
    half = MaximumShare(fraction=D("0.5"))
    orders = [
        order for k in range(5) for order in (offer(f"o{k}", [5], 50), need(f"n{k}", [10], 100, maximum_share=half))
    ]
    of = market(*orders, offer("more", [25], 60))
    inside, outside = costs(of)
    share = outside["maximum_share"]
    assert inside["maximum_share"].organisations == 5
    assert share.withheld is None
    assert share.welfare_most is not None
    assert share.welfare_most % D("0.05") == 0


def test_a_cost_that_is_rounded_to_nothing_is_said_to_be_small() -> None:
    # Five pairs at a gain of 500 each, less a contract cost of 1: without it 0.2 % more, and no other volume.
    orders = [order for k in range(5) for order in (offer(f"o{k}", [10], 50), need(f"n{k}", [10], 100))]
    of = market(*orders, contract_cost="1")
    _, outside = rule_costs(of, clear(of, EXACT))
    (share,) = outside.rules
    shares = [str(each) for each in (share.welfare_least, share.welfare_most, share.volume)]
    assert (share.verdict, shares) == ("more", ["0.00"] * 3)
    zh, en = table(outside).split("\n\n")
    assert en.count("below 2.5 %") == 3
    assert zh.count("不足 2.5 %") == 3
    less = replace(share, verdict="within_gaps", welfare_least=D("-0.05"), volume=None)
    assert re.search(r"within the gaps +-5% +below 2.5 %$", table(replace(outside, rules=(less,))).rstrip())


def test_the_command_prints_both_languages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    of = market(offer("o", [10], 50), need("n", [10], 100), contract_cost="20")
    write_json(of, tmp_path / "m.json")
    write_json(clear(of, EXACT), tmp_path / "c.json")
    inside = tmp_path / "inside.json"
    assert main(["rules", str(tmp_path / "m.json"), str(tmp_path / "c.json"), "--inside", str(inside)]) == 0
    out = capsys.readouterr().out
    assert "fewer than five" in out
    assert "少于五家" in out
    assert '"least": "20' in inside.read_text(encoding="utf-8")
