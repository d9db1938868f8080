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
STANDING = frozenset({"proposed"})  # what may still be called on; kept apart from what only remains to be read
