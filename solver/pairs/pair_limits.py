"""Both limits of a pair on every price path: between them its prices have to lie (docs/model.md 5).

Units: CNY per grade unit, tax exclusive, at the offer's named place unless said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from solver.pairs.losses import consented_loss
from solver.pairs.order_limit import ON_PATH, OrderLimit, OrderLimits
from solver.pairs.payment import contract_payment

if TYPE_CHECKING:
    from solver.form.market import Order
    from solver.form.terms import Quotation
    from solver.pairs.paths import Quotes

MICRO = 1_000_000
NOTHING = Fraction(0)


@dataclass(frozen=True, slots=True)
class OnPath:
    """Both limits on one price path."""

    weight: Decimal
    seller: OrderLimit
    buyer: OrderLimit  # at the need's own place, without quality; both without additions
    quotes: Quotes  # period -> index -> value, as the offer quotes its indices


@dataclass(frozen=True, slots=True)
class PairLimits:
    """An offer and a need with their limits as exact functions of the index values."""

    offer: Order
    need: Order
    paths: tuple[OnPath, ...]
    extra: Decimal  # e_p: added to a price at the offer's place to have it delivered, freight less quality
    exact_extra: Fraction
    ask_added: Fraction  # a_p: beside the offer's limit on every path (1.1h)
    bid_added: Fraction  # b_p: beside the need's
    may_lose: bool  # whether both owners consent to a loss on some paths (1.1g)

    def ask(self, period: int, moved: Mapping[str, Fraction] = ON_PATH) -> Fraction:
        """The offer's limit in a period, the paths' mean, with the indices there or moved to other values."""
        return self._mean([path.seller.at(period, moved) for path in self.paths]) + self.ask_added

    def bid(self, period: int, moved: Mapping[str, Fraction] = ON_PATH) -> Fraction:
        """The need's limit in a period, the paths' mean, with quality and less freight."""
        return self._mean([path.buyer.at(period, moved) for path in self.paths]) + self._to_bid

    def index(self, index: str, period: int) -> Decimal:
        """An index in a period, the paths' mean."""
        first = self.paths[0].quotes[period][index]
        if len(self.paths) == 1:
            return first
        weighted = (path.weight * path.quotes[period][index] for path in self.paths)
        return sum(weighted, Decimal(0))

    def index_span(self, index: str, period: int) -> tuple[Decimal, Decimal]:
        """The least and the greatest value of an index on any path."""
        values = [path.quotes[period][index] for path in self.paths]
        return min(values), max(values)

    def common_indices(self, periods: Sequence[int]) -> frozenset[tuple[str, Quotation]]:
        """Indices that both parties accept in the same quotation, and that every path has in these periods.

        Not those by which an input moves the ask in another quotation (5.2).
        """
        seller, buyer = self.paths[0].seller, self.paths[0].buyer
        if seller.quotation != buyer.quotation:
            return frozenset()
        return frozenset(
            (index, seller.quotation)
            for index in (seller.accepted & buyer.accepted) - seller.quoted_otherwise
            if all(index in path.quotes[t] for path in self.paths for t in periods)
        )

    def ends(self, periods: Sequence[int], kept: Fraction) -> tuple[Fraction, Fraction]:
        """Between which prices each side keeps so much, or loses no more than it consented to, on every path.

        Maths: 5.2; on a path that loses, the limit is the owner's less, or plus, its consented loss.
        """
        if not self.may_lose:
            return (
                max(path.seller.span(periods)[1] for path in self.paths) + self.ask_added + kept,
                min(path.buyer.span(periods)[0] for path in self.paths) + self._to_bid - kept,
            )
        asks, bids = [], []
        for path in self.paths:
            for t in periods:
                sold, bought = self._due(path, t, kept)
                asks.append(path.seller.at(t) + self.ask_added + sold)
                bids.append(path.buyer.at(t) + self._to_bid - bought)
        return max(asks), min(bids)

    def ends_beyond(
        self, index: str, coefficient: Fraction, reach: Fraction, periods: Sequence[int], kept: Fraction
    ) -> tuple[Fraction, Fraction]:
        """The same for the premium of a formula, the index anywhere within its range about every path."""
        if not self.may_lose:
            sold = max(path.seller.span_beyond(index, coefficient, reach, periods)[1] for path in self.paths)
            bought = min(path.buyer.span_beyond(index, coefficient, reach, periods)[0] for path in self.paths)
            return sold + self.ask_added + kept, bought + self._to_bid - kept
        asks, bids = [], []
        for path in self.paths:
            for t in periods:
                sold, bought = self._due(path, t, kept)
                most = path.seller.span_beyond(index, coefficient, reach, (t,))[1]
                least = path.buyer.span_beyond(index, coefficient, reach, (t,))[0]
                asks.append(most + self.ask_added + sold)
                bids.append(least + self._to_bid - bought)
        return max(asks), min(bids)

    def extremes(self, periods: Sequence[int]) -> Iterator[Fraction]:
        """The least and the greatest ask, and bid, over some periods on every path."""
        for path in self.paths:
            yield from (amount + self.ask_added for amount in path.seller.span(periods))
            yield from (amount + self._to_bid for amount in path.buyer.span(periods))

    def limits_where_it_loses(
        self, periods: Sequence[int], index: str | None = None, coefficient: Fraction = NOTHING
    ) -> Iterator[Fraction]:
        """Both limits on the paths that lose, less coefficient x index: a price lies about them and never is one."""
        for path in self.paths if self.may_lose else ():
            for t in periods:
                if self._loses(path, t):
                    moved = coefficient * Fraction(path.quotes[t][index]) if index is not None else NOTHING
                    yield path.seller.at(t) + self.ask_added - moved
                    yield path.buyer.at(t) + self._to_bid - moved

    def _due(self, path: OnPath, period: int, kept: Fraction) -> tuple[Fraction, Fraction]:
        """What a price must leave to the seller and to the buyer on a path; negative: the loss each consented to."""
        if not self._loses(path, period):
            return kept, kept
        assert self.offer.loss_consent is not None
        assert self.need.loss_consent is not None
        return (
            -Fraction(self.offer.loss_consent.most_cny_per_unit),
            -Fraction(self.need.loss_consent.most_cny_per_unit),
        )

    def _loses(self, path: OnPath, period: int) -> bool:
        gain = path.buyer.at(period) + self._to_bid - path.seller.at(period) - self.ask_added
        return round(gain * MICRO) < 0

    @property
    def _to_bid(self) -> Fraction:
        """What makes of the need's limit at its own place its bid at the offer's."""
        return self.bid_added - self.exact_extra

    def _mean(self, amounts: Sequence[Fraction]) -> Fraction:
        if len(amounts) == 1:
            return amounts[0]
        return sum((Fraction(path.weight) * amount for path, amount in zip(self.paths, amounts, strict=True)), NOTHING)


def pair_limits(
    known: OrderLimits, offer: Order, need: Order, extra: Decimal, discount: Fraction = NOTHING
) -> PairLimits:
    """Both limits of a pair under its contract's payment terms; ``extra``: freight less quality.

    ``discount``: what a unit of the contract is discounted by on average (3.21).
    """
    limits = known.limits
    contract = contract_payment(limits.market, offer, need)
    sellers, buyers = known.of(offer, offer, contract), known.of(need, offer, contract)
    return PairLimits(
        offer=offer,
        need=need,
        paths=tuple(
            OnPath(weight, seller, buyer, limits.paths.quotes(k, seller.quotation))
            for k, (weight, seller, buyer) in enumerate(zip(limits.paths.weights, sellers, buyers, strict=True))
        ),
        extra=extra,
        exact_extra=Fraction(extra),
        ask_added=limits.additions.to_ask(offer, need) - discount,
        bid_added=limits.additions.to_bid(offer, need),
        may_lose=consented_loss(limits.market.policy, offer, need) is not None,
    )
