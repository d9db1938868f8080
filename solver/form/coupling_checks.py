"""What must hold in the terms that look over several contracts, periods or orders (docs/model.md 3.10 to 3.19)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from solver.form.faults import Fault, pointer, shown, within
from solver.form.limit_checks import GREATEST_PRICE, greatest_in_cny, least_known_limit
from solver.form.market import Market, Order
from solver.form.order_checks import MOST_PARTIES, MOST_QUANTA, whole_quanta_faults
from solver.form.terms import Group, SplitVolume, Storage, Tiers

Place = tuple[str | int, ...]

GREATEST_COST = Decimal(10) ** 12  # of the inputs beside a limit; gains are kept to 1e-6 in 64 bits
GREATEST_OF_GROUP = {"share": 1, "count": MOST_PARTIES, "volume": MOST_QUANTA}
FAMILY_TERMS = (
    "counterparties",
    "maximum_share",
    "minimum_fill",
    "groups",
    "incumbents",
    "credit_limit",
    "must_serve",
    "priority",
)


def faults_between_orders(market: Market) -> Iterator[Fault]:
    """Every fault of terms that name other orders, or that several orders must state alike."""
    orders = {order.id: order for order in market.orders}
    first_of_line: dict[tuple[str, str], Order] = {}
    first_of_family: dict[tuple[str, str], Order] = {}
    for position, order in enumerate(market.orders):
        place: Place = ("orders", position)
        if order.source is not None:
            yield from _source_faults(market, order, first_of_line, place)
        if order.family is not None:
            first = first_of_family.setdefault((order.organisation, order.family), order)
            yield from _family_faults(order, first, place)
        if order.linked_to is not None:
            yield from _named_order(order, orders.get(order.linked_to), order.linked_to, (*place, "linked_to"))
        yield from _input_faults(market, order, orders, place)
        yield from _incumbent_faults(order, place)
        for i, group in enumerate(order.groups):
            yield from _group_faults(group, (*place, "groups", i))
        yield from within(order.ramp, 0, 1, *place, "ramp")
        if order.tiers is not None:
            yield from _tier_faults(market, order, order.tiers, (*place, "tiers"))
        if order.storage is not None:
            yield from _storage_faults(market, order, order.storage, (*place, "storage"))
        if order.credit_limit is not None:
            yield from _positive(order.credit_limit.exposure_cny, (*place, "credit_limit", "exposure_cny"))


def _source_faults(market: Market, order: Order, firsts: dict[tuple[str, str], Order], place: Place) -> Iterator[Fault]:
    source, at = order.source, (*place, "source")
    assert source is not None
    if order.side != "offer":
        yield Fault(pointer(*at), order.side, "only an offer has a producer's line behind it")
    if len(source.capacity) != len(market.calendar):
        wanted = f"must have {len(market.calendar)}, one a period of the calendar"
        yield Fault(pointer(*at, "capacity"), f"{len(source.capacity)} capacities", wanted)
    for t, capacity in enumerate(source.capacity):
        yield from within(capacity, 0, None, *at, "capacity", t)
    first = firsts.setdefault((source.site, source.line), order)
    if first.source is not None and first.source.capacity != source.capacity:
        wanted = f"must be the same in all offers of line {source.line} at {source.site}"
        yield Fault(pointer(*at, "capacity"), "another capacity", wanted)
    if first.grade != order.grade:
        yield Fault(pointer(*place, "grade"), shown(order.grade), f"must be {first.grade} for all offers of one line")


def _family_faults(order: Order, first: Order, place: Place) -> Iterator[Fault]:
    for name in ("side", "grade"):
        if getattr(order, name) != getattr(first, name):
            wanted = f"must be {getattr(first, name)} like the rest of family {order.family}"
            yield Fault(pointer(*place, name), shown(getattr(order, name)), wanted)
    for name in FAMILY_TERMS:
        if getattr(order, name) != getattr(first, name):
            wanted = f"must be stated alike by all orders of family {order.family}, for it counts over all of them"
            yield Fault(pointer(*place, name), "another value", wanted)


def _named_order(order: Order, other: Order | None, name: str, place: Place) -> Iterator[Fault]:
    if other is None:
        yield Fault(pointer(*place), shown(name), "must be an order of the market")
    elif other.organisation != order.organisation:
        yield Fault(pointer(*place), shown(name), f"must be an order of organisation {order.organisation}")
    elif other.id == order.id:
        yield Fault(pointer(*place), shown(name), "must be another order")


def _input_faults(market: Market, order: Order, orders: dict[str, Order], place: Place) -> Iterator[Fault]:
    if order.inputs and order.side != "offer":
        yield Fault(pointer(*place, "inputs"), order.side, "only an offer has inputs")
    named, cost = Counter(each.need for each in order.inputs), Decimal(0)
    for i, each in enumerate(order.inputs):
        at = (*place, "inputs", i)
        other = orders.get(each.need)
        yield from _named_order(order, other, each.need, (*at, "need"))
        if other is not None and other.side != "need":
            yield Fault(pointer(*at, "need"), shown(each.need), "must be a need")
        if named[each.need] > 1:
            yield Fault(pointer(*at, "need"), shown(each.need), "must be named once")
        yield from _positive(each.units_per_unit, (*at, "units_per_unit"))
        yield from within(each.lead_periods, 0, None, *at, "lead_periods")
        yield from within(each.stocked, 0, None, *at, "stocked")
        if other is not None and not each.cost_in_limit:
            if any(part.content_attribute is not None for part in other.limit_price.components):
                wanted = f"must be true: {other.id} is priced by assay, so that its cost is not known beforehand"
                yield Fault(pointer(*at, "cost_in_limit"), "false", wanted)
            cost += each.units_per_unit * greatest_in_cny(market, other.limit_price, _adjustment(other))
    if cost > GREATEST_COST:
        yield Fault(pointer(*place, "inputs"), f"{cost:.4g}", f"must cost at most {GREATEST_COST:.0e} CNY per unit")


def _adjustment(need: Order) -> Decimal:
    """The most that is added to a need's limit for any grade that it accepts."""
    return max((alternate.adjustment for alternate in need.alternates), default=Decimal(0))


