"""A market and its scenarios, cleared one after the other under the same limits, each verified."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from solver.clear import clear as clear_market
from solver.form.clearing import Clearing, WorkLimits
from solver.form.honoured import refuse_unhonoured
from solver.form.market import Market, content_hash
from solver.form.scenarios import BASE, Scenarios
from solver.form.whatif import ScenarioResult, WhatIf
from solver.verify import Violation
from solver.verify import verify as verify_clearing
from solver.whatif.applying import applied
from solver.whatif.figures import figures

Progress = Callable[[dict[str, Any]], None]


class Unverified(Exception):
    """A clearing that the verifier refuses: no figure of it may be read."""

    def __init__(self, scenario: str, violations: Iterable[Violation]) -> None:
        self.scenario, self.violations = scenario, list(violations)
        super().__init__(f"the clearing of {scenario} does not verify: {len(self.violations)} violations")


@dataclass(frozen=True)
class Cleared:
    """One market of a comparison and its verified clearing."""

    market: Market
    clearing: Clearing
    result: ScenarioResult


def what_if(
    market: Market,
    scenarios: Scenarios,
    limits: WorkLimits = WorkLimits(),  # noqa: B008 - frozen
    *,
    seconds: float | None = None,
    threads: int = 1,
    progress: Progress | None = None,
    clear: Callable[..., Clearing] = clear_market,
    verify: Callable[[Market, Clearing], list[Violation]] = verify_clearing,
) -> WhatIf:
    """Clear a market as it is and in every scenario; ``seconds`` is the safety net of each clearing.

    All scenarios are applied before the first is cleared, so that a fault in the last costs no work.  ``progress`` is
    called after each clearing with its ``scenario``, how many there are, and its gap.
    Maths: docs/model.md 8.
    Raises: MarketError for a market with terms that are not cleared, and for scenarios that cannot be applied;
    Unverified.
    """
    return summary(
        market,
        scenarios,
        limits,
        cleared(
            market, scenarios, limits, seconds=seconds, threads=threads, progress=progress, clear=clear, verify=verify
        ),
    )


def cleared(
    market: Market,
    scenarios: Scenarios,
    limits: WorkLimits,
    *,
    seconds: float | None = None,
    threads: int = 1,
    progress: Progress | None = None,
    clear: Callable[..., Clearing] = clear_market,
    verify: Callable[[Market, Clearing], list[Violation]] = verify_clearing,
) -> list[Cleared]:
    """The market as it is and every scenario's, each with its clearing, for whoever tells less of them."""
    refuse_unhonoured(market)
    named = [(BASE, "现状", "as it is"), *((s.id, s.name_zh, s.name_en) for s in scenarios.scenarios)]
    found: list[Cleared] = []
    for (name, zh, en), each in zip(named, [market, *applied(market, scenarios)], strict=True):
        clearing = clear(each, limits, seconds=seconds, threads=threads)
        violations = verify(each, clearing)
        if violations:
            raise Unverified(name, violations)
        base = found[0].clearing if found else None
        found.append(Cleared(each, clearing, figures(each, clearing, base, name=name, zh=zh, en=en)))
        if progress is not None:
            progress({"scenario": len(found), "of": len(named), "gap": clearing.gap})
    return found


def summary(market: Market, scenarios: Scenarios, limits: WorkLimits, found: list[Cleared]) -> WhatIf:
    """The document of a comparison."""
    return WhatIf(
        format="changdan-whatif/1",
        market_hash=content_hash(market),
        scenarios_hash=content_hash(scenarios),
        limits=limits,
        solver=found[0].clearing.solver,
        results=tuple(each.result for each in found),
    )
