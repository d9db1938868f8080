"""The news of a published round for everyone who had an order in it or was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from marketplace.notifications import services as notifications
from marketplace.rounds import queries
from marketplace.rounds.models import Round

# Outcome, and how it is said of so many orders.
_WORDS = {
    "matched": ("全部成交", "matched"),
    "partly_matched": ("部分成交", "partly matched"),
    "unmatched": ("未成交", "not matched"),
    "left_out": ("未进入本轮", "left out"),
}
_WHERE = "GET /api/v1/orders/{order_id}/outcomes"


def tell_outcomes(round_: Round, outcomes: Mapping[str, str], *, now: datetime) -> None:
    """One message to each organisation: how many of its orders were matched, and where to read why not.

    ``outcomes``: order id -> outcome, of the orders that entered.
    """
    counts: dict[str, Counter[str]] = {}
    for row in queries.orders_of(round_.id):
        counts.setdefault(row.organisation_id, Counter())[outcomes.get(row.order_id, "left_out")] += 1
    for organisation_id in sorted(counts):
        zh, en = _told(counts[organisation_id])
        notifications.tell(
            organisation_id,
            "round-published",
            round_.id,
            text_zh=f"撮合轮次“{round_.name_zh}”已公布，贵方订单：{zh}；各订单的结果与原因见 {_WHERE}",
            text_en=f'The matching round "{round_.name_en}" is published. Of your orders, {en}. '
            f"What became of each, and why: {_WHERE}",
            now=now,
        )


def _told(count: Counter[str]) -> tuple[str, str]:
    """The counts in Chinese and English, outcomes that did not occur left out.

    >>> _told(Counter(unmatched=2, matched=1))
    ('全部成交 1 份、未成交 2 份', '1 matched, 2 not matched')
    """
    said = [(count[outcome], words) for outcome, words in _WORDS.items() if count[outcome]]
    return "、".join(f"{zh} {n} 份" for n, (zh, _) in said), ", ".join(f"{n} {en}" for n, (_, en) in said)
