"""Rounds that several workers run together: one clearing, the same as in one process, recorded once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.jobs import leases
from marketplace.jobs.join_round import Pieces, join_round
from marketplace.jobs.run_round import run_round
from marketplace.rounds import queries, services
from marketplace.rounds.models import Round, RoundClearing, RoundPiece, RoundProgress
from marketplace.rounds.services import Claim, OpenPiece, Seal, pieces, piecework
from marketplace.shared.actor import SYSTEM
from marketplace.shared.database import database_now, db, unit_of_work
from marketplace.shared.errors import Superseded
from solver.form.market import content_hash
from solver.search.workers import Outcome
from tests.conftest import NOW
from tests.factories.catalogue import make_grade
from tests.factories.rounds import make_market, make_round

GRADES = 4


def frozen_round(app: Flask) -> str:
    """A frozen round whose market falls into as many components as it has grades."""
    with app.app_context(), unit_of_work():
        grades = [make_grade() for _ in range(GRADES)]
        for grade in grades:
            make_market(grade=grade)
        return make_round(grades[0], until="frozen", grade_ids=[grade.id for grade in grades]).id


def shared(app: Flask, round_id: str) -> Claim:
    """Claim a round for all workers."""
    with app.app_context(), unit_of_work():
        return services.claim_run(round_id, actor=SYSTEM, now=NOW, shared=True)


def joined(app: Flask, round_id: str) -> str:
    with app.app_context():
        return join_round(round_id)


def recorded(app: Flask, round_id: str) -> str:
    """The hash of the one clearing of a round, which has left no piece behind."""
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(RoundPiece)) == 0
        assert db.session.get_one(Round, round_id).status == "solved"
        return db.session.get_one(RoundClearing, round_id).hash


def test_workers_together_find_what_one_process_finds(own_app: Flask) -> None:
    round_id = frozen_round(own_app)
    claim = shared(own_app, round_id)
    alone = services.solve(claim.market, seconds=60)
    with ThreadPoolExecutor(3) as pool:
        said = list(pool.map(lambda _: joined(own_app, round_id), range(3)))
    assert said.count("solved") == 1
    assert set(said) <= {"solved", "ended by another", "nothing to do"}
    assert recorded(own_app, round_id) == content_hash(alone.clearing)
    assert joined(own_app, round_id) == "nothing to do"


def test_nobody_joins_a_run_that_is_not_shared_or_of_another_program(own_app: Flask) -> None:
    own, foreign = frozen_round(own_app), frozen_round(own_app)
    with own_app.app_context(), unit_of_work():
        services.claim_run(own, actor=SYSTEM, now=NOW)
        services.claim_run(foreign, actor=SYSTEM, now=NOW, shared=True)
        db.session.get_one(RoundProgress, foreign).program = "changdan 0.0; another"
    for round_id in (own, foreign):
        assert joined(own_app, round_id) == "nothing to do"
    with own_app.app_context():
        assert services.shared_runs() == []


def test_what_a_lost_worker_left_is_done_by_another(own_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """It had leased the first piece when its machine went: nobody gives the lease back, nobody renews it."""
    monkeypatch.setattr(pieces, "LEASE", timedelta(seconds=1))
    round_id = frozen_round(own_app)
    claim = shared(own_app, round_id)
    with own_app.app_context(), unit_of_work():
        services.put_piece(claim, 1, "begin 0")
        first = services.open_pieces(claim, now=database_now())[0]
        lost = services.lease_piece(claim, first, holder="lost/1", now=database_now())
    assert lost == 1
    assert joined(own_app, round_id) == "solved"
    with own_app.app_context(), unit_of_work():
        assert not services.record_piece(claim, 1, 1, b"too late")
        with pytest.raises(Superseded):
            services.must_stand(claim)


def test_a_late_token_changes_nothing(own_app: Flask) -> None:
    claim = shared(own_app, frozen_round(own_app))
    with own_app.app_context(), unit_of_work():
        services.put_piece(claim, 1, "begin 0")
        services.put_piece(claim, 1, "begin 0")  # another participant comes to the same
        now = database_now()
        free = services.open_pieces(claim, now=now)[0]
        slow = services.lease_piece(claim, free, holder="slow/1", now=now)
        assert services.lease_piece(claim, free, holder="third/1", now=now) is None  # one of two is quicker
        assert [piece.free for piece in services.open_pieces(claim, now=now)] == [False]
        over = services.open_pieces(claim, now=now + services.LEASE)[0]
        quick = services.lease_piece(claim, over, holder="quick/1", now=now + services.LEASE)
        assert (slow, quick) == (1, 2)
        assert not services.record_piece(claim, 1, 1, b"slow")
        assert not services.renew_lease(claim, 1, 1, now=now)
        services.give_back(claim, 1, 1)  # is no one's to give
        assert [piece.free for piece in services.open_pieces(claim, now=now + services.LEASE)] == [False]
        assert services.record_piece(claim, 1, 2, b"quick")
        assert not services.record_piece(claim, 1, 2, b"twice")
        assert services.piece_result(claim, 1) == b"quick"
        with pytest.raises(Superseded, match="is 'begin 0' to others, and 'begin 3' here"):
            services.put_piece(claim, 1, "begin 3")


def test_a_run_that_was_given_up_ends_for_those_who_take_part(own_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The operator cancels meanwhile: what is still found is dropped, and the pieces go."""
    round_id = frozen_round(own_app)
    claim = shared(own_app, round_id)
    reached, go = threading.Event(), threading.Event()
    done = piecework.LeasedPieces._done

    def slowly(self: piecework.LeasedPieces, *work: object) -> Outcome[object]:
        reached.set()
        assert go.wait(60)
        return done(self, *work)  # type: ignore[arg-type]

    monkeypatch.setattr(piecework.LeasedPieces, "_done", slowly)
    with ThreadPoolExecutor(1) as pool:
        worker = pool.submit(joined, own_app, round_id)
        assert reached.wait(60)
        with own_app.app_context(), unit_of_work():
            services.fail_run(claim, "given up", actor=SYSTEM, now=NOW)
        go.set()
        assert worker.result(60) == "ended by another"
    with own_app.app_context():
        assert db.session.get_one(Round, round_id).status == "frozen"
        assert db.session.scalar(sa.select(sa.func.count()).select_from(RoundPiece)) == 0


