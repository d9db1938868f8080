"""Why each order got what it got (docs/model.md section 7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from solver.explaining.obstacles import no_clearing, obstacles
from solver.explaining.rooms import rooms_after
from solver.explaining.rules_in_the_way import RulesInTheWay
from solver.form.clearing import OrderOutcome, Reason
from solver.form.decimals import in_digits
from solver.form.market import party_of
from solver.form.series import quotation_of
from solver.pairs.amounts import volume
from solver.pairs.counted import volumes_of
from solver.pairs.limits import limit_at
from solver.pairs.market_limits import MarketLimits
from solver.pairs.plain_limits import assays_of

if TYPE_CHECKING:
    from solver.explaining.obstacles import Obstacle, Side
    from solver.form.clearing import Match, Multipliers
    from solver.form.market import Market, Order
    from solver.pairs.screened import Screened
    from solver.search.exact import ExactVolumes

ENOUGH_PARTIES = 5  # from which an amount points at nobody
CENT = Decimal("0.01")
MICRO = Decimal("0.000001")

Volume = Decimal | Fraction  # a fraction where an alternate stands for some of it (3.22)

# Screen tests that need a term of one side; for the others the term lies on both sides.
CARRIES: dict[str, Callable[[Order], bool]] = {
    "validity": lambda order: order.validity.valid_from is not None or order.validity.valid_to is not None,
    "exclusion": lambda order: bool(order.exclusions),
    "approval": lambda order: order.approved is not None,
    "specification": lambda order: order.side == "need",
    "certificate": lambda order: bool(order.certificates),
}


def outcomes(
    market: Market,
    screened: Screened,
    matches: tuple[Match, ...],
    multipliers: Multipliers,
    cleared: Iterable[ExactVolumes] = (),
    *,
    broken_hard: bool = False,
) -> tuple[OrderOutcome, ...]:
    """What became of every order, in the order of the market.

    ``cleared``: the volumes of its components; ``broken_hard``: there are none, since a hard rule does not hold.

    Maths: docs/model.md section 7.
    """
    cleared = list(cleared)
    rooms = rooms_after(market, matches)
    if broken_hard:
        kept_away = no_clearing(screened.pairs)
    else:
        kept_away = obstacles(rooms, screened.pairs, multipliers, RulesInTheWay(cleared))
    closed = rooms.closed
    filled = _filled(market, matches)
    sides, limits = _Sides(market), MarketLimits(market)
    stocks = _stocks(cleared, {match.need for match in matches if match.ratio is not None})
    result = []
    for position, order in enumerate(market.orders):
        requested = volume(order)
        status: Literal["matched", "partly_matched", "unmatched"] = "unmatched"
        if filled[order.id] > 0:
            status = "matched" if filled[order.id] >= Fraction(requested) else "partly_matched"
        if status == "matched" or closed[position]:
            reasons: tuple[Reason, ...] = (Reason(code="own_volume", side="own"),)
        else:
            found = kept_away.get(position, Counter())
            reasons = (*_obstacle_reasons(found), *_screen_reasons(limits, screened, order, sides))
        reasons = reasons or (Reason(code="no_counterparty", side="market"),)
        result.append(
            OrderOutcome(
                order=order.id,
                status=status,
                requested=requested,
                filled=_stated(filled[order.id]),
                reasons=reasons,
                stock=stocks.get(order.id),
            )
        )
    return tuple(result)


def _filled(market: Market, matches: Iterable[Match]) -> dict[str, Volume]:
    """Volume of every order in its own units, exactly."""
    filled: dict[str, Volume] = dict.fromkeys((order.id for order in market.orders), Decimal(0))
    for match in matches:
        traded = sum(match.volumes, Decimal(0))
        filled[match.offer] = _sum(filled[match.offer], traded)
        filled[match.need] = _sum(
            filled[match.need], traded if match.ratio is None else Fraction(traded) / Fraction(match.ratio)
        )
    return filled


def _sum(one: Volume, other: Volume) -> Volume:
    if isinstance(one, Decimal) and isinstance(other, Decimal):
        return one + other
    return Fraction(one) + Fraction(other)


def _stated(volume: Volume) -> Decimal:
    """A volume as it is told: half-even to a millionth of a unit where it is no sum of decimals."""
    return volume if isinstance(volume, Decimal) else Decimal(round(volume * 1_000_000)).scaleb(-6)


def _stocks(cleared: Iterable[ExactVolumes], converted: Collection[str]) -> dict[str, tuple[Decimal, ...]]:
    """Stock at the end of each period of every filled order that states one; ``converted``: orders with alternates."""
    with localcontext() as context:
        context.prec = 60
        paths = {exact.component.market.orders[k].id: path for exact in cleared for k, path in exact.stocks().items()}
        return {
            name: tuple(_stated(c) if name in converted else Decimal(c.numerator) / c.denominator for c in path)
            for name, path in paths.items()
        }


class _Sides:
    """Per grade and side: which terms some order carries, and how many orders each party has."""

    def __init__(self, market: Market) -> None:
        self.carried: set[tuple[str, str, str]] = set()
        self.parties: dict[tuple[str, str], Counter[str]] = {}
        for order in market.orders:
            for grade in _grades(order):
                self.carried |= {(grade, order.side, test) for test, carries in CARRIES.items() if carries(order)}
                self.parties.setdefault((grade, order.side), Counter())[party_of(order)] += 1

    def of(self, test: str, order: Order) -> Side:
        """Whose term a screen test comes from, as its owner sees it."""
        if test not in CARRIES:
            return "own" if test == "same_party" else "market"
        own = CARRIES[test](order)
        other = any((grade, _opposite(order), test) in self.carried for grade in _grades(order))
        return "market" if own == other else "own" if own else "other"

    def fewest_parties(self, order: Order, counterparties: int) -> int:
        """Least number of parties that so many counterparties' orders can come from."""
        parties = 0
        for orders in sorted(self.parties.get((order.grade, _opposite(order)), Counter()).values(), reverse=True):
            if counterparties <= 0:
                break
            counterparties -= orders
            parties += 1
        return parties


