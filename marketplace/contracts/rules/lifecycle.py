"""The life of a proposal, as a table."""

from __future__ import annotations

from marketplace.shared.lifecycle import Lifecycle

PROPOSAL = Lifecycle(
    "proposal",
    "pending_publication",
    {
        ("pending_publication", "publish"): "proposed",
        ("pending_publication", "cancel"): "cancelled",
    },
)

SEEN_BY_PARTIES = frozenset(PROPOSAL.statuses) - {"pending_publication", "cancelled"}  # cancelled: never published
