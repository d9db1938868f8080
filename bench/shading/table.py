"""What was measured, in figures: per market size and price rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.shading.inference import Seen, guessed
from bench.shading.response import CHANCE, SHADES, TRUTH, Tried

LEAST = 1e-3  # part of its true gain from which an order is said to gain or lose
AT = SHADES.index(next(shade for shade in SHADES if str(shade) == "0.02"))
HEADING = (
    f"{'size':>5} {'price rule':<18} {'orders':>6} {'gains':>6} {'best of each':>12} | {'for all':>7} {'gain':>7} "
    f"{'lose':>5} | {'at 2 %':>7} {'gain':>5} {'lose':>5} {'chance':>7} | "
    f"{'limits':>6} {'level':>6} {'price':>6} {'both':>6}"
)


@dataclass(frozen=True)
class Row:
    """One size and price rule; gains as parts of what the same orders gain by the truth, shares as parts of orders."""

    size: int
    rule: str
    orders: int  # that gain by the truth
    best_gain: float  # each states what serves it best in hindsight
    best_share: float  # orders that something false serves better
    same_shade: float  # the one shade that serves all together best
    same_gain: float
    same_lose: float  # orders that lose by it
    two_gain: float  # all shade by 2 %
    two_share: float
    two_lose: float
    chance: float  # gain by a shade of a hundredth of a per cent
    unmatched: int  # orders that gain nothing by the truth
    unmatched_share: float  # of them, those that something false serves better
    limits: int
    by_level: float
    by_price: float
    by_both: float


def row(size: int, rule: str, tried: Sequence[Tried], seen: Sequence[Seen]) -> Row | None:
    """The figures of one size and rule; None where no order gained anything."""
    own = [each for each in tried if each.size == size]
    trading = [each for each in own if each.truth(rule) > 0]
    idle = [each for each in own if each.truth(rule) <= 0]
    if not trading:
        return None
    truth = sum(each.truth(rule) for each in trading)

    def gain(at: int) -> float:
        return sum(each.gains[rule][at] for each in trading) / truth - 1

    def share(at: int, sign: int) -> float:
        moved = [sign * (each.gains[rule][at] - each.truth(rule)) > LEAST * each.truth(rule) for each in trading]
        return sum(moved) / len(trading)

    same = max(range(len(SHADES)), key=lambda at: (gain(at), at == TRUTH))
    better = [each.best(rule) - each.truth(rule) > LEAST * each.truth(rule) for each in trading]
    hit = guessed([each for each in seen if (each.size, each.rule) == (size, rule)])
    return Row(
        size,
        rule,
        len(trading),
        sum(each.best(rule) for each in trading) / truth - 1,
        sum(better) / len(trading),
        float(SHADES[same]),
        gain(same),
        share(same, -1),
        gain(AT),
        share(AT, 1),
        share(AT, -1),
        gain(CHANCE),
        len(idle),
        sum(each.best(rule) > 0 for each in idle) / len(idle) if idle else 0.0,
        hit.limits,
        hit.by_level,
        hit.by_price,
        hit.by_both,
    )


def line(of: Row) -> str:
    """A row as a line under HEADING."""
    return (
        f"{of.size:>5} {of.rule:<18} {of.orders:>6} {of.best_share:>6.0%} {of.best_gain:>+12.1%} | "
        f"{of.same_shade:>7.1%} "
        f"{of.same_gain:>+7.1%} {of.same_lose:>5.0%} | {of.two_gain:>+7.1%} {of.two_share:>5.0%} {of.two_lose:>5.0%} "
        f"{of.chance:>+7.2%} | {of.limits:>6} {of.by_level:>6.0%} {of.by_price:>6.0%} {of.by_both:>6.0%}"
    )
