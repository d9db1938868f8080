"""Figures of a clearing for those who are no party to it: sums of at least five parties, or withheld."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from marketplace.rounds.models import Round, RoundClearing, RoundMatch, RoundOrder
from marketplace.rounds.queries import reading
from marketplace.rounds.rules.disclosure import UNPUBLISHED, Figure, published_price, rounded, told
from marketplace.rounds.rules.lifecycle import CLEARED
from marketplace.shared.actor import Actor, Role
from marketplace.shared.errors import Conflict
from marketplace.shared.quantities import to_cent

ZERO = Decimal(0)


@dataclass(frozen=True)
class GradeSummary:
    """One grade of a cleared round; volumes in the grade's unit, over all months."""

    grade_id: str
    offered: Figure[Decimal]
    requested: Figure[Decimal]
    matched: Figure[Decimal]
    contracts: Figure[int]
    unfilled_offers: Figure[Decimal]
    unfilled_needs: Figure[Decimal]


@dataclass(frozen=True)
class ClearingSummary:
    """A cleared round: how good the clearing is proven to be, and its sums by grade.

    Objective and bound are withheld before publication and rounded after it, exact for rounds of samples alone.
    """

    round_id: str
    status: str
    gap: Decimal
    clock_hit: bool
    note: str | None
    market_hash: str
    clearing_hash: str
    objective_cny: Figure[Decimal]
    bound_cny: Figure[Decimal]
    grades: list[GradeSummary]


@dataclass(frozen=True)
class GradePrice:
    """The mean delivered reference price of one grade, CNY per unit, tax exclusive, weighted by volume."""

    grade_id: str
    delivered_reference: Figure[Decimal]


def clearing_summary(round_id: str, actor: Actor) -> ClearingSummary:
    """The recorded clearing in sums.

    Allowed: operators and authorities.  Raises: NotFound; Conflict before a clearing is recorded.
    """
    actor.must_be(Role.OPERATOR, Role.REGULATOR)
    round_ = reading.round_by_id(round_id)
    if round_.status not in CLEARED:
        raise Conflict(f"the round is {round_.status}: there is no clearing to show")
    clearing = reading.clearing(round_id)
    matches = reading.matches(round_id)
    orders = {row.order_id: row for row in reading.orders_of(round_id) if row.entered}
    return _summary(round_, clearing, matches, orders)


def published_prices(round_id: str) -> list[GradePrice]:
    """What everybody may know of a published round's prices; raises NotFound before publication."""
    round_ = reading.published_round(round_id)
    orders = {row.order_id: row for row in reading.orders_of(round_id)}
    matches = reading.matches(round_id)
    return [
        GradePrice(grade_id, _delivered_reference([m for m in matches if m.grade_id == grade_id], orders))
        for grade_id in round_.grade_ids
    ]


def _summary(
    round_: Round, clearing: RoundClearing, matches: Sequence[RoundMatch], orders: dict[str, RoundOrder]
) -> ClearingSummary:
    exact = reading.real_orders(round_.id) == 0  # samples have no secrets

    def money(amount: Decimal) -> Figure[Decimal]:
        if exact:
            return Figure(amount)
        if round_.status != "published":
            return Figure(None, UNPUBLISHED)
        return told(rounded(amount), _parties(matches, orders))

    return ClearingSummary(
        round_id=round_.id,
        status=clearing.status,
        gap=clearing.gap,
        clock_hit=clearing.clock_hit,
        note=clearing.note,
        market_hash=clearing.market_hash,
        clearing_hash=clearing.hash,
        objective_cny=money(clearing.objective_cny),
        bound_cny=money(clearing.bound_cny),
        grades=[_grade(grade_id, matches, orders) for grade_id in round_.grade_ids],
    )


def _grade(grade_id: str, matches: Sequence[RoundMatch], orders: dict[str, RoundOrder]) -> GradeSummary:
    of_grade = [match for match in matches if match.grade_id == grade_id]
    behind = _parties(of_grade, orders)
    volume = sum((match.expected_volume for match in of_grade), ZERO)
    offered, requested = (_stated(side, grade_id, orders) for side in ("offer", "need"))
    matched = told(volume, behind)
    return GradeSummary(
        grade_id,
        offered,
        requested,
        matched,
        told(len(of_grade), behind),
        _rest(offered, matched),
        _rest(requested, matched),
    )


def _stated(side: str, grade_id: str, orders: dict[str, RoundOrder]) -> Figure[Decimal]:
    rows = [row for row in orders.values() if (row.side, row.grade_id) == (side, grade_id)]
    return told(sum((row.volume for row in rows), ZERO), (row.party for row in rows))


def _rest(whole: Figure[Decimal], part: Figure[Decimal]) -> Figure[Decimal]:
    """A difference is told only where both its parts are, since any two of the three give the third."""
    if whole.value is None or part.value is None:
        return Figure(None, whole.withheld or part.withheld)
    return Figure(whole.value - part.value)


def _delivered_reference(matches: Sequence[RoundMatch], orders: dict[str, RoundOrder]) -> Figure[Decimal]:
    value, volume_by_party = ZERO, dict.fromkeys(_parties(matches, orders), ZERO)
    for match in matches:
        price, freight = match.terms["price"]["reference"], Decimal(match.terms["freight_cny_per_unit"])
        without_quality = freight - Decimal(match.terms["quality_cny_per_unit"])
        for reference, text in zip(price, match.volumes, strict=True):
            if reference is not None:
                value += (Decimal(reference) + without_quality) * Decimal(text)
        for order_id in (match.offer_id, match.need_id):
            volume_by_party[orders[order_id].party] += match.expected_volume
    volume = sum((match.expected_volume for match in matches), ZERO)
    return published_price(to_cent(value / volume) if volume else ZERO, volume_by_party)


def _parties(matches: Iterable[RoundMatch], orders: dict[str, RoundOrder]) -> set[str]:
    return {orders[order_id].party for match in matches for order_id in (match.offer_id, match.need_id)}
