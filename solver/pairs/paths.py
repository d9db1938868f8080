"""A market's price paths as limits read them: index values by period, quoted as an order says (docs/model.md 1.1i)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from solver.form.series import SHIFTS, series_name

if TYPE_CHECKING:
    from solver.form.market import Market, PricePath
    from solver.form.terms import Quotation

Quotes = Sequence[Mapping[str, Decimal]]  # period -> index -> value
ONE_PATH = (Decimal(1),)


class Paths:
    """Weights and index values of a market's price paths; no path means one path with no index."""

    def __init__(self, market: Market) -> None:
        self.weights = tuple(path.weight for path in market.paths) or ONE_PATH
        self._paths, self._periods = market.paths, len(market.calendar)
        self._known: dict[tuple[int, Quotation], Quotes] = {}

    def __len__(self) -> int:
        return len(self.weights)

    def quotes(self, path: int, quotation: Quotation) -> Quotes:
        """The values of every index that a path has in this quotation; a period without a value is left out."""
        key = (path, quotation)
        if key not in self._known:
            rows = _rows(self._paths[path], quotation) if self._paths else {}
            self._known[key] = [
                {index: value for index, row in rows.items() if (value := row[t]) is not None}
                for t in range(self._periods)
            ]
        return self._known[key]


def _rows(path: PricePath, quotation: Quotation) -> dict[str, Sequence[Decimal | None]]:
    ending = series_name("", quotation)
    return {
        series[: len(series) - len(ending)]: _shifted(path, series, SHIFTS[quotation.month])
        for series in path.indices
        if series.endswith(ending)
    }


def _shifted(path: PricePath, series: str, shift: int) -> Sequence[Decimal | None]:
    values: tuple[Decimal | None, ...] = path.indices[series]
    if shift < 0:
        return (path.before.get(series), *values)[: len(values)]
    return (*values, path.after.get(series))[shift : shift + len(values)]
