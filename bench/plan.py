"""Which markets are raced, and how long everybody has."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

LAWS = ("flat", "ramped", "divisible")  # divisible: the law flat without what makes contracts whole
SEEDS = (0, 1, 2, 3, 4)
SECONDS = {
    ("flat", 100): 10.0,
    ("flat", 300): 10.0,
    ("flat", 1000): 30.0,
    ("ramped", 100): 10.0,
    ("ramped", 300): 15.0,
    ("ramped", 1000): 60.0,
    ("divisible", 1000): 120.0,
    ("flat", 10_000): 300.0,
    ("ramped", 10_000): 900.0,
}
OTHERWISE = 10.0
LARGE = 10_000  # from here on this solver alone, unless peers are asked for, and one seed in the full plan
SHORT_SIZE, SHORT_SECONDS = 24, 5.0


@dataclass(frozen=True)
class Case:
    """One market: so many offers and as many needs over 12 months."""

    law: str
    size: int
    seed: int
    seconds: float  # wall clock, from the start of the process on

    @property
    def market(self) -> str:
        """Name of all markets that differ in the seed alone."""
        return f"{self.law} {self.size}"

    def generating(self) -> list[str]:
        """Arguments of ``solver generate``."""
        law = ["--law", "flat", "--divisible"] if self.law == "divisible" else ["--law", self.law]
        return [*law, "--offers", str(self.size), "--needs", str(self.size), "--seed", str(self.seed)]


def cases(laws: Iterable[str], sizes: Iterable[int], seeds: Iterable[int], seconds: float | None) -> list[Case]:
    """Every law with every size and seed; ``seconds`` None: the limits of the table."""
    return [
        Case(law, size, seed, SECONDS.get((law, size), OTHERWISE) if seconds is None else seconds)
        for law in laws
        for size in sizes
        for seed in seeds
    ]


def short() -> list[Case]:
    """Seconds, for tests."""
    return cases(LAWS, [SHORT_SIZE], [0], SHORT_SECONDS)


def full(seeds: Iterable[int] = SEEDS) -> list[Case]:
    """Hours, for people."""
    seeds = list(seeds)
    return [
        Case(law, size, seed, seconds)
        for (law, size), seconds in SECONDS.items()
        for seed in (seeds if size < LARGE else seeds[:1])
    ]
