"""Checking the whole trail: each chain by itself, each anchor, and an exported anchor against the database."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from marketplace.shared import audit_reading
from marketplace.shared.audit import GENESIS, AuditEntry, AuditHead
from marketplace.shared.audit_anchors import FORMAT, AuditAnchor, Head, anchor_hash, merkle_root
from marketplace.shared.database import chunks, db


class NotAnAnchor(ValueError):
    """A file holds no exported anchor; says what is wrong."""


def read_anchor(text: bytes) -> dict[str, Any]:
    """An exported anchor; raises NotAnAnchor."""
    try:
        document = json.loads(text)
        if document["format"] != FORMAT:
            raise NotAnAnchor(f"its format is another; {FORMAT!r} is needed")
        moment = datetime.fromisoformat(document["moment"])
        heads = [(str(owner), int(number), str(hash_)) for owner, number, hash_ in document["heads"]]
        texts = {name: str(document[name]) for name in ("root", "previous_hash", "hash")}
        return {"number": int(document["number"]), "moment": moment, "heads": heads, **texts}
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, NotAnAnchor):
            raise
        # Its kind alone: the words of an error may hold the file, which may be anything, a backup for instance.
        raise NotAnAnchor(f"cannot be read: {type(error).__name__}") from None


def findings(kept: dict[str, Any] | None = None) -> Iterator[str]:
    """A line for each thing that is wrong; none when the trail is whole.  ``kept`` is an exported anchor."""
    yield from _broken_chains()
    yield from _broken_anchors()
    if kept is not None:
        yield from _against(kept)


def _broken_chains() -> Iterator[str]:
    cursor, more = None, True
    while more:
        checks = audit_reading.check_chains(cursor=cursor, limit=200)
        for check in checks.items:
            if not check.intact:
                numbers = ", ".join(map(str, check.broken_numbers))
                yield f"chain {check.organisation_id}: entries changed, missing or out of place: {numbers}"
        cursor = checks.next_cursor
        more = cursor is not None
    headless = sa.select(AuditEntry.organisation_id).distinct()
    headless = headless.where(AuditEntry.organisation_id.not_in(sa.select(AuditHead.organisation_id)))
    for owner in db.session.scalars(headless.order_by(AuditEntry.organisation_id)):
        yield f"chain {owner}: has entries and no head"


def _broken_anchors() -> Iterator[str]:
    number, previous = 0, GENESIS
    told: set[tuple[str, int, str]] = set()
    for anchor in db.session.scalars(sa.select(AuditAnchor).order_by(AuditAnchor.number)):
        if anchor.number != number + 1:
            yield f"anchor {number + 1}: is missing"
        elif anchor.previous_hash != previous:
            yield f"anchor {anchor.number}: does not follow the one before it"
        number, previous = anchor.number, anchor.hash
        sealed = anchor_hash(
            number=anchor.number, moment=anchor.moment, root=anchor.root, previous_hash=anchor.previous_hash
        )
        if anchor.hash != sealed or anchor.root != merkle_root(anchor.heads):
            yield f"anchor {anchor.number}: was changed"
        new = [head for head in anchor.heads if tuple(head) not in told]  # most heads stand in many anchors
        told |= {(owner, count, hash_) for owner, count, hash_ in new}
        yield from _heads_not_found(f"anchor {anchor.number}", new)


def _against(kept: dict[str, Any]) -> Iterator[str]:
    place = f"exported anchor {kept['number']}"
    parts = {name: kept[name] for name in ("number", "moment", "root", "previous_hash")}
    if kept["hash"] != anchor_hash(**parts) or kept["root"] != merkle_root(kept["heads"]):
        yield f"{place}: the file itself was changed"
        return
    stored = db.session.get(AuditAnchor, kept["number"])
    if stored is None:
        yield f"{place}: the database has no such anchor"
    elif stored.hash != kept["hash"]:
        yield f"{place}: the database has another one under this number"
    yield from _heads_not_found(place, kept["heads"])


def _heads_not_found(place: str, heads: Iterable[Head]) -> Iterator[str]:
    wanted = {owner: (number, hash_) for owner, number, hash_ in heads if number}
    for some in chunks(sorted(wanted)):
        pairs = [sa.and_(AuditEntry.organisation_id == owner, AuditEntry.number == wanted[owner][0]) for owner in some]
        for piece in (pairs[start : start + 100] for start in range(0, len(pairs), 100)):
            query = sa.select(AuditEntry.organisation_id, AuditEntry.hash).where(sa.or_(*piece))
            for owner, hash_ in db.session.execute(query):
                number, expected = wanted.pop(owner)
                if hash_ != expected:
                    yield f"{place}: chain {owner} was rewritten: its entry {number} had another hash"
    if not wanted:
        return
    present = set(db.session.scalars(sa.select(AuditEntry.organisation_id).distinct()))
    for owner, (number, _) in sorted(wanted.items()):
        what = "was cut off" if owner in present else "was removed"
        yield f"{place}: chain {owner} {what}: it had {number} entries"
