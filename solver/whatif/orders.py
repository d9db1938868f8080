"""Changes of orders: terms dropped or set, orders and organisations taken out, volume added."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec

from solver.form.faults import Fault, MarketError, pointer
from solver.form.market import Market, Order
from solver.form.scenarios import AddVolume, CopyOrder, DropTerm, ScaleVolume, SetTerm
from solver.form.shape import build
from solver.form.terms import SplitVolume
from solver.whatif.places import Place, as_in_a_file, refuse, refuse_unless_positive, total

replace = msgspec.structs.replace

IDENTITY = ("id", "side", "organisation", "grade")  # another one would be another order: add or copy one
FACTS = (*IDENTITY, "volumes", "limit_price", "site", "group_parent", "tags", "small_supplier", "holds", "payment")
PARTS = ("delivery.incoterms", "flexibility.requires", "flexibility.grants", "limit_price.accepted_indices")
DROPPABLE: tuple[str, ...] = (
    *(f.name for f in msgspec.structs.fields(Order) if f.name not in (*FACTS, "delivery", "source", "family")),
    *PARTS,
)


def drop_term(market: Market, change: DropTerm, place: Place) -> Market:
    """One kind of rule, out of every order that states it within what is selected."""
    if change.term not in DROPPABLE:
        refuse(change.term, f"must be one of {', '.join(DROPPABLE)}", *place, "term")
    if change.without_technical_reason and change.term != "exclusions":
        refuse(change.term, "only exclusions have technical reasons", *place, "without_technical_reason")
    if change.order is not None:
        _position(market, change.order, *place, "order")
    if change.grade is not None and all(grade.id != change.grade for grade in market.grades):
        refuse(change.grade, "must be a grade of the market", *place, "grade")
    orders = tuple(_without(order, change) if _selected(order, change) else order for order in market.orders)
    if orders == market.orders:
        refuse(change.term, "no order that is selected states this", *place, "term")
    return replace(market, orders=orders)


def _selected(order: Order, change: DropTerm) -> bool:
    """What an offer guarantees is a fact, by which limits may be counted; what a need accepts is a rule."""
    if change.term == "specification" and order.side == "offer":
        return False
    return (
        (change.order is None or order.id == change.order)
        and (change.side is None or order.side == change.side)
        and (change.grade is None or order.grade == change.grade)
    )


def _without(order: Order, change: DropTerm) -> Order:
    if change.without_technical_reason:
        return replace(order, exclusions=tuple(each for each in order.exclusions if each.technical))
    whole, _, part = change.term.partition(".")
    if not part:
        return replace(order, **{whole: _default(Order, whole)})
    term = getattr(order, whole)
    return replace(order, **{whole: replace(term, **{part: _default(type(term), part)})})


def _default(of: type[msgspec.Struct], name: str) -> Any:
    """What a field is when nothing is said."""
    field = next(field for field in msgspec.structs.fields(of) if field.name == name)
    return field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()


def set_term(market: Market, change: SetTerm, place: Place) -> Market:
    """Another value of one order's term (or of one of its parts), read as the order of a file is."""
    position = _position(market, change.order, *place, "order")
    whole, _, part = change.term.partition(".")
    if whole in IDENTITY:
        refuse(change.term, "is what the order is known by; remove the order and add another", *place, "term")
    raw = as_in_a_file(market.orders[position])
    stated = raw.get(whole, {})
    if part and not isinstance(stated, dict):
        refuse(change.term, f"{whole} has no parts here", *place, "term")
    raw[whole] = {**stated, part: change.value} if part else change.value
    order, faults = build(raw, Order)
    if order is None:
        raise MarketError(_at_value(fault, pointer(*filter(None, (whole, part))), place) for fault in faults)
    return _with_order(market, position, order)


def _at_value(fault: Fault, term: str, place: Place) -> Fault:
    """A fault of the order that came out, at the part of the change it comes from."""
    unknown = fault.pointer == term and fault.message.startswith("unknown field")
    where = pointer(*place, "term") if unknown else pointer(*place, "value") + fault.pointer.removeprefix(term)
    return Fault(where, fault.value, fault.message)


