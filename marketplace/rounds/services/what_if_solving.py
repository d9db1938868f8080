"""Clearing the scenarios of a frozen market.  Knows no database, so that no lock is held while it works."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from marketplace.rounds.services.solving import RECORDABLE, RunFailed
from marketplace.rounds.services.what_if_figures import told_results
from marketplace.shared.error_places import place_of
from marketplace.shared.errors import DomainError
from solver.form.clearing import WorkLimits
from solver.form.market import canonical_bytes, content_hash
from solver.form.reading import read_market
from solver.form.scenarios import read_scenarios


@dataclass(frozen=True)
class Answer:
    """What verified clearings came to: the exact document, which stays sealed, and what staff are told."""

    document: bytes
    hash: str
    told: list[dict[str, Any]]


def solve_what_if(
    market_document: bytes,
    scenario_document: bytes,
    *,
    samples_alone: bool,
    seconds: float,
    threads: int = 1,
    progress: Callable[[dict[str, Any]], object] | None = None,
) -> Answer:
    """Clear a market as it is and in its scenarios, under the limits of every round, each verified.

    Units: ``seconds`` is the safety net of each clearing.
    Raises: RunFailed when the solver stops, gives no clearing, or gives one that does not verify; whatever
    ``progress`` raises of the domain's errors.
    """
    from solver.whatif.running import Unverified, cleared, summary  # its libraries are heavy, as those of a round

    limits = WorkLimits()
    try:
        market, scenarios = read_market(market_document), read_scenarios(scenario_document)
        found = cleared(market, scenarios, limits, seconds=seconds, threads=threads, progress=progress)
        document = summary(market, scenarios, limits, found)
    except DomainError:
        raise
    except Unverified as error:
        terms = ", ".join(sorted({violation.term for violation in error.violations}))
        raise RunFailed(
            f"the clearing of {error.scenario} does not verify: {len(error.violations)} violations of {terms}"
        ) from error
    except Exception as error:
        raise RunFailed(f"the solver stopped: {place_of(error)}") from error
    for each in found:
        if each.clearing.status not in RECORDABLE:
            raise RunFailed(f"the solver gave no clearing of {each.result.id}: {each.clearing.status}")
    return Answer(canonical_bytes(document), content_hash(document), told_results(found, exact=samples_alone))
