"""Scenarios read strictly and applied to a market: what each kind of change makes of it, and what is refused."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from solver.form.faults import MarketError
from solver.form.market import Freight, Lane, Market, Order, Policy, PricePath, canonical_bytes
from solver.form.reading import read_market
from solver.form.scenarios import KINDS, read_scenarios
from solver.form.terms import AcceptedRange, Component, Delivery, Exclusion, LimitPrice, MaximumShare, Site
from solver.whatif.applying import APPLIED, applied
from solver.whatif.orders import DROPPABLE
from tests.unit.solver.hand_markets import market, need, offer

D = Decimal
LANE = Lane(origin="s", destination="t", cny_per_unit=D("10"))
FAR = Lane(origin="s", destination="u", distance_km=D("100"))
SHARE = MaximumShare(fraction=D("0.5"))


def exclusion(organisation: str, reason: str, technical: bool) -> Exclusion:
    return Exclusion(organisation=organisation, reason=reason, technical=technical)


EXCLUDED = (exclusion("org-x", "another province", False), exclusion("org-y", "failed assay", True))


def a_market(**fields: Any) -> Market:
    """Two offers and two needs with a little of everything."""
    indexed = LimitPrice(components=(Component(index="LC"),))
    fields.setdefault("paths", (PricePath(weight=D(1), indices={"LC": (D("100"), D("110"))}),))
    fields.setdefault("policy", Policy(contract_cost=D("5"), price_tick=D("2")))
    fields.setdefault("freight", Freight(kind="lanes", cny_per_unit_km=D("0.5"), lanes=(LANE, FAR)))
    return market(
        offer("o1", [10, 20], 90, lot=D("5"), site=Site(id="s"), maximum_share=SHARE),
        offer("o2", [10, 10], 95, site=Site(id="s"), delivery=Delivery(incoterms=("EXW",))),
        need("n1", [10, 10], 0, site=Site(id="t"), limit_price=indexed, exclusions=EXCLUDED, maximum_share=SHARE),
        need("n2", [10, 10], 105, site=Site(id="u"), organisation="org-n1"),
        **fields,
    )


def scenarios(*changes: Any) -> bytes:
    return json.dumps({"format": "changdan-scenarios/1", "scenarios": [{"id": "s", "changes": list(changes)}]}).encode()


def changed(*changes: Any, of: Market | None = None) -> Market:
    return applied(a_market() if of is None else of, read_scenarios(scenarios(*changes)))[0]


def refused(*changes: Any, of: Market | None = None) -> list[str]:
    with pytest.raises(MarketError) as caught:
        changed(*changes, of=of)
    return [str(fault) for fault in caught.value.faults]


def order_of(found: Market, order_id: str) -> Any:
    return next(order for order in found.orders if order.id == order_id)


def test_every_kind_is_applied_by_one_function() -> None:
    assert set(APPLIED) == set(KINDS)


def test_the_market_itself_stays_as_it_is() -> None:
    before = a_market()
    bytes_before = canonical_bytes(before)
    after = changed({"remove_order": "n2"}, {"index": {"index": "LC", "scale": "2"}}, of=before)
    assert canonical_bytes(before) == bytes_before != canonical_bytes(after)


def test_changes_are_made_one_after_the_other() -> None:
    found = changed(
        {"copy_order": {"order": "o1", "id": "o3", "organisation": "org-new"}},
        {"add_volume": {"order": "o3", "volumes": ["0", "5"]}},
        {"remove_organisation": "org-o1"},
    )
    assert [order.id for order in found.orders] == ["o2", "n1", "n2", "o3"]
    assert order_of(found, "o3").volumes == (D(10), D(25))
    assert order_of(found, "o3").limit_price == order_of(a_market(), "o1").limit_price


def test_scenarios_begin_from_the_market_as_it_is() -> None:
    given = {
        "format": "changdan-scenarios/1",
        "scenarios": [{"id": n, "changes": [{"remove_order": n}]} for n in ("o1", "o2")],
    }
    found = applied(a_market(), read_scenarios(json.dumps(given)))
    assert [[order.id for order in each.orders] for each in found] == [["o2", "n1", "n2"], ["o1", "n1", "n2"]]


@pytest.mark.parametrize(
    ("change", "path", "value"),
    [
        ({"policy": {"contract_cost": "7", "exceptions": "drop"}}, "policy.contract_cost", D(7)),
        ({"policy": {"contract_cost": "7", "exceptions": "drop"}}, "policy.exceptions", "drop"),
        ({"policy": {"contract_cost": "7"}}, "policy.price_tick", D(2)),
        ({"freight": {"cny_per_unit_km": "0.7"}}, "freight.cny_per_unit_km", D("0.7")),
        ({"freight": {"cny_per_unit_km": "0.7"}}, "freight.lanes", (LANE, FAR)),
        ({"freight": {"kind": "none"}}, "freight.lanes", ()),
        ({"freight": {"scale": "1.5"}}, "freight.cny_per_unit_km", D("0.75")),
        ({"remove_lane": {"origin": "s", "destination": "t"}}, "freight.lanes", (FAR,)),
    ],
)
def test_surroundings(change: Any, path: str, value: Any) -> None:
    part, name = path.split(".")
    assert getattr(getattr(changed(change), part), name) == value


def test_freight_times_a_factor_counts_every_lane_once() -> None:
    priced, by_distance = changed({"freight": {"scale": "1.5"}}).freight.lanes
    assert (priced.cny_per_unit, by_distance) == (D(15), FAR)


def test_circuity_of_distances() -> None:
    by_distance = Freight(kind="distance", cny_per_unit_km=D(1), circuity=D("1.2"))
    assert changed({"freight": {"circuity": "1.3"}}, of=a_market(freight=by_distance)).freight.circuity == D("1.3")


def test_lanes_set_and_added() -> None:
    cheaper = {"origin": "s", "destination": "t", "cny_per_unit": "4"}
    assert changed({"set_lane": cheaper}).freight.lanes[0].cny_per_unit == D(4)
    assert changed({"add_lane": {**cheaper, "destination": "v"}}).freight.lanes[2].destination == "v"


@pytest.mark.parametrize(
    ("change", "values"),
    [
        ({"scale": "0.5"}, ("50", "55")),
        ({"shift": "-30"}, ("70", "80")),
        ({"multiples": ["2", "0.5"]}, ("200", "55")),
        ({"values": ["1", "2"]}, ("1", "2")),
    ],
)
def test_an_index_on_another_path(change: Any, values: tuple[str, str]) -> None:
    (path,) = changed({"index": {"index": "LC", **change}}).paths
    assert path.indices["LC"] == tuple(D(value) for value in values)


def test_dropping_one_kind_of_rule() -> None:
    everywhere = changed({"drop_term": {"term": "maximum_share"}})
    assert [order.maximum_share for order in everywhere.orders] == [None] * 4
    of_needs = changed({"drop_term": {"term": "maximum_share", "side": "need"}})
    assert [order.maximum_share for order in of_needs.orders] == [SHARE, None, None, None]
    of_one = changed({"drop_term": {"term": "maximum_share", "order": "n1"}})
    assert [order.maximum_share for order in of_one.orders] == [SHARE, None, None, None]
    assert order_of(changed({"drop_term": {"term": "delivery.incoterms"}}), "o2").delivery == Delivery()
    assert order_of(changed({"drop_term": {"term": "lot", "grade": "G"}}), "o1").lot is None


def test_what_an_offer_guarantees_is_no_rule() -> None:
    """Its own limit may be counted by it; what needs accept of it is dropped alone."""
    guaranteed, accepted = {"purity_pct": D("99.5")}, {"purity_pct": AcceptedRange(at_least=D("99.2"))}
    stated = tuple(
        replace(order, specification=guaranteed if order.side == "offer" else accepted) for order in a_market().orders
    )
    found = changed({"drop_term": {"term": "specification"}}, of=replace(a_market(), orders=stated))
    assert [o.specification for o in found.orders] == [guaranteed if o.side == "offer" else {} for o in stated]


def test_exclusions_without_a_technical_reason() -> None:
    found = changed({"drop_term": {"term": "exclusions", "without_technical_reason": True}})
    assert order_of(found, "n1").exclusions == EXCLUDED[1:]
    assert order_of(changed({"drop_term": {"term": "exclusions"}}), "n1").exclusions == ()


def test_every_rule_that_may_be_dropped_may_be_left_out() -> None:
    optional = {field.name for field in msgspec.structs.fields(Order) if not field.required}
    assert {term for term in DROPPABLE if "." not in term} <= optional


def test_setting_a_term_or_a_part_of_it() -> None:
    assert (
        order_of(changed({"set_term": {"order": "n2", "term": "minimum_fill", "value": "1"}}), "n2").minimum_fill == 1
    )
    cheaper = changed({"set_term": {"order": "o1", "term": "limit_price.premium", "value": "-5"}})
    assert order_of(cheaper, "o1").limit_price.premium == -5
    assert order_of(changed({"set_term": {"order": "o1", "term": "lot", "value": None}}), "o1").lot is None


def test_volumes_times_a_factor_are_whole_lots() -> None:
    assert order_of(changed({"scale_volume": {"order": "o1", "scale": "1.7"}}), "o1").volumes == (D(15), D(30))
    assert order_of(changed({"scale_volume": {"order": "o2", "scale": "1.75"}}), "o2").volumes == (D(17), D(17))


def test_a_new_order_stands_as_it_is_given() -> None:
    given = json.loads(canonical_bytes(offer("o9", [1, 2], 80, site=Site(id="s"))))
    assert order_of(changed({"add_order": given}), "o9") == offer("o9", [1, 2], 80, site=Site(id="s"))


def test_what_comes_out_is_a_market_file() -> None:
    found = changed({"freight": {"scale": "1.5"}}, {"index": {"index": "LC", "scale": "1.1"}})
    assert read_market(canonical_bytes(found)) == found


C = "/scenarios/0/changes/0"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, f"{C}: nothing: must have exactly one of policy, "),
        ({"remove_order": "o1", "remove_organisation": "A"}, f"{C}: remove_organisation, remove_order: must have"),
        ({"remove": "o1"}, f'{C}/remove: "o1": unknown field'),
        ({"remove_order": "o7"}, f"{C}/remove_order: o7: must be an order"),
        ({"remove_organisation": "o1"}, f"{C}/remove_organisation: o1: must be an organisation"),
        ({"drop_term": {"term": "ramp"}}, f"{C}/drop_term/term: ramp: no order"),
        ({"drop_term": {"term": "maximum_share", "order": "n2"}}, f"{C}/drop_term/term: maximum_share: no order"),
        ({"drop_term": {"term": "maximum_share", "order": "x"}}, f"{C}/drop_term/order: x: must be an order"),
        ({"drop_term": {"term": "lot", "grade": "x"}}, f"{C}/drop_term/grade: x: must be a grade"),
        ({"drop_term": {"term": "limit_price"}}, f"{C}/drop_term/term: limit_price: must be one of"),
        ({"drop_term": {"term": "site"}}, f"{C}/drop_term/term: site: must be one of"),
        ({"drop_term": {"term": "lot", "side": "seller"}}, f'{C}/drop_term/side: "seller": must be one of '),
        (
            {"drop_term": {"term": "lot", "without_technical_reason": True}},
            f"{C}/drop_term/without_technical_reason: lot: only exclusions",
        ),
        ({"set_term": {"order": "x", "term": "lot", "value": "1"}}, f"{C}/set_term/order: x: must be an order"),
        ({"set_term": {"order": "o1", "term": "id", "value": "x"}}, f"{C}/set_term/term: id: is what"),
        ({"set_term": {"order": "o1", "term": "colour", "value": "1"}}, f'{C}/set_term/term: "1": unknown field'),
        ({"set_term": {"order": "o1", "term": "payment.x", "value": "1"}}, f'{C}/set_term/term: "1": unknown field'),
        ({"set_term": {"order": "o1", "term": "lot.x", "value": "1"}}, f"{C}/set_term/term: lot.x: lot has no parts"),
        ({"set_term": {"order": "o1", "term": "lot", "value": 5}}, f"{C}/set_term/value: 5: must be a decimal"),
        (
            {"set_term": {"order": "n1", "term": "maximum_share", "value": {"fraction": 1}}},
            f"{C}/set_term/value/fraction: 1: must be a decimal",
        ),
        (
            {"set_term": {"order": "n1", "term": "minimum_fill", "value": "2"}},
            "/scenarios/0: /orders/2/minimum_fill: 2: must be at most 1",
        ),
        (
            {"set_term": {"order": "n1", "term": "alternates", "value": [{"grade": "H", "ratio": "1"}]}},
            "/scenarios/0: /orders/2/alternates/0/grade: H: must be another grade of the market, named once",
        ),
        ({"policy": {"price_tick": "0"}}, "/scenarios/0: /policy/price_tick: 0: must be greater than 0"),
        ({"policy": {"tick": "1"}}, f'{C}/policy/tick: "1": unknown field'),
        ({"policy": {"price_tick": 1}}, f"{C}/policy/price_tick: 1: must be a decimal"),
        ({"policy": {"sealed_seed": "x"}}, f"{C}/policy/sealed_seed: sealed_seed: is no rule"),
        ({"policy": {"contract_cost": "5"}}, f"{C}/policy: policy: changes nothing"),
        ({"freight": {"circuity": "1.2"}}, f"{C}/freight/circuity: 1.2: freight of kind lanes has no circuity"),
        ({"freight": {"scale": "0"}}, f"{C}/freight/scale: 0: must be greater than 0"),
        ({"freight": {}}, f"{C}/freight: freight: changes nothing"),
        (
            {"set_lane": {"origin": "t", "destination": "s", "cny_per_unit": "1"}},
            f"{C}/set_lane: t to s: must be a lane",
        ),
        ({"remove_lane": {"origin": "t", "destination": "s"}}, f"{C}/remove_lane: t to s: must be a lane"),
        (
            {"add_lane": {"origin": "s", "destination": "t", "cny_per_unit": "1"}},
            "/scenarios/0: /freight/lanes/0: s to t: must be given once",
        ),
        ({"index": {"index": "NI", "scale": "2"}}, f"{C}/index/index: NI: must be an index"),
        ({"index": {"index": "LC"}}, f"{C}/index: nothing: must have exactly one of scale"),
        ({"index": {"index": "LC", "scale": "2", "shift": "1"}}, f"{C}/index: scale, shift: must have exactly one of"),
        ({"index": {"index": "LC", "scale": "-1"}}, f"{C}/index/scale: -1: must be greater than 0"),
        ({"index": {"index": "LC", "values": ["1"]}}, f"{C}/index/values: 1 values: must have 2"),
        (
            {"index": {"index": "LC", "shift": "-101"}},
            "/scenarios/0: /paths/0/indices/LC/0: -1: must be at least 0",
        ),
        ({"add_volume": {"order": "o1", "volumes": ["5"]}}, f"{C}/add_volume/volumes: 1 volumes: must have 2"),
        ({"add_volume": {"order": "o1", "volumes": ["5", "-5"]}}, f"{C}/add_volume/volumes/1: -5: must be at least 0"),
        (
            {"add_volume": {"order": "o1", "volumes": ["0.5", "0"]}},
            "/scenarios/0: /orders/0/volumes/0: 10.5: must be a whole multiple of 1 t",
        ),
        ({"scale_volume": {"order": "o1", "scale": "0"}}, f"{C}/scale_volume/scale: 0: must be greater than 0"),
        ({"copy_order": {"order": "o1", "id": "n1", "organisation": "new"}}, f"{C}/copy_order/id: n1: must be a name"),
        (
            {"copy_order": {"order": "o1", "id": "o9", "organisation": "org-o2"}},
            f"{C}/copy_order/organisation: org-o2: must be an organisation without orders",
        ),
        ({"add_order": {"id": "o9"}}, f"{C}/add_order/side: missing: is required"),
    ],
)  # fmt: skip
def test_what_is_refused(change: Any, said: str) -> None:
    faults = refused(change)
    assert any(fault.startswith(said) for fault in faults), faults


def test_lanes_belong_to_freight_by_lanes() -> None:
    lane = {"origin": "s", "destination": "t", "cny_per_unit": "1"}
    assert "only freight of kind lanes" in refused({"add_lane": lane}, of=a_market(freight=Freight()))[0]


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"format": "changdan-market/1", "scenarios": []}, "/format: "),
        ({"format": "changdan-scenarios/1", "scenarios": []}, "/scenarios: 0 scenarios: must be 1 to 100"),
        ({"format": "changdan-scenarios/1", "scenarios": [{"id": "s", "changes": []}]}, "/scenarios/0/changes: 0 "),
        (
            {"format": "changdan-scenarios/1", "scenarios": [{"id": "base", "changes": [{"remove_order": "o1"}]}]},
            "/scenarios/0/id: base: must be a name",
        ),
        (
            {"format": "changdan-scenarios/1", "scenarios": [{"id": "s", "changes": [{"remove_order": "o1"}]}] * 2},
            "/scenarios/0/id: s: must be a name that no other",
        ),
    ],
)
def test_files_that_hold_no_scenarios(document: Any, said: str) -> None:
    with pytest.raises(MarketError) as caught:
        read_scenarios(json.dumps(document))
    assert str(caught.value.faults[0]).startswith(said)


def test_each_scenario_says_its_fault() -> None:
    given = {
        "format": "changdan-scenarios/1",
        "scenarios": [{"id": n, "changes": [{"remove_order": n}]} for n in ("x", "o1", "y")],
    }
    with pytest.raises(MarketError) as caught:
        applied(a_market(), read_scenarios(json.dumps(given)))
    assert [fault.pointer for fault in caught.value.faults] == [
        "/scenarios/0/changes/0/remove_order",
        "/scenarios/2/changes/0/remove_order",
    ]
