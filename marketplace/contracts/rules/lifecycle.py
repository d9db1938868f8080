"""The lives of a proposal, of a bundle of proposals and of a contract, as tables."""

from __future__ import annotations

from marketplace.shared.lifecycle import Lifecycle

PROPOSAL = Lifecycle(
    "proposal",
    "pending_publication",
    {
        ("pending_publication", "publish"): "proposed",
        ("pending_publication", "cancel"): "cancelled",
        ("proposed", "accept"): "proposed",  # one party has; the other has yet to
        ("proposed", "take_back"): "proposed",
        ("proposed", "counter"): "proposed",
        ("proposed", "agree"): "agreed",  # both have accepted the same terms
        ("proposed", "reject"): "rejected",
        ("proposed", "expire"): "expired",
        ("agreed", "conclude"): "concluded",  # it is a contract
        ("concluded", "withdraw"): "withdrawn",  # its contract was not confirmed in time
        ("concluded", "end"): "ended",  # its contract was terminated: what was not delivered returns
        ("agreed", "lapse"): "lapsed",  # a term over several contracts does not hold, or a capacity does not suffice
    },
)

SEEN_BY_PARTIES = frozenset(PROPOSAL.statuses) - {"pending_publication", "cancelled"}  # cancelled: never published
STANDING = frozenset({"proposed", "agreed", "concluded"})  # its volume is kept from being traded once more
UNANSWERED = "proposed"

CONTRACT = Lifecycle(
    "contract",
    "awaiting_confirmation",  # agreed and binding; nothing is delivered before both have confirmed the document
    {
        ("awaiting_confirmation", "put_in_force"): "in_force",
        ("awaiting_confirmation", "withdraw"): "withdrawn",  # by a party that confirmed, when the other did not in time
        ("in_force", "amend"): "in_force",
        ("in_force", "call"): "in_force",  # another volume than the agreed one
        ("in_force", "deliver"): "in_force",
        ("in_force", "novate"): "in_force",  # another party takes the place of one
        ("suspended", "novate"): "suspended",
        ("in_force", "suspend"): "suspended",
        ("suspended", "resume"): "in_force",
        ("in_force", "terminate"): "terminated",
        ("suspended", "terminate"): "terminated",
        ("in_force", "complete"): "completed",  # its last month is over
    },
)

COMMITTED = frozenset({"awaiting_confirmation", "in_force", "suspended"})  # its volume may be called, or soon will

VERSION = Lifecycle(
    "version of a contract",
    "proposed",
    {
        ("proposed", "confirm"): "proposed",  # one party has; the other has yet to
        ("proposed", "put_in_force"): "in_force",
        ("proposed", "refuse"): "refused",
        ("in_force", "replace"): "replaced",
    },
)

CONFIRMED = frozenset({"in_force", "replaced"})  # versions that both have confirmed

STATEMENT = Lifecycle(
    "statement",
    "drawn",
    {
        ("drawn", "confirm"): "confirmed",  # by the other party, or by its silence
        ("drawn", "dispute"): "disputed",
        ("drawn", "replace"): "replaced",  # by another one of the same month
        ("disputed", "replace"): "replaced",
        ("confirmed", "correct"): "corrected",  # by a reversing entry; it is not changed itself
    },
)

BUNDLE = Lifecycle("bundle", "open", {("open", "decide"): "decided"})
