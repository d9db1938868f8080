"""Maintenance: what time alone changes, done in one place.  ``changdan maintain`` runs it, say every hour.

Bundles of proposals whose time to answer has run out are decided here, and re-openers of contracts are triggered.
Nothing else waits for it: a round takes no order whose validity is over, a proposal no answer that comes late, and no
expired reply is ever given again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from marketplace.contracts import services as contracts
from marketplace.jobs.retention import forget
from marketplace.orders import services as orders
from marketplace.shared.database import unit_of_work


@dataclass(frozen=True)
class Maintained:
    """How many things time has ended."""

    expired_orders: int
    settled_bundles: int
    completed_contracts: int
    reopened_contracts: int
    confirmed_statements: int
    judged_months: int
    forgotten: dict[str, int]  # rows by retention rule


def maintain(*, now: datetime) -> Maintained:
    """Expire orders whose validity is over, settle proposals not answered in time, forget what was kept long enough.

    Each step is a transaction of its own; to run it again, or twice at once, does no harm.
    """
    with unit_of_work():
        expired = orders.expire_orders(now=now)
    forgotten = forget(now=now)
    with unit_of_work(writes=False):
        overdue = contracts.overdue_bundles(now=now)
    for bundle_id in overdue:
        with unit_of_work():
            contracts.settle_bundle(bundle_id, now=now)
    with unit_of_work():
        completed = contracts.complete_contracts(now=now)
    with unit_of_work():
        reopened = contracts.watch_reopeners(now=now)
    with unit_of_work(writes=False):
        unanswered = contracts.unanswered_statements(now=now)
    confirmed = 0
    for contract_id in unanswered:
        with unit_of_work():
            confirmed += len(contracts.confirm_silent_statements(contract_id, now=now))
    with unit_of_work(writes=False):
        watched = contracts.months_to_watch(now=now)
    judged = 0
    for contract_id, month in watched:
        with unit_of_work():
            judged += contracts.watch_month(contract_id, month, now=now)
    return Maintained(len(expired), len(overdue), len(completed), len(reopened), confirmed, judged, forgotten)
