"""Anchors: the heads of all audit chains at one moment, under one Merkle root, each anchor chained to the last.

Whoever can write the database can rewrite a chain whole, cut it off or drop it, and its hashes still fit.  An anchor
exported and kept elsewhere says what each chain's head was; ``audit_verification`` compares.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.shared.audit import GENESIS, AuditHead
from marketplace.shared.database import Document, UtcDateTime, db
from marketplace.shared.paging import Page, page

FORMAT = "changdan-audit-anchor/1"
_LOCK = 7_241_001  # names, among PostgreSQL's advisory locks, the making of anchors

Head = Sequence[Any]  # organisation, number of its last entry, that entry's hash


class AuditAnchor(db.Model):
    """One anchor; ``heads`` lists organisation, number and hash, in the order of the organisations."""

    __tablename__ = "audit_anchors"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    moment: Mapped[datetime] = mapped_column(UtcDateTime)
    heads: Mapped[list[Any]] = mapped_column(Document)
    root: Mapped[str]
    previous_hash: Mapped[str]
    hash: Mapped[str]

    @property
    def chains(self) -> int:
        """How many chains it covers."""
        return len(self.heads)


def merkle_root(heads: Sequence[Head]) -> str:
    """The root over heads in order, built as RFC 6962, 2.1: leaves and nodes are hashed under different prefixes.

    >>> merkle_root([]) == hashlib.sha256(b"").hexdigest()
    True
    >>> merkle_root([["org_a", 1, "00"]]) == merkle_root([["org_a", 2, "00"]])
    False
    """
    if not heads:
        return hashlib.sha256(b"").hexdigest()
    level = [hashlib.sha256(b"\0" + _canonical(list(head))).digest() for head in heads]
    while len(level) > 1:
        pairs = [level[start : start + 2] for start in range(0, len(level), 2)]
        level = [hashlib.sha256(b"\1" + b"".join(pair)).digest() if len(pair) == 2 else pair[0] for pair in pairs]
    return level[0].hex()


def anchor_hash(*, number: int, moment: datetime, root: str, previous_hash: str) -> str:
    """SHA-256 over an anchor's canonical JSON; the heads are in it by their root."""
    body = {"number": number, "moment": moment.isoformat(), "root": root, "previous_hash": previous_hash}
    return hashlib.sha256(_canonical(body)).hexdigest()


def make_anchor(*, now: datetime) -> AuditAnchor:
    """Anchor all chains as they are committed now; two at once make one after the other."""
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    last = db.session.scalar(sa.select(AuditAnchor).order_by(AuditAnchor.number.desc()).limit(1))
    found = db.session.execute(sa.select(AuditHead.organisation_id, AuditHead.number, AuditHead.hash))
    heads = sorted([owner, number, hash_] for owner, number, hash_ in found)
    number, previous = (1, GENESIS) if last is None else (last.number + 1, last.hash)
    moment, root = now.astimezone(UTC), merkle_root(heads)
    sealed = anchor_hash(number=number, moment=moment, root=root, previous_hash=previous)
    anchor = AuditAnchor(number=number, moment=moment, heads=heads, root=root, previous_hash=previous, hash=sealed)
    db.session.add(anchor)
    db.session.flush()
    return anchor


def exported(anchor: AuditAnchor) -> bytes:
    """An anchor as a JSON file, heads included."""
    names = ("number", "heads", "root", "previous_hash", "hash")
    document = {
        "format": FORMAT,
        "moment": anchor.moment.isoformat(),
        **{name: getattr(anchor, name) for name in names},
    }
    return json.dumps(document, sort_keys=True, indent=1).encode() + b"\n"


def anchors(*, cursor: str | None = None, limit: int = 50) -> Page[AuditAnchor]:
    """All anchors, newest first."""
    key = AuditAnchor.number
    return page(sa.select(AuditAnchor), key=key, unique=key, descending=True, cursor=cursor, limit=limit)


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
