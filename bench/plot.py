"""The race as a picture: gap against the best bound, wall time and peak memory, a group of bars per market."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from pathlib import Path

from bench import pictures
from bench.table import Line, grouped, middle

LEAST_GAP = 1e-6  # a logarithmic axis has no zero
PANELS = (
    ("gap_to_best", "gap to the best bound, %", "与最优上界的差距，%", 100.0),
    ("wall_s", "wall time, s", "用时，秒", 1.0),
    ("peak_mb", "peak memory of all processes, MB", "全部进程的内存峰值，MB", 1.0),
)


def draw(compared: Sequence[Line], path: Path, heading: str) -> bool:
    """Write the picture; False if matplotlib is not installed."""
    begun = pictures.begun()
    if begun is None:
        return False
    pyplot, chinese = begun
    groups = grouped(compared)
    markets = list(dict.fromkeys(market for market, _ in groups))
    names = list(dict.fromkeys(name for _, name in groups))
    colours = [pyplot.colormaps["tab10"](k) for k in range(10)]
    figure, axes = pyplot.subplots(len(PANELS), 1, figsize=(max(8.0, 1.9 * len(markets) + 3), 10), sharex=True)
    for axis, (figure_of, english, translated, factor) in zip(axes, PANELS, strict=True):
        axis.set_yscale("log")
        for k, name in enumerate(names):
            for m, market in enumerate(markets):
                group = groups.get((market, name))
                if group is None:
                    continue
                at = m + 0.8 * ((k + 0.5) / len(names) - 0.5)
                value = middle(_value(line, figure_of) for line in group)
                label = name if m == next(i for i, each in enumerate(markets) if (each, name) in groups) else None
                colour, height = colours[k % len(colours)], math.nan if value is None else value * factor
                axis.bar(at, height, 0.8 / len(names), color=colour, label=label)
                if value is None:
                    axis.text(at, 0.02, "×", transform=axis.get_xaxis_transform(), ha="center", color=colour)
        if figure_of == "wall_s":
            limits = [next(line for line in compared if line.entry.case.market == each) for each in markets]
            for m, line in enumerate(limits):
                axis.hlines(line.entry.case.seconds, m - 0.45, m + 0.45, colors="grey", linestyles="dashed")
        axis.set_ylabel(f"{translated}\n{english}" if chinese else english)
        axis.grid(axis="y", which="major", alpha=0.3)
    axes[-1].set_xticks(range(len(markets)), markets)
    axes[0].legend(fontsize="small", ncols=3, loc="lower left", bbox_to_anchor=(0, 1.02))
    no_answer = "× 无可行解 no answer" if chinese else "× no answer"
    limit = "虚线：时限 dashed: limit" if chinese else "dashed: limit"
    figure.text(0.01, 0.005, textwrap.fill(f"{no_answer}; {limit}; {heading}", 120), fontsize="small")
    figure.tight_layout(rect=(0, 0.04, 1, 1))
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
    return True


def _value(line: Line, name: str) -> float | None:
    if name == "gap_to_best":
        return None if line.gap_to_best is None else max(line.gap_to_best, LEAST_GAP)
    return None if line.entry.cost is None else float(getattr(line.entry.cost, name))
