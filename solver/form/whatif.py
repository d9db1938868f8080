"""The result of scenarios: one row of figures for the market as it is, and one for each scenario.

The canonical bytes hold no timing: the same market, scenarios and limits on work give the same bytes, unless a clock
ended a search.  The form is described by ``schema/whatif.schema.json`` and docs/what-if.md.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Literal

from solver.form.clearing import Status, WorkLimits
from solver.form.faults import MarketError
from solver.form.reading import parsed
from solver.form.shape import COMPUTED, build
from solver.form.terms import Term

FORMAT = "changdan-whatif/1"


class SideFigures(Term, frozen=True, omit_defaults=False):
    """How many orders of one side found what they asked for."""

    orders: int
    matched: int
    partly_matched: int
    unmatched: int


class Concentration(Term, frozen=True, omit_defaults=False):
    """How the suppliers that were matched share what was matched; related organisations are one (8.3)."""

    suppliers: int
    hhi: Decimal | None  # sum of squared shares, 0 to 1 (times 10,000 in points); None: nothing matched
    top3_share: Decimal | None


class GradeFigures(Term, frozen=True, omit_defaults=False):
    """One grade, volumes in its unit over all periods."""

    grade: str
    unit: str
    offered: Decimal
    requested: Decimal
    matched: Decimal
    unsold: Decimal  # offered less matched
    unserved: Decimal  # requested less what its needs were given, in their units (3.22)
    contracts: int
    concentration: Concentration  # by volume


class PriceFigures(Term, frozen=True, omit_defaults=False):
    """Delivered prices of one grade in one region, CNY per unit without tax; exceptions of 5.4 stand outside."""

    grade: str
    region: str | None  # of the needs' named place; None: needs without a region
    reference: Decimal | None  # mean, weighted by volume
    floor: Decimal | None  # least of all contracts and periods
    cap: Decimal | None  # greatest
    withheld: Literal["fewer-than-five"] | None = None  # five organisations on either side stand behind a price


class WelfareDifference(Term, frozen=True, omit_defaults=False):
    """Between which amounts the welfare of a scenario's best clearing less that of the market as it is lies (8.2)."""

    least: Decimal
    most: Decimal
    verdict: Literal["more", "less", "equal", "within_gaps"]


class ScenarioResult(Term, frozen=True, omit_defaults=False):
    """What came of one market."""

    id: str  # ``base``: the market as it is
    name_zh: str
    name_en: str
    market_hash: str
    status: Status
    clock_hit: bool
    objective: Decimal
    bound: Decimal
    bound_kind: Literal["recomputed", "solver"]
    gap: Decimal
    difference: WelfareDifference | None  # None: of the base, and where either has no clearing
    contracts: int
    offers: SideFigures
    needs: SideFigures
    concentration: Concentration  # over all grades, by value at the reference
    grades: tuple[GradeFigures, ...]
    prices: tuple[PriceFigures, ...]
    note: str | None = None


class WhatIf(Term, frozen=True):
    """Scenarios of one market side by side, the market as it is first."""

    format: Literal["changdan-whatif/1"]
    market_hash: str
    scenarios_hash: str
    limits: WorkLimits
    solver: dict[str, str]
    results: tuple[ScenarioResult, ...]


def read_what_if(data: bytes | str | Path) -> WhatIf:
    """A result from JSON text or from the file at a path.  Raises: MarketError; OSError for the path."""
    found, faults = build(parsed(data, FORMAT), WhatIf, limits=COMPUTED)
    if found is None:
        raise MarketError(faults)
    return found
