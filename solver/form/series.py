"""Which series of a price path a quotation reads, and where in it a period's value stands (docs/model.md 1.1i)."""

from __future__ import annotations

from solver.form.terms import LimitPrice, Quotation

PLAIN = Quotation()  # the mean of the month of delivery
SHIFTS = {"M-1": -1, "M": 0, "M+1": 1}  # periods


def quotation_of(limit: LimitPrice) -> Quotation:
    """How a limit's indices are quoted, days in their order; by default the mean of the month of delivery."""
    stated = limit.quotation
    if stated is None:
        return PLAIN
    dates = None if stated.dates is None else tuple(sorted(stated.dates))
    return Quotation(month=stated.month, basis=stated.basis, dates=dates)


def series_name(index: str, quotation: Quotation) -> str:
    """The name under which a path states an index as it is quoted.

    >>> series_name("LC-CN", Quotation(month="M-1")), series_name("LC-CN", Quotation(basis="settlement"))
    ('LC-CN', 'LC-CN@settlement')
    >>> series_name("LC-CN", Quotation(dates=("2027-01-05", "2027-01-12")))
    'LC-CN@2027-01-05,2027-01-12'
    """
    basis: tuple[str, ...] = () if quotation.basis == "mean" else (quotation.basis,)
    parts = (*basis, *(quotation.dates or ()))
    return f"{index}@{','.join(parts)}" if parts else index
