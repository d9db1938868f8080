"""``python -m solver stress``: the prices of a clearing on other index paths."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from solver.command_line import DONE, REFUSED, read, refused_by_name, verified_or_refused
from solver.files_named import Reads, Writes, write_and_say

HISTORY = Path(__file__).with_name("history.json")  # monthly means of lithium carbonate; its source stands in it


def add_to(commands: Any, form: type[argparse.HelpFormatter]) -> None:
    """Register the command."""
    stress = commands.add_parser("stress", help="replay a clearing's prices over index paths", formatter_class=form)
    stress.add_argument("market", action=Reads, metavar="MARKET.json")
    stress.add_argument("clearing", action=Reads, metavar="CLEARING.json")
    stress.add_argument(
        "--paths",
        action=Reads,
        metavar="PATHS.json",
        help="docs/stress.md (default: lithium carbonate 2017 to 2021, which comes with the package)",
    )
    stress.add_argument("-o", "--output", action=Writes, metavar="RESULT.json", help="write what may leave the house")
    stress.add_argument(
        "--inside",
        action=Writes,
        metavar="INSIDE.json",
        help="write every proposal exactly; limits follow from it",
    )
    stress.set_defaults(command=run_stress)


def run_stress(arguments: argparse.Namespace) -> int:
    """Replay the prices of a verified clearing; a table on stdout, figures in files."""
    from solver.form.paths import read_paths
    from solver.form.reading import read_clearing, read_market
    from solver.stress.running import stress
    from solver.stress.table import table

    market, clearing = read(read_market, arguments.market), read(read_clearing, arguments.clearing)
    file = HISTORY if arguments.paths is None else arguments.paths
    paths = read(read_paths, file)
    if not verified_or_refused(market, clearing, "nothing is replayed"):
        return REFUSED
    outside, inside = refused_by_name(file, lambda: stress(market, clearing, paths))
    for result, path in ((outside, arguments.output), (inside, arguments.inside)):
        write_and_say(result, path)
    sys.stdout.write(table(outside) + "\n")
    return DONE
