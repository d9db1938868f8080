"""Index paths on which the prices of a clearing are replayed: histories, or what somebody fears.

The form is described by ``schema/paths.schema.json`` and docs/stress.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Literal

from solver.form import calendar
from solver.form.faults import Fault, MarketError, pointer, repeated, shown, within
from solver.form.reading import parsed
from solver.form.shape import build
from solver.form.terms import Term

FORMAT = "changdan-paths/1"
MOST_PATHS, MOST_VALUES = 100, 1200


class IndexPath(Term, frozen=True):
    """One index: its values, or multiples of where it begins."""

    values: tuple[Decimal, ...] | None = None  # CNY per unit
    multiples: tuple[Decimal, ...] | None = None


class StressPath(Term, frozen=True):
    """One path, as long as the market's calendar or longer; a longer one is replayed from each of its beginnings.

    ``multiples`` hold for every index that ``indices`` do not name; an index without either stays on the market's path.
    """

    id: str
    period: Literal["month", "quarter", "year"]
    name_zh: str = ""
    name_en: str = ""
    source: str = ""
    first: str | None = None  # the first period, by which beginnings are named
    multiples: tuple[Decimal, ...] | None = None
    indices: dict[str, IndexPath] = {}


class StressPaths(Term, frozen=True):
    """A file of paths."""

    format: Literal["changdan-paths/1"]
    paths: tuple[StressPath, ...]


def read_paths(data: bytes | str | Path) -> StressPaths:
    """Paths from JSON text or from the file at a path.

    Raises: MarketError with every fault of form, else of content; OSError for the path.
    """
    found, faults = build(parsed(data, FORMAT), StressPaths)
    if found is not None:
        faults = [*_faults(found)]
    if faults or found is None:
        raise MarketError(faults)
    return found


def length_of(path: StressPath) -> int:
    """How many periods a path has; its sequences are equally long."""
    return len(next(values for _, values in _sequences(path)))


def _sequences(path: StressPath) -> Iterator[tuple[tuple[str, ...], tuple[Decimal, ...]]]:
    if path.multiples is not None:
        yield ("multiples",), path.multiples
    for index, each in path.indices.items():
        for name, values in (("values", each.values), ("multiples", each.multiples)):
            if values is not None:
                yield ("indices", index, name), values


def _faults(given: StressPaths) -> Iterator[Fault]:
    twice = repeated(path.id for path in given.paths)
    if not 1 <= len(given.paths) <= MOST_PATHS:
        yield Fault("/paths", f"{len(given.paths)} paths", f"must be 1 to {MOST_PATHS}")
    for k, path in enumerate(given.paths):
        if path.id in twice or not path.id:
            yield Fault(pointer("paths", k, "id"), shown(path.id), "must be a name that no other path has")
        yield from _path_faults(path, k)


def _path_faults(path: StressPath, k: int) -> Iterator[Fault]:
    for index, each in path.indices.items():
        if (each.values is None) == (each.multiples is None):
            yield Fault(pointer("paths", k, "indices", index), "index", "must have either values or multiples")
    sequences = list(_sequences(path))
    if not sequences:
        yield Fault(pointer("paths", k), shown(path.id), "must have multiples, or indices")
    longest = max((len(values) for _, values in sequences), default=0)
    for place, values in sequences:
        here: tuple[str | int, ...] = ("paths", k, *place)
        if not 1 <= len(values) <= MOST_VALUES:
            yield Fault(pointer(*here), f"{len(values)} values", f"must be 1 to {MOST_VALUES}")
        elif len(values) < longest:
            yield Fault(pointer(*here), f"{len(values)} values", f"must have {longest} like the longest of the path")
        for t, value in enumerate(values):
            if place[-1] == "multiples" and value <= 0:
                yield Fault(pointer(*here, t), shown(value), "must be greater than 0")
            else:
                yield from within(value, 0, None, *here, t)
    if path.first is not None:
        yield from _first_faults(path, k)


def _first_faults(path: StressPath, k: int) -> Iterator[Fault]:
    try:
        kind: str | None = calendar.kind(path.first or "")
    except ValueError:
        kind = None
    if kind != path.period:
        yield Fault(pointer("paths", k, "first"), shown(path.first), f"must be a {path.period} as in a calendar")
