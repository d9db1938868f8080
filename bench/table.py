"""The race in figures: a row per market and participant, medians over seeds, growth with size."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from bench.race import OURS, Entry, gap_of
from bench.verdict import best_bound

HEADING = (
    f"{'market':<16} {'seed':>4} {'participant':<29} {'thr':>3} {'objective CNY':>19} {'bound CNY':>19} {'gap':>9} "
    f"{'to best':>9} {'wall s':>7} {'cpu s':>7} {'peak MB':>8} {'welfare':>8} {'time':>7} {'memory':>7}  outcome"
)


@dataclass(frozen=True)
class Line:
    """One entry set beside the best bound and this solver."""

    entry: Entry
    gap: float | None  # against its own bound
    gap_to_best: float | None  # against the least bound of all
    welfare: float | None  # times this solver's
    time: float | None
    memory: float | None


def lines(entries: Sequence[Entry]) -> list[Line]:
    """The entries of one market, compared."""
    bound = best_bound(entries)
    ours = next((entry for entry in entries if entry.participant == OURS), None)
    return [
        Line(
            entry=entry,
            gap=gap_of(entry.objective, entry.bound) if entry.answered else None,
            gap_to_best=gap_of(entry.objective, bound) if entry.answered else None,
            welfare=_ratio(entry.objective if entry.answered else None, None if ours is None else ours.objective),
            time=_ratio(_cost(entry, "wall_s"), _cost(ours, "wall_s")),
            memory=_ratio(_cost(entry, "peak_mb"), _cost(ours, "peak_mb")),
        )
        for entry in entries
    ]


def rows(compared: Iterable[Line]) -> str:
    """A row for every line."""
    return "\n".join(
        f"{line.entry.case.market:<16} {line.entry.case.seed:>4} {line.entry.participant:<29} "
        f"{line.entry.threads or '-':>3} {_money(line.entry.objective)} {_money(line.entry.bound)} {_figures(line)}"
        f"  {line.entry.outcome}"
        for line in compared
    )


def medians(compared: Sequence[Line]) -> str:
    """A row for every market and participant, the middle of its seeds; the seeds that have an answer are counted."""
    out = [
        f"{'market':<16} {'participant':<29} {'answers':>7} {'gap':>9} {'to best':>9} {'wall s':>7} {'cpu s':>7} "
        f"{'peak MB':>8} {'welfare':>8} {'time':>7} {'memory':>7}"
    ]
    for (market, participant), group in grouped(compared).items():
        answers = f"{sum(line.entry.answered for line in group)}/{len(group)}"
        out.append(f"{market:<16} {participant:<29} {answers:>7} {_figures_of(group)}")
    return "\n".join(out)


def grouped(compared: Iterable[Line]) -> dict[tuple[str, str], list[Line]]:
    """Lines by market and participant; who is not installed is left out."""
    groups: dict[tuple[str, str], list[Line]] = {}
    for line in compared:
        if line.entry.cost is not None:
            groups.setdefault((line.entry.case.market, line.entry.participant), []).append(line)
    return groups


def middle(values: Iterable[float | None]) -> float | None:
    """Median of what is there."""
    there = [value for value in values if value is not None]
    return median(there) if there else None


def growth(compared: Sequence[Line], low: int = 1_000, high: int = 10_000) -> str:
    """How wall time and memory grow from one size to another: the k of size^k, where both were run to an answer."""
    out = []
    groups = grouped(line for line in compared if line.entry.answered)
    for (market, participant), group in groups.items():
        law, size = market.split()
        larger = groups.get((f"{law} {high}", participant))
        if size != str(low) or larger is None:
            continue
        exponents = [
            math.log(median(map(of, larger)) / median(map(of, group))) / math.log(high / low)
            for of in (lambda line: line.entry.cost.wall_s, lambda line: line.entry.cost.peak_mb)
        ]
        out.append(
            f"{law:<10} {participant:<29} from {low:,} to {high:,} orders a side: "
            f"time ~ size^{exponents[0]:.2f}, memory ~ size^{exponents[1]:.2f}"
        )
    return "\n".join(out)


def _cost(entry: Entry | None, name: str) -> float | None:
    return None if entry is None or entry.cost is None else float(getattr(entry.cost, name))


def _figures(line: Line) -> str:
    return _figures_of([line])


def _figures_of(group: Sequence[Line]) -> str:
    costs = [line.entry.cost for line in group if line.entry.cost is not None]
    wall, cpu, peak = (middle(getattr(cost, name) for cost in costs) for name in ("wall_s", "cpu_s", "peak_mb"))
    gap, to_best, welfare, time, memory = (
        middle(getattr(line, name) for line in group) for name in ("gap", "gap_to_best", "welfare", "time", "memory")
    )
    return (
        f"{_cell(gap, '9.4%')} {_cell(to_best, '9.4%')} {_cell(wall, '7.1f')} {_cell(cpu, '7.1f')} "
        f"{_cell(peak, '8.0f')} {_cell(welfare, '8.4f')} {_cell(time, '7.2f')} {_cell(memory, '7.2f')}"
    )


def _cell(value: float | None, form: str) -> str:
    return f"{'-':>{int(form.split('.')[0])}}" if value is None else f"{value:{form}}"


def _money(value: float | None) -> str:
    return f"{'-':>19}" if value is None else f"{value:>19,.2f}"


def _ratio(value: float | None, of: float | None) -> float | None:
    return value / of if value is not None and of else None
