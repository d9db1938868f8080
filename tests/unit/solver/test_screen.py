"""The screen: each test by itself, the first one that fails counts, and the amounts of what passes (section 2)."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from solver.form.market import Freight, Market
from solver.form.terms import (
    AcceptedRange,
    Approval,
    Approved,
    Component,
    Counterparties,
    Delivery,
    Exclusion,
    Flexibility,
    HeldCertificate,
    LimitPrice,
    MaximumShare,
    MinimumContract,
    Option,
    Validity,
)
from solver.generate import generate
from solver.pairs.screened import Pairs
from solver.screening import screen as screening
from solver.screening.decompose import components
from solver.screening.screen import screen
from tests.unit.solver.hand_markets import market, need, offer

HELD = HeldCertificate(certificate="iso", valid_from="2027-01-01", valid_to="2027-01-31")


def approved(kind: str, **terms: Any) -> Approved:
    return Approved(kind=kind, counterparties=(Approval(organisation="org-o", **terms),))  # type: ignore[arg-type]


def pair(selling: dict[str, Any], buying: dict[str, Any], **fields: Any) -> Market:
    """An offer of 10 at 100 and a need of 10 at 110 with these terms."""
    return market(
        offer("o", selling.pop("volumes", [10]), selling.pop("limit", 100), **selling),
        need("n", buying.pop("volumes", [10]), buying.pop("limit", 110), **buying),
        **fields,
    )


@pytest.mark.parametrize(
    ("selling", "buying", "fields", "reason"),
    [
        ({}, {}, {}, None),
        ({"organisation": "A"}, {"organisation": "A"}, {}, "same_party"),
        ({"group_parent": "P"}, {"group_parent": "P"}, {}, "same_party"),
        ({"group_parent": "P"}, {"group_parent": "Q"}, {}, None),
        ({}, {"validity": Validity(valid_to="2026-12-31")}, {"as_of": "2027-01-01"}, "validity"),
        ({"validity": Validity(valid_from="2027-01-01")}, {}, {"as_of": "2027-01-01"}, None),
        ({"exclusions": (Exclusion(organisation="org-n", reason="debts"),)}, {}, {}, "exclusion"),
        ({}, {"exclusions": (Exclusion(organisation="org-o", reason="debts"),)}, {}, "exclusion"),
        ({}, {"approved": Approved(kind="only", counterparties=())}, {}, "approval"),
        ({}, {"approved": Approved(kind="preferred", counterparties=())}, {}, None),
        ({}, {"approved": approved("only")}, {}, None),
        ({}, {"approved": approved("only", since="2027-01-02")}, {}, "approval"),
        ({}, {"approved": approved("only", since="2027-01-01")}, {}, None),
        ({}, {"approved": approved("only", site="other")}, {}, "approval"),
        ({}, {"approved": approved("only", grade="H")}, {}, "approval"),
        (
            {"delivery": Delivery(incoterms=("EXW",))},
            {"delivery": Delivery(incoterms=("DAP", "FCA"))},
            {},
            "incoterm",
        ),
        ({"delivery": Delivery(incoterms=("EXW",))}, {}, {}, None),
        ({}, {"specification": {"a": AcceptedRange(at_least=Decimal("99.5"))}}, {}, "specification"),
        (
            {"specification": {"a": Decimal("99.50")}},
            {"specification": {"a": AcceptedRange(at_least=Decimal("99.5"), at_most=Decimal("99.5"))}},
            {},
            None,
        ),
        (
            {"specification": {"a": Decimal("99.49999999999999999")}},
            {"specification": {"a": AcceptedRange(at_least=Decimal("99.5"))}},
            {},
            "specification",
        ),
        ({}, {"certificates": ("iso",)}, {}, "certificate"),
        ({"holds": (HELD,)}, {"certificates": ("iso",)}, {}, None),
        ({"certificates": ("iso",)}, {"holds": (HELD,)}, {}, None),
        (
            {"holds": (HeldCertificate(certificate="iso", valid_from="2027-01-02", valid_to="2028-01-01"),)},
            {"certificates": ("iso",)},
            {},
            "certificate",
        ),
        ({}, {"flexibility": Flexibility(requires=Option(up=Decimal("0.05")))}, {}, "flexibility"),
        (
            {"flexibility": Flexibility(grants=Option(up=Decimal("0.05"), notice_days=30))},
            {"flexibility": Flexibility(requires=Option(up=Decimal("0.05"), notice_days=29))},
            {},
            "flexibility",
        ),
        (
            {"flexibility": Flexibility(grants=Option(up=Decimal("0.05"), notice_days=30))},
            {"flexibility": Flexibility(requires=Option(up=Decimal("0.05")))},
            {},
            None,
        ),
        ({}, {}, {"freight": Freight(kind="distance", cny_per_unit_km=Decimal(1))}, "lane"),
        ({"limit": "110.000001"}, {}, {}, "price"),
        ({}, {}, {"contract_cost": "100"}, "price"),
        ({}, {}, {"contract_cost": "99.99"}, None),
        ({"volumes": [10, 0]}, {"volumes": [0, 10]}, {}, "price"),
        ({"minimum_contract": Decimal(11)}, {}, {}, "quantity"),
        ({"lot": Decimal(4)}, {"lot": Decimal(6)}, {}, "quantity"),  # 12 is more than 10
        ({"lot": Decimal(4)}, {"minimum_contract": Decimal(9)}, {}, "quantity"),  # 8 too small, 12 too large
        ({"lot": Decimal(4)}, {"minimum_contract": Decimal(8)}, {}, None),
        ({"maximum_contract": Decimal(5)}, {"minimum_contract": Decimal(6)}, {}, "quantity"),
        ({}, {"maximum_share": MaximumShare(fraction=Decimal("0.05"))}, {}, "quantity"),  # half a quantum
    ],
)
def test_each_reason(selling: dict[str, Any], buying: dict[str, Any], fields: dict[str, Any], reason: str | None):
    screened = screen(pair(dict(selling), dict(buying), **fields))
    assert len(screened.pairs) == (0 if reason else 1)
    expected = {reason: 1} if reason else {}
    assert screened.refused == {"o": expected, "n": expected}


def test_only_the_first_failing_test_counts():
    both = {"exclusions": (Exclusion(organisation="org-n", reason=""),), "minimum_contract": Decimal(11), "limit": 200}
    assert screen(pair(both, {})).refused["o"] == {"exclusion": 1}


def test_other_grades_are_counted():
    grades = generate(20, 30, 2, seed=3)
    offers = [order for order in grades.orders if order.side == "offer"]
    refused = screen(grades).refused
    for order in offers:
        others = sum(other.grade != order.grade for other in grades.orders if other.side == "need")
        assert refused[order.id].get("grade", 0) == others


def test_the_nearest_miss_in_price_is_kept():
    found = market(offer("o", [10], 100), need("n", [10], 97), need("m", [10], 90))
    assert screen(found).near_price == {"o": 3.0, "n": 3.0, "m": 10.0}


def test_a_miss_of_the_contract_cost_is_spread_over_the_volume():
    screened = screen(pair({}, {}, contract_cost="150"))
    assert screened.near_price == {"o": 5.0, "n": 5.0}  # 150 cost, 100 gain, 10 t


def test_amounts_by_hand():
    """Flexibility of 25 % on 10 leaves 8; the loss-making month carries nothing; the share caps the contract."""
    selling = {
        "volumes": [10, 10, 10],
        "flexibility": Flexibility(grants=Option(up=Decimal("0.25"))),
        "minimum_contract": MinimumContract(volume=Decimal(100), pair_fraction=Decimal("0.5")),
    }
    buying = {
        "volumes": [9, 7, 20],
        "limit_price": LimitPrice(
            components=(Component(fixed=Decimal(110)),), premium_by_period=(Decimal(0), Decimal(0), Decimal(-20))
        ),
        "flexibility": Flexibility(requires=Option(up=Decimal("0.25"))),
        "maximum_share": MaximumShare(fraction=Decimal("0.35")),
    }
    pairs = screen(pair(selling, buying)).pairs
    assert pairs.most.tolist() == [[8.0, 7.0, 0.0]]
    assert pairs.contract_most.tolist() == [pytest.approx(0.35 * 36)]
    # half of min(10, 9) + min(10, 7) + min(10, 20) = 26, held by the share of 12.6: 6.3, in whole quanta 6
    assert pairs.contract_least.tolist() == [6.0]
    assert pairs.gain.tolist() == [[10.0, 10.0, -10.0]]


def test_before_an_approval_only_the_trial_volume_may_trade():
    rule = Approved(
        kind="preferred",
        counterparties=(Approval(organisation="org-o", since="2027-02-01"),),
        trial_share=Decimal("0.1"),
    )
    pairs = screen(pair({"volumes": [10, 10]}, {"volumes": [10, 10], "approved": rule})).pairs
    assert pairs.most.tolist() == [[10.0, 10.0]]
    assert pairs.contract_most.tolist() == [12.0]


def test_an_approval_only_later_opens_only_later_periods():
    rule = approved("only", since="2027-02-01")
    pairs = screen(pair({"volumes": [10, 10]}, {"volumes": [10, 10], "approved": rule})).pairs
    assert pairs.most.tolist() == [[0.0, 10.0]]


def test_blocks_of_any_size_give_the_same(monkeypatch: pytest.MonkeyPatch):
    found = generate(25, 25, 3, seed=5)
    whole = screen(found)
    monkeypatch.setattr(screening, "BLOCK_PAIRS", 7)
    parts = screen(found)
    assert parts.refused == whole.refused
    assert parts.near_price == whole.near_price
    for name in ("offer", "need", "gain", "most", "contract_least", "contract_most", "step"):
        assert getattr(parts.pairs, name).tolist() == getattr(whole.pairs, name).tolist()


def test_pairs_stand_in_the_order_of_the_file():
    pairs = screen(generate(30, 30, 2, seed=7)).pairs
    order = list(zip(pairs.offer.tolist(), pairs.need.tolist(), strict=True))
    assert order == sorted(order)


def test_components_are_what_no_pair_joins_largest_first():
    kept_apart = tuple(Exclusion(organisation=f"org-n{i}", reason="") for i in (2, 3))
    found = market(
        offer("o1", [1], 10, exclusions=kept_apart),
        need("n1", [1], 11),
        offer("o2", [1], 100),
        need("n2", [1], 120),
        need("n3", [1], 130),
    )
    assert [part.tolist() for part in components(screen(found))] == [[1, 2], [0]]


def test_counterparties_do_not_matter_to_the_screen():
    assert len(screen(pair({"counterparties": Counterparties(least=5)}, {})).pairs) == 1


@pytest.mark.parametrize("threads", [2, 5])
def test_threads_and_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch, threads: int):
    drawn = generate(60, 60, 3, 4, "ramped")
    alone = screen(drawn)
    monkeypatch.setattr(screening, "BLOCK_PAIRS", 1)  # a block for each offer
    together = screen(drawn, threads=threads)
    assert len(alone.pairs) > 100
    for field in dataclasses.fields(Pairs):
        assert np.array_equal(getattr(together.pairs, field.name), getattr(alone.pairs, field.name))
    assert (together.refused, together.near_price) == (alone.refused, alone.near_price)
