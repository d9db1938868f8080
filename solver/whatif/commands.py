"""``python -m solver whatif``: scenarios of a market file side by side."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from solver.command_line import DONE, NODES, REFUSED, read, refused_by_name, within
from solver.files_named import Reads, Writes, write_and_say


def add_to(commands: Any, form: type[argparse.HelpFormatter]) -> None:
    """Register the command."""
    whatif = commands.add_parser("whatif", help="clear a market in scenarios, side by side", formatter_class=form)
    whatif.add_argument("market", action=Reads, metavar="MARKET.json", help="file to read")
    whatif.add_argument("--scenarios", action=Reads, required=True, metavar="SCENARIOS.json", help="docs/what-if.md")
    whatif.add_argument("-o", "--output", action=Writes, required=True, metavar="RESULT.json", help="file to write")
    whatif.add_argument("--gap", type=within(float, 0, 1), default=0.01, help="proven gap that ends a search")
    whatif.add_argument("--nodes", type=NODES, default=20000, help="nodes of a search in each component, at most")
    whatif.add_argument("--backend", choices=("highs", "cbc"), default="highs", help="solver of linear programs")
    whatif.add_argument(
        "--time-limit",
        type=within(float, 0.1, 1e6),
        metavar="SECONDS",
        help="safety net of each clearing (default: none)",
    )
    whatif.add_argument("--threads", type=within(int, 1, 64), default=1, help="components cleared side by side")
    whatif.set_defaults(command=run_whatif)


def run_whatif(arguments: argparse.Namespace) -> int:
    """Clear a market as it is and in every scenario; tables on stdout, figures in a file."""
    from tqdm import tqdm

    from solver.form.clearing import WorkLimits
    from solver.form.reading import read_market
    from solver.form.scenarios import read_scenarios
    from solver.whatif.figures import NO_CLEARING
    from solver.whatif.running import Unverified, what_if
    from solver.whatif.table import tables

    market = read(read_market, arguments.market)
    scenarios = read(read_scenarios, arguments.scenarios)
    limits = WorkLimits(gap=arguments.gap, nodes=arguments.nodes, backend=arguments.backend)
    with tqdm(desc="scenarios", unit="", disable=not sys.stderr.isatty(), file=sys.stderr) as bar:

        def show(step: dict[str, Any]) -> None:
            bar.total = step["of"]
            bar.update(1)

        try:
            result = refused_by_name(
                arguments.scenarios,
                lambda: what_if(
                    market,
                    scenarios,
                    limits,
                    seconds=arguments.time_limit,
                    threads=arguments.threads,
                    progress=show,
                ),
            )
        except Unverified as error:
            sys.stderr.write(f"{error}; nothing written\n")
            return REFUSED
    write_and_say(result, arguments.output)
    sys.stdout.write(tables(result) + "\n")
    return REFUSED if any(each.status in NO_CLEARING for each in result.results) else DONE
