"""What must hold in one order: its volumes, its limit, and each of its terms."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, localcontext

from solver.form.condition_checks import condition_faults
from solver.form.faults import Fault, date_faults, pointer, shown, within
from solver.form.limit_checks import GREATEST_PRICE, Place, limit_faults, payment_faults
from solver.form.market import Grade, Market, Order
from solver.form.priority_checks import priority_faults
from solver.form.terms import AcceptedRange, MinimumContract, Option, Site, SplitVolume

MOST_PARTIES = 10**6  # that any term may count
MOST_QUANTA = 10**15  # of one volume; sums over all periods are kept in 64 bits
Guaranteed = dict[tuple[str, str], tuple[Decimal, Decimal]]


def guaranteed_ranges(market: Market) -> Guaranteed:
    """Least and greatest value that any offer of a grade guarantees, per grade and attribute."""
    found: Guaranteed = {}
    for order in market.orders:
        for attribute, value in order.specification.items():
            if isinstance(value, Decimal):
                low, high = found.get((order.grade, attribute), (value, value))
                found[order.grade, attribute] = (min(low, value), max(high, value))
    return found


def faults_of_order(
    market: Market, position: int, order: Order, grade: Grade | None, guaranteed: Guaranteed
) -> Iterator[Fault]:
    """Every fault of one order, its grade (None: unknown) and the market's calendar in view."""
    place: Place = ("orders", position)
    if grade is None:
        yield Fault(pointer(*place, "grade"), shown(order.grade), "must be a grade of the market")
    yield from _volume_faults(market, order, grade, place)
    yield from _contract_faults(order, grade, place)
    yield from limit_faults(market, order, place)
    yield from payment_faults(market, order, place)
    yield from _partner_faults(order, place)
    yield from _specification_faults(order, guaranteed, place)
    yield from _delivery_faults(market, order, place)
    yield from _date_faults(order, place)
    yield from condition_faults(order, place)
    yield from priority_faults(order, place)
    for name, option in (("requires", order.flexibility.requires), ("grants", order.flexibility.grants)):
        if option is not None:
            yield from _option_faults(option, (*place, "flexibility", name))


def _volume_faults(market: Market, order: Order, grade: Grade | None, place: Place) -> Iterator[Fault]:
    if len(order.volumes) != len(market.calendar):
        wanted = f"must have {len(market.calendar)}, one a period of the calendar"
        yield Fault(pointer(*place, "volumes"), f"{len(order.volumes)} volumes", wanted)
    for t, volume in enumerate(order.volumes):
        if isinstance(volume, SplitVolume):
            parts = [(volume.firm, (*place, "volumes", t, "firm")), (volume.planned, (*place, "volumes", t, "planned"))]
        else:
            parts = [(volume, (*place, "volumes", t))]
        for part, at in parts:
            yield from within(part, 0, None, *at)
            yield from whole_quanta_faults(part, grade, at)
        if isinstance(volume, SplitVolume):
            yield from whole_quanta_faults(volume.firm + volume.planned, grade, (*place, "volumes", t))


def _contract_faults(order: Order, grade: Grade | None, place: Place) -> Iterator[Fault]:
    least = order.minimum_contract
    volume = least.volume if isinstance(least, MinimumContract) else least
    yield from within(volume, 0, None, *place, "minimum_contract")
    if isinstance(least, MinimumContract):
        yield from within(least.pair_fraction, 0, 1, *place, "minimum_contract", "pair_fraction")
    yield from within(order.maximum_contract, 0, None, *place, "maximum_contract")
    if isinstance(least, Decimal) and order.maximum_contract is not None and order.maximum_contract < least:
        wanted = f"must be at least minimum_contract {least}"
        yield Fault(pointer(*place, "maximum_contract"), shown(order.maximum_contract), wanted)
    if order.lot is not None:
        if order.lot <= 0:
            yield Fault(pointer(*place, "lot"), shown(order.lot), "must be greater than 0")
        yield from whole_quanta_faults(order.lot, grade, (*place, "lot"))
    yield from within(order.minimum_fill, 0, 1, *place, "minimum_fill")
    yield from within(order.minimum_per_period, 0, None, *place, "minimum_per_period")


def _partner_faults(order: Order, place: Place) -> Iterator[Fault]:
    count, share = order.counterparties, order.maximum_share
    if count is not None:
        yield from within(count.least, 0, MOST_PARTIES, *place, "counterparties", "least")
        yield from within(count.most, 1, MOST_PARTIES, *place, "counterparties", "most")
        if count.least is not None and count.most is not None and count.least > count.most:
            wanted = f"must not be above most {count.most}"
            yield Fault(pointer(*place, "counterparties", "least"), shown(count.least), wanted)
    if share is not None:
        at = (*place, "maximum_share", "fraction")
        yield from within(share.fraction, 0, 1, *at)
        if share.fraction == 0:
            yield Fault(pointer(*at), shown(share.fraction), "must be greater than 0")
        if count is not None and count.most is not None and share.fraction * count.most < 1:
            wanted = f"times counterparties.most {count.most} must reach 1, else the order can never be filled"
            yield Fault(pointer(*at), shown(share.fraction), wanted)
    if order.approved is not None:
        yield from within(order.approved.trial_share, 0, 1, *place, "approved", "trial_share")


