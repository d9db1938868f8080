"""How the solver's command line is used: its commands and options, and what is said of a wrong one."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Mapping
from typing import NoReturn

from solver.command_line import BAD_INPUT, NODES
from solver.command_line import within as _within
from solver.explaining.changes.commands import add_to as add_changes
from solver.files_named import Reads, Writes
from solver.rulecosts.commands import add_to as add_rules
from solver.stability.commands import add_to as add_stability
from solver.stress.commands import add_to as add_stress
from solver.whatif.commands import add_to as add_whatif

Command = Callable[[argparse.Namespace], int]


class _WithDefaults(argparse.HelpFormatter):
    def _get_help_string(self, action: argparse.Action) -> str | None:
        """Each option that has a default says it."""
        if action.default in (None, argparse.SUPPRESS):
            return action.help
        return f"{action.help} (default: {action.default})"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Usage errors in one line; argparse leaves with 2."""
        self.exit(BAD_INPUT, f"{self.prog}: {message}\n")


def parser_of(run: Mapping[str, Command]) -> argparse.ArgumentParser:
    """The parser of the command line; ``run``: what each command does, by its name."""
    parser = _Parser(prog="python -m solver", description="Clear a market of long-term offers and needs.")
    commands = parser.add_subparsers(
        required=True, dest="name", metavar="|".join([*run, "changes", "rules", "stability", "whatif", "stress"])
    )

    whole = _within(int, 1, math.inf)
    generate = commands.add_parser("generate", help="write a random market", formatter_class=_WithDefaults)
    generate.add_argument("--offers", type=whole, required=True, metavar="N", help="how many offers")
    generate.add_argument("--needs", type=whole, required=True, metavar="N", help="how many needs")
    generate.add_argument("--periods", type=whole, default=12, metavar="T", help="months of delivery")
    generate.add_argument(
        "--seed", type=_within(int, 0, math.inf), required=True, metavar="S", help="the same seed, the same market"
    )
    generate.add_argument(
        "--law",
        choices=("flat", "ramped"),
        default="flat",
        help="how it is drawn; docs/generator-laws.md",
    )
    generate.add_argument(
        "--divisible", action="store_true", help="without least size, count and cost of contracts: a linear model"
    )
    generate.add_argument(
        "--terms",
        type=_within(float, 0, 1),
        default=0.0,
        metavar="FRACTION",
        help="each optional term on this part of the orders",
    )
    generate.add_argument(
        "--only", type=lambda text: tuple(text.split(",")), metavar="TERM,...", help="these terms alone"
    )
    generate.add_argument("-o", "--output", action=Writes, required=True, metavar="MARKET.json", help="file to write")
    generate.set_defaults(command=run["generate"])

    clear = commands.add_parser("clear", help="match a market's offers and needs", formatter_class=_WithDefaults)
    clear.add_argument("market", action=Reads, metavar="MARKET.json", help="file to read")
    clear.add_argument("-o", "--output", action=Writes, required=True, metavar="CLEARING.json", help="file to write")
    clear.add_argument("--gap", type=_within(float, 0, 1), default=0.01, help="proven gap that ends the search")
    clear.add_argument("--nodes", type=NODES, default=20000, help="nodes of the search in each component, at most")
    clear.add_argument("--backend", choices=("highs", "cbc"), default="highs", help="solver of linear programs")
    clear.add_argument(
        "--time-limit",
        type=_within(float, 0.1, 1e6),
        metavar="SECONDS",
        help="safety net for the whole command: what is found when prices are due is the clearing (default: none)",
    )
    clear.add_argument(
        "--component-time-limit",
        type=_within(float, 0.1, 1e6),
        metavar="SECONDS",
        help="safety net for each component (default: none)",
    )
    clear.add_argument(
        "--memory-limit-mb",
        type=_within(int, 256, 10_000_000),
        metavar="MB",
        help="address space of each process of the search, in millions of bytes (default: none)",
    )
    clear.add_argument("--threads", type=_within(int, 1, 64), default=1, help="components cleared side by side")
    clear.add_argument("--warm", action=Reads, metavar="CLEARING.json", help="earlier clearing to begin with")
    clear.add_argument("--record", action=Writes, metavar="RECORD.json", help="file to write for a replay")
    clear.set_defaults(command=run["clear"])

    replay = commands.add_parser("replay", help="make a clearing again from its record", formatter_class=_WithDefaults)
    replay.add_argument("record", action=Reads, metavar="RECORD.json", help="file to read, with those that it names")
    replay.add_argument("--market", action=Reads, metavar="MARKET.json", help="the market, if it lies elsewhere")
    replay.add_argument("--clearing", action=Reads, metavar="CLEARING.json", help="the clearing, if it lies elsewhere")
    replay.add_argument("--warm", action=Reads, metavar="CLEARING.json", help="the warm start, if it lies elsewhere")
    replay.add_argument("--threads", type=_within(int, 1, 64), default=1, help="components cleared side by side")
    replay.set_defaults(command=run["replay"])

    verify = commands.add_parser("verify", help="recompute a clearing by plain arithmetic")
    verify.add_argument("market", action=Reads, metavar="MARKET.json")
    verify.add_argument("clearing", action=Reads, metavar="CLEARING.json")
    verify.set_defaults(command=run["verify"])

    explain = commands.add_parser("explain", help="what became of one order, and why")
    explain.add_argument("market", action=Reads, metavar="MARKET.json")
    explain.add_argument("clearing", action=Reads, metavar="CLEARING.json")
    explain.add_argument("order", metavar="ORDER")
    explain.set_defaults(command=run["explain"])
    add_changes(commands, _WithDefaults)
    add_rules(commands, _WithDefaults)
    add_stability(commands, _WithDefaults)
    add_whatif(commands, _WithDefaults)
    add_stress(commands, _WithDefaults)
    return parser
