"""What is said of every order, against the matches and the verifier's own screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from solver.clearing import Clearing, OrderOutcome
from solver.verify.bound import Recomputed
from solver.verify.ground import Ground
from solver.verify.matches import Deal
from solver.verify.rows import TESTS
from solver.verify.violation import Violation

BEYOND_THE_SCREEN = frozenset(
    {
        "no_counterparty",
        "outbid",
        "capacity",
        "minimum_contract",
        "minimum_fill",
        "lot",
        "counterparties",
        "maximum_share",
        "approval_share",
        "contract_cost",
        "own_volume",
    }
)


def outcome_faults(
    ground: Ground, clearing: Clearing, by_order: Mapping[str, Sequence[Deal]], every: Recomputed
) -> Iterator[Violation]:
    """Every order of the market listed once in the file's order, with what it asked, got and was kept from."""
    listed = [outcome.order for outcome in clearing.orders]
    if listed != list(ground.orders):
        yield Violation("outcome", "/orders", "the orders are not the market's, each once, in its order")
    for number, outcome in enumerate(clearing.orders):
        if outcome.order in ground.orders:
            yield from _outcome_faults(ground, f"/orders/{number}", outcome, by_order.get(outcome.order, ()))
            yield from _reason_faults(ground, f"/orders/{number}", outcome, every)


def _outcome_faults(ground: Ground, at: str, outcome: OrderOutcome, deals: Sequence[Deal]) -> Iterator[Violation]:
    filled = sum((deal.volume for deal in deals), Fraction(0))
    requested = ground.totals[outcome.order]
    for name, value, due in (("filled", outcome.filled, filled), ("requested", outcome.requested, requested)):
        if not value.is_finite() or Fraction(value) != due:
            yield Violation("outcome", f"{at}/{name}", f"{value}, due {float(due):.9g}")
    status = "unmatched" if filled == 0 else "matched" if filled >= requested else "partly_matched"
    if outcome.status != status:
        yield Violation("outcome", f"{at}/status", f"{outcome.status}, due {status}")


def _reason_faults(ground: Ground, at: str, outcome: OrderOutcome, every: Recomputed) -> Iterator[Violation]:
    """Reasons of a known kind; those of the screen with the number of counterparties that it keeps away."""
    refused = every.refused.get(ground.position[outcome.order], {})
    if outcome.status != "matched" and not outcome.reasons:
        yield Violation("reason", f"{at}/reasons", f"{outcome.status} without a reason")
    for number, reason in enumerate(outcome.reasons):
        pointer = f"{at}/reasons/{number}"
        if reason.code in TESTS:
            due = refused.get(reason.code, 0)
            if reason.counterparties != due or due == 0:
                text = f"{reason.code} keeps {reason.counterparties} away, by the verifier's screen {due}"
                yield Violation("reason", f"{pointer}/counterparties", text)
        elif reason.code not in BEYOND_THE_SCREEN:
            yield Violation("reason", f"{pointer}/code", f"{reason.code} is no reason of the model")
        if reason.counterparties < 0 or (reason.amount is not None and not reason.amount >= 0):
            yield Violation("reason", pointer, "a count or an amount is negative")
