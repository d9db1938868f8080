"""What is kept how long: each rule at its boundary, and nothing that others need goes with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from marketplace.accounts.models import ApiToken, LoginFailure
from marketplace.accounts.rules.sign_in import FORGOTTEN_AFTER
from marketplace.jobs.retention import RULES, forget
from marketplace.notifications.models import Message
from marketplace.notifications.services import mark_read, tell
from marketplace.orders.models import Order, OrderRevision
from marketplace.rounds.models import RoundPiece
from marketplace.shared import audit_verification
from marketplace.shared.audit import AuditEntry
from marketplace.shared.database import Base, db
from marketplace.shared.kept_replies import KeptReply
from tests.conftest import NOW
from tests.factories.accounts import make_member, make_organisation, make_token
from tests.factories.contracts import make_contract_in_force
from tests.factories.every_table import OF_THE_TRAIL
from tests.factories.order_terms import plain_terms
from tests.factories.orders import make_disclosure, make_order
from tests.factories.rounds import make_market, make_round

pytestmark = pytest.mark.usefixtures("session")

TICK = timedelta(microseconds=1)
YEAR, HALF_YEAR, THREE_YEARS = timedelta(days=365), timedelta(days=180), timedelta(days=1096)


def keep_reply(moment: datetime) -> None:
    db.session.add(KeptReply(member_id="mem_1", key=moment.isoformat(), request_hash="", moment=moment))


def fail(moment: datetime) -> None:
    db.session.add(LoginFailure(account="", address=moment.isoformat(), failures=3, last_at=moment))


def revoke(moment: datetime) -> None:
    make_token(make_member(), revoked_at=moment, expires_at=NOW + YEAR)


def expire(moment: datetime) -> None:
    make_token(make_member(), expires_at=moment)


def read(moment: datetime) -> None:
    member = make_member()
    message = tell(member.organisation_id, "tests-told", "x", text_zh="", text_en="", now=moment)
    mark_read(message.id, actor=member.actor)


def leave_draft(moment: datetime) -> None:
    make_order(terms=plain_terms()).updated_at = moment


@pytest.mark.parametrize(
    ("name", "make", "model", "kept_for", "last_kept"),
    [
        ("kept replies", keep_reply, KeptReply, timedelta(hours=24), timedelta(hours=24)),  # at least a day
        ("failures to sign in", fail, LoginFailure, FORGOTTEN_AFTER, FORGOTTEN_AFTER - TICK),
        ("ended tokens", revoke, ApiToken, HALF_YEAR, HALF_YEAR - TICK),
        ("ended tokens", expire, ApiToken, HALF_YEAR, HALF_YEAR - TICK),
        ("read messages", read, Message, THREE_YEARS, THREE_YEARS - TICK),
        ("untouched drafts", leave_draft, Order, YEAR, YEAR - TICK),
    ],
)
def test_kept_to_the_last_moment_and_no_longer(
    name: str, make: Callable[[datetime], None], model: type, kept_for: timedelta, last_kept: timedelta
) -> None:
    assert {rule.name: rule.kept_for for rule in RULES}[name] == kept_for
    make(NOW - last_kept)
    db.session.commit()
    assert forget(now=NOW)[name] == 0
    assert db.session.scalar(sa.select(sa.func.count()).select_from(model)) == 1
    assert forget(now=NOW + TICK)[name] == 1
    assert db.session.scalar(sa.select(sa.func.count()).select_from(model)) == 0
    assert list(audit_verification.findings()) == []


def test_unread_messages_and_living_tokens_stay() -> None:
    member = make_member()
    tell(member.organisation_id, "tests-told", "x", text_zh="", text_en="", now=NOW - 2 * THREE_YEARS)
    make_token(member, created_at=NOW - 2 * THREE_YEARS, expires_at=NOW + TICK)
    db.session.commit()
    assert set(forget(now=NOW).values()) == {0}


def test_a_forgotten_draft_leaves_its_trail_and_its_owner_is_told() -> None:
    draft = make_order(external_reference="2025-01")
    draft.updated_at = NOW - YEAR
    order_id, owner = draft.id, draft.organisation_id
    db.session.commit()
    assert forget(now=NOW)["untouched drafts"] == 1
    assert db.session.scalars(sa.select(OrderRevision)).all() == []
    trail = sa.select(AuditEntry.action).filter_by(subject_id=order_id)
    assert db.session.scalars(trail).all() == ["orders:offer:forgotten"]
    (message,) = db.session.scalars(sa.select(Message).filter_by(organisation_id=owner))
    assert (message.kind, message.subject_id) == ("draft-forgotten", order_id)
    assert "2025-01" in message.text_zh


def test_drafts_that_others_name_or_that_were_asked_for_stay() -> None:
    owner = make_organisation()
    old = NOW - 2 * YEAR
    linked, input_of, asked_for, alone, mutual = (make_order(owner, side="need") for _ in range(5))
    make_order(owner, status="open", terms=plain_terms(linked_to=linked.id)).updated_at = old
    make_order(owner, terms=plain_terms(inputs=[{"need": input_of.id, "units_per_unit": "1"}]))  # a young draft
    other = make_order(owner, terms=plain_terms(linked_to=mutual.id))
    make_disclosure(make_member(), asked_for)
    kept = {linked.id, input_of.id, asked_for.id}
    for draft in (linked, input_of, asked_for, alone, mutual, other):
        draft.updated_at = old
    db.session.commit()
    assert forget(now=NOW)["untouched drafts"] == 3
    left = set(db.session.scalars(sa.select(Order.id).where(Order.updated_at == old, Order.status == "draft")))
    assert left == kept


def test_pieces_stay_with_a_run_and_go_without() -> None:
    running, ended = (make_round(make_market().grade, until="frozen") for _ in range(2))
    running.status = "running"
    for round_ in (running, ended):
        db.session.add(RoundPiece(round_id=round_.id, attempt=1, number=1, work="begin 0", token=1))
    db.session.commit()
    running_id = running.id
    assert forget(now=NOW)["pieces of ended runs"] == 1
    assert db.session.scalars(sa.select(RoundPiece.round_id)).all() == [running_id]


def test_a_century_later_orders_rounds_and_contracts_are_all_there() -> None:
    make_contract_in_force()
    db.session.commit()
    counts = {name: count(table) for name, table in Base.metadata.tables.items()}
    forget(now=NOW + timedelta(days=36_500))
    gone = {name for name, table in Base.metadata.tables.items() if count(table) < counts[name]}
    assert gone <= {"kept_replies", "login_failures", "api_tokens", "messages"} - OF_THE_TRAIL
    assert list(audit_verification.findings()) == []


def count(table: sa.Table) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_the_page_lists_every_rule() -> None:
    page = (Path(__file__).parents[2] / "docs" / "operations-keeping.md").read_text(encoding="utf-8")
    assert [rule.name for rule in RULES if f"| {rule.name} |" not in page] == []
