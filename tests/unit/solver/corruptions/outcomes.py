"""Falsified outcomes: what is said of each order."""

from __future__ import annotations

from random import Random

from msgspec.structs import replace

from solver.form.clearing import Clearing, OrderOutcome
from solver.form.market import Market
from tests.unit.solver.corruptions.falsifying import D, Kind, of_outcome, picked, with_row


def _outcome_amount(random: Random, outcome: OrderOutcome) -> OrderOutcome:
    name = random.choice(("filled", "requested"))
    return replace(outcome, **{name: getattr(outcome, name) + random.choice((D(1), D("-0.5"), D("0.001")))})


def _outcome_status(random: Random, outcome: OrderOutcome) -> OrderOutcome:
    others = [s for s in ("matched", "partly_matched", "unmatched") if s != outcome.status]
    return replace(outcome, status=random.choice(others))  # type: ignore[arg-type]


def _outcome_order(random: Random, outcome: OrderOutcome) -> OrderOutcome:
    return replace(outcome, order="nobody")


def _outcome_reasons(random: Random, outcome: OrderOutcome) -> OrderOutcome | None:
    if random.random() < 0.3:
        return replace(outcome, reasons=())
    reason = random.choice(outcome.reasons)
    position = outcome.reasons.index(reason)
    if reason.code == "own_volume" and len(outcome.reasons) == 1:
        wrong = replace(reason, code="specification", counterparties=1)
    else:
        wrong = random.choice((replace(reason, counterparties=reason.counterparties + 1), replace(reason, code="mood")))
    return replace(outcome, reasons=with_row(outcome.reasons, position, wrong))


def _stock(random: Random, outcome: OrderOutcome) -> OrderOutcome | None:
    """Another stock than the least at the end of a period, none, or one more period."""
    if outcome.stock is None:
        return None
    period = picked(random, outcome.stock)
    moved = with_row(outcome.stock, period, outcome.stock[period] + random.choice((D("0.5"), D("-0.5"), D("0.000001"))))
    return replace(outcome, stock=random.choice((None, moved, moved, (*outcome.stock, D(0)))))


def _orders_listed(random: Random, market: Market, clearing: Clearing) -> Clearing | None:
    position = picked(random, clearing.orders)
    one = clearing.orders[position]
    rest = clearing.orders[:position] + clearing.orders[position + 1 :]
    return replace(clearing, orders=random.choice((rest, (*clearing.orders, one), (*rest[::-1], one)[::-1][1:])))


KINDS: dict[str, Kind] = {
    "filled or requested": of_outcome(_outcome_amount),
    "outcome status": of_outcome(_outcome_status),
    "outcome order": of_outcome(_outcome_order),
    "reasons": of_outcome(_outcome_reasons),
    "orders listed": _orders_listed,
}
OF_STOCKS: dict[str, Kind] = {"stock": of_outcome(_stock)}
