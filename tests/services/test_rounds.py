"""Rounds from draft to publication: what each step does, refuses and leaves behind."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from marketplace.contracts.queries import proposals_of_round
from marketplace.rounds import queries, services
from marketplace.rounds.models import Round
from marketplace.rounds.rules.lifecycle import ROUND
from marketplace.shared.actor import SYSTEM, Actor, Role
from marketplace.shared.audit import AuditEntry, broken_entries
from marketplace.shared.database import db
from marketplace.shared.errors import Conflict, InvalidInput, NotAllowed, TransitionNotAllowed
from tests.conftest import NOW
from tests.factories.catalogue import make_grade
from tests.factories.rounds import latest_claim, make_market, make_round, record

pytestmark = pytest.mark.usefixtures("session")

STEPS: dict[str, Any] = {
    "revise": lambda r: services.revise_round(r.id, {"name_en": "Other"}, actor=SYSTEM, now=NOW),
    "open": lambda r: services.open_round(r.id, actor=SYSTEM, now=NOW),
    "freeze": lambda r: services.freeze_round(r.id, actor=SYSTEM, now=NOW),
    "run": lambda r: services.claim_run(r.id, actor=SYSTEM, now=NOW),
    "resume": lambda r: services.claim_run(r.id, actor=SYSTEM, now=NOW + timedelta(seconds=60)),
    "fail": lambda r: services.fail_run(latest_claim(r), "why", actor=SYSTEM, now=NOW),
    "record": lambda r: (
        services.record_clearing(latest_claim(r), None, actor=SYSTEM, now=NOW)  # type: ignore[arg-type]
        if r.status != "running"
        else record(r)
    ),
    "review": lambda r: services.review_round(r.id, "ok", actor=SYSTEM, now=NOW),
    "publish": lambda r: services.publish_round(r.id, actor=SYSTEM, now=NOW),
    "cancel": lambda r: services.cancel_round(r.id, actor=SYSTEM, now=NOW),
}


@pytest.mark.parametrize("status", ROUND.statuses)
def test_every_step_in_every_status(status: str) -> None:
    """One round per status; each step is tried inside a savepoint of its own."""
    market = make_market(offers=["96000"], needs=["104000"])
    round_ = make_round(market.grade, until=status)
    for action in ROUND.actions:
        # a run and its resumption are one call: which of the two it is depends on the status and the heartbeat
        following = ROUND.table.get((status, "run" if (status, action) == ("frozen", "resume") else action))
        savepoint = db.session.begin_nested()
        if following is None:
            with pytest.raises(Conflict):
                STEPS[action](round_)
        else:
            STEPS[action](round_)
            assert round_.status == following, action
        savepoint.rollback()
        db.session.refresh(round_)
        assert round_.status == status


def test_only_operators_take_the_steps() -> None:
    trader = Actor("mem_1", "org_1", frozenset({Role.SELLER, Role.BUYER, Role.REGULATOR}), verified=True)
    grade = make_grade()
    round_ = make_round(grade)
    with pytest.raises(NotAllowed):
        make_round(grade, actor=trader)
    steps = (
        lambda: services.revise_round(round_.id, {}, actor=trader, now=NOW),
        lambda: services.open_round(round_.id, actor=trader, now=NOW),
        lambda: services.freeze_round(round_.id, actor=trader, now=NOW),
        lambda: services.claim_run(round_.id, actor=trader, now=NOW),
        lambda: services.review_round(round_.id, "x", actor=trader, now=NOW),
        lambda: services.publish_round(round_.id, actor=trader, now=NOW),
        lambda: services.cancel_round(round_.id, actor=trader, now=NOW),
    )
    for step in steps:
        with pytest.raises(NotAllowed):
            step()


def test_all_faults_of_a_plan_are_told_at_once() -> None:
    with pytest.raises(InvalidInput) as error:
        make_round(
            make_grade(),
            name_zh=" ",
            grade_ids=["no-such-grade"],
            calendar=["2026-11"],
            policy={"price_tick": "0"},
            freight={"kind": "plane"},
            index_paths={"X": []},
            feedback="all",
            freezes_at=NOW - timedelta(days=1),
        )
    assert {fault.pointer for fault in error.value.faults} == {
        "/name_zh",
        "/grade_ids/0",
        "/calendar/0",
        "/policy/price_tick",
        "/freight/kind",
        "/index_paths/X",
        "/feedback",
        "/freezes_at",
    }


def test_revising_keeps_what_is_not_named() -> None:
    lanes = [{"origin": "1", "destination": "2", "cny_per_unit": "9"}]
    round_ = make_round(make_grade(), freight={"kind": "lanes", "lanes": lanes})
    before = {name: getattr(round_, name) for name in services.planning.REVISABLE}
    services.revise_round(round_.id, {"name_en": "Another name"}, actor=SYSTEM, now=NOW)
    assert {name: getattr(round_, name) for name in before} == {**before, "name_en": "Another name"}
    assert round_.lanes == lanes


def test_deadlines_bind() -> None:
    day = timedelta(days=1)
    round_ = make_round(make_grade(), opens_at=NOW + day, freezes_at=NOW + 2 * day)
    with pytest.raises(Conflict, match="opens at"):
        services.open_round(round_.id, actor=SYSTEM, now=NOW)
    db.session.refresh(round_)
    services.open_round(round_.id, actor=SYSTEM, now=NOW + day)
    with pytest.raises(Conflict, match="may be entered until"):
        services.freeze_round(round_.id, actor=SYSTEM, now=NOW + day)
    db.session.refresh(round_)
    assert services.freeze_round(round_.id, actor=SYSTEM, now=NOW + 2 * day).status == "frozen"


def test_a_round_whose_months_have_passed_cannot_open() -> None:
    round_ = make_round(make_grade())
    with pytest.raises(InvalidInput, match="lies in the past"):
        services.open_round(round_.id, actor=SYSTEM, now=NOW + timedelta(days=70))


def test_publication_moves_orders_and_shows_proposals() -> None:
    market = make_market()
    round_ = make_round(market.grade, until="reviewed")
    proposals = proposals_of_round(round_.id)
    assert {order.status for order in market.orders} == {"frozen"}
    assert proposals
    assert {proposal.status for proposal in proposals} == {"pending_publication"}
    services.publish_round(round_.id, actor=SYSTEM, now=NOW)
    assert {proposal.status for proposal in proposals} == {"proposed"}
    assert {order.status for order in market.orders} <= {"matched", "partly_matched", "unmatched"}


@pytest.mark.parametrize("status", ["frozen", "solved", "reviewed"])
def test_cancelling_releases_the_orders_and_drops_the_proposals(status: str) -> None:
    market = make_market()
    round_ = make_round(market.grade, until=status)
    services.cancel_round(round_.id, actor=SYSTEM, now=NOW)
    assert {order.status for order in market.orders} == {"open"}
    assert {proposal.status for proposal in proposals_of_round(round_.id)} <= {"cancelled"}
    again = make_round(market.grade, until="frozen")
    assert len(queries.orders_of(again.id)) == len(market.orders)


def test_an_order_is_in_one_frozen_round_at_most() -> None:
    market = make_market()
    first, second = (make_round(market.grade, until="open") for _ in range(2))
    services.freeze_round(first.id, actor=SYSTEM, now=NOW)
    services.freeze_round(second.id, actor=SYSTEM, now=NOW)
    assert len(queries.orders_of(first.id)) == len(market.orders)
    assert queries.orders_of(second.id) == []


def test_an_empty_round_says_so() -> None:
    round_ = make_round(make_grade(), until="solved")
    clearing = queries.clearing(round_.id)
    assert (clearing.status, clearing.objective_cny) == ("empty", 0)
    assert clearing.note
    assert proposals_of_round(round_.id) == []


@pytest.mark.parametrize("note", ["  ", "x" * 2001, "seen\u202e"])
def test_a_review_needs_a_note_that_can_be_read(note: str) -> None:
    round_ = make_round(make_market().grade, until="solved")
    with pytest.raises(InvalidInput):
        services.review_round(round_.id, note, actor=SYSTEM, now=NOW)


def test_every_step_is_in_the_trail_and_no_limit_is() -> None:
    market = make_market()
    make_round(market.grade, until="published")
    entries = list(db.session.scalars(db.select(AuditEntry).order_by(AuditEntry.id)))
    steps = [entry.action for entry in entries if entry.action.startswith("rounds:")]
    assert steps == [
        "rounds:round:created",
        "rounds:round:opened",
        "rounds:round:frozen",
        "rounds:round:run",
        "rounds:clearing:recorded",
        "rounds:round:reviewed",
        "rounds:round:published",
    ]
    limits = [order.terms["limit_price"]["components"][0]["fixed"] for order in market.orders]
    trail = repr([entry.payload for entry in entries])
    assert not [limit for limit in limits if limit in trail]
    assert not list(broken_entries(SYSTEM.organisation_id))


def test_drafts_are_hidden_from_members() -> None:
    grade = make_grade()
    draft, opened = make_round(grade), make_round(grade, until="open")
    member = Actor("mem_1", "org_1", frozenset({Role.SELLER}))

    def seen(actor: Actor) -> set[str]:
        return {found.id for found in queries.rounds(actor).items} & {draft.id, opened.id}

    assert seen(member) == {opened.id}
    assert seen(SYSTEM) == {draft.id, opened.id}


def test_a_cancelled_draft_stays_hidden() -> None:
    round_: Round = make_round(make_grade(), until="cancelled")
    assert round_.id not in {found.id for found in queries.rounds(Actor("m", "o", frozenset())).items}


def test_two_operators_at_once_cannot_both_take_a_step() -> None:
    round_ = make_round(make_grade(), until="open")
    with pytest.raises(TransitionNotAllowed):
        services.open_round(round_.id, actor=SYSTEM, now=NOW)
