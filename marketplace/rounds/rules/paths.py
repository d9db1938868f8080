"""The price paths that a round states: what each index is taken to be in each month, and with which weight.

Written down as an object (one path: index to values) or as a list of paths; ``paths_of`` reads either.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from marketplace.indices.rules.quotes import GREATEST_INDEX
from marketplace.rounds.rules.fields import amount, pointer_to, shown
from marketplace.shared.errors import Fault, InvalidInput

MOST_PATHS = 20
BASES = ("settlement", "futures")  # series of an index other than its monthly mean: LC-CN@settlement
PATH_FIELDS = ("weight", "indices", "before", "after")

_value = amount("0", str(GREATEST_INDEX))
_weight = amount("0", "1")

Stated = Mapping[str, Any] | Sequence[Mapping[str, Any]]


def normal_index_paths(given: Any, months: Sequence[str]) -> dict[str, list[str]] | list[dict[str, Any]]:
    """Each path with one value per index and month of the calendar, in CNY per unit, at most ``GREATEST_INDEX``.

    Raises: InvalidInput with every value that is missing or wrong.

    >>> normal_index_paths({"LC-CN": ["98000.0"]}, ["2027-01"])
    {'LC-CN': ['98000']}
    >>> normal_index_paths([{"weight": "1.0", "indices": {"LC-CN": ["9"]}, "before": {"LC-CN": "8"}}], ["2027-01"])
    [{'weight': '1', 'indices': {'LC-CN': ['9']}, 'before': {'LC-CN': '8'}}]
    """
    faults: list[Fault] = []
    found: dict[str, list[str]] | list[dict[str, Any]]
    if isinstance(given, Mapping):
        found = _indices(given, months, ("index_paths",), faults)
    elif isinstance(given, list | tuple) and 1 <= len(given) <= MOST_PATHS:
        found = [_path(path, months, place, faults) for place, path in enumerate(given)]
        total = sum((Decimal(path["weight"]) for path in found if path["weight"] is not None), Decimal(0))
        if not faults and total != 1:
            faults.append(
                Fault("/index_paths", "have weights that do not add up to 1", str(total), "1", "out-of-range")
            )
    else:
        limit = f"an object, or a list of 1 to {MOST_PATHS} paths"
        value = f"{len(given)} paths" if isinstance(given, list | tuple) else shown(given)
        raise InvalidInput([Fault("/index_paths", f"must be {limit}", value, limit, "wrong-type")])
    if faults:
        raise InvalidInput(faults)
    return found


def paths_of(stated: Stated) -> list[dict[str, Any]]:
    """The paths of a round's document, written out; none where no index is stated.

    >>> paths_of({"LC-CN": ["98000"]})
    [{'weight': '1', 'indices': {'LC-CN': ['98000']}}]
    """
    if isinstance(stated, Mapping):
        return [{"weight": "1", "indices": dict(stated)}] if stated else []
    return [dict(path) for path in stated]


def stated_series(stated: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every series that is named, with its place."""
    if isinstance(stated, Mapping):
        yield from ((("index_paths", series), series) for series in stated)
    elif isinstance(stated, list | tuple):
        for place, path in enumerate(stated):
            if isinstance(path, Mapping) and isinstance(path.get("indices"), Mapping):
                yield from ((("index_paths", place, "indices", series), series) for series in path["indices"])


def index_of(series: str) -> str | None:
    """The index of a series; None where what follows the ``@`` is no quotation (docs/model.md 1.1i).

    >>> index_of("LC-CN@settlement"), index_of("LC-CN@futures,2027-01-05"), index_of("LC-CN@spot")
    ('LC-CN', 'LC-CN', None)
    """
    index, at, quotation = series.partition("@")
    if not at:
        return index
    first, *rest = quotation.split(",")
    days = rest if first in BASES else [first, *rest]
    rising = all(_is_day(day) for day in days) and days == sorted(set(days))
    return index if rising else None


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _path(given: Any, months: Sequence[str], place: int, faults: list[Fault]) -> dict[str, Any]:
    at = ("index_paths", place)
    if not isinstance(given, Mapping):
        faults.append(Fault(pointer_to(*at), "must be an object", shown(given), ", ".join(PATH_FIELDS), "wrong-type"))
        return {"weight": None}
    for name in given.keys() - set(PATH_FIELDS):
        limit = ", ".join(PATH_FIELDS)
        faults.append(Fault(pointer_to(*at, name), "is no field of a path", shown(given[name]), limit, "unknown-field"))
    weight, wrong = _weight(pointer_to(*at, "weight"), given.get("weight"))
    if not wrong and Decimal(weight or 0) == 0:
        wrong = [Fault(pointer_to(*at, "weight"), "must be above 0", weight, "above 0", "out-of-range")]
    faults += wrong
    found: dict[str, Any] = {"weight": weight}
    if not isinstance(given.get("indices"), Mapping):
        message, limit = "must give values per index", "an object"
        faults.append(Fault(pointer_to(*at, "indices"), message, shown(given.get("indices")), limit, "wrong-type"))
        return found
    found["indices"] = _indices(given["indices"], months, (*at, "indices"), faults)
    for name in ("before", "after"):
        if given.get(name):
            found[name] = _outside(given[name], found["indices"], (*at, name), faults)
    return found


def _indices(
    given: Mapping[str, Any], months: Sequence[str], at: tuple[str | int, ...], faults: list[Fault]
) -> dict[str, list[str]]:
    paths: dict[str, list[str]] = {}
    for series, values in given.items():
        pointer = pointer_to(*at, series)
        if not isinstance(values, list | tuple) or len(values) != len(months):
            count = f"{len(values)} values" if isinstance(values, list | tuple) else shown(values)
            wanted = f"{len(months)} values"
            faults.append(Fault(pointer, "must give one value per month", count, wanted, "out-of-range"))
            continue
        checked = [_value(f"{pointer}/{place}", value) for place, value in enumerate(values)]
        faults += [fault for _, wrong in checked for fault in wrong]
        paths[series] = [text or "" for text, _ in checked]
    return paths


def _outside(
    given: Any, indices: Mapping[str, Any], at: tuple[str | int, ...], faults: list[Fault]
) -> dict[str, str | None]:
    """Values just outside the calendar, of series that the path has."""
    if not isinstance(given, Mapping):
        faults.append(Fault(pointer_to(*at), "must give one value per index", shown(given), "an object", "wrong-type"))
        return {}
    values: dict[str, str | None] = {}
    for series, value in given.items():
        if series not in indices:
            wanted = ", ".join(indices)
            faults.append(
                Fault(pointer_to(*at, series), "is no index of the path", series, wanted, "unknown-reference")
            )
        values[series], wrong = _value(pointer_to(*at, series), value)
        faults += wrong
    return values