def test_who_is_told_to_stop_gives_its_lease_back(own_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    claim = shared(own_app, frozen_round(own_app))
    store = Pieces(own_app, claim)
    with own_app.app_context():
        store.put(1, "begin 0")
        with pytest.raises(SystemExit):
            stopped_at_work(store)
        assert store.open() == [OpenPiece(1, 1, True)]


def stopped_at_work(store: Pieces) -> None:
    with store.held(store.open()[0]) as token:
        assert token == 1
        assert not store.open()[0].free
        raise SystemExit


def test_a_lease_is_renewed_as_long_as_the_work_lasts(own_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "LEASE", timedelta(seconds=2))
    monkeypatch.setattr(leases, "BETWEEN_RENEWALS_SECONDS", 0.2)
    claim = shared(own_app, frozen_round(own_app))
    store = Pieces(own_app, claim)
    with own_app.app_context():
        store.put(1, "begin 0")
        with store.held(store.open()[0]):
            threading.Event().wait(3)
            assert not store.open()[0].free


def test_a_piece_that_nobody_survives_is_lost_with_its_component_alone(
    own_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(piecework, "MOST_LEASES", 2)
    round_id = frozen_round(own_app)
    claim = shared(own_app, round_id)
    with own_app.app_context(), unit_of_work():
        services.put_piece(claim, 1, "begin 0")
        for token in range(2):
            services.lease_piece(claim, OpenPiece(1, token, True), holder="lost/1", now=database_now())
        services.give_back(claim, 1, 2)
    assert joined(own_app, round_id) == "solved"
    with own_app.app_context():
        clearing = db.session.get_one(RoundClearing, round_id)
        assert clearing.note is not None
        assert "whoever did it was lost, 2 times" in clearing.note
        assert len({match.grade_id for match in queries.matches(round_id)}) == GRADES - 1


def test_a_result_that_this_service_has_not_sealed_is_not_read(own_app: Flask) -> None:
    """A pickle is code: who can write to the database must not be able to have it run."""
    claim = shared(own_app, frozen_round(own_app))
    seal, other = Seal.of("0123456789abcdef", claim), Seal.of("0123456789abcdeg", claim)
    sealed = seal.closed(1, {"found": 1})
    assert seal.opened(1, sealed) == {"found": 1}
    later = Seal.of("0123456789abcdef", Claim(claim.round_id, claim.attempt + 1, b""))
    changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for by, number, tried in ((other, 1, sealed), (seal, 2, sealed), (later, 1, sealed), (seal, 1, changed)):
        with pytest.raises(ValueError, match="was not sealed by this service"):
            by.opened(number, tried)


def test_a_shared_run_that_was_put_back_is_run_by_one_process(own_app: Flask) -> None:
    """A round claimed for itself by a process stays what it was; run again as shared, it clears the same."""
    round_id = frozen_round(own_app)
    claim = shared(own_app, round_id)
    with own_app.app_context(), unit_of_work():
        services.fail_run(claim, "put back", actor=SYSTEM, now=NOW)
    with own_app.app_context():
        assert run_round(round_id, actor=SYSTEM) == "solved"
    own = recorded(own_app, round_id)
    assert own == content_hash(services.solve(claim.market, seconds=60).clearing)