def _specification_faults(order: Order, guaranteed: Guaranteed, place: Place) -> Iterator[Fault]:
    for attribute, value in order.specification.items():
        at = (*place, "specification", attribute)
        if order.side == "offer" and isinstance(value, AcceptedRange):
            yield Fault(pointer(*at), "range", "an offer states one guaranteed value")
        elif order.side == "need" and isinstance(value, Decimal):
            yield Fault(pointer(*at), shown(value), "a need states a range (at_least, at_most) or a target")
        if not isinstance(value, AcceptedRange):
            continue
        if value.at_least is not None and value.at_most is not None and value.at_least > value.at_most:
            wanted = f"must not be above at_most {value.at_most}"
            yield Fault(pointer(*at, "at_least"), shown(value.at_least), wanted)
        slope = max(abs(value.above_cny_per_unit), abs(value.below_cny_per_unit))
        if slope and value.target is None:
            yield Fault(pointer(*at), "adjustment", "must name the target that it is counted from")
        elif slope and slope * _farthest(guaranteed.get((order.grade, attribute)), value.target) > GREATEST_PRICE:
            wanted = f"times the distance from the target must stay below {GREATEST_PRICE:.0e} CNY per unit"
            yield Fault(pointer(*at), shown(slope), wanted)


def _farthest(ends: tuple[Decimal, Decimal] | None, target: Decimal | None) -> Decimal:
    """Greatest distance of any guaranteed value of the grade from a need's target."""
    return Decimal(0) if ends is None or target is None else max(abs(end - target) for end in ends)


def _delivery_faults(market: Market, order: Order, place: Place) -> Iterator[Fault]:
    yield from _site_faults(order.site, (*place, "site"))
    if order.delivery.place is not None:
        yield from _site_faults(order.delivery.place, (*place, "delivery", "place"))
    if order.delivery.incoterms is None:
        return
    if not order.delivery.incoterms:
        yield Fault(pointer(*place, "delivery", "incoterms"), "[]", "must name at least one, or be left out for any")
    for i, incoterm in enumerate(order.delivery.incoterms):
        if incoterm not in market.policy.incoterm_order:
            wanted = "must be one of " + ", ".join(market.policy.incoterm_order)
            yield Fault(pointer(*place, "delivery", "incoterms", i), shown(incoterm), wanted)


def _site_faults(site: Site, place: Place) -> Iterator[Fault]:
    yield from within(site.lat, -90, 90, *place, "lat")
    yield from within(site.lon, -180, 180, *place, "lon")


def _option_faults(option: Option, place: Place) -> Iterator[Fault]:
    yield from within(option.down, 0, 1, *place, "down")
    yield from within(option.up, 0, 1, *place, "up")
    yield from within(option.notice_days, 0, None, *place, "notice_days")
    yield from within(option.make_up_months, 0, None, *place, "make_up_months")


def _date_faults(order: Order, place: Place) -> Iterator[Fault]:
    spans: list[tuple[str | None, str | None, Place]] = [
        (order.validity.valid_from, order.validity.valid_to, (*place, "validity"))
    ]
    spans += [(held.valid_from, held.valid_to, (*place, "holds", i)) for i, held in enumerate(order.holds)]
    for start, end, at in spans:
        wrong = [*date_faults(start, *at, "valid_from"), *date_faults(end, *at, "valid_to")]
        yield from wrong
        if not wrong and start is not None and end is not None and start > end:
            yield Fault(pointer(*at, "valid_to"), end, f"must not be before valid_from {start}")
    for i, approval in enumerate(order.approved.counterparties if order.approved is not None else ()):
        yield from date_faults(approval.since, *place, "approved", "counterparties", i, "since")


def whole_quanta_faults(volume: Decimal, grade: Grade | None, place: Place) -> Iterator[Fault]:
    """Volumes are whole multiples of the grade's quantum."""
    if grade is None or grade.quantum <= 0:
        return
    with localcontext() as context:
        context.prec = 60  # an absurd amount may be a great many quanta
        whole = volume % grade.quantum == 0
        most = MOST_QUANTA * grade.quantum
    if not whole:
        yield Fault(pointer(*place), shown(volume), f"must be a whole multiple of {grade.quantum} {grade.unit}")
    if volume > most:
        yield Fault(pointer(*place), shown(volume), f"must be at most {most:f} {grade.unit}, {MOST_QUANTA:.0e} quanta")
