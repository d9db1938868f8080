"""What is said of every order, against the matches and the verifier's own screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from msgspec.structs import replace

from solver.form.clearing import Clearing, OrderOutcome
from solver.verify.bound import Recomputed
from solver.verify.ground import Ground
from solver.verify.matches import Deal
from solver.verify.orders import called
from solver.verify.rows import TESTS
from solver.verify.storage import least_stocks
from solver.verify.sums import total
from solver.verify.violation import Violation

OF_A_PAIR = frozenset(  # 7.3: what stood in the way of a pair that may trade
    {
        "maximum_contract",
        "own_volume",
        "outbid",
        "capacity",
        "lot",
        "minimum_contract",
        "minimum_fill",
        "contract_cost",
        "unfinished",
    }
)
STATED_BY: dict[str, str] = {  # 7.3: reasons that are a term of some order, and its field
    "counterparties": "counterparties",
    "maximum_share": "maximum_share",
    "approval_share": "approved",
    "source": "source",
    "minimum_per_period": "minimum_per_period",
    "incumbent": "incumbents",
    "group": "groups",
    "linked_to": "linked_to",
    "exclusive": "exclusive",
    "ramp": "ramp",
    "credit_limit": "credit_limit",
    "input": "inputs",
    "storage": "storage",
    "tiers": "tiers",
}
NO_CLEARING = "hard_rule"  # 7.3: there is no clearing, since rules that must hold do not


def outcome_faults(
    ground: Ground, clearing: Clearing, by_order: Mapping[str, Sequence[Deal]], every: Recomputed
) -> Iterator[Violation]:
    """Every order of the market listed once in the file's order, with what it asked, got and was kept from."""
    of_pairs = _of_pairs(ground, clearing.status)
    listed = [outcome.order for outcome in clearing.orders]
    if listed != list(ground.orders):
        yield Violation("outcome", "/orders", "the orders are not the market's, each once, in its order")
    for number, outcome in enumerate(clearing.orders):
        if outcome.order in ground.orders:
            yield from _outcome_faults(ground, f"/orders/{number}", outcome, by_order.get(outcome.order, ()))
            deals = by_order.get(outcome.order, ())
            yield from _reason_faults(ground, f"/orders/{number}", outcome, deals, every, of_pairs)


def _of_pairs(ground: Ground, status: str) -> frozenset[str]:
    """The reasons that a pair may have: of the terms only those that somebody states; of no clearing that alone."""
    if status == "infeasible":
        return frozenset({NO_CLEARING})
    orders = ground.market.orders
    stated = {code for code, term in STATED_BY.items() if any(getattr(each, term) not in (None, ()) for each in orders)}
    if ground.market.policy.small_supplier_share is not None:
        stated.add("small_supplier_share")
    return OF_A_PAIR | stated | ({NO_CLEARING} if status == "failed" else set())


def _outcome_faults(ground: Ground, at: str, outcome: OrderOutcome, deals: Sequence[Deal]) -> Iterator[Violation]:
    filled = total(deal.volume_of(ground.orders[outcome.order]) for deal in deals)
    requested = ground.totals[outcome.order]
    for name, value, due in (
        ("filled", outcome.filled, _told(filled, deals)),
        ("requested", outcome.requested, requested),
    ):
        if not value.is_finite() or Fraction(value) != due:
            yield Violation("outcome", f"{at}/{name}", f"{value}, due {float(due):.9g}")
    yield from _stock_faults(ground, at, outcome, deals)
    status = "unmatched" if filled == 0 else "matched" if filled >= requested else "partly_matched"
    if outcome.status != status:
        yield Violation("outcome", f"{at}/status", f"{outcome.status}, due {status}")


def _told(volume: Fraction, deals: Sequence[Deal]) -> Fraction:
    """A volume as an order is told it: half-even to 1e-6 of a unit where an alternate stands for some of it (3.22)."""
    return Fraction(round(volume * 10**6), 10**6) if any(deal.met is not deal.need for deal in deals) else volume


