"""How much a round tells an owner about the fate of its order; fixed before the round opens.

No level names another organisation, and none tells a limit: a missing price moves in steps that do not depend on it
and needs five parties (docs/model.md 7.4, 7.5).
"""

from __future__ import annotations

from enum import StrEnum


class Feedback(StrEnum):
    """``category``: which rule kept it back.  ``coarse``: with coarse numbers.  ``exact``: with exact counts."""

    CATEGORY = "category"
    COARSE = "coarse"
    EXACT = "exact"


# The one reason that no clearing gives: the order never entered the market.
LEFT_OUT = "not_clearable"
LEFT_OUT_WORDS = (
    "本轮规则下无法撮合以下条款，订单未进入本轮，仍在挂单",
    "this round cannot clear the terms named; the order stayed outside and is still open",
)
