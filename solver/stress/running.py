"""A clearing's proposals replayed over every path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from solver.form.clearing import Clearing
from solver.form.market import Market, content_hash
from solver.form.paths import StressPath, StressPaths
from solver.form.stress import GradeStress, PathInside, PathStress, Stress, StressInside
from solver.pairs.trades import trades_of
from solver.stress.figures import Replayed, grade_figures, proposal_figures
from solver.stress.replay import moments
from solver.stress.windows import Window, refuse_unfit, windows


def stress(market: Market, clearing: Clearing, paths: StressPaths) -> tuple[Stress, StressInside]:
    """What the paths do to a clearing's prices: for the outside, and for whoever may see the market.

    The clearing must be a verified one of this market.
    Maths: docs/model.md 8.5.  Raises: MarketError for paths that cannot be replayed on this market.
    """
    refuse_unfit(market, clearing, paths)
    hashes = {
        "market_hash": content_hash(market),
        "clearing_hash": content_hash(clearing),
        "paths_hash": content_hash(paths),
    }
    outside, inside = [], []
    for path in paths.paths:
        told, kept = _path(market, clearing, path)
        outside.append(told)
        inside.append(kept)
    return (
        Stress(format="changdan-stress/1", paths=tuple(outside), **hashes),
        StressInside(format="changdan-stress-inside/1", paths=tuple(inside), **hashes),
    )


def _path(market: Market, clearing: Clearing, path: StressPath) -> tuple[PathStress, PathInside]:
    every: list[Window] = list(windows(market, path))
    replayed = [
        Replayed(trade, [moments(market, trade, window) for window in every])
        for trade in trades_of(market, clearing.matches)
    ]
    by_grade = {grade.id: [each for each in replayed if each.trade.match.grade == grade.id] for grade in market.grades}
    return (
        PathStress(
            id=path.id,
            name_zh=path.name_zh,
            name_en=path.name_en,
            source=path.source,
            beginnings=len(every),
            grades=tuple(_grades(by_grade, every)),
        ),
        PathInside(id=path.id, proposals=tuple(proposal_figures(market, each, every) for each in replayed)),
    )


def _grades(by_grade: Mapping[str, Sequence[Replayed]], every: Sequence[Window]) -> Iterator[GradeStress]:
    """Each grade, and the withheld ones together: no contract is in two rows, so that none is their difference."""
    withheld: list[Replayed] = []
    for grade, replayed in by_grade.items():
        if replayed:
            found = grade_figures(grade, replayed, every)
            withheld += replayed if found.withheld is not None else ()
            yield found
    if withheld:
        yield grade_figures(None, withheld, every)