def _stock_faults(ground: Ground, at: str, outcome: OrderOutcome, deals: Sequence[Deal]) -> Iterator[Violation]:
    """The stock at the end of each period of a filled order that states one (3.20)."""
    order = ground.orders[outcome.order]
    due: list[Fraction] | None = None
    if order.storage is not None and deals:
        due = least_stocks(ground, order, called(order, deals))
        due = due and [_told(each, deals) for each in due]
    stated = None if outcome.stock is None else [Fraction(each) for each in outcome.stock if each.is_finite()]
    if stated != due:
        yield Violation("outcome", f"{at}/stock", f"{outcome.stock}, due {due and [float(each) for each in due]}")


def _reason_faults(
    ground: Ground,
    at: str,
    outcome: OrderOutcome,
    deals: Sequence[Deal],
    every: Recomputed,
    possible: frozenset[str],
) -> Iterator[Violation]:
    """The reasons of 7.1 to 7.3: the tests of the screen with their numbers, and one for every pair that passed it.

    ``possible``: the reasons that such a pair may have.
    """
    position = ground.position[outcome.order]
    codes = [reason.code for reason in outcome.reasons]
    if _is_full(ground, outcome.order, deals):
        if codes != ["own_volume"]:
            yield Violation("7.1 reasons", f"{at}/reasons", f"{codes}, due own_volume alone")
        return
    if not codes:
        yield Violation("7.1 reasons", f"{at}/reasons", "none, though volume is left")
    refused = {test: count for test, count in every.refused.get(position, {}).items() if test != "grade"}
    stated: dict[str, int] = {}
    of_pairs = 0
    for number, reason in enumerate(outcome.reasons):
        pointer = f"{at}/reasons/{number}"
        if reason.code in TESTS:
            stated[reason.code] = stated.get(reason.code, 0) + reason.counterparties
        elif reason.code in possible:
            of_pairs += reason.counterparties
        elif reason.code != "no_counterparty" or len(codes) > 1:
            yield Violation("7 reasons", f"{pointer}/code", f"{reason.code} is no reason of an order with volume left")
        elif reason.counterparties:
            yield Violation("7 reasons", f"{pointer}/counterparties", "no_counterparty keeps none away")
        if reason.counterparties < 0 or (reason.amount is not None and not reason.amount >= 0):
            yield Violation("7 reasons", pointer, "a count or an amount is negative")
        if reason.amount is not None and reason.code != "price":
            yield Violation("7.4 reasons", f"{pointer}/amount", f"{reason.amount}, but {reason.code} has none")
        unit = None if reason.amount is None else f"CNY/{ground.grades[ground.orders[outcome.order].grade].unit}"
        if reason.unit != unit:
            yield Violation("7.4 reasons", f"{pointer}/unit", f"{reason.unit}, due {unit}")
    if stated != refused:
        text = f"the screen keeps {stated} away, by the verifier's screen {refused}"
        yield Violation("7.2 reasons", f"{at}/reasons", text)
    if of_pairs != every.admitted.get(position, 0):
        text = f"{of_pairs} pairs have one, {every.admitted.get(position, 0)} may trade"
        yield Violation("7.3 reasons", f"{at}/reasons", text)


def _is_full(ground: Ground, name: str, deals: Sequence[Deal]) -> bool:
    """Whether an order is filled, or has less room than one quantum in every period (7.1)."""
    order, quantum = ground.orders[name], ground.quantum(ground.orders[name].grade)
    used = called(ground.orders[name], deals) if deals else [Fraction(0)] * ground.periods
    if deals and total(deal.volume_of(order) for deal in deals) >= ground.totals[name]:
        return True
    if order.storage is not None:
        if order.side == "need":  # what it lacks at the end does not stand against more
            order = replace(order, storage=replace(order.storage, closing=Decimal(0)))
        more = ([*used[:t], used[t] + quantum, *used[t + 1 :]] for t in range(ground.periods))
        return all(least_stocks(ground, order, each) is None for each in more)
    return all(stated - taken < quantum for stated, taken in zip(ground.volumes[name], used, strict=True))
