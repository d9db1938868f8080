"""Terms as whole numbers, so that blocks of pairs are compared exactly and at once."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from decimal import Decimal

import numpy as np

from solver.pairs.screened import Ints


def codes(a: Sequence[Hashable], b: Sequence[Hashable]) -> tuple[Ints, Ints]:
    """Equal things get equal numbers."""
    number: dict[Hashable, int] = {}
    return tuple(np.array([number.setdefault(name, len(number)) for name in side], dtype=np.int64) for side in (a, b))  # type: ignore[return-value]


def membership(lists: Sequence[Iterable[str] | None], names: Sequence[str]) -> Ints:
    """One row per list, one column per name: 1 where the list has the name."""
    number = {name: i for i, name in enumerate(names)}
    rows = np.zeros((len(lists), len(names)), dtype=np.int64)
    for i, each in enumerate(lists):
        for name in each or ():
            if name in number:
                rows[i, number[name]] = 1
    return rows


def ranks(values: Iterable[Decimal | None]) -> dict[Decimal, int]:
    """Place of each value in their order: exact comparison of decimals by whole numbers."""
    return {value: i for i, value in enumerate(sorted({value for value in values if value is not None}))}
