"""Terms of quantity: volumes by month, the option to call more or less, contract sizes, lots, fill, ramp."""

from __future__ import annotations

from decimal import Decimal

from marketplace.orders.rules.facts import OrderFacts
from marketplace.orders.rules.fields import Fields
from marketplace.orders.rules.kinds import OPTION_SPANS, PARTIES, Side
from marketplace.orders.rules.limits import (
    GREATEST_PRICE,
    GREATEST_VOLUME,
    MONTHS_AHEAD,
    MOST_DAYS,
    MOST_MAKE_UP_MONTHS,
    MOST_MONTHS,
    ONE,
    ZERO,
)
from marketplace.shared.months import FORM, is_month, month_of, shifted


def read_volumes(terms: Fields, facts: OrderFacts) -> dict[str, Decimal] | None:
    """``volumes``: volume per month, in whole quanta; offers may split a month into firm and planned.

    Returns the months' whole volumes, or None if the term is absent or any of it is wrong.
    """
    before = len(terms.faults)
    months = terms.below("volumes")
    if months is None:
        return None
    if len(months.names()) > MOST_MONTHS:
        months.fault(None, "has too many months", len(months.names()), MOST_MONTHS, "above-limit")
        return None
    volumes: dict[str, Decimal] = {}
    for month in months.names():
        if not _is_deliverable(month, months, facts):
            continue
        if isinstance(months.raw(month), dict):
            volumes[month] = _read_split(month, months, facts)
        else:
            volume = months.amount(month, least=ZERO, most=GREATEST_VOLUME, step=facts.grade.quantum)
            volumes[month] = ZERO if volume is None else volume
    _check_past(volumes, months, facts)
    if len(terms.faults) == before and sum(volumes.values()) == 0:
        months.fault(None, "has no volume in any month", "0", f"at least {facts.grade.quantum}", "below-limit")
    return None if len(terms.faults) > before else volumes


def read_premiums_by_month(limit: Fields, facts: OrderFacts) -> Decimal:
    """``limit_price.premium_by_period``: what a month adds to the premium, either sign.

    Returns the greatest of all months without its sign, whichever months a round will have.
    """
    months = limit.below("premium_by_period")
    if months is None:
        return ZERO
    greatest = ZERO
    for month in months.names():
        if _is_deliverable(month, months, facts):
            premium = months.amount(month, least=-GREATEST_PRICE, most=GREATEST_PRICE)
            greatest = max(greatest, abs(premium or ZERO))
    return greatest


def read_capacity_by_month(source: Fields, facts: OrderFacts) -> None:
    """``source.capacity``: what the producer's line can make in each month."""
    months = source.below("capacity")
    if months is None:
        return
    for month in months.names():
        if _is_deliverable(month, months, facts):
            months.amount(month, least=ZERO, most=GREATEST_VOLUME, step=facts.grade.quantum)


def read_sizes(terms: Fields, facts: OrderFacts) -> None:
    """``minimum_contract``, ``maximum_contract``, ``minimum_per_period``, ``lot``, ``minimum_fill``, ``ramp``."""
    quantum = facts.grade.quantum
    if isinstance(terms.raw("minimum_contract"), dict):
        minimum = terms.below("minimum_contract")
        if minimum is not None:
            minimum.require("volume", "pair_fraction")
            minimum.amount("volume", above=ZERO, most=GREATEST_VOLUME * MOST_MONTHS, step=quantum)
            minimum.amount("pair_fraction", above=ZERO, most=ONE)
            minimum.finish()
    else:
        terms.amount("minimum_contract", above=ZERO, most=GREATEST_VOLUME * MOST_MONTHS, step=quantum)
    terms.amount("maximum_contract", above=ZERO, most=GREATEST_VOLUME * MOST_MONTHS, step=quantum)
    terms.amount("minimum_per_period", above=ZERO, most=GREATEST_VOLUME, step=quantum)
    terms.amount("lot", above=ZERO, most=GREATEST_VOLUME, step=quantum)
    terms.amount("minimum_fill", above=ZERO, most=ONE)
    terms.amount("ramp", least=ZERO, most=ONE)


def read_flexibility(terms: Fields) -> None:
    """``flexibility``: the option this side requires, and the one it grants the other."""
    flexibility = terms.below("flexibility")
    if flexibility is None:
        return
    for name in ("requires", "grants"):
        option = flexibility.below(name)
        if option is None:
            continue
        option.amount("down", least=ZERO, most=ONE)
        option.amount("up", least=ZERO, most=ONE)
        option.choice("per", OPTION_SPANS)
        option.whole("notice_days", 0, MOST_DAYS)
        option.whole("make_up_months", 0, MOST_MAKE_UP_MONTHS)
        option.finish()
    flexibility.finish()


def read_storage(terms: Fields, facts: OrderFacts) -> None:
    """``storage``: volume carried from one month to the next; stock at both ends must fit the store."""
    storage = terms.below("storage")
    if storage is None:
        return
    storage.require("owner", "place", "opening", "closing", "capacity", "cost")
    owner = storage.choice("owner", PARTIES)
    due = "seller" if facts.side is Side.OFFER else "buyer"
    if owner is not None and owner != due:
        storage.fault("owner", "is not whose order it is", owner, due, "wrong-side")
    storage.text("place")
    most, quantum = GREATEST_VOLUME, facts.grade.quantum
    capacity = storage.amount("capacity", above=ZERO, most=most, step=quantum)
    for name in ("opening", "closing"):
        stock = storage.amount(name, least=ZERO, most=most, step=quantum)
        if stock is not None and capacity is not None and stock > capacity:
            storage.fault(name, "is above the store's capacity", stock, capacity, "contradiction")
    storage.amount("cost", least=ZERO, most=GREATEST_PRICE)
    storage.finish()


def _is_deliverable(month: str, months: Fields, facts: OrderFacts) -> bool:
    """Whether this names a month that lies not too far ahead."""
    latest = shifted(month_of(facts.today), MONTHS_AHEAD)
    if not is_month(month):
        months.fault(month, "is not a month", month[:20], FORM, "not-a-month")
    elif month > latest:
        months.fault(month, "is too far ahead", month, f"until {latest}", "above-limit")
    else:
        return True
    return False


def _read_split(month: str, months: Fields, facts: OrderFacts) -> Decimal:
    split = months.below(month)
    if split is None:
        return ZERO
    split.require("firm", "planned")
    parts = [
        split.amount(name, least=ZERO, most=GREATEST_VOLUME, step=facts.grade.quantum) for name in ("firm", "planned")
    ]
    split.finish()
    together = sum((part for part in parts if part is not None), ZERO)
    if together > GREATEST_VOLUME:
        message = "firm and planned together are above the greatest volume of a month"
        split.fault(None, message, together, GREATEST_VOLUME, "above-limit")
    if facts.side is not Side.OFFER:
        split.fault(None, "only an offer splits into firm and planned", "a split volume", "one amount", "wrong-side")
    return together


def _check_past(volumes: dict[str, Decimal], months: Fields, facts: OrderFacts) -> None:
    present = month_of(facts.today)
    for month in sorted(volumes):
        if month < present and volumes[month] > 0:
            months.fault(month, "delivery lies before today", month, f"{present} or later", "past")
