"""Every limit of a market, exact: as it meets an offer's goods, on a price path, under a contract's payment terms.

Maths: docs/model.md 1.1a to 1.1c, 1.1f, 1.1i to 1.1k.
Units: CNY per grade unit, tax exclusive, at the order's named place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from solver.form.series import quotation_of
from solver.pairs.additions import Additions
from solver.pairs.input_costs import inputs_beside_limits
from solver.pairs.limits import exact_limit
from solver.pairs.paths import Paths
from solver.pairs.payment import contract_payment, days_since_signing, restatement
from solver.pairs.plain_limits import assays_of, plain_limit

if TYPE_CHECKING:
    from solver.form.market import Market, Order
    from solver.form.terms import LimitPrice, Payment, Quotation

ExactQuotes = Sequence[Mapping[str, Fraction]]  # period -> index -> value


class MarketLimits:
    """A market's limits; index values, days and weights are looked up once."""

    def __init__(self, market: Market) -> None:
        self.market, self.paths = market, Paths(market)
        self.weights = tuple(Fraction(weight) for weight in self.paths.weights)
        self.rate = Fraction(market.policy.financing_rate_per_year)
        self.since_signing = days_since_signing(market.calendar)
        self.additions, self.inputs = Additions(market), inputs_beside_limits(market)
        self._exact: dict[tuple[int, Quotation], ExactQuotes] = {}
        self._greatest: dict[tuple[str, str, str | None, Payment], tuple[Fraction, ...]] = {}

    def plain(self, order: Order, offer: Order) -> LimitPrice:
        """The limit as it meets an offer's goods, with numbers alone."""
        return plain_limit(order.limit_price, offer, self.market.policy.exchange_rates)

    def quotes(self, path: int, quotation: Quotation) -> ExactQuotes:
        """Index values on a path as they are quoted for an order."""
        key = (path, quotation)
        if key not in self._exact:
            rows = self.paths.quotes(path, quotation)
            self._exact[key] = [{index: Fraction(value) for index, value in row.items()} for row in rows]
        return self._exact[key]

    def factors(self, order: Order, contract: Payment) -> tuple[Fraction, ...]:
        """What the contract's payment terms make of the limit, per period (1.1c)."""
        if order.payment.deposit_fraction or contract.deposit_fraction:
            return tuple(restatement(order.payment, contract, self.rate, days) for days in self.since_signing)
        return (restatement(order.payment, contract, self.rate, 0),) * len(self.since_signing)

    def at(self, order: Order, offer: Order, contract: Payment, period: int, path: int) -> Fraction:
        """One order's limit against an offer, in a period on a path."""
        quotes = self.quotes(path, quotation_of(order.limit_price))
        return exact_limit(self.plain(order, offer), period, quotes[period]) * self.factors(order, contract)[period]

    def ask(self, offer: Order, need: Order, period: int, path: int) -> Fraction:
        """The least that an offer takes from a need under their contract, at its own place (1.1c, 1.1h, 1.1l)."""
        limit = self.at(offer, offer, contract_payment(self.market, offer, need), period, path)
        return limit + self.input_cost(offer, period, path) + self.additions.to_ask(offer, need)

    def bid(self, offer: Order, need: Order, period: int, path: int) -> Fraction:
        """The most that a need gives an offer under their contract, at its own place, without quality."""
        limit = self.at(need, offer, contract_payment(self.market, offer, need), period, path)
        return limit + self.additions.to_bid(offer, need)

    def greatest(self, side: Literal["offer", "need"], offer: Order, need: Order) -> tuple[Fraction, ...]:
        """One side's limit of a pair, by period, on the path on which it is greatest; a need's without quality.

        Shapes: (T).
        """
        order = offer if side == "offer" else need
        contract = contract_payment(self.market, offer, need)
        key = order.id, order.grade, offer.id if assays_of(order.limit_price) else None, contract
        if key not in self._greatest:
            paths = range(len(self.weights))
            own = (
                [self.at(order, offer, contract, t, path) + self._inputs_of(order, t, path) for path in paths]
                for t in range(len(self.since_signing))
            )
            self._greatest[key] = tuple(map(max, own))
        added = self.additions.to_ask(offer, need) if side == "offer" else self.additions.to_bid(offer, need)
        return tuple(limit + added for limit in self._greatest[key])

    def _inputs_of(self, order: Order, period: int, path: int) -> Fraction:
        return self.input_cost(order, period, path) if order.side == "offer" else Fraction(0)

    def input_cost(self, offer: Order, period: int, path: int) -> Fraction:
        """What an offer's inputs may cost beside its limit, by their needs' own limits; without fees (1.1l)."""
        return sum(
            (
                Fraction(units) * self.at(need, need, need.payment, period, path)
                for units, need in self.inputs.get(offer.id, ())
            ),
            Fraction(0),
        )

    def gain(self, offer: Order, need: Order, extra: Fraction, period: int, path: int | None = None) -> Fraction:
        """Gain of a pair on a path, or the paths' weighted mean, before it is rounded (1.1f).

        ``extra``: freight less quality.
        """
        if path is None:
            of_paths = (self.gain(offer, need, extra, period, k) for k in range(len(self.weights)))
            return sum((weight * gain for weight, gain in zip(self.weights, of_paths, strict=True)), Fraction(0))
        return self.bid(offer, need, period, path) - self.ask(offer, need, period, path) - extra
