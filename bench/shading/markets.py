"""Markets of one grade, so that their size is the number of rivals, and what an order states in them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from msgspec.structs import replace

from solver.form.market import Market, Order, Policy, PriceSplit
from solver.generate import generate

CENT = Decimal("0.01")
PERIODS = 1
COST_PART = 5  # the law's contract cost is a fifth of the base price of a tonne


@dataclass(frozen=True)
class PriceRule:
    """A round's price rule: the part of the interval between both limits that prices are drawn from, and what each
    side keeps at least, as a part of the grade's base price."""

    name: str
    low: str = "0"
    high: str = "1"
    minimum_gain: str = "0"

    def policy(self, market: Market, base: Decimal, secret: str) -> Market:
        """The market under this rule and a secret of the house."""
        policy: Policy = replace(
            market.policy,
            price_split=PriceSplit(low=Decimal(self.low), high=Decimal(self.high)),
            minimum_gain=(base * Decimal(self.minimum_gain)).quantize(CENT),
            sealed_seed=secret,
        )
        return replace(market, policy=policy)


RULES = (
    PriceRule("0 to 1"),
    PriceRule("0.1 to 0.9", low="0.1", high="0.9"),
    PriceRule("0.3 to 0.7", low="0.3", high="0.7"),
    PriceRule("0 to 1, 1 % each", minimum_gain="0.01"),
    PriceRule("0 to 1, 3 % each", minimum_gain="0.03"),
)


def one_grade(size: int, seed: int, *, whole: bool) -> tuple[Market, Decimal]:
    """A market of the law flat with all orders moved to its first grade, their limits in proportion; its base price.

    ``whole``: with least sizes, counts and costs of contracts.  Without, the optimum is found exactly, so that no gain
    is owed to where a search happened to end.
    """
    costs = [grade.contract_cost for grade in generate(1, 1, PERIODS, seed).grades]
    base = {f"G{g + 1:02d}": (cost or Decimal(0)) * COST_PART for g, cost in enumerate(costs)}
    market = generate(size, size, PERIODS, seed, divisible=not whole)
    first = market.grades[0]

    def moved(order: Order) -> Order:
        return replace(_times(order, base[first.id] / base[order.grade]), grade=first.id)

    return replace(market, grades=(first,), orders=tuple(map(moved, market.orders))), base[first.id]


def stating(market: Market, k: int, shade: Decimal) -> Market:
    """The market in which one order states a limit that is better for it by a part: an offer more, a need less."""
    order = market.orders[k]
    stated = _times(order, 1 + shade if order.side == "offer" else 1 - shade)
    return replace(market, orders=(*market.orders[:k], stated, *market.orders[k + 1 :]))


def _times(order: Order, factor: Decimal) -> Order:
    (component,) = order.limit_price.components
    fixed = ((component.fixed or Decimal(0)) * factor).quantize(CENT)
    return replace(order, limit_price=replace(order.limit_price, components=(replace(component, fixed=fixed),)))
