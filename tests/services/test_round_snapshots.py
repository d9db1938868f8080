"""The sealed market of a round: what stands in it, that its hash depends on nothing else, and who is left out."""

from __future__ import annotations

import json
import random
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from marketplace.notifications.queries import messages
from marketplace.rounds import queries, services
from marketplace.rounds.models import Round, RoundSnapshot
from marketplace.rounds.services import snapshot
from marketplace.shared.actor import SYSTEM
from marketplace.shared.database import db
from marketplace.shared.errors import NotAllowed
from solver.form.market import content_hash
from solver.form.reading import read_market
from tests.conftest import NOW
from tests.factories.catalogue import make_grade
from tests.factories.evidence import make_certificate
from tests.factories.indices import make_index, make_quote
from tests.factories.rounds import MONTHS, POLICY, SmallMarket, make_market, make_open_order, make_round, make_trader

pytestmark = pytest.mark.usefixtures("session")

TODAY = date(2026, 12, 1)


def document_of(round_: Round) -> dict[str, Any]:
    return json.loads(db.session.get_one(RoundSnapshot, round_.id).market)


def order_in(round_: Round, order_id: str) -> dict[str, Any]:
    return next(order for order in document_of(round_)["orders"] if order["id"] == order_id)


def entered(round_: Round) -> set[str]:
    return {row.order_id for row in queries.orders_of(round_.id) if row.entered}


def test_the_hash_depends_on_the_orders_and_not_on_their_order() -> None:
    market = make_market()
    round_ = make_round(market.grade, until="open")
    orders = list(market.orders)
    hashes = set()
    for seed in range(5):
        random.Random(seed).shuffle(orders)
        hashes.add(snapshot.build(round_, orders, seed="s", today=TODAY).hash)
    assert len(hashes) == 1
    assert snapshot.build(round_, orders[1:], seed="s", today=TODAY).hash not in hashes
    assert snapshot.build(round_, orders, seed="t", today=TODAY).hash not in hashes


def test_the_published_hash_is_that_of_the_stored_bytes() -> None:
    round_ = make_round(make_market().grade, until="frozen")
    stored = db.session.get_one(RoundSnapshot, round_.id)
    assert round_.snapshot_hash == stored.hash == content_hash(read_market(stored.market))


def test_the_seed_is_the_houses_and_is_written_nowhere_but_in_the_snapshot() -> None:
    seeds = set()
    for _ in range(2):
        round_ = make_round(make_market().grade, until="frozen")
        seeds.add(document_of(round_)["policy"]["sealed_seed"])
        assert "sealed_seed" not in round_.policy
    assert len(seeds) == 1
    assert len(seeds.pop()) == 64


def test_an_order_stands_in_the_market_with_all_its_terms() -> None:
    grade, seller = make_grade(), make_trader(tags=["state-owned"], small=True)
    buyer, stranger = make_trader(), make_trader()
    make_certificate(seller.organisation, code="ISO9001")
    make_certificate(seller.organisation, code="ISO14001", status="declared")
    terms = {
        "specification": {"purity_pct": "99.6"},
        "flexibility": {"grants": {"down": "0.1", "up": "0.05", "notice_days": 30}},
        "delivery": {"incoterms": ["EXW"], "place": {"lat": "30.5", "lon": "104", "region": "510100"}},
        "payment": {"days": 30},
        "minimum_contract": {"volume": "30", "pair_fraction": "0.9"},
        "lot": "10",
        "counterparties": {"most": 4},
        "exclusions": [{"organisation": stranger.organisation.credit_code, "reason": "曾违约"}],
        "approved": {
            "kind": "preferred",
            "counterparties": [
                {"organisation": buyer.organisation.credit_code},
                {"organisation": "91350000158142711F"},
            ],
        },
    }
    order = make_open_order(seller, "offer", grade, price="96000", **terms)
    found = order_in(make_round(grade, until="frozen"), order.id)
    assert found["organisation"] == seller.organisation.id
    assert found["group_parent"] == seller.organisation.credit_code
    assert found["tags"] == ["state-owned"]
    assert found["small_supplier"] is True
    assert [held["certificate"] for held in found["holds"]] == ["ISO9001"]
    assert found["site"] == {"id": order.site_id, "region": "510100", "lat": 30.57, "lon": 104.07}
    assert found["delivery"] == {"incoterms": ["EXW"], "place": {"lat": 30.5, "lon": 104.0, "region": "510100"}}
    assert found["exclusions"][0]["organisation"] == stranger.organisation.id
    names = [each["organisation"] for each in found["approved"]["counterparties"]]
    assert names == [buyer.organisation.id, "91350000158142711F"]
    assert {name: found[name] for name in ("flexibility", "minimum_contract", "lot", "payment")} == {
        name: terms[name] for name in ("flexibility", "minimum_contract", "lot", "payment")
    }


