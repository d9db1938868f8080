"""Shading as a picture: what a false limit gains by how far it is from the true one, and how often limits are hit."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path

from bench import pictures
from bench.shading.response import SHADES, Tried
from bench.shading.table import Row


def draw(rows: Sequence[Row], tried: Sequence[Tried], path: Path, heading: str) -> bool:
    """Write the picture; False if matplotlib is not installed."""
    begun = pictures.begun()
    if begun is None:
        return False
    pyplot, chinese = begun

    def said(translated: str, english: str) -> str:
        return f"{translated}\n{english}" if chinese else english

    sizes = list(dict.fromkeys(row.size for row in rows))
    rules = list(dict.fromkeys(row.rule for row in rows))
    figure, axes = pyplot.subplots(2, len(sizes), figsize=(4.2 * len(sizes), 7.5), squeeze=False, sharey="row")
    for column, size in enumerate(sizes):
        above, below = axes[0][column], axes[1][column]
        for rule in rules:
            own = [each for each in tried if each.size == size and each.truth(rule) > 0]
            truth = sum(each.truth(rule) for each in own)
            gains = [100 * (sum(each.gains[rule][at] for each in own) / truth - 1) for at in range(len(SHADES))]
            above.plot([100 * float(shade) for shade in SHADES], gains, marker="o", markersize=3, label=rule)
        above.axhline(0, color="grey", linewidth=0.8)
        above.set_title(said(f"每侧 {size} 单", f"{size} orders a side"))
        above.set_xlabel(said("限价虚报，%", "false limit, %"))
        of_size = [row for row in rows if row.size == size]
        for k, (name, figures) in enumerate(
            (
                (said("仅知行情", "level"), [row.by_level for row in of_size]),
                (said("见成交价", "price"), [row.by_price for row in of_size]),
                (said("并用己方限价", "and own limit"), [row.by_both for row in of_size]),
            )
        ):
            places = [r + 0.27 * (k - 1) for r in range(len(of_size))]
            below.bar(places, [100 * figure for figure in figures], 0.25, label=name.replace("\n", " "))
        below.set_xticks(range(len(of_size)), [row.rule for row in of_size], rotation=25, fontsize="small")
    axes[0][0].set_ylabel(said("收益变化，%", "change of gain, %"))
    axes[1][0].set_ylabel(said("猜中对方限价（±2 %）的比例，%", "limits guessed within 2 %, %"))
    axes[0][0].legend(fontsize="x-small")
    axes[1][0].legend(fontsize="x-small")
    figure.text(0.01, 0.005, textwrap.fill(heading, 45 * len(sizes)), fontsize="small")
    figure.tight_layout(rect=(0, 0.06, 1, 1))
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
    return True
