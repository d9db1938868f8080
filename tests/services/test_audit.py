"""The trail is written when its transaction commits: what was undone leaves nothing, who reads before sees it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from marketplace.shared import audit
from marketplace.shared.actor import SYSTEM
from marketplace.shared.audit import AuditEntry, AuditHead
from marketplace.shared.database import db
from tests.conftest import NOW

pytestmark = pytest.mark.usefixtures("session")


def note(subject: str, organisation_id: str = "org_a") -> None:
    audit.record("tests:thing:done", subject, actor=SYSTEM, now=NOW, organisation_id=organisation_id)


def written(organisation_id: str = "org_a") -> list[str]:
    assert list(audit.broken_entries(organisation_id)) == []
    query = sa.select(AuditEntry.subject_id).filter_by(organisation_id=organisation_id).order_by(AuditEntry.number)
    return list(db.session.scalars(query))


def test_nothing_is_locked_before_the_commit() -> None:
    note("1")
    db.session.flush()
    heads = sa.select(sa.func.count()).select_from(AuditHead.__table__)
    assert db.session.scalar(heads) == 0
    db.session.commit()
    assert db.session.scalar(heads) == 1
    assert written() == ["1"]


def test_a_savepoint_that_is_undone_takes_its_entries_with_it() -> None:
    note("1")
    with db.session.begin_nested():
        note("2")
        undone = db.session.begin_nested()
        note("3")
        with db.session.begin_nested():
            note("4")
        undone.rollback()
        note("5")
    note("6")
    db.session.commit()
    assert written() == ["1", "2", "5", "6"]


def test_a_transaction_that_is_undone_leaves_nothing_for_the_next() -> None:
    note("1")
    db.session.rollback()
    note("2")
    db.session.close()
    note("3")
    db.session.commit()
    assert written() == ["3"]


def test_who_reads_the_trail_sees_what_was_recorded() -> None:
    note("1")
    assert written() == ["1"]
    note("2")
    note("x", "org_b")
    assert (written(), written("org_b")) == (["1", "2"], ["x"])
    db.session.commit()
    assert (written(), written("org_b")) == (["1", "2"], ["x"])
