"""What one order demands of a counterparty, judged order against order: docs/model.md section 2 and 3.9."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from solver.form.market import Order
from solver.form.terms import AcceptedRange, Flexibility, MaximumShare, Option
from solver.verify.conditions import option_covers, period_months
from solver.verify.ground import Ground
from solver.verify.limits import contents_of


def same_party(one: Order, other: Order) -> bool:
    """Whether two orders belong to one organisation or one group."""
    return one.organisation == other.organisation or (
        one.group_parent is not None and one.group_parent == other.group_parent
    )


def valid(order: Order, as_of: str | None) -> bool:
    """Whether an order may be matched on the market's day."""
    if as_of is None:
        return True
    day = date.fromisoformat(as_of)
    first, last = order.validity.valid_from, order.validity.valid_to
    return (first is None or date.fromisoformat(first) <= day) and (last is None or day <= date.fromisoformat(last))


def excludes(order: Order, other: Order) -> bool:
    """Whether an order will not deal with the other's organisation."""
    return any(exclusion.organisation == other.organisation for exclusion in order.exclusions)


def approved_periods(ground: Ground, order: Order, other: Order) -> tuple[bool, ...] | None:
    """Per period whether ``other`` is among those that ``order`` has approved; None where it never names it.

    Maths: 3.9.  An approval counts from the first period that begins on or after its day.
    """
    if order.approved is None:
        return (True,) * ground.periods
    since: list[date] = []
    for approval in order.approved.counterparties:
        if approval.organisation != other.organisation:
            continue
        if approval.site is not None and approval.site != other.site.id:
            continue
        if approval.grade is not None and approval.grade != other.grade:
            continue
        since.append(date.min if approval.since is None else date.fromisoformat(approval.since))
    return tuple(min(since) <= first for first in ground.first_days) if since else None


def ever_admitted(ground: Ground, order: Order, other: Order) -> bool:
    """Whether ``order`` may trade with ``other`` at all: approved in some period, or not insisted on (2, 3.9)."""
    return not refuses_unapproved(order) or any(approved_periods(ground, order, other) or ())


def trial_share(order: Order) -> Fraction:
    """Greatest share of the volume that all counterparties without approval have together.  Maths: 3.9."""
    if order.approved is None:
        return Fraction(1)
    if order.approved.trial_share is not None:
        return Fraction(order.approved.trial_share)
    return Fraction(0) if order.approved.kind == "only" else Fraction(1)


def refuses_unapproved(order: Order) -> bool:
    """Whether an order trades with none but the approved."""
    return order.approved is not None and order.approved.kind == "only" and order.approved.trial_share is None


def own_share(order: Order) -> MaximumShare | None:
    """The greatest share that an order states for itself alone: not a family's (3.11), and 1 is no limit (3.8)."""
    share = order.maximum_share
    return share if order.family is None and share is not None and share.fraction < 1 else None


def incoterms_meet(one: Order, other: Order) -> bool:
    """Whether both sides accept a common Incoterm (a side without a list accepts any)."""
    mine, theirs = one.delivery.incoterms, other.delivery.incoterms
    return mine is None or theirs is None or not set(mine).isdisjoint(theirs)


def specification_met(offer: Order, need: Order) -> bool:
    """Whether every attribute that the need ranges is guaranteed inside its range, and every content it pays by."""
    for attribute, accepted in need.specification.items():
        value = offer.specification.get(attribute)
        if value is None or isinstance(value, AcceptedRange) or not isinstance(accepted, AcceptedRange):
            return False
        if accepted.at_least is not None and value < accepted.at_least:
            return False
        if accepted.at_most is not None and value > accepted.at_most:
            return False
    return contents_of(need.limit_price, offer) is not None


def certified(ground: Ground, order: Order, other: Order) -> bool:
    """Whether ``other`` holds all that ``order`` requires, for its grade and site, through the calendar."""
    begin, end = ground.first_days[0].isoformat(), ground.last_day.isoformat()
    return all(
        any(
            held.certificate == required
            and held.valid_from <= begin
            and held.valid_to >= end
            and (not held.grades or other.grade in held.grades)
            and (not held.sites or other.site.id in held.sites)
            for held in other.holds
        )
        for required in order.certificates
    )


NOTHING = Option()


def required(flexibility: Flexibility) -> Option:
    """The option a side holds; none is no option.  Maths: 1.2."""
    return NOTHING if flexibility.requires is None else flexibility.requires


def granted(flexibility: Flexibility) -> Option:
    """The option a side gives; none is no option.  Maths: 1.2."""
    return NOTHING if flexibility.grants is None else flexibility.grants


def option_granted(asker: Order, giver: Order, calendar: tuple[str, ...]) -> bool:
    """Whether one side's required option lies within what the other grants, with notice short enough.  Maths: 1.2."""
    return option_covers(granted(giver.flexibility), required(asker.flexibility), period_months(calendar[0]))
