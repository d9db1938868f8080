"""What is kept how long: every rule by which rows are deleted because time has passed, in one table.

All else is kept: orders that were ever open, with their revisions, rounds, proposals, contracts and all that belongs to
them, quotes, certificates, organisations and members, and the audit trail.  ``docs/operations-keeping.md`` says why.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from marketplace.accounts import services as accounts
from marketplace.contracts import services as contracts
from marketplace.notifications import services as notifications
from marketplace.orders import services as orders
from marketplace.rounds import services as rounds
from marketplace.shared import kept_replies
from marketplace.shared.database import unit_of_work
from marketplace.webhooks import services as webhooks


@dataclass(frozen=True)
class Rule:
    """``forget`` deletes what has been kept long enough at a moment, and says how many rows it was."""

    name: str
    kept_for: timedelta
    forget: Callable[[datetime], int]


RULES = (
    Rule("kept replies", kept_replies.KEPT_FOR, kept_replies.forget_replies),
    Rule("failures to sign in", accounts.FORGOTTEN_AFTER, accounts.forget_failures),
    Rule("ended tokens", accounts.ENDED_TOKENS_KEPT_FOR, accounts.forget_ended_tokens),
    Rule("read messages", notifications.READ_MESSAGES_KEPT_FOR, notifications.forget_read_messages),
    Rule("untouched drafts", orders.DRAFTS_KEPT_FOR, orders.forget_drafts),
    Rule("reports of files", orders.UPLOADS_KEPT_FOR, orders.forget_uploads),
    Rule("exports", contracts.EXPORTS_KEPT_FOR, contracts.forget_exports),
    Rule("ended deliveries of webhooks", webhooks.DELIVERED_ARE_KEPT, webhooks.forget_deliveries),
    Rule("pieces of ended runs", timedelta(0), rounds.forget_stray_pieces),
)


def forget(*, now: datetime) -> dict[str, int]:
    """Apply every rule, each in a transaction of its own; how many rows went by each."""
    gone = {}
    for rule in RULES:
        with unit_of_work():
            gone[rule.name] = rule.forget(now)
    return gone