def remove_organisation(market: Market, organisation: str, place: Place) -> Market:
    """All orders of one organisation; those of related ones stay."""
    return _only(market, lambda order: order.organisation != organisation, organisation, "an organisation", place)


def remove_order(market: Market, order_id: str, place: Place) -> Market:
    """One order."""
    return _only(market, lambda order: order.id != order_id, order_id, "an order", place)


def _only(market: Market, stays: Callable[[Order], bool], named: str, kind: str, place: Place) -> Market:
    orders = tuple(order for order in market.orders if stays(order))
    if len(orders) == len(market.orders):
        refuse(named, f"must be {kind} with an order in the market", *place)
    return replace(market, orders=orders)


def add_volume(market: Market, change: AddVolume, place: Place) -> Market:
    """More of one order in some periods."""
    position = _position(market, change.order, *place, "order")
    order = market.orders[position]
    if len(change.volumes) != len(market.calendar):
        wanted = f"must have {len(market.calendar)}, one a period"
        refuse(f"{len(change.volumes)} volumes", wanted, *place, "volumes")
    for period, more in enumerate(change.volumes):
        if more < 0:
            refuse(more, "must be at least 0", *place, "volumes", period)
    volumes = tuple(
        total(_plain(volume, place), more) for volume, more in zip(order.volumes, change.volumes, strict=True)
    )
    return _with_order(market, position, replace(order, volumes=volumes))


def scale_volume(market: Market, change: ScaleVolume, place: Place) -> Market:
    """One order's volumes times a factor, in whole lots or quanta, rounded down."""
    position = _position(market, change.order, *place, "order")
    refuse_unless_positive(change.scale, *place, "scale")
    order = market.orders[position]
    quantum = next(grade.quantum for grade in market.grades if grade.id == order.grade)
    step = quantum if order.lot is None else order.lot
    volumes = tuple(_scaled(_plain(volume, place), change.scale, step) for volume in order.volumes)
    return _with_order(market, position, replace(order, volumes=volumes))


def _scaled(volume: Decimal, scale: Decimal, step: Decimal) -> Decimal:
    """Rounded down to whole steps.

    >>> _scaled(Decimal("25"), Decimal("1.5"), Decimal("10"))
    Decimal('30')
    """
    return int(Fraction(volume) * Fraction(scale) // Fraction(step)) * step


def add_order(market: Market, order: Order, place: Place) -> Market:
    """A further order, whose id must be new."""
    _must_be_new(market, order.id, *place, "id")
    return replace(market, orders=(*market.orders, order))


def copy_order(market: Market, change: CopyOrder, place: Place) -> Market:
    """A further order with the terms of one that is there, of an organisation that has none, nor any group."""
    position = _position(market, change.order, *place, "order")
    _must_be_new(market, change.id, *place, "id")
    if any(order.organisation == change.organisation for order in market.orders):
        refuse(change.organisation, "must be an organisation without orders", *place, "organisation")
    copied = replace(market.orders[position], id=change.id, organisation=change.organisation, group_parent=None)
    return replace(market, orders=(*market.orders, copied))


def _plain(volume: Decimal | SplitVolume, place: Place) -> Decimal:
    """A stated volume that is not split."""
    if isinstance(volume, SplitVolume):
        refuse("firm and planned", "this version does not clear volumes that are split", *place)
    return volume


def _must_be_new(market: Market, order_id: str, *place: str | int) -> None:
    if not order_id or any(order.id == order_id for order in market.orders):
        refuse(order_id, "must be a name that no other order has", *place)


def _position(market: Market, order_id: str, *place: str | int) -> int:
    for position, order in enumerate(market.orders):
        if order.id == order_id:
            return position
    return refuse(order_id, "must be an order of the market", *place)


def _with_order(market: Market, position: int, order: Order) -> Market:
    return replace(market, orders=(*market.orders[:position], order, *market.orders[position + 1 :]))
