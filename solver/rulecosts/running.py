"""Each rule dropped, the market cleared again under the same limits, verified, and compared (docs/model.md 8.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Any

from solver.clear import clear as clear_market
from solver.form.honoured import refuse_unhonoured
from solver.form.market import canonical_bytes, content_hash, party_of
from solver.form.reading import read_market
from solver.form.rule_costs import GradeVolume, RuleCost, RuleCosts, RuleShare, RuleShares
from solver.pricing.bands import FEWEST_PARTIES
from solver.rulecosts.dropping import Dropped, dropped
from solver.verify import verify
from solver.whatif.figures import difference
from solver.whatif.running import Unverified

if TYPE_CHECKING:
    from solver.form.clearing import Clearing
    from solver.form.market import Market, Order

ZERO, TWENTIETH = Decimal(0), Decimal("0.05")
Progress = Callable[[dict[str, Any]], None]


def rule_costs(
    market: Market,
    clearing: Clearing,
    *,
    seconds: float | None = None,
    threads: int = 1,
    progress: Progress | None = None,
    clear: Callable[..., Clearing] = clear_market,
) -> tuple[RuleCosts, RuleShares]:
    """What every rule costs alone: inside exactly, outside in shares.  Maths: docs/model.md 8.6.

    Raises: MarketError for terms that this version does not clear; Unverified.
    """
    refuse_unhonoured(market)
    rules, costs, shares = list(dropped(market)), [], []
    for number, rule in enumerate(rules, start=1):
        without = read_market(canonical_bytes(rule.market))
        other = clear(without, clearing.limits, seconds=seconds, threads=threads)
        violations = verify(without, other)
        if violations:
            raise Unverified(rule.id, violations)
        cost = _cost(market, rule, clearing, other)
        costs.append(cost)
        shares.append(_share(rule, cost, market, clearing, other))
        if progress is not None:
            progress({"rule": number, "of": len(rules)})
    inside = RuleCosts(
        format="changdan-rule-costs/1",
        market_hash=content_hash(market),
        clearing_hash=content_hash(clearing),
        limits=clearing.limits,
        rules=tuple(costs),
    )
    return inside, RuleShares(format="changdan-rule-shares/1", market_hash=inside.market_hash, rules=tuple(shares))


def _cost(market: Market, rule: Dropped, clearing: Clearing, other: Clearing) -> RuleCost:
    before, after = _matched(clearing), _matched(other)
    return RuleCost(
        id=rule.id,
        kind=rule.kind,
        orders=len(rule.stated_by),
        organisations=len({order.organisation for order in rule.stated_by}),
        welfare=difference(other, clearing),
        volumes=tuple(
            GradeVolume(grade=grade.id, unit=grade.unit, more=after.get(grade.id, ZERO) - before.get(grade.id, ZERO))
            for grade in market.grades
        ),
    )


def _matched(clearing: Clearing) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for match in clearing.matches:
        found[match.grade] = found.get(match.grade, ZERO) + sum(match.volumes, ZERO)
    return found


def _share(rule: Dropped, cost: RuleCost, market: Market, clearing: Clearing, other: Clearing) -> RuleShare:
    """The outward figures: five parties behind the rule, and on either side of both clearings."""
    withheld = None
    if cost.welfare is None:
        withheld = "no-clearing"
    elif not _enough(rule.stated_by, market.orders, (clearing, other)):
        withheld = "fewer-than-five"
    if cost.welfare is None or withheld is not None or clearing.objective <= 0:
        return RuleShare(
            id=rule.id,
            kind=rule.kind,
            verdict=None,
            welfare_least=None,
            welfare_most=None,
            volume=None,
            withheld=withheld or "no-clearing",  # type: ignore[arg-type]
        )
    before, after = _matched(clearing), _matched(other)
    grown = [(after.get(grade, ZERO) - volume) / volume for grade, volume in before.items() if volume > 0]
    return RuleShare(
        id=rule.id,
        kind=rule.kind,
        verdict=cost.welfare.verdict,
        welfare_least=_twentieths(cost.welfare.least / clearing.objective),
        welfare_most=_twentieths(cost.welfare.most / clearing.objective),
        volume=_twentieths(sum(grown, ZERO) / len(grown)) if grown else None,
    )


def _enough(stated_by: Sequence[Order], orders: Iterable[Order], clearings: Iterable[Clearing]) -> bool:
    party = {order.id: party_of(order) for order in orders}
    groups = [{party_of(order) for order in stated_by}]
    for clearing in clearings:
        groups += [{party[m.offer] for m in clearing.matches}, {party[m.need] for m in clearing.matches}]
    return min(map(len, groups)) >= FEWEST_PARTIES


def _twentieths(share: Decimal) -> Decimal:
    """To the nearest twentieth, always in hundredths.

    >>> [str(_twentieths(Decimal(share))) for share in ("0.124", "-0.001", "0")]
    ['0.10', '0.00', '0.00']
    """
    return int((share / TWENTIETH).to_integral_value(rounding=ROUND_HALF_EVEN)) * TWENTIETH
