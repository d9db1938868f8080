"""What-if runs as use cases: one at a time, given up when silent, counted as questions put to the orders."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from marketplace.jobs.run_what_if import run_what_if, take_and_run_what_if
from marketplace.rounds import queries, services
from marketplace.rounds.models import Round, RoundWhatIf
from marketplace.rounds.rules.lifecycle import SILENCE, UNTAKEN, WHAT_IF
from marketplace.rounds.services import Answer, RunFailed, WhatIfClaim
from marketplace.rounds.services.what_ifs import LEASE, MOST_LEASES
from marketplace.shared.actor import SYSTEM
from marketplace.shared.database import db
from marketplace.shared.errors import Conflict, Superseded, TransitionNotAllowed
from tests.conftest import NOW
from tests.factories.catalogue import make_grade
from tests.factories.rounds import SmallMarket, make_market, make_open_order, make_round, make_trader

pytestmark = pytest.mark.usefixtures("session")

DEAR = [{"id": "dear", "name_zh": "运费上涨", "name_en": "", "changes": [{"freight": {"scale": "2"}}]}]
ANSWER = Answer(b"{}", "sha256:x", [])


def asked(round_: Round, *, now: Any = NOW) -> WhatIfClaim:
    return services.ask_what_if(round_.id, DEAR, actor=SYSTEM, now=now)


def row(claim: WhatIfClaim) -> RoundWhatIf:
    return db.session.get_one(RoundWhatIf, claim.id, populate_existing=True)


@pytest.mark.parametrize("status", WHAT_IF.statuses)
@pytest.mark.parametrize("action", WHAT_IF.actions)
def test_the_lifecycle(status: str, action: str) -> None:
    run = RoundWhatIf(status=status)
    if status == "running":
        run.take(action)
        assert run.status == {"record": "done", "fail": "failed"}[action]
    else:
        with pytest.raises(TransitionNotAllowed):
            run.take(action)


def test_one_run_at_a_time() -> None:
    round_ = make_round(make_market().grade, until="frozen")
    first = asked(round_)
    with pytest.raises(Conflict, match="is at work"):
        asked(round_, now=NOW + SILENCE - timedelta(seconds=1))
    services.record_what_if(first, ANSWER, actor=SYSTEM, now=NOW)
    asked(round_)


def test_a_silent_run_gives_way_and_may_not_record() -> None:
    round_ = make_round(make_market().grade, until="frozen")
    first = asked(round_)
    seen = queries.what_if_run(round_.id, first.id, SYSTEM, now=NOW + SILENCE)
    assert (seen.status, seen.failure) == ("failed", "the run gave no sign of life")
    asked(round_, now=NOW + SILENCE)
    assert row(first).status == "failed"
    for late in (
        lambda: services.record_what_if(first, ANSWER, actor=SYSTEM, now=NOW),
        lambda: services.fail_what_if(first, "late", actor=SYSTEM, now=NOW),
        lambda: services.note_what_if(first, now=NOW, cleared=1),
    ):
        with pytest.raises(Superseded):
            late()


def test_a_sign_of_life_keeps_a_run() -> None:
    round_ = make_round(make_market().grade, until="frozen")
    first = asked(round_)
    services.note_what_if(first, now=NOW + SILENCE / 2, cleared=1)
    with pytest.raises(Conflict):
        asked(round_, now=NOW + SILENCE)
    assert row(first).cleared == 1


def test_a_failure_is_said_without_any_figure() -> None:
    round_ = make_round(make_market().grade, until="frozen")

    def fails(*_: Any, **__: Any) -> Answer:
        raise ValueError("the limit 96013.37")

    def refuses(*_: Any, **__: Any) -> Answer:
        raise RunFailed("the solver gave no clearing of dear: failed")

    for solve, said in ((fails, "ValueError"), (refuses, "no clearing of dear")):
        claim = asked(round_)
        assert run_what_if(claim, actor=SYSTEM, solve=solve) == "failed"
        failure = row(claim).failure
        assert failure is not None
        assert said in failure
        assert "96013" not in failure


def test_what_is_run_is_recorded_and_its_exact_document_stays_sealed() -> None:
    round_ = make_round(make_market().grade, until="frozen")
    claim = asked(round_)
    assert run_what_if(claim, actor=SYSTEM) == "done"
    found = row(claim)
    assert (found.cleared, found.ended_at) == (2, NOW)
    assert found.document is not None
    assert b'"changdan-whatif/1"' in found.document
    shown = queries.what_if_run(round_.id, claim.id, SYSTEM, now=NOW)
    assert not hasattr(shown, "document")


def test_the_late_result_of_a_given_up_run_is_dropped() -> None:
    round_ = make_round(make_market().grade, until="frozen")
    claim = asked(round_)
    db.session.commit()

    def slow(*_: Any, **__: Any) -> Answer:
        asked(round_, now=NOW + SILENCE)
        db.session.commit()
        return ANSWER

    assert run_what_if(claim, actor=SYSTEM, solve=slow) == "superseded"
    assert row(claim).document is None


def cancelled_what_if(market: SmallMarket) -> Round:
    """A round that was asked what if, never run, and cancelled."""
    round_ = make_round(market.grade, until="frozen")
    services.record_what_if(asked(round_), ANSWER, actor=SYSTEM, now=NOW)
    return services.cancel_round(round_.id, actor=SYSTEM, now=NOW)


def test_a_cancelled_round_that_was_asked_counts_as_one_that_was_run() -> None:
    market = make_market()
    for _ in range(2):
        cancelled_what_if(market)
    third = make_round(market.grade, until="frozen")
    assert [each for each in queries.orders_of(third.id) if each.entered] == []


def test_scenarios_are_counted_over_all_rounds_of_an_order() -> None:
    market = make_market()
    first = make_round(market.grade, until="frozen")
    services.record_what_if(asked(first), ANSWER, actor=SYSTEM, now=NOW)
    services.cancel_round(first.id, actor=SYSTEM, now=NOW)
    make_open_order(make_trader(), "offer", market.grade, price="95000")  # asked once less
    second = make_round(market.grade, until="frozen")
    services.record_what_if(asked(second), ANSWER, actor=SYSTEM, now=NOW)
    assert queries.most_asked(second.id, since=NOW - timedelta(days=1)) == 2
    assert queries.most_asked(second.id, since=NOW) == 0
    assert queries.most_asked(make_round(make_market().grade, until="frozen").id, since=NOW - timedelta(days=1)) == 0


def test_samples_are_not_counted() -> None:
    grade = make_grade()
    make_open_order(make_trader(sample=True), "offer", grade, price="96000")
    round_ = make_round(grade, until="frozen", freight={"kind": "distance", "cny_per_unit_km": "0.35"})
    for _ in range(25):
        services.record_what_if(asked(round_), ANSWER, actor=SYSTEM, now=NOW)


def shared(round_: Round, *, now: Any = NOW) -> str:
    return services.ask_what_if(round_.id, DEAR, actor=SYSTEM, now=now, shared=True).id


def taken(what_if_id: str, *, now: Any = NOW) -> WhatIfClaim | None:
    return services.take_what_if(what_if_id, now=now, leased_at=now)


def test_a_shared_run_is_taken_by_one_worker_and_by_another_when_that_is_lost() -> None:
    round_ = make_round(make_market().grade, until="frozen")
    what_if_id = shared(round_)
    assert queries.due_what_ifs(now=NOW) == [what_if_id]
    first = taken(what_if_id)
    assert first is not None
    assert (taken(what_if_id), queries.due_what_ifs(now=NOW)) == (None, [])
    services.note_what_if(first, now=NOW, cleared=1, leased_at=NOW + LEASE / 2)
    assert taken(what_if_id, now=NOW + LEASE) is None
    second = taken(what_if_id, now=NOW + 2 * LEASE)
    assert second is not None
    assert second == replace(first, token=2)
    assert row(second).cleared == 0
    for late in (
        lambda: services.record_what_if(first, ANSWER, actor=SYSTEM, now=NOW),
        lambda: services.fail_what_if(first, "late", actor=SYSTEM, now=NOW),
        lambda: services.note_what_if(first, now=NOW, leased_at=NOW),
    ):
        with pytest.raises(Superseded):
            late()
    services.record_what_if(second, ANSWER, actor=SYSTEM, now=NOW)
    assert taken(what_if_id, now=NOW + 9 * LEASE) is None
    assert queries.due_what_ifs(now=NOW + 9 * LEASE) == []


def test_a_shared_run_waits_an_hour_for_a_worker() -> None:
    round_ = make_round(make_market().grade, until="frozen")
    what_if_id = shared(round_)
    last = NOW + UNTAKEN - timedelta(seconds=1)
    assert queries.what_if_run(round_.id, what_if_id, SYSTEM, now=last).status == "running"
    with pytest.raises(Conflict, match="is at work"):
        shared(round_, now=last)
    assert queries.what_if_run(round_.id, what_if_id, SYSTEM, now=NOW + UNTAKEN).status == "failed"
    other = shared(round_, now=NOW + UNTAKEN)
    assert queries.due_what_ifs(now=NOW + UNTAKEN) == [other]


def test_a_shared_run_that_takes_down_whoever_has_it_is_given_up() -> None:
    round_ = make_round(make_market().grade, until="frozen")
    what_if_id = shared(round_)
    for number in range(MOST_LEASES):
        assert taken(what_if_id, now=NOW + 2 * number * LEASE) is not None
    assert taken(what_if_id, now=NOW + 2 * MOST_LEASES * LEASE) is None
    found = db.session.get_one(RoundWhatIf, what_if_id)
    assert (found.status, found.failure) == ("failed", "given up: 5 times whoever ran it was lost")


def test_a_run_of_this_process_is_nothing_for_workers() -> None:
    round_ = make_round(make_market().grade, until="frozen")
    claim = asked(round_)
    assert (queries.due_what_ifs(now=NOW), taken(claim.id)) == ([], None)


def test_a_worker_runs_it_to_the_same_answer() -> None:
    round_ = make_round(make_market().grade, until="frozen")
    own = asked(round_)
    assert run_what_if(own, actor=SYSTEM) == "done"
    what_if_id = shared(round_)
    db.session.commit()
    assert take_and_run_what_if(what_if_id) == "done"
    assert take_and_run_what_if(what_if_id) == "nothing to do"
    assert db.session.get_one(RoundWhatIf, what_if_id, populate_existing=True).hash == row(own).hash
