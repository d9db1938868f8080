"""What an owner is told of its order's outcome, in the round's feedback level and in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from marketplace.rounds.rules.feedback import Feedback
from solver.explaining.reasons import sentence, told
from solver.form.clearing import OrderOutcome, Reason


def told_reasons(outcome: OrderOutcome, level: Feedback, certificates: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The reasons as they are stored and shown: what is not told is not even stored (docs/model.md 7.5).

    ``certificates``: those that the order itself requires, named where they are the reason.
    """
    partly = outcome.status == "partly_matched"
    return [_document(reason, partly, certificates) for reason in _pared(outcome, level)]


def _pared(outcome: OrderOutcome, level: Feedback) -> Iterator[Reason]:
    for reason in told(outcome).reasons:
        if level is Feedback.CATEGORY:
            yield Reason(code=reason.code, side=reason.side)
        elif level is Feedback.COARSE:
            yield reason
        else:
            same = (each for each in outcome.reasons if (each.code, each.side) == (reason.code, reason.side))
            count = next(same, reason).counterparties
            yield msgspec.structs.replace(reason, counterparties=count)


def _document(reason: Reason, partly: bool, certificates: Sequence[str]) -> dict[str, Any]:
    zh, en = sentence(reason, partly=partly)
    if certificates and (reason.code, reason.side) == ("certificate", "own"):
        zh, en = f"{zh}：{'、'.join(certificates)}", f"{en}: {', '.join(certificates)}"
    document = {"code": reason.code, "side": reason.side, "zh": zh, "en": en}
    if reason.counterparties:
        document["counterparties_at_least"] = reason.counterparties
    if reason.amount is not None:
        document["amount"] = format(reason.amount, "f")
        document["unit"] = reason.unit
    return document
