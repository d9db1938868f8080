"""Clearing a frozen market: read, solve, verify.  Knows no database, so that no lock is held while it works."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy.exc import OperationalError

from marketplace import __version__
from marketplace.shared.error_places import place_of
from marketplace.shared.errors import DomainError
from solver.form.clearing import Clearing
from solver.form.market import Market, content_hash
from solver.form.reading import read_market

if TYPE_CHECKING:
    from solver.verify import Violation

RECORDABLE = ("optimal", "feasible", "empty")

Step = dict[str, Any]  # component, of, gap; stage

Solved = TypeVar("Solved")


class RunFailed(DomainError):
    """A run came to nothing; says why, without any figure of an order."""

    code = "run-failed"


@dataclass(frozen=True)
class Verified:
    """A clearing that the verifier has accepted for the market with this hash.  Only :func:`solve` makes one."""

    clearing: Clearing
    market_hash: str


@cache
def this_program() -> str:
    """What clears a market here: versions, and a digest of the solver's source.  The same name, the same results."""
    import solver
    from solver.clear import solver_named
    from solver.form.clearing import WorkLimits

    folder = Path(solver.__file__).parent
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*.py")):
        digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes())
    named = solver_named(WorkLimits().backend) | {"numpy": version("numpy"), "scipy": version("scipy")}
    parts = [f"{name} {value}" for name, value in sorted(named.items())]
    return "; ".join([f"changdan {__version__}", f"source {digest.hexdigest()[:16]}", *parts])


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
    market = or_failed(lambda: read_market(market_document))
    clearing = or_failed(lambda: clear(market, seconds=seconds, threads=threads, progress=report))
    return verified(market, clearing, progress=report, verify=verify)


def or_failed(solving: Callable[[], Solved]) -> Solved:
    """What the solver gives.  Raises: RunFailed when it stops; the domain's errors as they are."""
    try:
        return solving()
    except (DomainError, OperationalError):
        raise
    except Exception as error:
        raise RunFailed(f"the solver stopped: {place_of(error)}") from error


def verified(
    market: Market,
    clearing: Clearing,
    *,
    progress: Callable[[Step], object],
    verify: Callable[[Market, Clearing], Iterable[Violation]] = _verify,
) -> Verified:
    """A clearing that may be recorded.  Raises: RunFailed when there is none, or it does not verify."""
    if clearing.status not in RECORDABLE:
        raise RunFailed(f"the solver gave no clearing: {clearing.status}; {_reason(clearing)}")
    progress({"stage": "verifying"})
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
