"""Runs that fail, crash, are taken over, or would record what does not verify: the round can always be run again."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from sqlalchemy.exc import OperationalError

from marketplace.contracts.queries import proposals_of_round
from marketplace.jobs import patience
from marketplace.jobs.run_round import run_claimed, run_round
from marketplace.rounds import queries, services
from marketplace.rounds.models import Round, RoundClearing, RoundMatch, RoundOutcome
from marketplace.rounds.services import Verified
from marketplace.shared.actor import SYSTEM
from marketplace.shared.audit import AuditEntry
from marketplace.shared.database import db
from marketplace.shared.errors import Conflict, Superseded
from solver.clear import clear
from solver.form.clearing import Clearing, Contradiction
from solver.form.market import Market
from solver.verify import Violation, verify
from tests.conftest import NOW
from tests.factories.rounds import OFFER_LIMITS, latest_claim, make_market, make_round, solve_with

pytestmark = pytest.mark.usefixtures("session")

SECRET = f"limit {OFFER_LIMITS[0]}"


@pytest.fixture
def frozen() -> Round:
    return make_round(make_market().grade, until="frozen")


def nothing_recorded(round_: Round) -> bool:
    tables = (RoundClearing, RoundMatch, RoundOutcome)
    return not any(db.session.scalars(db.select(table).filter_by(round_id=round_.id)).all() for table in tables)


def crash(market: Market, **options: Any) -> Clearing:
    raise ZeroDivisionError(SECRET)


def give_up(market: Market, **options: Any) -> Clearing:
    return msgspec.structs.replace(clear(market), status="failed", note="out of time", matches=(), orders=())


def contradict(market: Market, **options: Any) -> Clearing:
    """No clearing, since rules of named orders cannot hold."""
    order = market.orders[0].id
    given_up = Contradiction(give_up=((f"must_serve:{order}",), ("small_supplier_share:LC-BG",)))
    note = f"to give up: must_serve:{order}"
    return msgspec.structs.replace(
        clear(market), status="infeasible", note=note, matches=(), orders=(), contradictions=(given_up,)
    )


def oversell(market: Market, **options: Any) -> Clearing:
    """A clearing whose first match carries more than its offer has."""
    clearing = clear(market)
    first, *rest = clearing.matches
    volumes = tuple(volume + Decimal(1000) for volume in first.volumes)
    return msgspec.structs.replace(clearing, matches=(msgspec.structs.replace(first, volumes=volumes), *rest))


def of_another_market(market: Market, **options: Any) -> Clearing:
    return msgspec.structs.replace(clear(market), market_hash="sha256:0")


def crash_verifying(market: Market, clearing: Clearing) -> list[Violation]:
    raise RecursionError(SECRET)


@pytest.mark.parametrize(
    ("solve", "failure"),
    [
        (solve_with(clear=crash), "the solver stopped: ZeroDivisionError at test_round_runs.py"),
        (solve_with(clear=give_up), "the solver gave no clearing: failed; out of time"),
        (
            solve_with(clear=contradict),
            "the solver gave no clearing: infeasible; rules that cannot all hold: must_serve, small_supplier_share",
        ),
        (solve_with(clear=oversell, verify=verify), "the clearing does not verify"),
        (solve_with(clear=of_another_market), "the clearing names another market"),
        (solve_with(verify=crash_verifying), "the verifier stopped: RecursionError"),
    ],
)
def test_a_run_that_comes_to_nothing_leaves_the_round_to_be_run_again(
    frozen: Round, solve: Callable[..., Verified], failure: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert run_round(frozen.id, actor=SYSTEM, solve=solve) == "frozen"
    assert frozen.failure is not None
    assert frozen.failure.startswith(failure)
    assert OFFER_LIMITS[0] not in frozen.failure + caplog.text
    assert "must_serve:" not in frozen.failure + caplog.text
    assert nothing_recorded(frozen)
    assert proposals_of_round(frozen.id) == []
    assert run_round(frozen.id, actor=SYSTEM) == "solved"
    assert (frozen.failure, frozen.attempt) == (None, 2)


def test_what_cannot_be_recorded_is_a_failure_too(frozen: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    def full_disk(*args: Any, **kwargs: Any) -> Any:
        raise OSError(28, SECRET)

    with monkeypatch.context() as patch:
        patch.setattr(services, "record_clearing", full_disk)
        assert run_round(frozen.id, actor=SYSTEM) == "frozen"
    assert frozen.failure is not None
    assert frozen.failure.startswith("the result could not be recorded: OSError at ")
    assert run_round(frozen.id, actor=SYSTEM) == "solved"


class Busy:
    """A service that the database serves only after so many tries."""

    def __init__(self, tries: int, then: Callable[..., Round]) -> None:
        self.refused, self.tries, self.then = 0, tries, then

    def __call__(self, *args: Any, **kwargs: Any) -> Round:
        """Locked, or in the end the real thing."""
        if self.refused < self.tries:
            self.refused += 1
            raise OperationalError(SECRET, {}, sqlite3.OperationalError("database is locked"))
        return self.then(*args, **kwargs)


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "_pauses", lambda: iter([0.0] * 5))


@pytest.mark.usefixtures("no_pauses")
@pytest.mark.parametrize(("solve", "service", "status"), [(services.solve, "record_clearing", "solved"),
                                                          (solve_with(clear=crash), "fail_run", "frozen")])  # fmt: skip
def test_a_busy_database_costs_neither_the_result_nor_the_round(
    frozen: Round,
    solve: Callable[..., Verified],
    service: str,
    status: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    busy = Busy(5, getattr(services, service))
    monkeypatch.setattr(services, service, busy)
    assert run_round(frozen.id, actor=SYSTEM, solve=solve) == status == frozen.status
    assert busy.refused == 5
    assert SECRET not in caplog.text


@pytest.mark.usefixtures("no_pauses")
def test_a_database_that_stays_busy_ends_the_wait(frozen: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "record_clearing", Busy(100, services.record_clearing))
    assert run_round(frozen.id, actor=SYSTEM) == "frozen"
    assert str(frozen.failure).startswith("the result could not be recorded: OperationalError at ")


def test_pauses_grow_to_some_minutes_in_all() -> None:
    pauses = list(patience._pauses())
    assert pauses == sorted(pauses[:-1]) + pauses[-1:]
    assert (pauses[0], max(pauses), sum(pauses)) == (1, 30, 240)


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_an_interrupted_run_is_put_back_at_once(frozen: Round, stop: type[BaseException]) -> None:
    def interrupted(*args: Any, **options: Any) -> Any:
        raise stop

    with pytest.raises(stop):
        run_round(frozen.id, actor=SYSTEM, solve=interrupted)
    assert (frozen.status, frozen.failure) == ("frozen", f"the run was interrupted: {stop.__name__}")
    assert run_round(frozen.id, actor=SYSTEM) == "solved"


def test_termination_puts_the_round_back_while_the_solver_works(frozen: Round) -> None:
    before = signal.getsignal(signal.SIGTERM)

    def terminated(market: Market, **options: Any) -> Clearing:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(60)
        raise AssertionError("nobody stopped it")

    with pytest.raises(SystemExit) as stop:
        run_round(frozen.id, actor=SYSTEM, solve=solve_with(clear=terminated))
    assert stop.value.code == 143
    assert frozen.status == "frozen"
    assert signal.getsignal(signal.SIGTERM) == before


def test_an_interruption_after_the_recording_changes_nothing(frozen: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    def recorded_then_interrupted(*args: Any, **options: Any) -> Round:
        with db.session.begin_nested():
            services.recording.record_clearing(*args, **options)
        db.session.commit()
        raise KeyboardInterrupt

    monkeypatch.setattr(services, "record_clearing", recorded_then_interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_round(frozen.id, actor=SYSTEM)
    assert (frozen.status, frozen.failure) == ("solved", None)


def test_the_same_snapshot_gives_the_same_clearing(frozen: Round) -> None:
    claim = services.claim_run(frozen.id, actor=SYSTEM, now=NOW)
    first, second = (services.solve(claim.market, seconds=60) for _ in range(2))
    services.record_clearing(claim, first, actor=SYSTEM, now=NOW)
    clearing = queries.clearing(frozen.id)
    assert clearing.document == msgspec.json.encode(second.clearing, order="sorted")
    assert clearing.market_hash == frozen.snapshot_hash


def test_a_clearing_of_another_market_is_refused(frozen: Round) -> None:
    other = make_round(make_market().grade, until="running")
    verified = services.solve(latest_claim(other).market, seconds=60)
    claim = services.claim_run(frozen.id, actor=SYSTEM, now=NOW)
    with pytest.raises(Conflict, match="snapshot"):
        services.record_clearing(claim, verified, actor=SYSTEM, now=NOW)


def test_a_running_round_is_not_run_twice_until_it_gives_no_sign_of_life(frozen: Round) -> None:
    dead = services.claim_run(frozen.id, actor=SYSTEM, now=NOW)
    alive_at = NOW + timedelta(seconds=100)
    services.note_progress(dead, {"component": 1, "of": 3, "gap": 0.0123456789}, now=alive_at)
    alive_at += timedelta(seconds=10)
    services.note_life(dead, now=alive_at)
    again = alive_at + timedelta(seconds=60)
    just_before = again - timedelta(milliseconds=1)
    for attempt in (services.claim_run, services.cancel_round):
        with pytest.raises(Conflict) as refusal:
            attempt(frozen.id, actor=SYSTEM, now=just_before)
        assert f"last sign of life was at {alive_at.isoformat()}" in str(refusal.value)
        assert f"may be run again or cancelled from {again.isoformat()}" in str(refusal.value)
    claim = services.claim_run(frozen.id, actor=SYSTEM, now=again)
    assert (claim.attempt, claim.market) == (2, dead.market)


def test_a_round_whose_run_gives_no_sign_of_life_can_be_cancelled() -> None:
    market = make_market()
    round_ = make_round(market.grade, until="running")
    dead = latest_claim(round_)
    services.cancel_round(round_.id, actor=SYSTEM, now=NOW + timedelta(seconds=60))
    assert (round_.status, round_.attempt) == ("cancelled", 1)
    assert round_.failure == f"the run gave no sign of life after {NOW.isoformat()}"
    assert {order.status for order in market.orders} == {"open"}
    trail = db.select(AuditEntry.action).filter_by(subject_id=round_.id).order_by(AuditEntry.id)
    assert [action for action in db.session.scalars(trail) if action.startswith("rounds:")][-3:] == [
        "rounds:round:run",
        "rounds:round:failed",
        "rounds:round:cancelled",
    ]
    db.session.commit()
    assert run_claimed(dead, actor=SYSTEM) == "superseded"  # it lived after all
    assert round_.status == "cancelled"
    assert nothing_recorded(round_)


def test_a_late_worker_changes_nothing(frozen: Round) -> None:
    late = services.claim_run(frozen.id, actor=SYSTEM, now=NOW)
    taken_over_at = NOW + timedelta(seconds=60)
    services.claim_run(frozen.id, actor=SYSTEM, now=taken_over_at)
    db.session.commit()
    assert run_claimed(late, actor=SYSTEM) == "superseded"
    for step in (
        lambda: services.fail_run(late, "late", actor=SYSTEM, now=NOW),
        lambda: services.note_life(late, now=NOW + timedelta(seconds=100)),
        lambda: services.note_progress(late, {"stage": "verifying"}, now=NOW + timedelta(seconds=100)),
    ):
        with pytest.raises(Superseded):
            step()
    assert (frozen.status, frozen.failure) == ("running", None)
    progress = queries.progress(frozen.id)
    assert progress is not None
    assert (progress.stage, progress.heartbeat_at) == ("clearing", taken_over_at)
    assert nothing_recorded(frozen)
    assert run_claimed(latest_claim(frozen), actor=SYSTEM) == "solved"
    assert run_claimed(latest_claim(frozen), actor=SYSTEM) == "superseded"


def test_progress_can_be_read_while_it_works(frozen: Round) -> None:
    seen = []

    def slow(market: Market, *, progress: Callable[[dict[str, Any]], None], **options: Any) -> Clearing:
        for component in (1, 2):
            progress({"component": component, "of": 2, "gap": 0.004})
            noted = queries.progress(frozen.id)
            assert noted is not None
            seen.append((noted.component, noted.components, noted.gap, queries.round_by_id(frozen.id).status))
        return clear(market)

    bars: list[dict[str, Any]] = []
    assert run_round(frozen.id, actor=SYSTEM, solve=solve_with(clear=slow), progress=bars.append) == "solved"
    # the clock of tests stands still, so the second note falls within the second after the first
    assert seen == [(1, 2, Decimal("0.004"), "running")] * 2
    assert [bar["component"] for bar in bars] == [1, 2]
    noted = queries.progress(frozen.id)
    assert noted is not None
    assert noted.stage == "done"
