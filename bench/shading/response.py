"""The best response of one order, found by trying: it states limits of its choice, all others their true ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from statistics import fmean

from bench.shading.markets import PriceRule, one_grade, stating
from solver.clear import clear
from solver.form.clearing import Clearing, Match, WorkLimits
from solver.form.market import Market
from solver.pairs.limits import EXACT_DIGITS
from solver.pairs.market_limits import MarketLimits
from solver.pairs.trades import trades_of
from solver.pricing.reference import Priced, references

SHADES = tuple(map(Decimal, ("-0.02", "-0.01", "0", "0.0001", "0.005", "0.01", "0.02", "0.03", "0.05", "0.08")))
TRUTH = SHADES.index(Decimal(0))
CHANCE = SHADES.index(Decimal("0.0001"))  # so little that what it changes is chance
SECRETS = tuple(f"secret {n}" for n in range(4))  # nobody knows the house's: gains are means over some
GAP_DIVISIBLE, GAP_WHOLE = 1e-5, 1e-3


@dataclass(frozen=True)
class Tried:
    """One order: its true gain in CNY at the references, by price rule and by what it states (SHADES)."""

    size: int
    seed: int
    order: str
    side: str
    gains: dict[str, tuple[float, ...]]

    def truth(self, rule: str) -> float:
        """What stating the true limit gains."""
        return self.gains[rule][TRUTH]

    def best(self, rule: str) -> float:
        """What the best of all tried gains."""
        return max(self.gains[rule])


def responses(size: int, seed: int, orders: int, rules: Sequence[PriceRule], *, whole: bool) -> list[Tried]:
    """Some orders of a market, as many offers as needs: the first ones in the file, which is in no sequence."""
    market, base = one_grade(size, seed, whole=whole)
    half = min(orders // 2, size)
    chosen = [*range(half), *range(size, size + half)]
    return [_tried(market, base, k, size, seed, rules, whole=whole) for k in chosen]


def cleared(market: Market, *, whole: bool) -> Clearing:
    """The clearing, as near to the optimum as its kind of market allows."""
    return clear(market, WorkLimits(gap=GAP_WHOLE if whole else GAP_DIVISIBLE))


def _tried(
    market: Market, base: Decimal, k: int, size: int, seed: int, rules: Sequence[PriceRule], *, whole: bool
) -> Tried:
    gains: dict[str, list[float]] = {rule.name: [] for rule in rules}
    for shade in SHADES:
        stated = stating(market, k, shade)
        own = _own(cleared(stated, whole=whole).matches, market.orders[k].id)
        trades = trades_of(stated, own)  # they depend on the limits alone, so one clearing serves all price rules
        for rule in rules:
            policies = (rule.policy(stated, base, secret).policy for secret in SECRETS)
            with localcontext() as context:
                context.prec = EXACT_DIGITS
                told = [references(trades, policy) for policy in policies]
            gains[rule.name].append(fmean(true_gain(market, k, own, prices) for prices in told))
    order = market.orders[k]
    return Tried(size, seed, order.id, order.side, {name: tuple(of) for name, of in gains.items()})


def _own(matches: Sequence[Match], order: str) -> tuple[Match, ...]:
    """Places without a region: every match is priced by itself (docs/model.md 5.2)."""
    return tuple(match for match in matches if order in (match.offer, match.need))


def true_gain(market: Market, k: int, matches: Sequence[Match], prices: Mapping[str, Priced]) -> float:
    """CNY by which the references beat an order's true limit, over its matches."""
    limits, orders = MarketLimits(market), {order.id: order for order in market.orders}
    total, selling = 0.0, market.orders[k].side == "offer"
    for match in matches:
        offer, need = orders[match.offer], orders[match.need]
        for t, reference in prices[match.id].reference.items():
            if selling:
                each = float(reference) - float(limits.ask(offer, need, t, 0))
            else:
                each = float(limits.bid(offer, need, t, 0)) - float(reference + match.freight_cny_per_unit)
            total += each * float(match.volumes[t])
    return total
