"""The secret ranks of prices and bands, drawn again: docs/model.md 5.3."""

from __future__ import annotations

import hashlib
import hmac
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction

from solver.form.market import Policy
from solver.verify.losses import Consent, loses, owed

FINEST = Fraction(1, 10**6)  # CNY per unit; the finest step of an exception


def plain(value: Decimal) -> str:
    """A decimal in plain notation without trailing zeros.

    >>> plain(Decimal("98000")), plain(Decimal("-0.50")), plain(Decimal("0.00"))
    ('98000', '-0.5', '0')
    """
    return format(value.normalize(), "f") if value else "0"


def rank(policy: Policy, key: str, value: Decimal) -> bytes:
    """Secret rank of a value under a key; the least rank is drawn (5.5)."""
    return hmac.digest(policy.sealed_seed.encode(), f"{key}|{plain(value)}".encode(), "sha256")


def steps_ranked(policy: Policy, key: str, first: int, last: int) -> dict[int, bytes]:
    """Secret rank of each number of steps of a price, from the first to the last: eight bytes of a stream (5.3)."""
    ranks = dict[int, bytes]()
    for block in range(first // 512, last // 512 + 1):
        seed = hmac.digest(policy.sealed_seed.encode(), f"{key}|{block}".encode(), "sha512")
        stream = hashlib.shake_256(seed).digest(8 * 512)
        ranks |= {512 * block + i: stream[8 * i : 8 * i + 8] for i in range(512)}
    return ranks


@dataclass(frozen=True, slots=True)
class Interval:
    """Where a delivered price may lie: A, B, and the two limits themselves, which it may not equal (5.3)."""

    low: Fraction
    high: Fraction
    barred: tuple[Fraction, ...]


def window(
    policy: Policy, least: Fraction, greatest: Fraction, margin: Fraction, inside: Iterable[Fraction] = ()
) -> Interval | None:
    """The window between A and B, None if A > B; ``inside``: limits on paths that lose, which it may not equal."""
    if least > greatest:
        return None
    width = greatest - least
    low, high = Fraction(policy.price_split.low), Fraction(policy.price_split.high)
    return Interval(least + low * width, least + high * width, (least - margin, greatest + margin, *inside))


def coarsest_exponent(tick: Fraction, height: Fraction) -> int:
    """J: the coarsest step is tick x 10^J, about a two-thousandth of the price."""
    exponent = 0
    while tick * 10 ** (exponent + 1) <= height / 2000:
        exponent += 1
    return exponent


def draw(
    policy: Policy, key: str, inside: Interval, height: Fraction, finest: Fraction | None = None
) -> Fraction | None:
    """The drawn price of an interval, None if no step has a multiple in it (5.3)."""
    exponent = coarsest_exponent(Fraction(policy.price_tick), height)
    while True:
        with localcontext(prec=60):
            step = policy.price_tick.scaleb(exponent)
            if exponent < 0 and (finest is None or step < finest):
                return None
            first, last = math.ceil(inside.low / Fraction(step)), math.floor(inside.high / Fraction(step))
            barred = {limit / Fraction(step) for limit in inside.barred}
            ranks = steps_ranked(policy, f"{key}|{plain(step)}", first, last)
            multiples = [k for k in range(first, last + 1) if k not in barred]
            if multiples:
                return min(multiples, key=ranks.__getitem__) * Fraction(step)
        exponent -= 1


def priced_alone(
    policy: Policy, agreed: Consent | None, limits: Sequence[tuple[Fraction, Fraction]], delivery: Fraction
) -> bool:
    """Whether a pair alone has a price in a period, where the policy leaves no exceptions (5.4).

    ``limits``: ask and bid on every path.
    """
    if policy.exceptions != "drop":
        return True
    margin, tick = Fraction(policy.minimum_gain), Fraction(policy.price_tick)
    least, greatest, within = owed_ends(agreed, limits, margin)
    inside = window(policy, least + delivery, greatest + delivery, margin, [limit + delivery for limit in within])
    if inside is None:
        return False
    first, last = math.ceil(inside.low / tick), math.floor(inside.high / tick)
    return any(k * tick not in inside.barred for k in range(first, min(last, first + len(inside.barred)) + 1))


def owed_ends(
    agreed: Consent | None, limits: Iterable[tuple[Fraction, Fraction]], margin: Fraction
) -> tuple[Fraction, Fraction, list[Fraction]]:
    """Least and greatest price that leave each side what it is owed on every path, and the limits of paths that lose.

    Prices at the offer's place.
    """
    leasts, greatests, within = list[Fraction](), list[Fraction](), list[Fraction]()
    for ask, bid in limits:
        seller, buyer = owed(agreed, ask, bid, margin)
        leasts.append(ask + seller)
        greatests.append(bid - buyer)
        if agreed is not None and loses(ask, bid):
            within += [ask, bid]
    return max(leasts), min(greatests), within
