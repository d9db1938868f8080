"""Clearing generated markets from file to file, as a user would."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.measure import Measured


@dataclass(frozen=True)
class Run:
    """One market cleared once."""

    law: str
    size: int
    seed: int
    status: str
    objective_cny: float
    gap: float
    cost: Measured


def clear_generated(
    folder: Path, law: str, size: int, seed: int, limits: Sequence[str], measure: Callable[[Sequence[str]], Measured]
) -> Run:
    """Generate a market (not timed), clear it in a process of its own, read what came out."""
    market, clearing = folder / f"{law}-{size}-{seed}.json", folder / "clearing.json"
    solver = (sys.executable, "-m", "solver")
    number = str(size)
    made = measure(
        (*solver, "generate", "--law", law, "--offers", number, "--needs", number, "--periods", "12",
         "--seed", str(seed), "-o", str(market))
    )  # fmt: skip
    if made.exit_status != 0:
        raise RuntimeError(f"generate ended with {made.exit_status} for {law} {size} {seed}")
    cost = measure((*solver, "clear", str(market), "-o", str(clearing), *limits))
    if cost.exit_status != 0:
        return Run(law, size, seed, f"exit {cost.exit_status}", float("nan"), float("nan"), cost)
    result = json.loads(clearing.read_text(encoding="utf-8"))
    clearing.unlink()
    return Run(law, size, seed, result["status"], float(result["objective"]), float(result["gap"]), cost)


def table(runs: Sequence[Run], *, heading: bool, medians: bool = False) -> str:
    """Rows for people; with ``medians`` one row per law and size, the middle of its seeds."""
    lines = [f"{'market':<16} {'seed':>6} {'status':<9} {'gap':>9} {'wall s':>8} {'cpu s':>8} {'peak MB':>8}"]
    if medians:
        for law, size in dict.fromkeys((run.law, run.size) for run in runs):
            group = [run for run in runs if (run.law, run.size) == (law, size)]
            wall, cpu, peak = (
                median(getattr(run.cost, name) for run in group) for name in ("wall_s", "cpu_s", "peak_mb")
            )
            gap = median(run.gap for run in group)
            lines.append(f"{law} {size:<11} {len(group):>5}x {'':<9} {gap:>9.4%} {wall:>8.1f} {cpu:>8.1f} {peak:>8.0f}")
    else:
        lines += [
            f"{run.law} {run.size:<11} {run.seed:>6} {run.status:<9} {run.gap:>9.4%} "
            f"{run.cost.wall_s:>8.1f} {run.cost.cpu_s:>8.1f} {run.cost.peak_mb:>8.0f}"
            for run in runs
        ]
    return "\n".join(lines if heading else lines[1:])
