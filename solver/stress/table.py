"""A stress test as a table for people: Chinese first, then English; of the outside only."""

from __future__ import annotations

from collections.abc import Iterator

from solver.form.stress import GradeStress, Shares, Stress
from solver.whatif.table import columns

CAPTION = (
    "价格压力测试：占参考价金额的比例，取最近的 5%；“最坏”为自某一起点的最大值（起点）",
    "Price stress test: shares of the value at the references, to the nearest 5 %; worst: from one beginning (which)",
)
HEADING = (
    "路径 牌号 起点数 合同数 越界合同 越过限价 最坏 低于卖方 最坏 高于买方 最坏 触下限 触上限 超出检验区间",
    "path grade beginnings contracts broken exposed worst below_seller worst above_buyer worst "
    "at_floor at_cap out_of_range",
)
REST = ("其余合计", "others")
WITHHELD = ("少于五家，不予显示", "fewer than five: withheld")


def table(stress: Stress) -> str:
    """One table in each language."""
    return "\n\n".join(
        f"{CAPTION[language]}\n{columns(HEADING[language].split(), list(_rows(stress, language)))}"
        for language in (0, 1)
    )


def _rows(stress: Stress, language: int) -> Iterator[list[str]]:
    for path in stress.paths:
        name = (path.name_zh, path.name_en)[language] or path.id
        for grade in path.grades:
            yield [name, grade.grade or REST[language], str(path.beginnings), *_cells(grade, language)]


def _cells(grade: GradeStress, language: int) -> list[str]:
    if grade.withheld is not None:
        return [WITHHELD[language], *[""] * 10]
    cells = [str(grade.contracts), str(grade.contracts_broken)]
    for shares in (grade.exposed, grade.below_seller, grade.above_buyer):
        cells += [_percent(shares), _worst(shares)]
    return [*cells, *(_percent(shares) for shares in (grade.at_floor, grade.at_cap, grade.out_of_range))]


def _percent(shares: Shares | None) -> str:
    return "" if shares is None else f"{shares.mean:.0%}"


def _worst(shares: Shares | None) -> str:
    if shares is None or shares.worst_begins is None:
        return ""
    return f"{shares.worst:.0%} ({shares.worst_begins})"
