"""Answers that meet: whatever the interleaving, each counts once or not at all, and what both agree on is one contract.

Each case is a need that takes all or nothing from two sellers, whose proposals are tied; several parties, the job that
keeps deadlines and owners who open their orders again act at the same instant, each of their statements delayed by a
seeded amount.  Afterwards the stored state must be what the answers, replayed in their order, make of it.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError

from marketplace.contracts import queries, services
from marketplace.contracts.models import Bundle, Commitment, Contract, Proposal, SupplyPlace
from marketplace.contracts.rules.answers import Answers
from marketplace.contracts.rules.lifecycle import STANDING
from marketplace.orders.models import Order
from marketplace.shared import audit
from marketplace.shared.actor import Actor
from marketplace.shared.database import db, unit_of_work
from marketplace.shared.errors import Conflict, DomainError
from tests.conftest import NOW
from tests.factories.capacity import make_line, make_statement
from tests.factories.catalogue import make_grade
from tests.factories.contracts import party
from tests.factories.rounds import MONTHS, make_open_order, make_round, make_trader

CASES, AT_ONCE = 200, 20  # cases in all; of one round
SECONDS = 60
DEADLINE = NOW + timedelta(days=10)
LONGEST_DELAY_SECONDS = 0.004
COUNTERED = {"volume": "100", "reference": "100000", "floor": "99000", "cap": "101000"}

_delays = threading.local()


@dataclass
class Case:
    """Two tied proposals, who may answer them, and what the answers came to."""

    bundle_id: str
    proposals: list[str]
    actors: dict[tuple[str, str], Actor]  # of a proposal and a side
    stated: dict[str, Decimal]  # by order, the volume of one month before the round
    done: list[tuple[str, str, str]] = field(default_factory=list)  # proposal, side, action of those that went through
    refused: list[Exception] = field(default_factory=list)


def make_cases(count: int) -> list[Case]:
    """So many cases out of one published round, each in a grade of its own."""
    grades = [make_grade() for _ in range(count)]
    stated = {}
    for grade in grades:
        for price in ("96000", "96500"):
            stated[make_open_order(make_trader(), "offer", grade, price=price).id] = Decimal(100)
        need = make_open_order(make_trader(), "need", grade, price="104000", volume="200", minimum_fill="1")
        stated[need.id] = Decimal(200)
    round_ = make_round(grades[0], until="published", grade_ids=[grade.id for grade in grades])
    cases: dict[str, Case] = {}
    for proposal in queries.proposals_of_round(round_.id):
        case = cases.setdefault(proposal.bundle_id, Case(proposal.bundle_id, [], {}, {}))
        case.proposals.append(proposal.id)
        for side in ("seller", "buyer"):
            case.actors[proposal.id, side] = party(proposal, side)
        case.stated |= {order: stated[order] for order in (proposal.offer_id, proposal.need_id)}
    db.session.commit()
    assert len(cases) == count
    return list(cases.values())


@pytest.fixture
def delayed(app: Flask) -> Iterator[None]:
    """Every statement of a thread that drew delays waits one of them out before and after."""

    def wait(*_: Any) -> None:
        draw: random.Random | None = getattr(_delays, "draw", None)
        if draw is not None:
            time.sleep(draw.random() * LONGEST_DELAY_SECONDS)

    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", wait)
    sa.event.listen(engine, "after_cursor_execute", wait)
    yield
    sa.event.remove(engine, "before_cursor_execute", wait)
    sa.event.remove(engine, "after_cursor_execute", wait)


Act = Callable[[], object]


def acts_of(case: Case, draw: random.Random) -> list[tuple[tuple[str, str, str] | None, Act]]:
    """Three to six things that happen at once; with each, which answer it is."""
    acts: list[tuple[tuple[str, str, str] | None, Act]] = []
    for _ in range(draw.randint(3, 6)):
        proposal, side = draw.choice(case.proposals), draw.choice(("seller", "buyer"))
        kind = draw.choices(("accept", "take_back", "reject", "counter", "expire", "open"), (8, 2, 2, 2, 1, 1))[0]
        actor = case.actors[proposal, side]
        answer: tuple[str, str, str] | None = (proposal, side, kind)
        if kind == "expire":
            answer, act = None, lambda: services.settle_bundle(case.bundle_id, now=DEADLINE)
        elif kind == "open":
            answer, act = None, lambda p=proposal, s=side, a=actor: _open(p, s, a)
        else:
            act = lambda p=proposal, k=kind, a=actor: _answer(p, k, a)  # noqa: E731
        acts.append((answer, act))
    return acts


def _answer(proposal_id: str, kind: str, actor: Actor) -> object:
    """To what stands when it is read, which may be another revision when it is answered."""
    read = sa.select(Proposal.revision, Proposal.terms_hash).filter_by(id=proposal_id)
    revision, hash_ = db.session.execute(read).one()
    given: dict[str, Any] = {"revision": revision, "actor": actor, "now": NOW}
    if kind == "accept":
        return services.accept_proposal(proposal_id, terms_hash=hash_, **given)
    if kind == "take_back":
        return services.take_back_acceptance(proposal_id, **given)
    if kind == "counter":
        changes = {"periods": [{"period": month, **COUNTERED} for month in MONTHS]}
        return services.counter_proposal(proposal_id, changes=changes, **given)
    return services.reject_proposal(proposal_id, reason="价格过高", **given)


def _open(proposal_id: str, side: str, actor: Actor) -> object:
    proposal = db.session.get_one(Proposal, proposal_id)
    order_id = proposal.offer_id if side == "seller" else proposal.need_id
    return services.open_order(order_id, actor=actor, now=NOW)


def play(app: Flask, case: Case, seed: int) -> None:
    """Everything at once."""
    draw = random.Random(seed)
    acts = acts_of(case, draw)
    together = threading.Barrier(len(acts))

    def run(answer: tuple[str, str, str] | None, act: Act, own: int) -> None:
        together.wait(SECONDS)
        _delays.draw = random.Random(own)
        try:
            with app.app_context(), unit_of_work():
                act()
        except (DomainError, StaleDataError, OperationalError) as error:
            case.refused.append(error)
        else:
            if answer is not None:
                case.done.append(answer)
        finally:
            _delays.draw = None

    with ThreadPoolExecutor(len(acts)) as hands:
        for each in [hands.submit(run, answer, act, draw.getrandbits(32)) for answer, act in acts]:
            each.result(SECONDS)


def check(case: Case) -> None:
    """The state is one that the answers lead to, one after another; nothing is lost, doubled or promised twice."""
    bundle = db.session.get_one(Bundle, case.bundle_id)
    proposals = [db.session.get_one(Proposal, each) for each in case.proposals]
    noted = []
    for proposal in proposals:
        answers = Answers(DEADLINE)
        log = queries.answers_to(proposal)
        assert [each.number for each in log] == list(range(1, len(log) + 1))
        for each in log:
            noted.append((proposal.id, each.party, each.action))
            if each.action == "accept":
                answers = answers.accept(each.party, each.revision, now=each.moment)
            elif each.action == "take_back":
                answers = answers.take_back(each.party, each.revision, now=each.moment)
            elif each.action == "counter":
                answers = answers.counter(
                    each.party, each.revision, now=each.moment, within=timedelta(days=3), ends=DEADLINE
                )
            else:
                assert each is log[-1], "something was answered after a rejection"
        assert proposal.answers == answers
        rejected = bool(log) and log[-1].action == "reject"
        assert (proposal.status == "rejected") == rejected
        assert (proposal.status in ("agreed", "concluded", "lapsed")) == (answers.agreed and not rejected)
        made = db.session.scalars(sa.select(Contract).filter_by(proposal_id=proposal.id)).all()
        assert len(made) == (proposal.status == "concluded")
    assert sorted(noted) == sorted(case.done)
    statuses = {each.status for each in proposals}
    assert (bundle.status == "decided") == ("proposed" not in statuses)
    if bundle.status == "decided":
        assert "agreed" not in statuses
        assert ("concluded" in statuses) == (statuses == {"concluded"})  # all of the need, or nothing
    for order_id, stated in case.stated.items():
        order = db.session.get_one(Order, order_id)
        promised = sum(
            Decimal(each.terms["periods"][0]["volume"]["maximum"])
            for each in proposals
            if order_id in (each.offer_id, each.need_id) and each.status in STANDING
        )
        opened = Decimal(order.terms["volumes"]["2027-01"]) if order.status == "open" else Decimal(0)
        assert promised + opened <= stated
    for actor in case.actors.values():
        assert list(audit.broken_entries(actor.organisation_id)) == []


@pytest.mark.usefixtures("committed", "delayed")
@pytest.mark.parametrize("part", range(CASES // AT_ONCE))
def test_answers_that_meet_count_once_or_not_at_all(app: Flask, part: int) -> None:
    with app.app_context():
        cases = make_cases(AT_ONCE)
    for place, case in enumerate(cases):
        play(app, case, seed=part * AT_ONCE + place)
    with app.app_context():
        for case in cases:
            check(case)
        outcomes = [error for case in cases for error in case.refused]
        assert all(isinstance(error, Conflict | DomainError | StaleDataError) for error in outcomes), outcomes


@pytest.mark.usefixtures("committed", "delayed")
def test_two_sessions_that_accept_the_same_pair_at_one_instant_make_one_contract_each(app: Flask) -> None:
    """Both proposals of a pair are accepted by both their parties, each by two members at once."""
    with app.app_context():
        cases = make_cases(5)
    for seed, case in enumerate(cases):
        acts: list[Act] = [
            lambda p=proposal, a=case.actors[proposal, side]: _answer(p, "accept", a)
            for proposal in case.proposals
            for side in ("seller", "buyer")
            for _ in range(2)
        ]
        together = threading.Barrier(len(acts))

        def run(act: Act, own: int, together: threading.Barrier = together) -> str:
            together.wait(SECONDS)
            _delays.draw = random.Random(own)
            try:
                with app.app_context(), unit_of_work():
                    act()
            except Conflict as error:
                return error.code
            finally:
                _delays.draw = None
            return "accepted"

        with ThreadPoolExecutor(len(acts)) as hands:
            sent = [hands.submit(run, act, 100 * seed + place) for place, act in enumerate(acts)]
            told = sorted(each.result(SECONDS) for each in sent)
        assert told == ["accepted"] * 4 + ["already-answered"] * 4
    with app.app_context():
        for case in cases:
            found = db.session.scalars(sa.select(Contract).where(Contract.proposal_id.in_(case.proposals))).all()
            assert sorted(each.proposal_id for each in found) == sorted(case.proposals)


@pytest.mark.usefixtures("committed", "delayed")
@pytest.mark.parametrize("seed", range(10))
def test_one_place_is_not_sold_twice_by_contracts_that_conclude_at_once(app: Flask, seed: int) -> None:
    """Three buyers of 60 t a month each from a site that makes 100: their proposals are of bundles of their own."""
    with app.app_context():
        grade, seller = make_grade(), make_trader()
        line = make_line(seller.organisation, site_id=seller.site.id, grade_id=grade.id)
        make_statement(line, volume_per_month=Decimal(100))
        db.session.add(SupplyPlace(place=f"site:{seller.site.id}", grade_id=grade.id))  # as after an earlier contract
        for _ in range(3):
            make_open_order(seller, "offer", grade, price="96000", volume="60")
            make_open_order(make_trader(), "need", grade, price="104000", volume="60", counterparties={"most": 1})
        round_ = make_round(grade, until="published")
        proposals = queries.proposals_of_round(round_.id)
        acts: list[Act] = [
            partial(_answer, proposal.id, "accept", party(proposal, side))
            for proposal in proposals
            for side in ("seller", "buyer")
        ]
        db.session.commit()
    together = threading.Barrier(len(acts))

    def run(act: Act, own: int) -> None:
        together.wait(SECONDS)
        _delays.draw = random.Random(own)
        try:
            with app.app_context(), unit_of_work():
                act()
        finally:
            _delays.draw = None

    with ThreadPoolExecutor(len(acts)) as hands:
        for each in [hands.submit(run, act, 1000 * seed + place) for place, act in enumerate(acts)]:
            each.result(SECONDS)
    with app.app_context():
        found = [db.session.get_one(Proposal, proposal.id) for proposal in proposals]
        concluded = [each for each in found if each.status == "concluded"]
        assert {each.status for each in found} <= {"concluded", "lapsed"}
        promised = sum(Decimal(each.terms["periods"][0]["volume"]["maximum"]) for each in concluded)
        committed = db.session.scalars(sa.select(Commitment).filter_by(month="2027-01")).all()
        assert sum(each.volume for each in committed) == promised
        assert Decimal(0) < promised <= 100
