"""The result of scenarios as tables for people: Chinese first, then English."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from decimal import Decimal

from solver.form.whatif import ScenarioResult, WhatIf

VERDICTS = {
    "more": ("增加", "more"),
    "less": ("减少", "less"),
    "equal": ("不变", "equal"),
    "within_gaps": ("差异在误差范围内", "within the gaps"),
}
STATUSES = {
    "optimal": ("最优", "optimal"),
    "feasible": ("可行", "feasible"),
    "empty": ("无可成交", "empty"),
    "infeasible": ("不可行", "infeasible"),
    "failed": ("失败", "failed"),
}
WITHHELD = ("少于五家，不予显示", "fewer than five: withheld")
OVERALL = (
    "方案 状态 总剩余（元） 误差 总剩余差额的确定范围（元） 结论 合同数 供应 需求 供应方HHI 前三家份额",
    "scenario status welfare_CNY gap certain_range_of_the_difference_CNY verdict contracts offers needs HHI top_3",
)
BY_GRADE = (
    "方案 牌号 单位 供应量 需求量 成交量 未售出 未满足需求 合同数 供应方HHI 前三家份额",
    "scenario grade unit offered requested matched unsold unserved contracts HHI top_3",
)
PRICES = (
    "方案 牌号 到货地区 到货参考均价 最低下限 最高上限",
    "scenario grade region mean_reference least_floor greatest_cap",
)
CAPTIONS = (
    (
        "总体：供应、需求为全部/部分/未成交的订单数；HHI 与份额按参考价金额",
        "All together: offers and needs are orders matched in all, in part, not at all; HHI and shares by value",
    ),
    ("按牌号：HHI 与份额按数量", "By grade: HHI and shares by volume"),
    ("到货价，元/单位，不含税", "Delivered prices, CNY per unit without tax"),
)
ZH, EN = 0, 1


def tables(result: WhatIf) -> str:
    """Three tables in each language: all together, by grade, by grade and region."""
    parts = ((OVERALL, _overall), (BY_GRADE, _by_grade), (PRICES, _prices))
    return "\n\n".join(
        f"{caption[language]}\n{columns(heading[language].split(), list(rows(result, language)))}"
        for language in (ZH, EN)
        for caption, (heading, rows) in zip(CAPTIONS, parts, strict=True)
    )


def _overall(result: WhatIf, language: int) -> Iterator[list[str]]:
    for each in result.results:
        difference = each.difference
        yield [
            _name(each, language),
            STATUSES[each.status][language],
            f"{each.objective:,}",
            f"{each.gap:.4%}",
            "" if difference is None else f"{difference.least:+,} … {difference.most:+,}",
            "" if difference is None else VERDICTS[difference.verdict][language],
            str(each.contracts),
            *(f"{side.matched}/{side.partly_matched}/{side.unmatched}" for side in (each.offers, each.needs)),
            _share(each.concentration.hhi),
            _share(each.concentration.top3_share),
        ]


def _by_grade(result: WhatIf, language: int) -> Iterator[list[str]]:
    for each in result.results:
        for grade in each.grades:
            volumes = (grade.offered, grade.requested, grade.matched, grade.unsold, grade.unserved)
            yield [
                _name(each, language),
                grade.grade,
                grade.unit,
                *(f"{volume:,}" for volume in volumes),
                str(grade.contracts),
                _share(grade.concentration.hhi),
                _share(grade.concentration.top3_share),
            ]


def _prices(result: WhatIf, language: int) -> Iterator[list[str]]:
    for each in result.results:
        for price in each.prices:
            amounts = (price.reference, price.floor, price.cap)
            told = [WITHHELD[language], "", ""] if price.withheld else [f"{a:,}" for a in amounts if a is not None]
            yield [_name(each, language), price.grade, price.region or "", *told]


def _name(each: ScenarioResult, language: int) -> str:
    return (each.name_zh, each.name_en)[language] or each.id


def _share(share: Decimal | None) -> str:
    return "" if share is None else f"{share:.4f}"


def columns(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell; a Chinese character takes two places.

    >>> print(columns(("方案", "n"), [["a", "1"]]))
    方案  n
    a     1
    """
    every = [heading, *rows]
    widths = [max(_width(row[column]) for row in every) for column in range(len(heading))]
    lines = ("  ".join(cell + " " * (widths[c] - _width(cell)) for c, cell in enumerate(row)) for row in every)
    return "\n".join(line.rstrip() for line in lines)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "FW" else 1 for letter in text)
