"""What an operator may ask of a book with real orders in it, and how coarsely it is answered.

A scenario puts limits to a test, as a cancelled run does, and without one.  So no number of the operator's own choice
meets a limit: what is scaled is scaled by a step of a short ladder, once; and the number of scenarios that one order
is put to is bounded (docs/decisions/0007-what-if-runs.md).  Rounds of samples alone have no secrets and no such bounds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

from marketplace.rounds.rules.fields import pointer_to, shown
from marketplace.shared.errors import Fault
from marketplace.shared.quantities import amount_text, read_amount
from marketplace.shared.texts import line_faults

ASKABLE = ("frozen", "solved", "reviewed", "published")  # a cancelled round is over, a running one is at work

MOST_SCENARIOS, MOST_CHANGES = 10, 20  # of one request, of one scenario
LONGEST_ID, LONGEST_NAME = 64, 120
MOST_NAMED = 3  # orders and organisations that one scenario of real orders singles out
MOST_ASKED = 20  # scenarios that one real order is put to within the period
PERIOD = timedelta(days=30)
SCALES = tuple(Decimal(step) for step in ("0.5", "0.8", "1.2", "1.5", "2"))
KINDS = ("policy", "drop_term", "freight", "remove_lane", "index", "remove_organisation", "remove_order")
ADMITTED = (*KINDS, "scale_volume", "copy_order")
POLICY = ("contract_cost", "exceptions")
COST_STEPS = (Decimal(0), *SCALES)  # times the round's own

# Of these a sealed order shows whether it states them (queries.sealed_orders), so one order's may be dropped.
SEEN_TERMS = (
    *("flexibility", "flexibility.requires", "flexibility.grants", "minimum_contract", "maximum_contract", "lot"),
    *("minimum_fill", "counterparties", "maximum_share", "certificates", "validity"),
)

COUNT_STEP, PERCENT_STEP, SHARE_STEP = 5, 5, Decimal("0.05")
_TWO_DIGITS = Context(prec=2, rounding=ROUND_HALF_EVEN)
_THREE_DIGITS = Context(prec=3, rounding=ROUND_HALF_EVEN)


def coarse_count(count: int) -> int:
    """Rounded down to a multiple of five.

    >>> coarse_count(14)
    10
    """
    return count // COUNT_STEP * COUNT_STEP


def coarse_volume(volume: Decimal) -> Decimal:
    """Two significant digits.

    >>> coarse_volume(Decimal("1549")), coarse_volume(Decimal("0.000"))
    (Decimal('1.5E+3'), Decimal('0.000'))
    """
    return _TWO_DIGITS.plus(volume)


def coarse_share(share: Decimal) -> Decimal:
    """The nearest twentieth.

    >>> coarse_share(Decimal("0.2345"))
    Decimal('0.25')
    """
    return (share / SHARE_STEP).quantize(Decimal(1), ROUND_HALF_EVEN) * SHARE_STEP


def coarse_change(amount: Decimal, of: Decimal) -> Decimal:
    """By how many percent an amount is more than another, to the nearest five.

    >>> coarse_change(Decimal("107"), Decimal("100")), coarse_change(Decimal("60"), Decimal("100"))
    (Decimal('5'), Decimal('-40'))
    """
    percent = Context(prec=28).divide((amount - of) * 100, of)
    return (percent / PERCENT_STEP).quantize(Decimal(1), ROUND_HALF_EVEN) * PERCENT_STEP


def coarse_price(price: Decimal) -> Decimal:
    """Three significant digits.

    >>> coarse_price(Decimal("98149.33"))
    Decimal('9.81E+4')
    """
    return _THREE_DIGITS.plus(price)


def size_faults(scenarios: Sequence[Mapping[str, Any]]) -> Iterator[Fault]:
    """Faults of a request's size and of its texts; ``scenarios`` have the right form already."""
    if len(scenarios) > MOST_SCENARIOS:
        limit = f"1 to {MOST_SCENARIOS}"
        yield Fault("/scenarios", f"must be {limit}", len(scenarios), limit, "too-many")
    for place, scenario in enumerate(scenarios):
        if len(scenario["changes"]) > MOST_CHANGES:
            limit = f"1 to {MOST_CHANGES}"
            at = pointer_to("scenarios", place, "changes")
            yield Fault(at, f"must be {limit}", len(scenario["changes"]), limit, "too-many")
        for name, longest in (("id", LONGEST_ID), ("name_zh", LONGEST_NAME), ("name_en", LONGEST_NAME)):
            if scenario.get(name):
                yield from line_faults(pointer_to("scenarios", place, name), scenario[name], longest)


