"""The same orders cannot be put to the test again and again: their owners are told, and then the orders rest."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from marketplace.notifications.queries import messages
from marketplace.rounds import queries, services
from marketplace.rounds.models import Round
from marketplace.shared.actor import SYSTEM
from marketplace.shared.audit import AuditEntry
from marketplace.shared.database import db
from tests.conftest import NOW
from tests.factories.catalogue import make_grade
from tests.factories.rounds import (
    SmallMarket,
    Trader,
    latest_claim,
    make_market,
    make_open_order,
    make_round,
    make_trader,
)

pytestmark = pytest.mark.usefixtures("session")


def cancelled_run(market: SmallMarket, *, until: str = "solved", **plan: Any) -> Round:
    """A round of the market that was taken so far and then cancelled."""
    round_ = make_round(market.grade, until=until, **plan)
    return services.cancel_round(round_.id, actor=SYSTEM, now=NOW)


def entered(round_: Round) -> set[str]:
    return {row.order_id for row in queries.orders_of(round_.id) if row.entered}


def inbox(trader: Trader) -> list[tuple[str, str]]:
    return [(each.kind, each.subject_id) for each in messages(trader.actor).items]


def trail(trader: Trader) -> list[tuple[str, str, dict[str, Any]]]:
    query = db.select(AuditEntry).filter_by(organisation_id=trader.organisation.id).order_by(AuditEntry.number)
    entries = (entry for entry in db.session.scalars(query) if entry.action.startswith("rounds:"))
    return [(entry.action, entry.subject_id, entry.payload["cancelled_rounds"]) for entry in entries]


def test_an_owner_is_told_that_its_order_is_frozen_again_after_a_cancelled_run() -> None:
    market = make_market()
    first = cancelled_run(market)
    assert [inbox(trader) for trader in market.traders] == [[]] * 6
    second = make_round(market.grade, until="frozen")
    assert entered(second) == {order.id for order in market.orders}
    for trader in market.traders:
        assert inbox(trader) == [("orders-frozen-again", second.id)]
        assert trail(trader) == [("rounds:orders:frozen-again", second.id, {trader.orders[0].id: [first.id]})]


def test_after_two_cancelled_runs_an_order_rests_and_others_do_not() -> None:
    market = make_market()
    cancelled = [cancelled_run(market, policy={"minimum_gain": gain}) for gain in ("0", "900")]
    fresh = make_open_order(make_trader(), "offer", market.grade, price="95000")
    third = make_round(market.grade, until="frozen")
    assert entered(third) == {fresh.id}
    assert {row.order_id: row.left_out_terms for row in queries.orders_of(third.id) if not row.entered} == {
        order.id: [] for order in market.orders
    }
    assert {order.status for order in market.orders} == {"open"}
    trader = market.traders[0]
    assert ("orders-rested", third.id) in inbox(trader)
    rounds = sorted(each.id for each in cancelled)  # both were cancelled at the tests' moment
    assert trail(trader)[-1] == ("rounds:orders:rested", third.id, {trader.orders[0].id: rounds})


def test_an_owner_reads_why_its_order_rested() -> None:
    market = make_market()
    for _ in range(2):
        cancelled_run(market)
    make_round(market.grade, until="published")
    trader = market.traders[0]
    (told,) = queries.outcomes_of_order(trader.orders[0].id, trader.actor)
    assert (told.status, told.terms, [each["code"] for each in told.reasons]) == ("left_out", [], ["at_rest"])
    assert "protect its limit" in told.reasons[0]["en"]


@pytest.mark.parametrize(("later", "enters"), [(timedelta(days=29), False), (timedelta(days=30), True)])
def test_an_order_rests_for_thirty_days(later: timedelta, enters: bool) -> None:
    market = make_market()
    for _ in range(2):
        cancelled_run(market)
    third = make_round(market.grade, until="open")
    services.freeze_round(third.id, actor=SYSTEM, now=NOW + later)
    assert bool(entered(third)) == enters


def test_a_round_that_was_never_run_told_nobody_anything() -> None:
    market = make_market()
    for _ in range(3):
        cancelled_run(market, until="frozen")
    assert entered(make_round(market.grade, until="frozen")) == {order.id for order in market.orders}
    assert inbox(market.traders[0]) == []


def test_a_run_that_was_broken_off_counts_for_its_progress_was_seen() -> None:
    market = make_market()
    for _ in range(2):
        round_ = make_round(market.grade, until="running")
        services.fail_run(latest_claim(round_), "interrupted", actor=SYSTEM, now=NOW)
        services.cancel_round(round_.id, actor=SYSTEM, now=NOW)
    assert entered(make_round(market.grade, until="frozen")) == set()


def test_a_resting_order_is_no_more_in_other_rounds() -> None:
    """A round cancelled while an order stayed outside does not count against it."""
    market = make_market()
    for _ in range(3):
        cancelled_run(market)
    orders = [order.id for order in market.orders]
    counts = queries.cancelled_runs(orders, since=datetime.min.replace(tzinfo=NOW.tzinfo))
    assert {len(rounds) for rounds in counts.values()} == {2}


def test_samples_never_rest() -> None:
    grade = make_grade()
    order = make_open_order(make_trader(sample=True), "offer", grade, price="96000")
    for _ in range(3):
        services.cancel_round(make_round(grade, until="solved").id, actor=SYSTEM, now=NOW)
    assert entered(make_round(grade, until="frozen")) == {order.id}


def test_no_count_of_matches_is_in_the_trail() -> None:
    """It would tell of fewer than five parties, and of cancelled rounds."""
    make_round(make_market(offers=["96000"], needs=["104000"]).grade, until="solved")
    (entry,) = db.session.scalars(db.select(AuditEntry).filter_by(action="rounds:clearing:recorded"))
    assert entry.payload.keys() == {"clearing_hash", "status"}
