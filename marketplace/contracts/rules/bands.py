"""How far the volume of a contract may leave the agreed one, month by month, over spans, and over the term.

An option's upper end is counted in every month, its lower end over its span: a month, a calendar quarter or a calendar
year.  Both options are about the same agreed volume and are not added: of both, the lower least and the greater
greatest counts.  The least volume is firm: below it there is no right to call or to deliver.  Volumes are whole quanta
of the grade, so every band is rounded inwards: nobody is promised more than its option, and the greatest volume stays
within the capacity kept for it.  Maths: docs/model.md 1.2d.  Units: the grade's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import groupby

from marketplace.contracts.rules.amounts import Range, envelope, total

ZERO = Decimal(0)
NO_SPAN = "period"


@dataclass(frozen=True)
class Option:
    """One side's right to call or deliver another volume than the agreed one; fractions of it."""

    down: Decimal = ZERO
    up: Decimal = ZERO
    per: str = NO_SPAN  # period, quarter, year
    make_up_months: int | None = None
    notice_days: int = 0  # before a month begins in which another volume is called


@dataclass(frozen=True)
class Span:
    """Neighbouring months over which an option's lower end is counted, and how much may be called in all of them."""

    months: tuple[str, ...]
    volume: Range


@dataclass(frozen=True)
class OptionVolumes:
    """What one option allows: in each month by itself, over each of its spans, over the term."""

    months: tuple[Range, ...]
    spans: tuple[Span, ...]
    term: Range


@dataclass(frozen=True)
class Volumes:
    """What a contract's volume may be under both options, and under each by itself."""

    months: tuple[Range, ...]
    term: Range
    buyer: OptionVolumes
    seller: OptionVolumes


def volumes(
    months: Sequence[str], expected: Sequence[Decimal], buyer: Option, seller: Option, step: Decimal
) -> Volumes:
    """The volumes of a contract in its months; ``expected`` are multiples of ``step``, the grade's quantum."""
    options = [option_volumes(months, expected, option, step) for option in (buyer, seller)]
    return Volumes(
        months=tuple(envelope(both) for both in zip(*(option.months for option in options), strict=True)),
        term=envelope([option.term for option in options]),
        buyer=options[0],
        seller=options[1],
    )


def option_volumes(months: Sequence[str], expected: Sequence[Decimal], option: Option, step: Decimal) -> OptionVolumes:
    """What one option allows.

    >>> tenth = Option(down=Decimal("0.1"), up=Decimal("0.25"), per="quarter")
    >>> both = option_volumes(["2027-01", "2027-02"], [Decimal(10), Decimal(10)], tenth, Decimal(1))
    >>> [(str(month.minimum), str(month.maximum)) for month in both.months], str(both.term.minimum)
    ([('6', '12'), ('6', '12')], '18')
    """
    of_months: list[Range] = []
    spans: list[Span] = []
    agreed = zip(months, expected, strict=True)
    for _, group in groupby(agreed, key=lambda each: span_of(each[0], option.per)):
        names, volumes_of_span = zip(*group, strict=True)
        most = [(volume * (1 + option.up) / step).to_integral_value(ROUND_FLOOR) * step for volume in volumes_of_span]
        whole = sum(volumes_of_span, ZERO)
        least = (whole * (1 - option.down) / step).to_integral_value(ROUND_CEILING) * step
        for volume, greatest in zip(volumes_of_span, most, strict=True):
            others = sum(most, ZERO) - greatest
            of_months.append(Range(max(least - others, ZERO), volume, greatest))
        spans.append(Span(names, Range(least, whole, sum(most, ZERO))))
    return OptionVolumes(tuple(of_months), tuple(spans), total([span.volume for span in spans]))


def span_of(month: str, per: str) -> str:
    """The calendar span that a month lies in.

    >>> [span_of("2027-05", per) for per in ("period", "quarter", "year")]
    ['2027-05', '2027-Q2', '2027']
    """
    year = month[:4]
    return {"quarter": f"{year}-Q{(int(month[5:]) + 2) // 3}", "year": year}.get(per, month)
