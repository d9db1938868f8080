"""Clearing a frozen market: read, solve, verify.  Knows no database, so that no lock is held while it works."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from marketplace.shared.errors import DomainError
from solver.form.clearing import Clearing
from solver.form.market import Market, content_hash
from solver.form.reading import read_market

if TYPE_CHECKING:
    from solver.verify import Violation

RECORDABLE = ("optimal", "feasible", "empty")

Step = dict[str, Any]  # component, of, gap; stage


class RunFailed(DomainError):
    """A run came to nothing; says why, without any figure of an order."""

    code = "run-failed"


@dataclass(frozen=True)
class Verified:
    """A clearing that the verifier has accepted for the market with this hash.  Only :func:`solve` makes one."""

    clearing: Clearing
    market_hash: str


def _clear(market: Market, **options: Any) -> Clearing:
    """The solver's; its libraries are loaded with the first round, since most processes never run one."""
    from solver.clear import clear

    return clear(market, **options)


def _verify(market: Market, clearing: Clearing) -> Iterable[Violation]:
    from solver.verify import verify

    return verify(market, clearing)


def solve(
    market_document: bytes,
    *,
    seconds: float,
    threads: int = 1,
    progress: Callable[[Step], object] | None = None,
    clear: Callable[..., Clearing] = _clear,
    verify: Callable[[Market, Clearing], Iterable[Violation]] = _verify,
) -> Verified:
    """Clear a market and have the clearing verified by plain arithmetic.

    Units: ``seconds`` is the safety net; limits on work end the search before it.
    ``clear`` and ``verify``: the solver's own, unless a test brings others.
    Raises: RunFailed when the solver stops, gives no clearing, or gives one that does not verify; whatever
    ``progress`` raises of the domain's errors.
    """
    report = progress or (lambda step: None)
    try:
        market = read_market(market_document)
        clearing = clear(market, seconds=seconds, threads=threads, progress=report)
    except DomainError:
        raise
    except Exception as error:
        raise RunFailed(f"the solver stopped: {place_of(error)}") from error
    if clearing.status not in RECORDABLE:
        raise RunFailed(f"the solver gave no clearing: {clearing.status}; {_reason(clearing)}")
    report({"stage": "verifying"})
    try:
        violations = list(verify(market, clearing))
    except Exception as error:
        raise RunFailed(f"the verifier stopped: {place_of(error)}") from error
    if violations:
        terms = ", ".join(sorted({violation.term for violation in violations}))
        raise RunFailed(f"the clearing does not verify: {len(violations)} violations of {terms}")
    market_hash = content_hash(market)
    if clearing.market_hash != market_hash:
        raise RunFailed(f"the clearing names another market: {clearing.market_hash}")
    return Verified(clearing, market_hash)


def _reason(clearing: Clearing) -> str:
    """What the clearing notes; of rules that cannot hold together their kinds, for their names are those of orders."""
    stated = {rule for each in clearing.contradictions for rules in each.give_up for rule in rules}
    if not stated:
        return clearing.note or "no note"
    return f"rules that cannot all hold: {', '.join(sorted({rule.partition(':')[0] for rule in stated}))}"


def place_of(error: Exception) -> str:
    """The kind of error and its place; never its message, which may hold a figure of an order."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return type(error).__name__ + place