def _grades(order: Order) -> tuple[str, ...]:
    """Its own grade and those that it accepts."""
    return (order.grade, *(alternate.grade for alternate in order.alternates))


def _opposite(order: Order) -> str:
    return "need" if order.side == "offer" else "offer"


def _obstacle_reasons(found: Counter[Obstacle]) -> Iterator[Reason]:
    for (code, side), count in sorted(found.items(), key=lambda item: (-item[1], item[0])):
        yield Reason(code=code, side=side, counterparties=count)


def _screen_reasons(limits: MarketLimits, screened: Screened, order: Order, sides: _Sides) -> Iterator[Reason]:
    refused = screened.refused.get(order.id, {})
    for test, count in sorted(refused.items(), key=lambda item: (-item[1], item[0])):
        if test == "grade" or count == 0:
            continue
        amount = None
        near = screened.near_price.get(order.id)
        if test == "price" and near is not None and sides.fewest_parties(order, count) >= ENOUGH_PARTIES:
            amount = missing_price(limits, order, near)
        unit = None if amount is None else f"CNY/{_unit(limits.market, order)}"
        yield Reason(code=test, side=sides.of(test, order), counterparties=count, amount=amount, unit=unit)


def missing_price(limits: MarketLimits, order: Order, nearest: float) -> Decimal | None:
    """What an order's mean limit lacks to reach the next public step beyond the nearest counterparty's limit.

    Maths: docs/model.md 7.4.  Units: CNY per grade unit, tax exclusive.  None where a need's limit depends on the
    offer's assay or grade: there is no one limit of its own.
    """
    if order.side == "need" and (assays_of(order.limit_price) or order.alternates):
        return None
    mean = mean_limit(limits, order)
    miss = Decimal(nearest).quantize(MICRO, rounding=ROUND_HALF_EVEN)
    nearest_limit = mean + miss if order.side == "need" else mean - miss
    step = coarse_step(nearest_limit)  # never of the own limit: a tiny bid would make it tiny
    if order.side == "need":
        lacking = (nearest_limit / step).to_integral_value(rounding=ROUND_CEILING) * step - mean
    else:
        lacking = mean - (nearest_limit / step).to_integral_value(rounding=ROUND_FLOOR) * step
    return max(lacking, Decimal(0)).quantize(CENT, rounding=ROUND_CEILING)


def mean_limit(limits: MarketLimits, order: Order) -> Decimal:
    """An order's limit with its fee and its inputs' limits (1.1h, 1.1l), the mean over its periods and the paths."""
    periods = [t for t, stated in enumerate(volumes_of(order)) if stated > 0]
    of_periods = [_of_paths(limits, order, t) for t in periods]
    for units, need in limits.inputs.get(order.id, ()):
        of_periods += [units * _of_paths(limits, need, t) for t in periods]
    return sum(of_periods, Decimal(0)) / len(periods) + limits.additions.fee(order)


def _of_paths(limits: MarketLimits, order: Order, period: int) -> Decimal:
    """An order's own limit in a period, the paths' mean."""
    plain, quotation = limits.plain(order, order), quotation_of(order.limit_price)
    paths = limits.paths
    of_paths = (w * limit_at(plain, period, paths.quotes(k, quotation)[period]) for k, w in enumerate(paths.weights))
    return sum(of_paths, Decimal(0))


def coarse_step(price: Decimal) -> Decimal:
    """The least of 1, 2, 5 x 10^k that is at least a tenth of a price: by itself, a step tells no more than prices do.

    >>> [str(coarse_step(Decimal(price))) for price in ("98000", "104000", "0.3")]
    ['10000', '20000', '0.05']
    """
    least = max(abs(price) / 10, MICRO)
    ten = Decimal(1).scaleb(least.adjusted())
    return in_digits(next(step for step in (ten, 2 * ten, 5 * ten, ten.scaleb(1)) if step >= least))


def _unit(market: Market, order: Order) -> str:
    return next(grade.unit for grade in market.grades if grade.id == order.grade)
