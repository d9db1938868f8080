"""Needs as offers of another grade meet them (3.22): volumes in that grade's units, money per unit of it.

The face of a need has a name of its own, under which :class:`solver.verify.ground.Ground` knows its volumes and limits.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from math import floor, lcm
from typing import Any

from msgspec.structs import replace

from solver.form.market import Grade, Market, Order
from solver.form.terms import AcceptedRange, MinimumContract

MICROS = 10**6
DIGITS = 90  # more than a product of a stated volume and a stated ratio has


@dataclass(frozen=True, slots=True)
class Face:
    """A need in the units of a grade that it accepts."""

    order: Order  # sizes, fee and adjustments in that grade's units; its volumes and its limit price are the need's own
    need: Order
    ratio: Fraction  # units of that grade for one of the need's
    adjustment: Fraction  # added to the need's stated limit, in the limit's currency
    least: Fraction  # one quantum of the need, in that grade's units


def faces_of(market: Market) -> list[Face]:
    """Every face of every need of a market, in the file's order."""
    grades = {grade.id: grade for grade in market.grades}
    names = {order.id for order in market.orders}
    return [
        Face(
            order=_restated(need, alternate.ratio, grades[alternate.grade], _name(need.id, alternate.grade, names)),
            need=need,
            ratio=Fraction(alternate.ratio),
            adjustment=Fraction(alternate.adjustment),
            least=Fraction(grades[need.grade].quantum) * Fraction(alternate.ratio),
        )
        for need in market.orders
        for alternate in need.alternates
    ]


def _name(need: str, grade: str, taken: Collection[str]) -> str:
    name = f"{need} as {grade}"
    while name in taken:
        name += "'"
    return name


def _restated(need: Order, ratio: Decimal, grade: Grade, name: str) -> Order:
    with localcontext() as context:
        context.prec = DIGITS
        changes: dict[str, Any] = {"id": name, "grade": grade.id, "alternates": ()}
        for size in ("maximum_contract", "minimum_per_period"):
            stated = getattr(need, size)
            changes[size] = stated if stated is None else stated * ratio
        least = need.minimum_contract
        if isinstance(least, MinimumContract):
            changes["minimum_contract"] = replace(least, volume=least.volume * ratio)
        elif least is not None:
            changes["minimum_contract"] = least * ratio
        if need.storage is not None:
            opening, closing, room = need.storage.opening, need.storage.closing, need.storage.capacity
            changes["storage"] = replace(
                need.storage, opening=opening * ratio, closing=closing * ratio, capacity=room * ratio
            )
        if need.lot is not None:
            changes["lot"] = _lot(Fraction(need.lot) * Fraction(ratio), Fraction(grade.quantum))
    if need.tolling is not None:
        changes["tolling"] = replace(need.tolling, fee=_money(need.tolling.fee, ratio))
    if need.loss_consent is not None:
        micros = floor(Fraction(need.loss_consent.most_cny_per_unit) / Fraction(ratio) * MICROS)
        changes["loss_consent"] = replace(need.loss_consent, most_cny_per_unit=Decimal(micros) / MICROS)
    changes["incumbents"] = tuple(
        each if each.switching_cost is None else replace(each, switching_cost=_money(each.switching_cost, ratio))
        for each in need.incumbents
    )
    changes["specification"] = {
        attribute: replace(
            accepted,
            above_cny_per_unit=_money(accepted.above_cny_per_unit, ratio),
            below_cny_per_unit=_money(accepted.below_cny_per_unit, ratio),
        )
        if isinstance(accepted, AcceptedRange)
        else accepted
        for attribute, accepted in need.specification.items()
    }
    return replace(need, **changes)


def _money(amount: Decimal, ratio: Decimal) -> Decimal:
    """CNY per unit of the other grade, half-even to 1e-6."""
    return Decimal(round(Fraction(amount) * MICROS / Fraction(ratio))) / MICROS


def _lot(lot: Fraction, quantum: Fraction) -> Decimal:
    """Least common multiple of a lot and a quantum."""
    over = lcm(lot.denominator, quantum.denominator)
    with localcontext() as context:
        context.prec = DIGITS
        return Decimal(lcm(int(lot * over), int(quantum * over))) / over