def test_a_place_named_by_a_site_of_ones_own_stands_there_with_its_coordinates() -> None:
    grade, seller = make_grade(), make_trader()
    first = make_open_order(seller, "offer", grade, price="96000")
    order = make_open_order(seller, "offer", grade, price="96000", delivery={"place": {"id": first.site_id}})
    round_ = make_round(grade, until="frozen")
    assert order_in(round_, order.id)["delivery"]["place"] == order_in(round_, order.id)["site"]


def test_months_become_positions_and_others_are_not_traded() -> None:
    grade, seller = make_grade(), make_trader()
    order = make_open_order(
        seller,
        "offer",
        grade,
        price="96000",
        volumes={"2027-02": "7", "2027-03": "5.5", "2027-04": "1000"},
        limit_price={"components": [{"fixed": "96000"}], "premium_by_period": {"2027-03": "120", "2027-05": "1"}},
    )
    round_ = make_round(grade, until="frozen")
    found = order_in(round_, order.id)
    assert found["volumes"] == ["0", "7", "5.5"]
    assert found["limit_price"]["premium_by_period"] == ["0", "0", "120"]
    assert [row.volume for row in queries.orders_of(round_.id)] == [Decimal("12.5")]


def test_only_open_valid_orders_of_the_grade_with_volume_are_taken() -> None:
    grade, seller = make_grade(), make_trader()
    taken = make_open_order(seller, "offer", grade, price="1", validity={"valid_to": "2026-12-01"})
    make_open_order(seller, "offer", grade, price="1", validity={"valid_to": "2026-11-30"})
    make_open_order(seller, "offer", grade, price="1", validity={"valid_from": "2026-12-02"})
    make_open_order(seller, "offer", grade, price="1", volumes={"2027-04": "5"})
    make_open_order(seller, "offer", grade, price="1", volumes={"2027-01": "0", "2027-04": "5"})
    make_open_order(seller, "offer", make_grade(), price="1")
    make_open_order(seller, "offer", grade, price="1").status = "draft"
    make_open_order(make_trader(status="suspended"), "offer", grade, price="1")
    assert entered(make_round(grade, until="frozen")) == {taken.id}


def test_an_order_that_the_round_cannot_clear_is_left_out_by_name_and_stays_open() -> None:
    market = make_market()
    seller = market.sellers[0]
    order = make_open_order(seller, "offer", market.grade, price="1", delivery={"incoterms": ["DAP", "FOB"]})
    round_ = make_round(market.grade, until="frozen", policy={**POLICY, "incoterm_order": ["DAP", "EXW"]})
    assert entered(round_) == {each.id for each in market.orders} - {order.id}
    assert order.status == "open"
    left_out = next(row for row in queries.orders_of(round_.id) if not row.entered)
    assert (left_out.order_id, left_out.left_out_terms) == (order.id, ["/delivery/incoterms/1"])
    assert [(each.kind, each.subject_id) for each in messages(seller.actor).items] == [("order-left-out", order.id)]
    assert order.id in messages(seller.actor).items[0].text_zh
    _finish(round_)
    told = queries.outcomes_of_order(order.id, seller.actor)
    assert [(each.status, each.terms) for each in told] == [("left_out", ["/delivery/incoterms/1"])]


def test_an_index_that_the_round_does_not_name_stands_at_its_latest_quote() -> None:
    """Whoever states the paths learns from nobody's absence which index a limit follows."""
    market = make_market()
    followed, accepted, unnamed = (make_index() for _ in range(3))
    for index, day, value, vintage in (
        (followed, "2026-11-27", "97000", 1),
        (followed, "2026-11-30", "98000.5", 1),
        (followed, "2026-11-30", "98100.50", 2),
        (followed, "2026-10-30", "99000", 3),
        (accepted, "2026-11-30", "50", 1),
        (unnamed, "2026-11-30", "7", 1),
    ):
        make_quote(index, day, value, vintage)
    indexed = {"components": [{"index": followed.id, "coefficient": "0.98"}], "accepted_indices": [accepted.id]}
    order = make_open_order(market.sellers[0], "offer", market.grade, price="1", limit_price=indexed)
    followed.contributors = 4  # withheld once the order is open: this must not show it either
    for stated in ({}, {accepted.id: ["51", "52", "53"]}, {unnamed.id: ["0", "0", "0"]}):
        round_ = make_round(market.grade, until="frozen", index_paths=stated)
        assert order.id in entered(round_)
        (path,) = document_of(round_)["paths"]
        latest = {followed.id: ["98100.5"] * 3, accepted.id: ["50"] * 3}
        assert path == {"weight": "1", "indices": latest | stated}
        services.cancel_round(round_.id, actor=SYSTEM, now=NOW)