def _incumbent_faults(order: Order, place: Place) -> Iterator[Fault]:
    for i, incumbent in enumerate(order.incumbents):
        yield from within(incumbent.least_share, 0, 1, *place, "incumbents", i, "least_share")
    together = sum((incumbent.least_share or Decimal(0) for incumbent in order.incumbents), Decimal(0))
    if together > 1:
        yield Fault(pointer(*place, "incumbents"), shown(together), "the least shares must be at most 1 together")


def _group_faults(group: Group, place: Place) -> Iterator[Fault]:
    yield from within(group.value, 0, GREATEST_OF_GROUP[group.measure], *place, "value")
    if group.measure == "count" and group.value != group.value.to_integral_value():
        yield Fault(pointer(*place, "value"), shown(group.value), "must be a whole number of counterparties")
    if group.rule == "exactly" and group.measure == "volume":
        yield Fault(pointer(*place, "rule"), group.rule, "must be at_least or at_most for a volume")
    if group.tolerance is not None and (group.rule != "exactly" or group.measure != "share"):
        yield Fault(pointer(*place, "tolerance"), shown(group.tolerance), "belongs to exactly a share alone")
    if group.rule == "exactly" and group.measure == "share" and not group.tolerance:
        yield Fault(pointer(*place, "tolerance"), shown(group.tolerance), "must be greater than 0 for exactly a share")
    yield from within(group.tolerance, 0, 1, *place, "tolerance")


def _storage_faults(market: Market, order: Order, stored: Storage, place: Place) -> Iterator[Fault]:
    owner = "seller" if order.side == "offer" else "buyer"
    if stored.owner != owner:
        yield Fault(pointer(*place, "owner"), stored.owner, f"must be the {owner}, whose order it is")
    yield from within(stored.cost, 0, GREATEST_PRICE, *place, "cost")
    grade = next((grade for grade in market.grades if grade.id == order.grade), None)
    for name in ("capacity", "opening", "closing"):
        amount = getattr(stored, name)
        yield from within(amount, 0, None if name == "capacity" else stored.capacity, *place, name)
        yield from whole_quanta_faults(amount, grade, (*place, name))
    if order.side == "offer":
        made = sum(
            (parts.firm + parts.planned if isinstance(parts, SplitVolume) else parts for parts in order.volumes),
            stored.opening,
        )
        if stored.closing > made:
            yield Fault(pointer(*place, "closing"), shown(stored.closing), f"must be at most {made}, all that is there")


def _tier_faults(market: Market, order: Order, tiers: Tiers, place: Place) -> Iterator[Fault]:
    if order.side != "offer":
        yield Fault(pointer(*place), order.side, "only an offer has discounts by volume")
    if not tiers.steps:
        yield Fault(pointer(*place, "steps"), "[]", "must have at least one")
    grade = next((grade for grade in market.grades if grade.id == order.grade), None)
    more_is_asked = order.tolling is not None or not all(each.cost_in_limit for each in order.inputs)
    limit = None if more_is_asked else least_known_limit(order.limit_price)
    for i, step in enumerate(tiers.steps):
        at = (*place, "steps", i)
        yield from _positive(step.from_volume, (*at, "from_volume"))
        yield from whole_quanta_faults(step.from_volume, grade, (*at, "from_volume"))
        yield from _positive(step.discount, (*at, "discount"))
        yield from within(step.discount, None, GREATEST_PRICE, *at, "discount")
        if limit is not None and step.discount > limit >= 0:
            yield Fault(pointer(*at, "discount"), shown(step.discount), f"must be at most the limit, {limit}")
        for name in ("from_volume", "discount") if i else ():
            before = getattr(tiers.steps[i - 1], name)
            if getattr(step, name) <= before:
                yield Fault(
                    pointer(*at, name), shown(getattr(step, name)), f"must be above that of the step before, {before}"
                )


def _positive(value: Decimal, place: Place) -> Iterator[Fault]:
    if not value > 0:
        yield Fault(pointer(*place), shown(value), "must be greater than 0")
