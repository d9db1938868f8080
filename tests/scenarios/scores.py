"""How often guesses hit, against how often guesses from prices alone do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.shading.hits import Flags, Floats, hits, hits_at_best


@dataclass(frozen=True)
class Score:
    """A rule against the measure: limits that only it hit, and that only the measure hit."""

    rule: str
    spoke: int
    rate: float
    gained: int
    lost: int

    @property
    def p_value(self) -> float:
        """Probability of as many gains or more, were both equally good (exact, one-sided, paired)."""
        from scipy.stats import binomtest  # heavy: only where the scenario runs, not in every process that collects

        tried = self.gained + self.lost
        return float(binomtest(self.gained, tried, 0.5, alternative="greater").pvalue) if tried else 1.0

    def __str__(self) -> str:
        counts = f"+{self.gained} -{self.lost}, spoke {self.spoke} times"
        return f"{self.rule}: {self.rate:.1%} ({counts}), p = {self.p_value:.2g}"


def measure(guesses: Sequence[Floats], limits: Floats, signs: Floats) -> Flags:
    """What the best of the price rules hits, its factors chosen in hindsight."""
    return max((hits_at_best(each, limits, signs) for each in guesses), key=np.count_nonzero)


def score(rule: str, guesses: Floats, limits: Floats, signs: Floats, by_price: Flags) -> Score:
    """A rule, as it stands or with the best factors; where it says nothing, the price guesses for it."""
    spoke = ~np.isnan(guesses)
    tries = (hits(guesses, limits), hits_at_best(guesses, limits, signs))
    hit = max((np.where(spoke, each, by_price) for each in tries), key=np.count_nonzero)
    gained, lost = int((hit & ~by_price).sum()), int((by_price & ~hit).sum())
    return Score(rule, int(spoke.sum()), float(hit.mean()), gained, lost)