def test_no_order_is_left_out_for_how_its_index_is_quoted() -> None:
    """A series or a month that no path states stands at the index's own values, the nearest month's outside."""
    market, index = make_market(), make_index()
    make_quote(index, "2026-11-30", "98100.5", 1)
    components = {"components": [{"index": index.id}]}
    quotations = ({"month": "M-1"}, {"month": "M+1"}, {"basis": "settlement"}, {"dates": ["2027-01-12", "2027-01-05"]})
    orders = [
        make_open_order(market.sellers[0], "offer", market.grade, price="1", limit_price={**components, "quotation": q})
        for q in quotations
    ]
    days, settled = f"{index.id}@2027-01-05,2027-01-12", f"{index.id}@settlement"
    for stated, mean in (({}, ["98100.5"] * 3), ({index.id: ["1", "2", "3"]}, ["1", "2", "3"])):
        round_ = make_round(market.grade, until="frozen", index_paths=stated)
        assert {order.id for order in orders} <= entered(round_)
        (path,) = document_of(round_)["paths"]
        assert path["indices"] == {index.id: mean, settled: mean, days: mean}
        assert (path["before"], path["after"]) == ({index.id: mean[0]}, {index.id: mean[-1]})
        services.cancel_round(round_.id, actor=SYSTEM, now=NOW)
    told = [
        {"weight": "0.25", "indices": {index.id: ["1", "2", "3"], settled: ["4", "5", "6"]}, "before": {index.id: "7"}},
        {"weight": "0.75", "indices": {index.id: ["8", "8", "8"]}},
    ]
    round_ = make_round(market.grade, until="frozen", index_paths=told)
    first, second = document_of(round_)["paths"]
    assert (first["indices"][settled], first["indices"][days]) == (["4", "5", "6"], ["1", "2", "3"])
    assert (first["before"], first["after"]) == ({index.id: "7"}, {index.id: "3"})
    assert (second["weight"], second["indices"][settled], second["before"]) == ("0.75", ["8"] * 3, {index.id: "8"})


def test_terms_of_money_stand_in_the_market_and_what_the_round_does_not_take_is_left_out() -> None:
    market = make_market()
    seller = market.sellers[0]
    consent, deposit = {"most_cny_per_unit": "500"}, {"days": 30, "deposit_fraction": "0.1"}
    dollars = {"components": [{"fixed": "14000"}], "currency": "USD"}
    bill = {"instrument": "commercial_acceptance", "tenor_days": 90}
    terms = {"price": "1", "loss_consent": consent, "payment": deposit, "limit_price": dollars}
    taken = make_open_order(seller, "offer", market.grade, **terms)
    by_bill = make_open_order(seller, "offer", market.grade, price="1", payment=bill)
    policy = {**POLICY, "exchange_rates": {"USD": "7.10"}, "refused_instruments": ["commercial_acceptance"]}
    round_ = make_round(market.grade, until="frozen", policy=policy)
    found = order_in(round_, taken.id)
    assert (found["loss_consent"], found["payment"], found["limit_price"]) == (consent, deposit, dollars)
    stated = document_of(round_)["policy"]
    assert (stated["exchange_rates"], stated["small_supplier_days"]) == ({"USD": "7.1"}, 60)
    left_out = {row.order_id: row.left_out_terms for row in queries.orders_of(round_.id) if not row.entered}
    assert left_out == {by_bill.id: ["/payment/instrument"]}
    services.cancel_round(round_.id, actor=SYSTEM, now=NOW)
    round_ = make_round(market.grade, until="frozen")
    assert {row.order_id: row.left_out_terms for row in queries.orders_of(round_.id) if not row.entered} == {
        taken.id: ["/limit_price/currency"]
    }


def test_parent_and_subsidiary_are_one_party_although_only_one_names_the_other() -> None:
    grade, parent = make_grade(), make_trader()
    daughter = make_trader(group_parent=parent.organisation.credit_code)
    granddaughter = make_trader(group_parent=daughter.organisation.credit_code)
    make_open_order(parent, "offer", grade, price="90000")
    make_open_order(granddaughter, "need", grade, price="110000")
    round_ = make_round(grade, until="solved")
    assert {order["group_parent"] for order in document_of(round_)["orders"]} == {parent.organisation.credit_code}
    assert queries.clearing(round_.id).status == "empty"


def test_a_market_of_samples_has_no_secrets_and_can_be_exported_and_no_other() -> None:
    grade = make_grade()
    for side, price in (("offer", "96000"), ("need", "104000")):
        make_open_order(make_trader(sample=True), side, grade, price=price)
    round_ = make_round(grade, until="frozen")
    market = read_market(services.export_sample_market(round_.id))
    assert len(market.orders) == 2
    assert market.policy.sealed_seed == ""
    assert content_hash(market) == round_.snapshot_hash
    real: SmallMarket = make_market()
    with pytest.raises(NotAllowed):
        services.export_sample_market(make_round(real.grade, until="frozen").id)


def test_the_calendar_of_the_market_is_the_rounds() -> None:
    document = document_of(make_round(make_market().grade, until="frozen"))
    assert (document["calendar"], document["as_of"]) == (list(MONTHS), "2026-12-01")


def _finish(round_: Round) -> None:
    claim = services.claim_run(round_.id, actor=SYSTEM, now=NOW)
    services.record_clearing(claim, services.solve(claim.market, seconds=60), actor=SYSTEM, now=NOW)
    services.review_round(round_.id, "ok", actor=SYSTEM, now=NOW)
    services.publish_round(round_.id, actor=SYSTEM, now=NOW)
