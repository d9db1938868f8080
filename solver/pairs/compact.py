"""Arrays over pairs that hold a value once where it is the same for all pairs, or in all periods.

A market of ten thousand orders a side has millions of pairs: what does not differ is kept as a read-only view
(:func:`numpy.broadcast_to`) of what does, through every choice of pairs and from process to process.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[Any]


def compact(values: Values) -> Values:
    """The same values, held once along every axis on which they are equal.

    >>> compact(np.array([[1.0, 1.0], [2.0, 2.0]])).strides
    (8, 0)
    """
    base = held(values)
    for axis in range(base.ndim):
        first = base.take([0], axis=axis) if base.shape[axis] > 1 else base
        if first is not base and bool((base == first).all()):
            base = first
    return np.broadcast_to(base, values.shape)


def held(values: Values) -> Values:
    """What is held of an array: one row or column where all of them are views of one.

    >>> held(np.broadcast_to(np.ones((2, 1)), (2, 12))).shape
    (2, 1)
    """
    axes = zip(values.strides, values.shape, strict=True)
    return values[tuple(slice(0, 1) if step == 0 and size > 1 else slice(None) for step, size in axes)]


def rows_at(values: Values, positions: NDArray[Any]) -> Values:
    """The rows at some positions, as compact as they were.

    >>> rows_at(compact(np.ones((3, 2))), np.array([0, 2])).strides
    (0, 0)
    """
    base = held(values)
    chosen = base if len(base) < len(values) else base[positions]
    return np.broadcast_to(chosen, (len(positions), *values.shape[1:]))


def joined(several: Sequence[Values]) -> Values:
    """All rows, one after another; compact along the periods where every part is.

    >>> joined([compact(np.ones((2, 3))), np.broadcast_to(np.zeros((2, 1)), (2, 3))]).shape
    (4, 3)
    """
    rest = several[0].shape[1:]
    width = max((held(each).shape[1:] for each in several if len(each)), default=rest)
    parts = [np.broadcast_to(held(each)[:, :1] if width == (1,) else each, (len(each), *width)) for each in several]
    return np.broadcast_to(np.concatenate(parts), (sum(map(len, several)), *rest))
