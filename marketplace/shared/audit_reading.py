"""Reading the audit trail: an organisation's entries, and whether the chains are whole."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

import sqlalchemy as sa

from marketplace.shared.audit import AuditEntry, AuditHead, broken_entries
from marketplace.shared.database import db
from marketplace.shared.paging import Page, page

MOST_SHOWN = 20


@dataclass(frozen=True)
class ChainCheck:
    """What a check of one organisation's chain has found; ``broken_numbers`` holds the first 20."""

    organisation_id: str
    entries: int  # as many as the chain's head counts
    broken_numbers: list[int]

    @property
    def intact(self) -> bool:
        """Whether nothing was changed, inserted, left out or cut off."""
        return not self.broken_numbers


def entries(
    organisation_id: str,
    *,
    action: str | None = None,
    subject_id: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[AuditEntry]:
    """An organisation's trail, newest first."""
    query = sa.select(AuditEntry).filter_by(organisation_id=organisation_id)
    if action is not None:
        query = query.filter_by(action=action)
    if subject_id is not None:
        query = query.filter_by(subject_id=subject_id)
    number = AuditEntry.number
    return page(query, key=number, unique=number, descending=True, cursor=cursor, limit=limit)


def check_chains(*, cursor: str | None = None, limit: int = 50) -> Page[ChainCheck]:
    """Recompute the chains of some organisations, in the order of their identifiers."""
    key = AuditHead.organisation_id
    heads = page(sa.select(AuditHead), key=key, unique=key, cursor=cursor, limit=limit)
    return Page([_check(head) for head in heads.items], heads.next_cursor)


def _check(head: AuditHead) -> ChainCheck:
    broken = [entry.number for entry in islice(broken_entries(head.organisation_id), MOST_SHOWN)]
    last = db.session.scalar(
        sa.select(AuditEntry)
        .filter_by(organisation_id=head.organisation_id)
        .order_by(AuditEntry.number.desc())
        .limit(1)
    )
    cut_off = last is None or (last.number, last.hash) != (head.number, head.hash)
    if cut_off and head.number not in broken:
        broken.append(head.number)
    return ChainCheck(head.organisation_id, head.number, broken)
