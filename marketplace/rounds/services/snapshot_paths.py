"""The price paths of a round's market: those that it states, and whatever else its orders read of an index.

No order is left out for an index or a series that the round does not state: whoever states the paths would learn what
a sealed limit follows (docs/decisions/0002-what-staff-see.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from marketplace.orders.models import Order
from marketplace.orders.rules.prices import named_indices
from marketplace.rounds.rules.paths import paths_of
from marketplace.shared.quantities import amount_text
from solver.form.series import series_name
from solver.form.terms import Quotation


def market_paths(
    stated: Any, orders: Iterable[Order], latest: Mapping[str, Decimal], calendar: Sequence[str]
) -> list[dict[str, Any]]:
    """Every path with all that the orders read.

    An index that no path names stands at its latest quote all the time; a series that it does not state (settlement,
    futures, named days) at the index's own values; outside the calendar, what it does not state at the nearest month's.
    """
    read = {(index, quotation) for order in orders for index, quotation in _read(order)}
    named = {index for index, _ in read}
    quoted = {index: [amount_text(latest[index])] * len(calendar) for index in named & latest.keys()}
    paths = paths_of(stated) or ([{"weight": "1", "indices": {}}] if quoted else [])
    return [_with_all(path, quoted, read) for path in paths]


def _read(order: Order) -> Iterable[tuple[str, Quotation]]:
    given = order.terms.get("limit_price", {}).get("quotation", {})
    dates = tuple(sorted(given["dates"])) if "dates" in given else None
    quotation = msgspec.convert({**given, "dates": dates}, Quotation)
    return ((index, quotation) for index in named_indices(order.terms).values())


def _with_all(
    path: dict[str, Any], quoted: Mapping[str, list[str]], read: Iterable[tuple[str, Quotation]]
) -> dict[str, Any]:
    indices = {**quoted, **path["indices"]}
    outside: dict[str, dict[str, str]] = {"M-1": dict(path.get("before", {})), "M+1": dict(path.get("after", {}))}
    for index, quotation in sorted(read, key=str):
        series = series_name(index, quotation)
        if series not in indices and index in indices:
            indices[series] = indices[index]
        if quotation.month != "M" and series in indices:
            nearest = indices[series][0 if quotation.month == "M-1" else -1]
            outside[quotation.month].setdefault(series, nearest)
    found = {"weight": path["weight"], "indices": indices}
    return found | {name: values for name, values in (("before", outside["M-1"]), ("after", outside["M+1"])) if values}
