"""The result of a stress test: what may leave the house, and what stays in it.

``changdan-stress/1`` holds shares and counts of at least five parties on either side, in coarse steps.
``changdan-stress-inside/1`` holds every proposal exactly, in parts: ``both`` may be told to both of its parties,
``seller`` and ``buyer`` each to that one alone, since a shortfall is the distance of a known price from a limit.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from solver.form.terms import Term

WITHHELD = Literal["fewer-than-five"]


class Shares(Term, frozen=True, omit_defaults=False):
    """Part of the value, at the references, to which something happens: over all beginnings, and from the worst."""

    mean: Decimal
    worst: Decimal
    worst_begins: str | None  # the beginning with the greatest share; None: it never happens


class GradeStress(Term, frozen=True, omit_defaults=False):
    """One grade on one path; None: all grades that are withheld by themselves, together."""

    grade: str | None
    withheld: WITHHELD | None  # then nothing else is said
    contracts: int | None  # in fives
    contracts_broken: int | None  # from some beginning, in fives
    exposed: Shares | None  # the price leaves either side's limit
    below_seller: Shares | None
    above_buyer: Shares | None
    at_floor: Shares | None
    at_cap: Shares | None
    out_of_range: Shares | None


class PathStress(Term, frozen=True, omit_defaults=False):
    """All grades on one path."""

    id: str
    name_zh: str
    name_en: str
    source: str
    beginnings: int
    grades: tuple[GradeStress, ...]


class Stress(Term, frozen=True):
    """What may leave the house."""

    format: Literal["changdan-stress/1"]
    market_hash: str
    clearing_hash: str
    paths_hash: str
    paths: tuple[PathStress, ...]


class Seen(Term, frozen=True, omit_defaults=False):
    """In how many of a proposal's beginnings and periods something happens, and to which share of its value."""

    count: int
    of: int
    share: Decimal


class BothSee(Term, frozen=True, omit_defaults=False):
    """What follows from the proposal and the path alone."""

    at_floor: Seen
    at_cap: Seen
    out_of_range: Seen


class Shortfall(Term, frozen=True, omit_defaults=False):
    """Where a proposal's price leaves one side's limit: a secret of that side."""

    broken: Seen
    worst_cny_per_unit: Decimal  # rounded half up to 0.01; the limit follows from it
    worst_begins: str | None
    worst_period: str | None


class ProposalStress(Term, frozen=True, omit_defaults=False):
    """One proposal on one path."""

    match: str
    offer: str
    need: str
    both: BothSee
    seller: Shortfall
    buyer: Shortfall


class PathInside(Term, frozen=True, omit_defaults=False):
    """Every proposal on one path."""

    id: str
    proposals: tuple[ProposalStress, ...]


class StressInside(Term, frozen=True):
    """What stays in the house: whoever may see it may see the market."""

    format: Literal["changdan-stress-inside/1"]
    market_hash: str
    clearing_hash: str
    paths_hash: str
    paths: tuple[PathInside, ...]
