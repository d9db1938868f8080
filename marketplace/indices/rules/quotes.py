"""What a quote must hold, and the price of a month that quotes give."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal
from fractions import Fraction

from marketplace.shared.errors import Fault
from marketplace.shared.months import first_day, month_of

# Series of an index: its own values, and what an exchange settles at or trades its future at (docs/model.md 1.1i).
BASES = ("mean", "settlement", "futures")
EARLIEST = date(2000, 1, 1)
GREATEST_INDEX = Decimal(10) ** 7  # currency per unit; an order that follows an index is judged as if it stood there

_WIDE = Context(prec=60)


@dataclass(frozen=True)
class MonthPrice:
    """The price of one month, with all that it rests on."""

    value: Decimal
    basis: str  # mean: of the month's quotes; carried: the last quote before the month; days: mean of stated days
    quotes: int
    first_day: date
    last_day: date


def quote_faults(rows: Sequence[tuple[date, Decimal]], *, frequency: str, today: date) -> Iterator[Fault]:
    """Everything that is wrong with quotes entered together."""
    seen: set[date] = set()
    for position, (day, value) in enumerate(rows):
        pointer = f"/quotes/{position}"
        if not EARLIEST <= day <= today:
            yield Fault(f"{pointer}/day", "is out of range", day, f"{EARLIEST} to {today}")
        elif frequency == "monthly" and day.day != 1:
            yield Fault(
                f"{pointer}/day", "is not the first of its month, as monthly quotes are", day, day.replace(day=1)
            )
        if day in seen:
            yield Fault(f"{pointer}/day", "is there twice", day, "each day once")
        seen.add(day)
        if not value.is_finite() or not 0 < value <= GREATEST_INDEX:
            yield Fault(f"{pointer}/value", "is no price", value, f"above 0, at most {GREATEST_INDEX}")


def month_price(
    month: str, quotes: Sequence[tuple[date, Decimal | Fraction]], *, rounding: Decimal, max_age_days: int
) -> MonthPrice | None:
    """The mean of a month's quotes; without any, the last quote before it if young enough; else none.

    The mean is arithmetic over the days quoted, rounded half up to ``rounding``.  A quote's age is counted to the
    month's first day.

    >>> month_price("2026-11", [(date(2026, 11, 3), Decimal(98000)), (date(2026, 11, 4), Decimal("98000.01"))],
    ...             rounding=Decimal("0.01"), max_age_days=0).value
    Decimal('98000.01')
    """
    inside = sorted(quote for quote in quotes if month_of(quote[0]) == month)
    if inside:
        return _mean(inside, "mean", rounding)
    begin = first_day(month)
    before = max((quote for quote in quotes if quote[0] < begin), default=None)
    if before is None or (begin - before[0]).days > max_age_days:
        return None
    return MonthPrice(rounded(Fraction(before[1]), rounding), "carried", 1, before[0], before[0])


def days_price(
    days: Sequence[date], quotes: Sequence[tuple[date, Decimal | Fraction]], *, rounding: Decimal
) -> MonthPrice | None:
    """The mean of the quotes of exactly these days, of those that are quoted; none where no day is.

    >>> days = [date(2027, 1, 5), date(2027, 1, 12)]
    >>> quotes = [(date(2027, 1, 5), Decimal(100)), (date(2027, 1, 6), Decimal(999)), (date(2027, 1, 12), Decimal(103))]
    >>> days_price(days, quotes, rounding=Decimal("0.01")).value
    Decimal('101.50')
    """
    wanted = sorted(quote for quote in quotes if quote[0] in set(days))
    return _mean(wanted, "days", rounding) if wanted else None


def _mean(quotes: Sequence[tuple[date, Decimal | Fraction]], basis: str, rounding: Decimal) -> MonthPrice:
    mean = sum((Fraction(value) for _, value in quotes), Fraction(0)) / len(quotes)
    return MonthPrice(rounded(mean, rounding), basis, len(quotes), quotes[0][0], quotes[-1][0])


def rounded(amount: Fraction, step: Decimal) -> Decimal:
    """A price in whole steps, half up (away from zero at the half), as invoices are.

    >>> rounded(Fraction("-500.005"), Decimal("0.01"))
    Decimal('-500.01')
    """
    steps = abs(amount) / Fraction(step)
    whole = (2 * steps.numerator + steps.denominator) // (2 * steps.denominator)
    return _WIDE.multiply(Decimal(whole if amount >= 0 else -whole), step)
