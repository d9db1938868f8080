"""What tests read of orders: why they were refused, their trail, their revisions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from marketplace.orders.models import Order, OrderRevision
from marketplace.shared import audit
from marketplace.shared.database import db
from marketplace.shared.errors import InvalidInput


def faults(call: Callable[[], Any]) -> list[tuple[str, str]]:
    """Pointer and code of every fault for which a call is refused."""
    with pytest.raises(InvalidInput) as error:
        call()
    return [(fault.pointer, fault.code) for fault in error.value.faults]


def entries(organisation_id: str) -> list[audit.AuditEntry]:
    """An organisation's trail, whole and unbroken."""
    assert list(audit.broken_entries(organisation_id)) == []
    query = sa.select(audit.AuditEntry).filter_by(organisation_id=organisation_id).order_by(audit.AuditEntry.number)
    return list(db.session.scalars(query))


def revisions(order: Order) -> list[tuple[int, str, str]]:
    """Number, action and status of each revision."""
    query = sa.select(OrderRevision).filter_by(order_id=order.id).order_by(OrderRevision.number)
    return [(revision.number, revision.action, revision.status) for revision in db.session.scalars(query)]
