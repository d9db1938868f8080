"""Both limits of a deal as functions of one index, at the offer's place, on every price path (section 5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import cached_property

from solver.form.terms import LimitPrice, Quotation
from solver.verify.additions import added_to_ask, added_to_bid, dearest_adjustment, fee, unpriced_inputs
from solver.verify.admission import mean
from solver.verify.draws import owed_ends
from solver.verify.ground import Ground
from solver.verify.losses import loses, owed
from solver.verify.matches import Deal
from solver.verify.payments import contract_payment
from solver.verify.slants import Slant, Slants
from solver.verify.tiers import mean_discount

Point = tuple[Fraction, Fraction, Fraction]  # an index value, the ask and the bid there
Ends = tuple[Fraction, Fraction, list[Fraction]]  # least and greatest price, and limits between that it may not equal


class Curves:
    """A deal seen by its price: periods with volume, both limits on the paths and off them."""

    def __init__(self, ground: Ground, slants: Slants, deal: Deal) -> None:
        self.ground, self.slants = ground, slants
        self.deal, self.consent = deal, deal.facts.consent
        self.periods = [period for period, volume in enumerate(deal.volumes) if volume > 0]
        self.delivery = deal.facts.freight - deal.facts.quality  # e_p
        contract = contract_payment(ground.market, deal.offer, deal.need)
        self._ask_factors = ground.factors(deal.offer.id, contract)
        self._bid_factors = ground.factors(deal.met.id, contract)
        self._inputs = unpriced_inputs(ground, deal.offer)
        beside = (units * (fee(each) + dearest_adjustment(ground, each)) for units, each in self._inputs)
        self._ask_added = added_to_ask(ground, deal.offer, deal.met) + sum(beside, Fraction(0))
        self._ask_added -= mean_discount(ground.market, deal.offer, deal.volumes)
        self._bid_added = added_to_bid(ground, deal.offer, deal.met)
        self._tested: dict[tuple[int, str, int], list[Point]] = {}

    def ask(self, period: int) -> Fraction:
        """The paths' mean."""
        return mean(self.ground.weights, [series[period] for series in self.deal.facts.asks])

    def bid(self, period: int) -> Fraction:
        """The paths' mean."""
        return mean(self.ground.weights, [series[period] for series in self.deal.facts.bids])

    def limits(self, periods: Iterable[int]) -> Iterator[tuple[Fraction, Fraction]]:
        """Ask and bid on every path in some periods."""
        for period in periods:
            for asks, bids in zip(self.deal.facts.asks, self.deal.facts.bids, strict=True):
                yield asks[period], bids[period]

    def ends(self, periods: Iterable[int], margin: Fraction) -> Ends:
        """Between which prices each side has what it is owed, on every path (5.2)."""
        return owed_ends(self.consent, self.limits(periods), margin)

    def formula_ends(self, index: str, coefficient: Fraction, margin: Fraction) -> Ends:
        """The same for the premium of a formula, wherever it is tested."""
        leasts, greatests, within = list[Fraction](), list[Fraction](), list[Fraction]()
        for path in range(len(self.ground.paths)):
            for period in self.periods:
                on_path = self.deal.facts.asks[path][period], self.deal.facts.bids[path][period]
                seller, buyer = owed(self.consent, *on_path, margin)
                for value, ask, bid in self.tested(path, index, period):
                    leasts.append(ask - coefficient * value + seller)
                    greatests.append(bid - coefficient * value - buyer)
                if self.consent is not None and loses(*on_path):
                    moved = coefficient * self.on_path(path, index, period)
                    within += [limit - moved for limit in on_path]
        return max(leasts), min(greatests), within

    def on_path(self, path: int, index: str, period: int) -> Fraction:
        """The index on one path, as both orders quote it."""
        return self.slants.quotes(path, self.deal.offer.limit_price.quotation, period)[index]

    def quote(self, index: str, period: int) -> Fraction:
        """The index, the paths' mean."""
        return mean(self.ground.weights, [self.on_path(k, index, period) for k in range(len(self.ground.paths))])

    @cached_property
    def quotation(self) -> Quotation | None:
        """How the contract's index is quoted; None is the mean of the month of delivery."""
        return _in_full(self.deal.offer.limit_price.quotation)

    @cached_property
    def indices(self) -> frozenset[str]:
        """Indices that both orders accept, quote alike, and that every path has in every period with volume.

        Without those that an input of the offer's follows in another quotation.
        """
        offer, need = self.deal.offer.limit_price, self.deal.need.limit_price
        if _in_full(offer.quotation) != _in_full(need.quotation):
            return frozenset()
        otherwise = {
            component.index
            for _, each in self._inputs
            if _in_full(each.limit_price.quotation) != _in_full(offer.quotation)
            for component in each.limit_price.components
            if component.index is not None and component.coefficient and component.content
        }
        return ((_accepted(offer) & _accepted(need)) - otherwise).intersection(
            *(
                self.slants.quotes(path, offer.quotation, period)
                for path in range(len(self.ground.paths))
                for period in self.periods
            )
        )

    def tested(self, path: int, index: str, period: int) -> list[Point]:
        """Index values at which a formula is tested, with both limits there, at the offer's place.

        On the path, at the ends of the range, and at the kinks of both limits, and of the inputs', between.
        """
        key = (path, index, period)
        if key not in self._tested:
            offer, need = self.deal.offer, self.deal.met
            sold, bought = (self.slants.of(side, offer, path, index, period) for side in (offer, need))
            centre = self.on_path(path, index, period)
            reach = Fraction(self.ground.market.policy.index_range)
            low, high = centre * (1 - reach), centre * (1 + reach)
            inputs = [(units, self.slants.of(each, each, path, index, period)) for units, each in self._inputs]
            kinks = [*sold.kinks, *bought.kinks, *(kink for _, slant in inputs for kink in slant.kinks)]
            values = [centre, low, high, *(kink for kink in kinks if low < kink < high)]
            self._tested[key] = []
            for value in values:
                ask, bid = self._both(sold, bought, value, period)
                ask += sum((units * slant.at(value) for units, slant in inputs), Fraction(0))
                self._tested[key].append((value, ask, bid))
        return self._tested[key]

    def _both(self, sold: Slant, bought: Slant, value: Fraction, period: int) -> tuple[Fraction, Fraction]:
        ask, bid = sold.at(value), bought.at(value)
        if self._ask_factors[period] != 1:
            ask *= self._ask_factors[period]
        if self._bid_factors[period] != 1:
            bid *= self._bid_factors[period]
        return ask + self._ask_added, bid + self._bid_added - self.delivery


def _accepted(price: LimitPrice) -> frozenset[str]:
    if price.accepted_indices is not None:
        return frozenset(price.accepted_indices)
    return frozenset(component.index for component in price.components if component.index is not None)


def _in_full(stated: Quotation | None) -> Quotation | None:
    """A quotation with its days in order; None for the one that goes without saying."""
    if stated is None or stated == Quotation():
        return None
    return Quotation(
        month=stated.month, basis=stated.basis, dates=tuple(sorted(stated.dates)) if stated.dates is not None else None
    )
