"""The draw of a price between two ends by secret ranks (docs/model.md 5.3).

Every possible price has a rank that depends on the sealed seed alone, never on a limit; the best
ranked price of the window is taken.  Why not a split of the interval: docs/model.md 5.7.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from solver.form.decimals import plain

FIRST_STEP = 2000  # the first step is at most this part of the price level
LAST_EXPONENT = -6  # exceptions go down to 1e-6 CNY
BLOCK = 64  # bytes of a block of SHA-256
INNER, OUTER = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))  # RFC 2104


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

    Maths: docs/model.md 5.3, HMAC-SHA256 of ``key|choice``.
    """
    return hmac.digest(seed.encode(), f"{key}|{plain(choice)}".encode(), "sha256")


def draw(window: Window, tick: Decimal, seed: str, key: str, *, off_tick: bool = False) -> Decimal | None:
    """The best ranked price of the window on the coarsest step that has one; None where no step has.

    ``off_tick`` lets the step fall below the tick, for exceptions (docs/model.md 5.4).

    >>> draw(Window(Fraction(99), Fraction(101), Fraction(100)), Decimal(1), "", "k") in map(Decimal, (99, 100, 101))
    True
    """
    ranked = _ranks(seed, key)
    for step in _steps(tick, window.level, off_tick):
        best = min(_multiples(window, step), key=_ranked_steps(ranked, step), default=None)
        if best is not None:
            return best * step
    return None


def _ranked_steps(ranked: Callable[[bytes], bytes], step: Decimal) -> Callable[[int], bytes]:
    """The rank of a number of steps; whole ones are written at once, for a round asks a million times."""
    whole = int(step)
    if whole == step:
        return lambda k: ranked(b"%d" % (k * whole))
    return lambda k: ranked(plain(k * step).encode())


def _ranks(seed: str, key: str) -> Callable[[bytes], bytes]:
    """The rank of a choice, as :func:`rank`, whose key has been taken in already.

    HMAC by its two hashes (RFC 2104), each begun once: three times as fast as copying an HMAC.
    """
    secret = seed.encode()
    block = (hashlib.sha256(secret).digest() if len(secret) > BLOCK else secret).ljust(BLOCK, b"\0")
    inner = hashlib.sha256(block.translate(INNER) + f"{key}|".encode())
    outer = hashlib.sha256(block.translate(OUTER))

    def ranked(choice: bytes) -> bytes:
        inside, outside = inner.copy(), outer.copy()
        inside.update(choice)
        outside.update(inside.digest())
        return outside.digest()

    return ranked


def has_tick(window: Window, tick: Decimal) -> bool:
    """Whether any price can be drawn from a window."""
    return next(_multiples(window, tick), None) is not None


def _steps(tick: Decimal, level: Fraction, off_tick: bool) -> Iterator[Decimal]:
    exponent = 0
    while Fraction(tick.scaleb(exponent + 1)) <= level / FIRST_STEP:
        exponent += 1
    while exponent >= 0 or (off_tick and tick.scaleb(exponent) >= Decimal(1).scaleb(LAST_EXPONENT)):
        yield tick.scaleb(exponent)
        exponent -= 1


def _multiples(window: Window, step: Decimal) -> Iterator[int]:
    """How many steps the prices of a window are."""
    exact = Fraction(step)
    first, last = ceil(window.lowest / exact), floor(window.highest / exact)
    barred = {amount / exact for amount in window.not_at}
    return iter(range(first, last + 1)) if not barred else (k for k in range(first, last + 1) if k not in barred)
