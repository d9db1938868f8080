"""A counter as it is entered, and the terms that it puts on the table.

What it does not name stays as it stands.  Months and prices come whole: whoever changes one states them all, so that
no month is forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from marketplace.contracts.rules.amounts import PeriodPrice
from marketplace.contracts.rules.bands import Option
from marketplace.contracts.rules.clauses import countered_clauses
from marketplace.contracts.rules.core import Core, Month, core_of, option_of, restated
from marketplace.contracts.rules.delivery import freight_paid_by
from marketplace.contracts.rules.formulas import Quotes, countered_formula, referenced
from marketplace.contracts.rules.settlement.price import guaranteed
from marketplace.orders.rules.fields import Fields
from marketplace.orders.rules.kinds import INCOTERMS, OPTION_SPANS
from marketplace.orders.rules.limits import (
    GREATEST_PRICE,
    GREATEST_VOLUME,
    MOST_DAYS,
    MOST_MAKE_UP_MONTHS,
    ONE,
    ZERO,
)
from marketplace.orders.rules.payment import read_payment
from marketplace.shared.errors import Fault, InvalidInput
from marketplace.shared.quantities import amount_text

OPTIONS = ("buyer_option", "seller_option")
NAMES = ("periods", *OPTIONS, "formula", "without_formula", "payment", "incoterm", "clauses")


def countered(
    given: Mapping[str, Any],
    terms: Mapping[str, Any],
    *,
    quantum: Decimal,
    calendar: Sequence[str],
    quotes: Quotes,
    quotation: Mapping[str, Any] | None = None,
    begun: str | None = None,
) -> dict[str, Any]:
    """The terms with what a counter changes.

    ``calendar``: the round's months; ``quotes``: what it assumes of an index, upon which a formula's references rest;
    ``quotation``: how the orders quote an index, None: the mean of the month of delivery; ``begun``: the
    last month that has, of whose price no other formula makes another.
    Units: as of terms.  Raises: InvalidInput with every fault; also when nothing is changed.
    """
    faults: list[Fault] = []
    counter = Fields(dict(given), "", faults)
    if not any(name in counter for name in NAMES):
        counter.fault(None, "changes nothing", "no term", ", ".join(NAMES), "missing")
    core = core_of(terms)
    options = {name: _option(counter, name, option_of(terms["volume_band"][name])) for name in OPTIONS}
    contents = guaranteed(terms)
    formula = countered_formula(counter, terms["price"]["formula"], quotation, contents)
    months = _months(counter, core, formula, quantum, calendar) if "periods" in counter else core.months
    payment = _payment(counter, terms["payment"])
    delivery = _delivery(counter, terms["delivery"])
    clauses = countered_clauses(counter, terms["clauses"])
    counter.finish()
    if faults:
        raise InvalidInput(faults)
    if formula is not None and (months is not core.months or formula != terms["price"]["formula"]):
        kept = {month.name: month.price.reference for month in core.months if begun is not None and month.name <= begun}
        formula, months = referenced(months, formula, quotes, contents, kept=kept)
    changed = {
        **terms,
        "payment": payment,
        "delivery": delivery,
        "clauses": clauses,
        "price": _price(terms["price"], core.months, months, formula),
    }
    offered = restated(changed, Core(tuple(months), options["buyer_option"], options["seller_option"]), quantum)
    if offered == terms:
        raise InvalidInput.at("", "changes nothing: the terms are those on the table", "the same terms", code="missing")
    return offered


def _months(
    counter: Fields, core: Core, formula: Mapping[str, Any] | None, quantum: Decimal, calendar: Sequence[str]
) -> list[Month]:
    """The stated months, those without volume left out; a month's firm part is at most what it was."""
    firm = {month.name: month.of_firm_capacity for month in core.months}
    found: list[Month] = []
    for period in counter.each("periods", most=len(calendar)):
        period.require("period", "volume", "floor", "cap")
        name = period.text("period", check=calendar.__contains__, wanted="a month of the round", code="not-a-month")
        if name is not None and found and name <= found[-1].name:
            period.fault(
                "period", "does not come after the month before it", name, f"after {found[-1].name}", "duplicate"
            )
        volume = period.amount("volume", least=ZERO, most=GREATEST_VOLUME, step=quantum)
        floor = period.amount("floor", least=-GREATEST_PRICE, most=GREATEST_PRICE)
        cap = period.amount("cap", least=-GREATEST_PRICE, most=GREATEST_PRICE)
        if formula is None:
            period.require("reference")
        elif "reference" in period:
            message = "follows from the formula; leave it out"
            period.fault("reference", message, period.raw("reference"), "left out", "contradiction")
        reference = period.amount("reference", least=-GREATEST_PRICE, most=GREATEST_PRICE)
        period.finish()
        if None in (name, volume, floor, cap) or (formula is None and reference is None):
            continue
        assert name is not None
        assert volume is not None
        assert floor is not None
        assert cap is not None
        middle = floor if reference is None or formula is not None else reference
        if not floor <= middle <= cap:
            period.fault(
                "cap",
                "floor, reference and cap are out of order",
                cap,
                f"at least {max(floor, middle)}",
                "contradiction",
            )
        found.append(Month(name, volume, min(volume, firm.get(name, ZERO)), PeriodPrice(middle, floor, cap)))
    if found and not any(month.expected for month in found):
        counter.fault("periods", "has no volume in any month", "0", f"at least {amount_text(quantum)}", "below-limit")
    return [month for month in found if month.expected]


def _option(counter: Fields, name: str, present: Option) -> Option:
    option = counter.below(name)
    if option is None:
        return present
    option.require("down", "up")
    down = option.amount("down", least=ZERO, most=ONE)
    up = option.amount("up", least=ZERO, most=ONE)
    per = option.choice("per", OPTION_SPANS)
    months = option.whole("make_up_months", 0, MOST_MAKE_UP_MONTHS)
    notice = option.whole("notice_days", 0, MOST_DAYS)
    option.finish()
    return Option(down or ZERO, up or ZERO, per or "period", months, notice or 0)


def _price(
    present: Mapping[str, Any], before: Sequence[Month], after: Sequence[Month], formula: Mapping[str, Any] | None
) -> dict[str, Any]:
    """How the price is stated; one that the parties changed is neither the uniform one nor the round's exception."""
    same = [month.price for month in before] == [month.price for month in after] and formula == present["formula"]
    own = {} if same else {"uniform": False, "exception_gap_cny_per_unit": None}
    return {**present, "formula": None if formula is None else dict(formula), **own}


def _payment(counter: Fields, present: Mapping[str, Any]) -> dict[str, Any]:
    """The whole payment terms, where they are stated at all: what is left out is not agreed."""
    if "payment" not in counter:
        return dict(present)
    read_payment(counter)
    given: Mapping[str, Any] = counter.kept.get("payment", {})
    names = ("prepaid_fraction", "prepaid_offset_months", "deposit_fraction", "tenor_days")
    bearer = given.get("discount_borne_by", "seller") if "tenor_days" in given else None
    return {
        **present,
        "days": given.get("days", 0),
        **{name: given.get(name) for name in names},
        "instrument": given.get("instrument", "transfer"),
        "discount_borne_by": bearer,
    }


def _delivery(counter: Fields, present: Mapping[str, Any]) -> dict[str, Any]:
    term = counter.choice("incoterm", INCOTERMS)
    return dict(present) if term is None else {**present, "incoterm": term, "freight_paid_by": freight_paid_by(term)}