def secrecy_faults(scenarios: Sequence[Mapping[str, Any]], *, contract_cost: str) -> Iterator[Fault]:
    """Everything in well-formed scenarios that could find out a real order's limit.

    ``contract_cost``: the round's, CNY per contract.
    """
    for place, scenario in enumerate(scenarios):
        scaled: set[tuple[str, str]] = set()
        singled_out: set[str] = set()
        for step, change in enumerate(scenario["changes"]):
            ((kind, what),) = ((kind, what) for kind, what in change.items() if what is not None)
            at = ("scenarios", place, "changes", step, kind)
            if kind not in ADMITTED:
                yield _sealed(at, kind, ", ".join(ADMITTED))
                continue
            yield from _faults(kind, what, at, Decimal(contract_cost))
            key = _scaled(kind, what)
            if key in scaled:
                yield Fault(pointer_to(*at), "is scaled twice in one scenario", shown(key[1]), "once", "duplicate")
            scaled |= {key} if key is not None else set()
            singled_out |= _singled_out(kind, what)
        if len(singled_out) > MOST_NAMED:
            found = f"{len(singled_out)} orders and organisations"
            yield Fault(pointer_to("scenarios", place), "singles out too many", found, f"{MOST_NAMED}", "too-many")


def _faults(kind: str, what: Any, at: tuple[str | int, ...], contract_cost: Decimal) -> Iterator[Fault]:
    if kind == "policy":
        for name, value in what.items():
            if name not in POLICY:
                yield _sealed((*at, name), value, ", ".join(POLICY))
        cost = what.get("contract_cost")
        steps = [step * contract_cost for step in COST_STEPS]
        if cost is not None and _amount(cost) not in steps:
            limit = ", ".join(map(amount_text, dict.fromkeys(steps)))
            yield Fault(pointer_to(*at, "contract_cost"), f"must be one of {limit}", shown(cost), limit, "not-a-choice")
    elif kind == "drop_term":
        if what.get("order") is not None and what["term"] not in SEEN_TERMS:
            yield _sealed((*at, "order"), what["term"], ", ".join(SEEN_TERMS))
    elif kind in ("freight", "index", "scale_volume"):
        known = ("index", "order", "scale", *(("kind",) if what.get("kind") == "none" else ()))
        for name, value in what.items():
            if name not in known and value is not None:
                yield _sealed((*at, name), value, "scale")
        scale = what.get("scale")
        if scale is not None and Decimal(scale) not in SCALES:
            limit = ", ".join(map(amount_text, SCALES))
            yield Fault(pointer_to(*at, "scale"), f"must be one of {limit}", scale, limit, "not-a-choice")


def _amount(given: Any) -> Decimal | None:
    """None where there is no amount."""
    try:
        return read_amount(given)
    except (ValueError, TypeError):
        return None


def _scaled(kind: str, what: Any) -> tuple[str, str] | None:
    """What is given another size; twice would make steps between those of the ladder."""
    if kind == "freight" and what.get("scale") is not None:
        return kind, kind
    if kind == "policy" and what.get("contract_cost") is not None:
        return kind, "contract_cost"
    if kind in ("index", "scale_volume"):
        return kind, what["index" if kind == "index" else "order"]
    return None


def _singled_out(kind: str, what: Any) -> set[str]:
    if kind in ("remove_organisation", "remove_order"):
        return {what}
    if kind in ("scale_volume", "copy_order", "drop_term") and what.get("order") is not None:
        return {what["order"]}
    return set()


def _sealed(at: tuple[str | int, ...], value: Any, allowed: str) -> Fault:
    message = "is not asked of real orders: it could find out a limit"
    return Fault(pointer_to(*at), message, shown(value), allowed, "sealed-limits")
