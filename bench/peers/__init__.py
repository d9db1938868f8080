"""What a user would write instead of calling the solver: the same model in other libraries, one file each.

Each peer runs in a process of its own (OR-Tools and highspy cannot be loaded together):
``python -m bench.peers NAME MARKET.json ANSWER.json --seconds S``.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version


@dataclass(frozen=True)
class Peer:
    """One peer: what it is called, the file that holds it, and the distributions it needs."""

    title: str
    module: str
    needs: tuple[str, ...]
    linear: bool = False  # takes divisible markets alone

    def missing(self) -> list[str]:
        """Distributions that are not installed."""
        return [name for name in self.needs if _version(name) is None]

    def versions(self) -> dict[str, str]:
        """Distribution -> version."""
        return {name: _version(name) or "missing" for name in self.needs}


PEERS = {
    "pulp-cbc": Peer("PuLP + CBC", "pulp_cbc", ("pulp",)),
    "pulp-highs": Peer("PuLP + HiGHS", "pulp_highs", ("pulp", "highspy")),
    "highs": Peer("HiGHS, arrays", "highs_arrays", ("highspy",)),
    "cpsat": Peer("OR-Tools CP-SAT", "cpsat", ("ortools",)),
    "scip": Peer("SCIP", "scip", ("pyscipopt",)),
    "linopy": Peer("linopy + HiGHS", "linopy_highs", ("linopy", "highspy")),
    "highs-simplex": Peer("HiGHS, linear, simplex", "highs_simplex", ("highspy",), linear=True),
    "highs-ipm": Peer("HiGHS, linear, interior point", "highs_ipm", ("highspy",), linear=True),
}


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None
