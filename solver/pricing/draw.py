"""The draw of a price between two ends by secret ranks (docs/model.md 5.3).

Every possible price has a rank that depends on the sealed seed alone, never on a limit; the best
ranked price of the window is taken.  Why not a split of the interval: docs/model.md 5.7.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

import numpy as np

from solver.form.decimals import plain

FIRST_STEP = 2000  # the first step is at most this part of the price level
LAST_EXPONENT = -6  # exceptions go down to 1e-6 CNY
RANK = np.dtype(">u8")
BLOCK = 512  # how many are ranked at once: a round asks for the ranks of a million prices


@dataclass(frozen=True, slots=True)
class Window:
    """Where a price may lie: between ``lowest`` and ``highest``, and not at a party's limit.

    ``level`` is the magnitude of the limits around, which sets the first step.
    Units: CNY per grade unit, exact.
    """

    lowest: Fraction
    highest: Fraction
    level: Fraction
    not_at: tuple[Fraction, ...] = ()


def rank(seed: str, key: str, choice: Decimal) -> bytes:
    """Secret rank of one choice under a key; the least is the best.

    Maths: docs/model.md 5.5, HMAC-SHA256 of ``key|choice``.
    """
    return hmac.digest(seed.encode(), f"{key}|{plain(choice)}".encode(), "sha256")


def draw(window: Window, tick: Decimal, seed: str, key: str, *, off_tick: bool = False) -> Decimal | None:
    """The best ranked price of the window on the coarsest step that has one; None where no step has.

    ``off_tick`` lets the step fall below the tick, for exceptions (docs/model.md 5.4).

    >>> draw(Window(Fraction(99), Fraction(101), Fraction(100)), Decimal(1), "", "k") in map(Decimal, (99, 100, 101))
    True
    """
    for step in _steps(tick, window.level, off_tick):
        best = _best(window, step, seed.encode(), f"{key}|{plain(step)}")
        if best is not None:
            return best * step
    return None


def _best(window: Window, step: Decimal, secret: bytes, key: str) -> int | None:
    """The number of steps that ranks best in a window; of equal ranks the least."""
    first, last, barred = _ends(window, step)
    allowed = np.ones(max(0, last - first + 1), dtype=bool)
    allowed[[int(k) - first for k in barred if k.denominator == 1 and first <= k <= last]] = False
    if not allowed.any():
        return None
    blocks = range(first // BLOCK, last // BLOCK + 1)
    digests = b"".join(_ranks(secret, f"{key}|{block}") for block in blocks)
    ranks = np.frombuffer(digests, RANK)[first - blocks[0] * BLOCK :][: len(allowed)]
    best = np.flatnonzero(allowed)[ranks[allowed].argmin()]
    return first + int(best)


def _ranks(secret: bytes, key: str) -> bytes:
    """The ranks of a block: a digest that nobody makes without the seed, drawn out by SHAKE256 (FIPS 202)."""
    return hashlib.shake_256(hmac.digest(secret, key.encode(), "sha512")).digest(BLOCK * RANK.itemsize)


def has_tick(window: Window, tick: Decimal) -> bool:
    """Whether any price can be drawn from a window."""
    first, last, barred = _ends(window, tick)
    return any(k not in barred for k in range(first, min(last, first + len(barred)) + 1))


def _steps(tick: Decimal, level: Fraction, off_tick: bool) -> Iterator[Decimal]:
    exponent = 0
    while Fraction(tick.scaleb(exponent + 1)) <= level / FIRST_STEP:
        exponent += 1
    while exponent >= 0 or (off_tick and tick.scaleb(exponent) >= Decimal(1).scaleb(LAST_EXPONENT)):
        yield tick.scaleb(exponent)
        exponent -= 1


def _ends(window: Window, step: Decimal) -> tuple[int, int, set[Fraction]]:
    """How many steps the prices of a window are: the least, the greatest, and those between that it may not be."""
    exact = Fraction(step)
    return ceil(window.lowest / exact), floor(window.highest / exact), {amount / exact for amount in window.not_at}
