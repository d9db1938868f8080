"""What a peer is told beside the pairs, and what it gives back."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from bench.pairs import Given
from solver.pairs.screened import Floats

ON = 0.5  # a contract variable above this is a contract that is made

Links = Literal["term", "period"]


@dataclass(frozen=True)
class Limits:
    """When to stop, how many threads to use, and how to link volumes to contracts."""

    deadline: float  # time.monotonic() of the end, counted from the start of the process
    threads: int
    gap: float  # relative, at which the search may end
    links: Links = "term"  # ``period`` adds x_pt <= u_pt y_p to every period: tighter, larger

    def left(self) -> float:
        """Seconds until the end; what was spent on reading and building is gone."""
        return max(0.1, self.deadline - time.monotonic())


@dataclass(frozen=True)
class Answer:
    """What a peer says it found.  The race recounts the volumes and believes nothing else of it but the bound."""

    status: str  # in the peer's own words
    volumes: Floats | None  # (P, T), None if nothing was found
    made: Floats | None  # (P,) contract variables
    objective: float | None  # as claimed
    bound: float | None  # as proven
    threads: int  # that were really used
    columns: int
    rows: int


def write_answer(path: Path, given: Given, answer: Answer, versions: dict[str, str], seconds: dict[str, float]) -> None:
    """The result file: volumes of the contracts that are made, by the orders' ids."""
    contracts = []
    if answer.volumes is not None and answer.made is not None:
        volumes = np.where(answer.made[:, None] > ON, np.maximum(answer.volumes, 0.0), 0.0)
        contracts = [
            [given.offers[given.offer[p]], given.needs[given.need[p]], volumes[p].tolist()]
            for p in np.flatnonzero(volumes.sum(axis=1) > 0)
        ]
    path.write_text(
        json.dumps(
            {
                "status": answer.status,
                "found": answer.volumes is not None,
                "objective": _finite(answer.objective),
                "bound": _finite(answer.bound),
                "threads": answer.threads,
                "columns": answer.columns,
                "rows": answer.rows,
                "versions": versions,
                "seconds": seconds,
                "contracts": contracts,
            }
        ),
        encoding="utf-8",
    )


def _finite(value: float | None) -> float | None:
    return value if value is not None and abs(value) < 1e29 else None  # backends say 1e30 for "no bound"
