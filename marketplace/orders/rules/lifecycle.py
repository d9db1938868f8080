"""The life of an order, as a table.

draft -> open -> frozen -> matched / partly_matched / unmatched -> open again or closed;
withdrawn and expired from open; a draft is discarded by withdrawing it.
"""

from __future__ import annotations

from marketplace.shared.lifecycle import Lifecycle

ORDER = Lifecycle(
    "order",
    "draft",
    {
        ("draft", "revise"): "draft",
        ("draft", "open"): "open",
        ("draft", "withdraw"): "withdrawn",
        ("open", "revise"): "open",
        ("open", "freeze"): "frozen",
        ("open", "withdraw"): "withdrawn",
        ("open", "expire"): "expired",
        ("frozen", "match"): "matched",
        ("frozen", "match_partly"): "partly_matched",
        ("frozen", "leave_unmatched"): "unmatched",
        ("frozen", "release"): "open",  # the round was cancelled
        ("matched", "reopen"): "open",  # what is left of it
        ("partly_matched", "reopen"): "open",
        ("unmatched", "reopen"): "open",
        ("unmatched", "revise"): "unmatched",  # so that its owner can mend it before it is offered again
        ("matched", "close"): "closed",
        ("partly_matched", "close"): "closed",
        ("unmatched", "close"): "closed",
    },
)

OUTCOMES = {"matched": "match", "partly_matched": "match_partly", "unmatched": "leave_unmatched"}

CLEARED = frozenset(OUTCOMES)  # a round has cleared it, and its owner has yet to say what becomes of the rest
LIVE = CLEARED | {"open", "frozen"}  # it is traded, or its owner may have it traded again

STATUS_NAMES_ZH = {
    "draft": "草稿",
    "open": "挂单中",
    "frozen": "撮合中",
    "matched": "已成交",
    "partly_matched": "部分成交",
    "unmatched": "未成交",
    "closed": "已关闭",
    "withdrawn": "已撤回",
    "expired": "已过期",
}

DISCLOSURE = Lifecycle(
    "disclosure",
    "requested",
    {
        ("requested", "approve"): "approved",
        ("requested", "refuse"): "refused",
        ("approved", "read"): "read",
    },
)

UPLOAD = Lifecycle(
    "upload",
    "waiting",
    {
        ("waiting", "begin"): "running",
        ("running", "begin"): "running",  # by another, when whoever had it gave no sign of life
        ("running", "store"): "stored",
        ("running", "refuse"): "refused",
        ("running", "fail"): "failed",
    },
)
