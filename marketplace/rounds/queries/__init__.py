"""Reading rounds: what members see of them, what their operator does, what everybody may know."""

from marketplace.rounds.queries.cancelled_runs import cancelled_runs
from marketplace.rounds.queries.outcomes import (
    ToldOutcome,
    latest_cleared_round,
    latest_cleared_rounds,
    outcomes_of_order,
)
from marketplace.rounds.queries.reading import (
    ROUND_SORTS,
    clearing,
    match_number,
    matches,
    orders_of,
    outcomes_of,
    progress,
    published_round,
    real_orders,
    round_by_id,
    round_to_change,
    rounds,
    visible_round,
)
from marketplace.rounds.queries.sealed_orders import SealedOrder, sealed_orders
from marketplace.rounds.queries.summaries import (
    ClearingSummary,
    GradePrice,
    GradeSummary,
    clearing_summary,
    published_prices,
)
from marketplace.rounds.queries.what_ifs import (
    SILENT,
    WhatIfRun,
    due_what_ifs,
    most_asked,
    running_what_ifs,
    waiting_what_ifs,
    what_if_run,
    what_if_runs,
)

__all__ = [
    "ROUND_SORTS",
    "SILENT",
    "ClearingSummary",
    "GradePrice",
    "GradeSummary",
    "SealedOrder",
    "ToldOutcome",
    "WhatIfRun",
    "cancelled_runs",
    "clearing",
    "clearing_summary",
    "due_what_ifs",
    "latest_cleared_round",
    "latest_cleared_rounds",
    "match_number",
    "matches",
    "most_asked",
    "orders_of",
    "outcomes_of",
    "outcomes_of_order",
    "progress",
    "published_prices",
    "published_round",
    "real_orders",
    "round_by_id",
    "round_to_change",
    "rounds",
    "running_what_ifs",
    "sealed_orders",
    "visible_round",
    "waiting_what_ifs",
    "what_if_run",
    "what_if_runs",
]
