"""Anchors find what the chains' own hashes cannot: a chain rewritten whole, cut off or removed."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from marketplace.shared import audit, audit_anchors, audit_verification
from marketplace.shared.actor import SYSTEM
from marketplace.shared.audit import GENESIS, AuditEntry, AuditHead
from marketplace.shared.audit_anchors import AuditAnchor
from marketplace.shared.database import db
from tests.conftest import NOW

pytestmark = pytest.mark.usefixtures("session")


def note(owner: str, subject: str) -> None:
    audit.record("tests:thing:done", subject, actor=SYSTEM, now=NOW, organisation_id=owner)
    db.session.commit()


def chain(owner: str) -> list[AuditEntry]:
    query = sa.select(AuditEntry).filter_by(organisation_id=owner).order_by(AuditEntry.number)
    return list(db.session.scalars(query))


def rewrite() -> None:
    """Change an entry of org_b and fit all hashes after it, and the head."""
    previous = GENESIS
    for entry in chain("org_b"):
        entry.subject_id = "false"
        entry.previous_hash = previous
        previous = entry.hash = entry.computed_hash()
    db.session.scalars(sa.select(AuditHead).filter_by(organisation_id="org_b")).one().hash = previous


def cut_off() -> None:
    """Take org_b's last entry away and set the head back."""
    first, last = chain("org_b")
    db.session.delete(last)
    head = db.session.scalars(sa.select(AuditHead).filter_by(organisation_id="org_b")).one()
    head.number, head.hash = first.number, first.hash


def remove() -> None:
    """Drop org_b's chain and its head."""
    for model in (AuditEntry, AuditHead):
        db.session.execute(sa.delete(model).where(model.organisation_id == "org_b"))


def replace_anchors() -> None:
    """Rewrite the chain and then all anchors, so that the database alone fits together."""
    rewrite()
    db.session.execute(sa.delete(AuditAnchor))
    db.session.expunge_all()
    audit_anchors.make_anchor(now=NOW)


def change_root() -> None:
    db.session.get_one(AuditAnchor, 1).root = GENESIS


def drop_anchor() -> None:
    db.session.execute(sa.delete(AuditAnchor))


def edit_entry() -> None:
    chain("org_a")[0].subject_id = "false"


def drop_head() -> None:
    db.session.execute(sa.delete(AuditHead).where(AuditHead.organisation_id == "org_b"))


@pytest.fixture
def kept() -> bytes:
    for owner in ("org_a", "org_b", "org_b", "org_c"):
        note(owner, "1")
    anchor = audit_anchors.make_anchor(now=NOW)
    db.session.commit()
    return audit_anchors.exported(anchor)


def found(kept: bytes) -> list[str]:
    db.session.flush()
    db.session.expire_all()
    return list(audit_verification.findings(audit_verification.read_anchor(kept)))


def test_a_whole_trail_that_grows_stays_whole(kept: bytes) -> None:
    assert found(kept) == []
    note("org_b", "2")
    note("org_d", "1")
    second = audit_anchors.make_anchor(now=NOW)
    assert (second.number, second.chains, second.previous_hash) == (2, 4, json.loads(kept)["hash"])
    assert found(kept) == found(audit_anchors.exported(second)) == []


@pytest.mark.parametrize(
    ("tamper", "lines"),
    [
        (rewrite, ["anchor 1: chain org_b was rewritten", "exported anchor 1: chain org_b was rewritten"]),
        (cut_off, ["anchor 1: chain org_b was cut off", "exported anchor 1: chain org_b was cut off"]),
        (remove, ["anchor 1: chain org_b was removed", "exported anchor 1: chain org_b was removed"]),
        (
            replace_anchors,
            ["exported anchor 1: the database has another one", "exported anchor 1: chain org_b was rewritten"],
        ),
        (change_root, ["anchor 1: was changed"]),
        (drop_anchor, ["exported anchor 1: the database has no such anchor"]),
        (edit_entry, ["chain org_a: entries changed, missing or out of place: 1"]),
        (drop_head, ["chain org_b: has entries and no head"]),
    ],
)
def test_each_way_of_tampering_is_found(kept: bytes, tamper: Callable[[], None], lines: list[str]) -> None:
    tamper()
    told = found(kept)
    assert len(told) == len(lines)
    assert all(line.startswith(expected) for line, expected in zip(told, lines, strict=True)), told


def test_an_anchor_missing_between_others_is_found(kept: bytes) -> None:
    audit_anchors.make_anchor(now=NOW)
    audit_anchors.make_anchor(now=NOW)
    db.session.execute(sa.delete(AuditAnchor).where(AuditAnchor.number == 2))
    assert found(kept) == ["anchor 2: is missing"]


def test_a_changed_file_is_found_and_no_file_is_refused(kept: bytes) -> None:
    document = json.loads(kept)
    document["heads"].pop()
    assert found(json.dumps(document).encode()) == ["exported anchor 1: the file itself was changed"]
    with pytest.raises(audit_verification.NotAnAnchor):
        audit_verification.read_anchor(b'{"format": "else"}')


@pytest.mark.parametrize("other", [b"PK\x03\x04 limit 98000 \xff", b'{"format": "limit 98000"}', b'"limit 98000"'])
def test_what_another_file_holds_is_not_told(other: bytes) -> None:
    with pytest.raises(audit_verification.NotAnAnchor) as refused:
        audit_verification.read_anchor(other)
    assert "98000" not in str(refused.value)
