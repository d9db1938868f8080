"""When the price of a contract is negotiated anew, until when, and what holds if nothing is agreed.

*Level* is what the re-opener watches: the formula's index, or of a formula with components what its indices come to
together, ``sum index x content x coefficient``, the content as guaranteed.  Its base is the level that the terms were
concluded at (``index_reference``).  A price without formula follows no index, so that such a clause watches none and
is never triggered.

Triggered: the level of as many calendar months on end as the clause says lies off its base by at least ``trigger`` of
it, all on the same side.  Then
the parties negotiate for ``negotiation_days``; an amendment of the price, or of the clause, that both have confirmed by
the end ends it.  Else ``result_if_none``:

- ``unchanged``: nothing changes.
- ``index``: from the month after the one in which the negotiations ended, floor and cap of every month are multiplied
  by the mean level of the triggering months over the base (each half up to 0.01): the collar stands about the new
  level as it stood about the old one.  A later amendment of the price replaces it.
- ``terminate``: for as many days again either party may give notice that the contract ends.

After an amendment or ``index`` the mean level of the triggering months is the base, and what counts are later months.
After the others the base stays, and a month has to be back within the trigger before the next episode is counted.
Terms that state the price anew at another time count from the month after both have confirmed them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from marketplace.contracts.rules.settlement.price import formula_document, guaranteed
from marketplace.indices.rules.formula_terms import ASSAY_POWERS, Component, read_formula
from marketplace.indices.rules.quotes import rounded
from marketplace.shared.clock import beijing_date
from marketplace.shared.months import month_of, shifted

INDEX, TERMINATE = "index", "terminate"  # results if none is found, beside unchanged
OUTCOMES = ("negotiating", "amended", "unchanged", "indexed", "terminable")
MICRO = Decimal("0.000001")


@dataclass(frozen=True)
class Trigger:
    """The months that re-opened a contract, the base that they are off, and their mean level."""

    months: tuple[str, ...]
    reference: Decimal
    level: Decimal  # half up to 0.000001


def triggered(
    clause: Mapping[str, Any],
    reference: Decimal,
    levels: Mapping[str, Decimal],
    *,
    last: str | None = None,
    must_return: bool = False,
) -> Trigger | None:
    """The first months that trigger a clause; None where none do.

    ``levels``: by month, those known; ``last``: the last month of the episode before, with ``must_return`` over only
    once a month is back within the trigger.

    >>> clause = {"trigger": "0.15", "consecutive_months": 2}
    >>> levels = {"2027-01": Decimal(90), "2027-02": Decimal(116), "2027-03": Decimal(115), "2027-04": Decimal(130)}
    >>> triggered(clause, Decimal(100), levels)
    Trigger(months=('2027-02', '2027-03'), reference=Decimal('100'), level=Decimal('115.500000'))
    """
    if reference <= 0:
        return None  # parts of nothing are nothing
    run: list[str] = []
    side, waiting = False, must_return
    for month in sorted(levels):
        if last is not None and month <= last:
            continue
        off = levels[month] - reference
        if abs(off) < Decimal(clause["trigger"]) * reference:
            run, waiting = [], False
            continue
        if waiting:
            continue
        on_end = bool(run) and shifted(run[-1], 1) == month and side == (off > 0)
        run, side = [*run, month] if on_end else [month], off > 0
        if len(run) == clause["consecutive_months"]:
            mean = sum((Fraction(levels[each]) for each in run), Fraction(0)) / len(run)
            return Trigger(tuple(run), reference, rounded(mean, MICRO))
    return None


def level_of(terms: Mapping[str, Any], prices: Mapping[str, Decimal]) -> Decimal:
    """What a contract's re-opener watches at given index prices; only of terms with a formula.

    >>> level_of({"price": {"formula": {"index": "LC-CN"}}}, {"LC-CN": Decimal(98000)})
    Decimal('98000')
    """
    stated = terms["price"]["formula"]
    if "index" in stated:
        return prices[stated["index"]]
    formula, contents = read_formula(formula_document(stated)), guaranteed(terms)
    found = sum((_part(each, prices, contents) for each in formula.components if each.index is not None), Fraction(0))
    return rounded(found, MICRO)


def reference_of(terms: Mapping[str, Any]) -> Decimal | None:
    """The level at which the terms were concluded; None without a formula."""
    stated = terms["price"]["formula"]
    if stated is None:
        return None
    known = stated["index_references"] if "components" in stated else {stated["index"]: stated["index_reference"]}
    return level_of(terms, {index: Decimal(value) for index, value in known.items()})


def watched_months(terms: Mapping[str, Any]) -> list[str]:
    """Every calendar month from the first of delivery to the last.

    >>> watched_months({"periods": [{"period": "2027-01"}, {"period": "2027-03"}]})
    ['2027-01', '2027-02', '2027-03']
    """
    month, last = (terms["periods"][place]["period"] for place in (0, -1))
    found = [month]
    while found[-1] < last:
        found.append(shifted(found[-1], 1))
    return found


def negotiate_until(clause: Mapping[str, Any], triggered_at: datetime) -> datetime:
    """Until when the parties negotiate."""
    return triggered_at + timedelta(days=clause["negotiation_days"])


def first_month(until: datetime) -> str:
    """The first month of delivery that the result holds for: the one after that in which the negotiations ended."""
    return shifted(month_of(beijing_date(until)), 1)


def outcome(result_if_none: str, *, amended: bool, triggered_at: datetime, until: datetime, now: datetime) -> str:
    """What has become of an episode: one of OUTCOMES.

    ``amended``: whether both had confirmed another price before the negotiations ended.

    >>> from datetime import UTC
    >>> at = {"triggered_at": datetime(2027, 3, 1, tzinfo=UTC), "until": datetime(2027, 3, 31, tzinfo=UTC)}
    >>> [outcome("terminate", amended=False, now=datetime(2027, *day, tzinfo=UTC), **at)
    ...  for day in ((3, 30), (3, 31), (4, 29), (4, 30))]
    ['negotiating', 'terminable', 'terminable', 'unchanged']
    """
    if amended:
        return "amended"
    if now < until:
        return "negotiating"
    if result_if_none == TERMINATE and now < until + (until - triggered_at):
        return "terminable"
    return "indexed" if result_if_none == INDEX else "unchanged"


def states_price_anew(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether other terms state the price of some month, or the clause itself, otherwise."""
    if before["price"]["formula"] != after["price"]["formula"]:
        return True
    if before["clauses"]["reopener"] != after["clauses"]["reopener"]:
        return True
    was = {each["period"]: each for each in before["periods"]}
    return any(not same_collar(was.get(each["period"]), each) for each in after["periods"])


def same_collar(one: Mapping[str, Any] | None, other: Mapping[str, Any]) -> bool:
    """Whether a month is priced alike in two terms."""
    return one is not None and all(Decimal(one[name]) == Decimal(other[name]) for name in ("reference", "floor", "cap"))


def collar_factor(results: Sequence[Trigger]) -> Fraction:
    """What floor and cap of a month are multiplied by after results that hold for it."""
    found = Fraction(1)
    for each in results:
        found *= Fraction(each.level) / Fraction(each.reference)
    return found


def _part(component: Component, prices: Mapping[str, Decimal], contents: Mapping[str, Decimal]) -> Fraction:
    assert component.index is not None
    content, attribute = Fraction(component.content), component.content_attribute
    if attribute is not None:
        power = next(power for ending, power in ASSAY_POWERS.items() if attribute.endswith(ending))
        content = Fraction(contents[attribute]) / 10**power
    return Fraction(prices[component.index]) * content * Fraction(component.coefficient)
