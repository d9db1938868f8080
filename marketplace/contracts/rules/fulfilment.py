"""How much of a month, a quarter and a year each party has fulfilled, by its own fault and by nobody's.

The seller: delivered of what was called within the band.  The buyer: called of the firm minimum.  What is excused -
suspended days, rejections that are contested - is taken off what is due.  Each party reports by a deadline; what
one has not reported counts as not done by that party, and never against the other.  What both reported alike is so;
where they differ after the days to reconcile, the call-offs and receipts on record count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal

from marketplace.contracts.rules.bands import span_of
from marketplace.shared.months import last_day

ZERO = Decimal(0)

Party = Literal["seller", "buyer"]
PARTIES: tuple[Party, Party] = ("seller", "buyer")
AGREED, RECORDED, ALONE, UNREPORTED = BASES = ("agreed", "recorded", "alone", "unreported")
SPANS = {"period": "month", "quarter": "quarter", "year": "year"}  # of rules.bands: which least part is asked


@dataclass(frozen=True)
class Reported:
    """What a party says of a month.  Units: the grade's."""

    called: Decimal
    delivered: Decimal


@dataclass(frozen=True)
class Recorded:
    """What call-offs and receipts say of a month, and what was due.  Units: the grade's."""

    called: Decimal
    most: Decimal  # of the band: what is called beyond it binds nobody
    firm: Decimal  # the least that the buyer had to call
    accepted: Decimal
    seller_excused: Decimal
    buyer_excused: Decimal


@dataclass(frozen=True)
class Fulfilment:
    """What one party had to do in a month, or a span, and did."""

    due: Decimal
    done: Decimal
    basis: str = AGREED  # one of BASES; of a span the worst of its months

    @property
    def share(self) -> Decimal | None:
        """Done of due, at most 1; None where nothing was due.

        >>> Fulfilment(Decimal(80), Decimal(64)).share, Fulfilment(ZERO, ZERO).share
        (Decimal('0.8'), None)
        """
        return None if self.due == 0 else min(Decimal(1), self.done / self.due)

    def meets(self, least: Decimal) -> bool:
        """Whether at least this part was fulfilled; exactly, without the rounding of the share.

        >>> Fulfilment(Decimal(3), Decimal("2.7")).meets(Decimal("0.9"))
        True
        """
        return self.done >= least * self.due


def report_by(month: str, days: int) -> date:
    """The last day in Beijing on which a month may be reported.

    >>> report_by("2027-02", 10)
    datetime.date(2027, 3, 10)
    """
    return last_day(month) + timedelta(days=days)


def judged(party: Party, recorded: Recorded, reports: Mapping[Party, Reported]) -> Fulfilment:
    """What a party has fulfilled of a month, once the days to report and to reconcile are over.

    >>> record = Recorded(Decimal(100), Decimal(105), Decimal(90), Decimal(70), ZERO, ZERO)
    >>> one, other = Reported(Decimal(100), Decimal(80)), Reported(Decimal(100), Decimal(70))
    >>> [str(judged("seller", record, given).done) for given in ({"seller": one, "buyer": other}, {"seller": one}, {})]
    ['70', '80', '0']
    >>> [str(judged("buyer", record, given).done) for given in ({"seller": one}, {"buyer": other})]
    ['0', '100']
    """
    done, basis = _done(party, recorded, reports)
    within = min(recorded.called, recorded.most)
    if party == "seller":
        due = max(ZERO, within - recorded.seller_excused)
    else:
        due = max(ZERO, recorded.firm - recorded.buyer_excused)
    return Fulfilment(due, min(done, max(recorded.called, recorded.most)), basis)  # nobody could do more


def _done(party: Party, recorded: Recorded, reports: Mapping[Party, Reported]) -> tuple[Decimal, str]:
    own = reports.get(party)
    if own is None:
        return ZERO, UNREPORTED
    other = reports.get("buyer" if party == "seller" else "seller")
    said, its = (
        (own.delivered, None if other is None else other.delivered)
        if party == "seller"
        else (own.called, None if other is None else other.called)
    )
    if its is None:
        return said, ALONE
    if said == its:
        return said, AGREED
    return (recorded.accepted if party == "seller" else recorded.called), RECORDED


def together(months: Iterable[Fulfilment], *, firm: Decimal = ZERO) -> Fulfilment:
    """Several months of one span: sums; what the seller delivered, or the buyer called, late within the span counts.

    ``firm``: what had to be done in all of the span at least, if that is more than its months by themselves.

    >>> both = together([Fulfilment(Decimal(100), Decimal(70)), Fulfilment(Decimal(100), Decimal(120), "recorded")])
    >>> str(both.share), both.basis
    ('0.95', 'recorded')
    """
    listed = list(months)
    basis = max((each.basis for each in listed), key=BASES.index, default=AGREED)
    due = max(firm, sum((each.due for each in listed), ZERO))
    return Fulfilment(due, sum((each.done for each in listed), ZERO), basis)


def spans_closed_by(month: str, months: Iterable[str]) -> list[tuple[str, str]]:
    """The spans, by kind, that end with a month of the contract: itself, its quarter and year when it is the last.

    >>> spans_closed_by("2027-06", ["2027-05", "2027-06", "2027-07"])
    [('period', '2027-06'), ('quarter', '2027-Q2')]
    """
    listed = list(months)
    return [
        (per, span_of(month, per))
        for per in SPANS
        if max(each for each in listed if span_of(each, per) == span_of(month, per)) == month
    ]


def least_part(per: str, laid_down: Mapping[str, Any]) -> Decimal:
    """Which part of a span has to be fulfilled, as the contract's round laid it down."""
    return Decimal(laid_down[f"fulfilment_{SPANS[per]}"])
