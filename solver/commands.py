"""The solver's command line: generate, clear, verify and explain markets in files.

Exit codes: 0 done, also where no pair may trade (status ``empty``); 1 the verifier found violations, or there is no
clearing (``failed``, ``infeasible``); 2 bad input or usage.
Heavy imports stand inside the commands, so that help and errors of usage appear at once.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from solver.command_line import BAD_INPUT, DONE, INTERRUPTED, REFUSED
from solver.command_line import Bad as _Bad
from solver.command_line import read as _read
from solver.command_line import refused_by_name as _refused_by_name
from solver.command_line import within as _within


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; errors that a user can act on leave as lines on stderr, never as a traceback."""
    arguments = _parser().parse_args(argv)
    command: Callable[[argparse.Namespace], int] = arguments.command
    try:
        return command(arguments)
    except _Bad as error:
        sys.stderr.write(f"{error}\n")
    except OSError as error:
        sys.stderr.write(f"{error.filename or 'output'}: {error.strerror}\n" if error.strerror else f"{error}\n")
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; nothing written\n")
        return INTERRUPTED
    return BAD_INPUT


def run_generate(arguments: argparse.Namespace) -> int:
    """Write a random market by a stated law."""
    from solver.form.reading import write_json
    from solver.generate import generate

    try:
        market = generate(
            arguments.offers,
            arguments.needs,
            arguments.periods,
            arguments.seed,
            arguments.law,
            divisible=arguments.divisible,
        )
    except ValueError as error:
        raise _Bad(str(error)) from None
    write_json(market, arguments.output)
    return DONE


def run_clear(arguments: argparse.Namespace) -> int:
    """Clear a market file, write the clearing, and sum it up in two lines on stderr."""
    from tqdm import tqdm

    from solver.clear import clear
    from solver.form.clearing import WorkLimits
    from solver.form.reading import read_market, write_json

    market = _read(read_market, arguments.market)
    limits = WorkLimits(gap=arguments.gap, nodes=arguments.nodes, backend=arguments.backend)
    with tqdm(desc="components", unit="", disable=not sys.stderr.isatty(), file=sys.stderr) as bar:

        def show(step: dict[str, Any]) -> None:
            bar.total = step["of"]
            bar.set_postfix_str(f"gap {step['gap']:.3%}")
            bar.update(step["component"] - bar.n)

        clearing = _refused_by_name(
            arguments.market,
            lambda: clear(market, limits, seconds=arguments.time_limit, threads=arguments.threads, progress=show),
        )
    write_json(clearing, arguments.output)
    counts = {status: sum(o.status == status for o in clearing.orders) for status in ("matched", "partly_matched")}
    sys.stderr.write(
        f"{_figures(clearing)}{'; the clock ended the search' if clearing.clock_hit else ''}\n"
        f"{len(clearing.matches)} matches; of {len(clearing.orders)} orders {counts['matched']} matched, "
        f"{counts['partly_matched']} partly; written to {arguments.output}\n"
    )
    return REFUSED if clearing.status in ("failed", "infeasible") else DONE


def run_verify(arguments: argparse.Namespace) -> int:
    """Recompute a clearing from its market: accepted, or every violated term."""
    from solver.form.reading import read_clearing, read_market
    from solver.verify import verify

    market = _read(read_market, arguments.market)
    clearing = _read(read_clearing, arguments.clearing)
    violations = verify(market, clearing)
    if violations:
        sys.stdout.write("".join(f"{violation}\n" for violation in violations))
        sys.stderr.write(f"rejected: {len(violations)} violations\n")
        return REFUSED
    sys.stdout.write(f"accepted\n{_figures(clearing)}\n{len(clearing.matches)} matches, all recomputed\n")
    return DONE


def run_explain(arguments: argparse.Namespace) -> int:
    """Say what became of one order and why, in Chinese and in English."""
    from solver.explaining.describe import UnknownOrder, describe
    from solver.form.reading import read_clearing, read_market

    market = _read(read_market, arguments.market)
    clearing = _read(read_clearing, arguments.clearing)
    try:
        sys.stdout.write(describe(market, clearing, arguments.order) + "\n")
    except UnknownOrder as error:
        raise _Bad(str(error)) from None
    return DONE


def _figures(clearing: Any) -> str:
    return (
        f"{clearing.status}: objective {clearing.objective:,} CNY, bound {clearing.bound:,} CNY "
        f"({clearing.bound_kind}), gap {clearing.gap:.4%}"
    )


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


def _parser() -> argparse.ArgumentParser:
    from solver.stress.commands import add_to as add_stress
    from solver.whatif.commands import add_to as add_whatif

    parser = _Parser(prog="python -m solver", description="Clear a market of long-term offers and needs.")
    commands = parser.add_subparsers(required=True, metavar="generate|clear|verify|explain|whatif|stress")

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
    generate.add_argument("-o", "--output", type=Path, required=True, metavar="MARKET.json", help="file to write")
    generate.set_defaults(command=run_generate)

    clear = commands.add_parser("clear", help="match a market's offers and needs", formatter_class=_WithDefaults)
    clear.add_argument("market", type=Path, metavar="MARKET.json", help="file to read")
    clear.add_argument("-o", "--output", type=Path, required=True, metavar="CLEARING.json", help="file to write")
    clear.add_argument("--gap", type=_within(float, 0, 1), default=0.01, help="proven gap that ends the search")
    clear.add_argument("--nodes", type=whole, default=20000, help="nodes of the search in each component, at most")
    clear.add_argument("--backend", choices=("highs", "cbc"), default="highs", help="solver of linear programs")
    clear.add_argument(
        "--time-limit",
        type=_within(float, 0.1, 1e6),
        metavar="SECONDS",
        help="safety net: what is found by then is the clearing (default: none)",
    )
    clear.add_argument("--threads", type=_within(int, 1, 64), default=1, help="components cleared side by side")
    clear.set_defaults(command=run_clear)

    verify = commands.add_parser("verify", help="recompute a clearing by plain arithmetic")
    verify.add_argument("market", type=Path, metavar="MARKET.json")
    verify.add_argument("clearing", type=Path, metavar="CLEARING.json")
    verify.set_defaults(command=run_verify)

    explain = commands.add_parser("explain", help="what became of one order, and why")
    explain.add_argument("market", type=Path, metavar="MARKET.json")
    explain.add_argument("clearing", type=Path, metavar="CLEARING.json")
    explain.add_argument("order", metavar="ORDER")
    explain.set_defaults(command=run_explain)
    add_whatif(commands, _WithDefaults)
    add_stress(commands, _WithDefaults)
    return parser
