"""What a clearing comes to in figures: matched orders, volumes, concentration, prices (docs/model.md 8)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, localcontext
from fractions import Fraction

from solver.form.clearing import Clearing, Match
from solver.form.market import Market, Order, party_of
from solver.form.whatif import Concentration, GradeFigures, PriceFigures, ScenarioResult, SideFigures, WelfareDifference
from solver.pricing.bands import FEWEST_PARTIES

NO_CLEARING = ("failed", "infeasible")
MILLIONTH, CENT = Decimal("0.000001"), Decimal("0.01")


def figures(
    market: Market, clearing: Clearing, base: Clearing | None, *, name: str, zh: str = "", en: str = ""
) -> ScenarioResult:
    """One row of the result; ``base`` is the clearing of the market as it is, None for itself.

    Maths: docs/model.md 8.2 to 8.4.
    """
    orders = {order.id: order for order in market.orders}
    return ScenarioResult(
        id=name,
        name_zh=zh,
        name_en=en,
        market_hash=clearing.market_hash,
        status=clearing.status,
        clock_hit=clearing.clock_hit,
        objective=clearing.objective,
        bound=clearing.bound,
        bound_kind=clearing.bound_kind,
        gap=clearing.gap,
        difference=None if base is None else difference(clearing, base),
        contracts=len(clearing.matches),
        offers=_side("offer", clearing, orders),
        needs=_side("need", clearing, orders),
        concentration=concentration((orders[match.offer], _value(match)) for match in clearing.matches),
        grades=tuple(_grades(market, clearing, orders)),
        prices=tuple(_prices(clearing.matches, orders)),
        note=clearing.note,
    )


def difference(clearing: Clearing, base: Clearing) -> WelfareDifference | None:
    """Between which amounts the difference of both best welfares lies.  Maths: 8.2."""
    if clearing.status in NO_CLEARING or base.status in NO_CLEARING:
        return None
    least, most = clearing.objective - base.bound, clearing.bound - base.objective
    if least == most == 0:
        return WelfareDifference(least, most, "equal")
    return WelfareDifference(least, most, "more" if least > 0 else "less" if most < 0 else "within_gaps")


def concentration(supplied: Iterable[tuple[Order, Fraction]]) -> Concentration:
    """How suppliers share an amount.  Maths: 8.3."""
    by_party: dict[str, Fraction] = {}
    for order, amount in supplied:
        by_party[party_of(order)] = by_party.get(party_of(order), Fraction(0)) + amount
    whole = sum(by_party.values(), Fraction(0))
    if whole <= 0:
        return Concentration(suppliers=len(by_party), hhi=None, top3_share=None)
    shares = sorted((amount / whole for amount in by_party.values()), reverse=True)
    return Concentration(
        suppliers=len(by_party),
        hhi=_rounded(sum((share * share for share in shares), Fraction(0)), MILLIONTH),
        top3_share=_rounded(sum(shares[:3], Fraction(0)), MILLIONTH),
    )


def _side(side: str, clearing: Clearing, orders: Mapping[str, Order]) -> SideFigures:
    found = [outcome.status for outcome in clearing.orders if orders[outcome.order].side == side]
    return SideFigures(
        orders=len(found),
        matched=found.count("matched"),
        partly_matched=found.count("partly_matched"),
        unmatched=found.count("unmatched"),
    )


def _grades(market: Market, clearing: Clearing, orders: Mapping[str, Order]) -> Iterator[GradeFigures]:
    for grade in market.grades:
        matches = [match for match in clearing.matches if match.grade == grade.id]
        stated = {
            side: sum(
                (
                    o.requested
                    for o in clearing.orders
                    if (orders[o.order].side, orders[o.order].grade) == (side, grade.id)
                ),
                Decimal(0),
            )
            for side in ("offer", "need")
        }
        matched = sum((_volume(match) for match in matches), Decimal(0))
        served = sum((o.filled for o in clearing.orders if _is_need_of(orders[o.order], grade.id)), Decimal(0))
        yield GradeFigures(
            grade=grade.id,
            unit=grade.unit,
            offered=stated["offer"],
            requested=stated["need"],
            matched=matched,
            unsold=stated["offer"] - matched,
            unserved=stated["need"] - served,
            contracts=len(matches),
            concentration=concentration((orders[match.offer], Fraction(_volume(match))) for match in matches),
        )


def _is_need_of(order: Order, grade: str) -> bool:
    return (order.side, order.grade) == ("need", grade)


def _prices(matches: Sequence[Match], orders: Mapping[str, Order]) -> Iterator[PriceFigures]:
    """Per grade and region of delivery, withheld where too few stand behind them.  Maths: 8.4."""
    together: dict[tuple[str, str], list[Match]] = {}
    for match in matches:
        if match.price is not None and match.price.exception_gap is None:
            together.setdefault((match.grade, _region(orders[match.need]) or ""), []).append(match)
    for (grade, region), some in sorted(together.items()):
        sides = [
            {party_of(orders[name]) for name in names} for names in zip(*((m.offer, m.need) for m in some), strict=True)
        ]
        if min(map(len, sides)) < FEWEST_PARTIES:
            yield PriceFigures(grade, region or None, None, None, None, "fewer-than-five")
        else:
            yield PriceFigures(grade, region or None, *_delivered(some))


def _region(need: Order) -> str | None:
    return (need.site if need.delivery.place is None else need.delivery.place).region


def _delivered(matches: Sequence[Match]) -> tuple[Decimal, Decimal, Decimal]:
    """Mean reference, least floor and greatest cap, delivered, to 0.01 CNY."""
    value, volume = Fraction(0), Fraction(0)
    floors, caps = [], []
    for match in matches:
        assert match.price is not None
        extra = match.freight_cny_per_unit - match.quality_cny_per_unit
        prices = zip(match.price.reference, match.price.floor, match.price.cap, match.volumes, strict=True)
        for reference, floor, cap, traded in prices:
            if reference is not None and floor is not None and cap is not None:
                value += Fraction(reference + extra) * Fraction(traded)
                volume += Fraction(traded)
                floors.append(floor + extra)
                caps.append(cap + extra)
    return _rounded(value / volume, CENT), _rounded(Fraction(min(floors)), CENT), _rounded(Fraction(max(caps)), CENT)


def _volume(match: Match) -> Decimal:
    return sum(match.volumes, Decimal(0))


def _value(match: Match) -> Fraction:
    """At the reference, where the goods leave."""
    if match.price is None:
        return Fraction(0)
    return sum(
        (
            Fraction(reference) * Fraction(volume)
            for reference, volume in zip(match.price.reference, match.volumes, strict=True)
            if reference is not None
        ),
        Fraction(0),
    )


def _rounded(exact: Fraction, step: Decimal) -> Decimal:
    """Half to even, however long the fraction."""
    with localcontext() as context:
        context.prec = 60
        return round(exact / Fraction(step)) * step
