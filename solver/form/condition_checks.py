"""What must hold in an order's conditions of a contract: tolling, switching costs, wishes, split volumes, documents."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from solver.form.faults import Fault, pointer, repeated, shown, within
from solver.form.market import Order
from solver.form.terms import SplitVolume
from solver.form.wishes import PayOrTake

GREATEST_ADDITION = Decimal(10) ** 9  # CNY per unit; gains are kept to 1e-6 in 64 bits
GREATEST_FACTOR = 100
MOST_MONTHS, MOST_DAYS = 36, 365  # of a wish
Place = tuple[str | int, ...]


def condition_faults(order: Order, place: Place) -> Iterator[Fault]:
    """Every fault of one order's conditions."""
    for t, volume in enumerate(order.volumes):
        if isinstance(volume, SplitVolume) and order.side == "need":
            yield Fault(pointer(*place, "volumes", t), "split volume", "only an offer splits into firm and planned")
    for name in ("invoice_form", "dangerous_goods_class"):
        if getattr(order.delivery, name) == "":
            yield Fault(pointer(*place, "delivery", name), '""', "must not be empty")
    yield from _tolling_faults(order, (*place, "tolling"))
    yield from _incumbent_faults(order, (*place, "incumbents"))
    yield from _wish_faults(order, (*place, "contract_wishes"))


def _tolling_faults(order: Order, place: Place) -> Iterator[Fault]:
    tolling = order.tolling
    if tolling is None:
        return
    if not tolling.grade or tolling.grade == order.grade:
        wanted = "must be the grade of the material, another than the order's own"
        yield Fault(pointer(*place, "grade"), shown(tolling.grade or '""'), wanted)
    yield from _above_zero(tolling.yield_fraction, GREATEST_FACTOR, *place, "yield_fraction")
    yield from within(tolling.loss_limit, 0, 1, *place, "loss_limit")
    yield from within(tolling.fee, 0, GREATEST_ADDITION, *place, "fee")


def _incumbent_faults(order: Order, place: Place) -> Iterator[Fault]:
    twice = repeated(incumbent.organisation for incumbent in order.incumbents)
    for i, incumbent in enumerate(order.incumbents):
        if incumbent.organisation in ("", order.organisation) or incumbent.organisation in twice:
            wanted = "must be another organisation than the order's own, named once"
            yield Fault(pointer(*place, i, "organisation"), shown(incumbent.organisation or '""'), wanted)
        if incumbent.least_share is None and incumbent.switching_cost is None:
            yield Fault(pointer(*place, i), "organisation alone", "must have least_share, switching_cost or both")
        yield from within(incumbent.switching_cost, 0, GREATEST_ADDITION, *place, i, "switching_cost")


def _wish_faults(order: Order, place: Place) -> Iterator[Fault]:
    wishes = order.contract_wishes
    yield from within(wishes.reservation_fee, 0, GREATEST_ADDITION, *place, "reservation_fee")
    for name in ("take_or_pay", "ship_or_pay"):
        promise: PayOrTake | None = getattr(wishes, name)
        if promise is not None:
            yield from _above_zero(promise.fraction, 1, *place, name, "fraction")
            yield from within(promise.make_up_months, 0, MOST_MONTHS, *place, name, "make_up_months")
    if wishes.reopener is not None:
        at = (*place, "reopener")
        yield from _above_zero(wishes.reopener.trigger, 1, *at, "trigger")
        yield from within(wishes.reopener.consecutive_months, 1, MOST_MONTHS, *at, "consecutive_months")
        yield from within(wishes.reopener.negotiation_days, 1, MOST_DAYS, *at, "negotiation_days")
    claim = wishes.quality_claim
    if claim is not None:
        at = (*place, "quality_claim")
        yield from within(claim.objection_days, 1, MOST_DAYS, *at, "objection_days")
        if claim.umpire_laboratory == "":
            yield Fault(pointer(*at, "umpire_laboratory"), '""', "must not be empty")
        yield from _above_zero(claim.assay_split, GREATEST_FACTOR, *at, "assay_split")
        yield from within(claim.weighing_tolerance, 0, 1, *at, "weighing_tolerance")


def _above_zero(value: Decimal | None, most: int, *place: str | int) -> Iterator[Fault]:
    if value is not None and not 0 < value <= most:
        yield Fault(pointer(*place), shown(value), f"must be above 0 and at most {most}")
