"""``python -m bench shading``: its options, its run, and what it keeps."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.shading.inference import Seen, seen
from bench.shading.markets import RULES
from bench.shading.picture import draw
from bench.shading.response import SHADES, Tried, responses
from bench.shading.table import HEADING, Row, line, row

# Orders a side: markets of that size, and orders tried in each.
SHORT = {10: (2, 4)}
USUAL = {10: (6, 6), 30: (2, 8), 100: (1, 8)}
FULL = {10: (60, 20), 30: (20, 20), 100: (6, 20)}


def add_to(commands: Any, formatter: type[argparse.HelpFormatter], numbers: Callable[[str], tuple[int, ...]]) -> None:
    """Put the command beside the others."""
    shading = commands.add_parser(
        "shading", help="what a false limit gains, and what prices tell", formatter_class=formatter
    )
    extent = shading.add_mutually_exclusive_group()
    extent.add_argument("--short", action="store_true", help="ten orders a side alone, seconds")
    extent.add_argument("--full", action="store_true", help="many markets of each size, an hour or more")
    shading.add_argument("--sizes", type=numbers, help="orders a side (default: all of the extent)")
    shading.add_argument("--whole", action="store_true", help="with least sizes, counts and costs of contracts: slow")
    shading.add_argument("-o", "--output", type=Path, metavar="FOLDER", help="where shading.json and shading.png go")
    shading.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Try, guess, and print the table."""
    extent = SHORT if given.short else FULL if given.full else USUAL
    sizes = extent if given.sizes is None else {size: extent.get(size, (2, 8)) for size in given.sizes}
    kind = "whole contracts" if given.whole else "divisible"
    heading = f"one grade, one period, law flat, {kind}; markets and orders tried by size: {sizes}"
    print(f"{heading}\n{HEADING}", flush=True)
    tried: list[Tried] = []
    watched: list[Seen] = []
    rows: list[Row] = []
    for size, (markets, orders) in sizes.items():
        for seed in range(markets):
            tried += responses(size, seed, orders, RULES, whole=given.whole)
            watched += seen(size, seed, RULES, whole=given.whole)
        found = [row(size, rule.name, tried, watched) for rule in RULES]
        rows += [each for each in found if each is not None]
        print("\n".join(line(each) for each in rows if each.size == size), flush=True)
    _keep(given.output, heading, rows, tried)
    return 0


def _keep(folder: Path | None, heading: str, rows: list[Row], tried: list[Tried]) -> None:
    if folder is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    told = {
        "heading": heading,
        "shades": list(map(str, SHADES)),
        "rows": [asdict(each) for each in rows],
        "orders": [asdict(each) for each in tried],
    }
    (folder / "shading.json").write_text(json.dumps(told, indent=1), encoding="utf-8")
    drawn = draw(rows, tried, folder / "shading.png", heading)
    print(f"written to {folder}: shading.json" + (", shading.png" if drawn else "; no picture without matplotlib"))
