"""The solver's command line: generate, clear, replay, verify and explain markets in files.

Exit codes: 0 done, also where no pair may trade (status ``empty``); 1 the verifier found violations, a replay is not
the same, or there is no clearing (``failed``, ``infeasible``); 2 bad input or usage.
Heavy imports stand inside the commands, so that help and errors of usage appear at once.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from solver.command_line import BAD_INPUT, DONE, INTERRUPTED, REFUSED
from solver.command_line import Bad as _Bad
from solver.command_line import read as _read
from solver.command_line import refused_by_name as _refused_by_name
from solver.command_line import usage_error as _usage_error
from solver.command_line import verified_or_refused as _verified_or_refused
from solver.command_line import violations_of as _violations_of
from solver.files_named import refuse_outputs, write_and_say
from solver.usage import parser_of

if TYPE_CHECKING:
    from solver.form.clearing import Clearing
    from solver.form.market import Market
    from solver.replay import Replay


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; errors that a user can act on leave as lines on stderr, never as a traceback."""
    began = time.monotonic()
    arguments = parser_of(COMMANDS).parse_args(argv)
    arguments.began = began
    command: Callable[[argparse.Namespace], int] = arguments.command
    try:
        refuse_outputs(arguments)
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
    from solver.form.faults import WrongArgument
    from solver.generate import generate

    try:
        market = generate(
            arguments.offers,
            arguments.needs,
            arguments.periods,
            arguments.seed,
            arguments.law,
            divisible=arguments.divisible,
            terms=arguments.terms,
            only=arguments.only or (),
        )
    except WrongArgument as error:
        raise _usage_error(arguments, f"--{error.name}", f"{error.value}: it {error.limit}") from None
    write_and_say(market, arguments.output)
    return DONE


def _left(arguments: argparse.Namespace) -> float | None:
    """What is left of the time of a command: it began with its imports and with reading a market."""
    if arguments.time_limit is None:
        return None
    left: float = arguments.time_limit - (time.monotonic() - arguments.began)
    return max(0.0, left)


def run_clear(arguments: argparse.Namespace) -> int:
    """Clear a market file, write the clearing, and sum it up in two lines on stderr."""
    from tqdm import tqdm

    from solver.clear import clear
    from solver.form.clearing import WorkLimits
    from solver.form.reading import read_clearing, read_market, write_json
    from solver.relaxing import relaxed_in_words

    market = _read(read_market, arguments.market)
    warm = None if arguments.warm is None else _read(read_clearing, arguments.warm)
    limits = WorkLimits(gap=arguments.gap, nodes=arguments.nodes, backend=arguments.backend)
    with tqdm(desc="components", unit="", disable=not sys.stderr.isatty(), file=sys.stderr) as bar:

        def show(step: dict[str, Any]) -> None:
            bar.total = step["of"]
            bar.set_postfix_str(f"gap {step['gap']:.3%}")
            bar.update(step["component"] - bar.n)

        clearing = _refused_by_name(
            arguments.market,
            lambda: clear(
                market,
                limits,
                warm=warm,
                seconds=_left(arguments),
                component_seconds=arguments.component_time_limit,
                memory_mb=arguments.memory_limit_mb,
                threads=arguments.threads,
                progress=show,
            ),
        )
    write_json(clearing, arguments.output)
    if arguments.record is not None:
        _write_record(arguments, market, clearing)
    counts = {status: sum(o.status == status for o in clearing.orders) for status in ("matched", "partly_matched")}
    sys.stderr.write(
        f"{_figures(clearing)}{'; the clock ended or shortened the search' if clearing.clock_hit else ''}\n"
        f"{len(clearing.matches)} matches; of {len(clearing.orders)} orders {counts['matched']} matched, "
        f"{counts['partly_matched']} partly; written to {arguments.output}\n"
        f"{clearing.note + chr(10) if clearing.note else ''}"
    )
    sys.stderr.writelines(f"{line}\n" for line in relaxed_in_words(market, clearing))
    return REFUSED if clearing.status in ("failed", "infeasible") else DONE


def _write_record(arguments: argparse.Namespace, market: Market, clearing: Clearing) -> None:
    """The record beside its files, which it names from its own folder."""
    from solver.form.reading import write_json
    from solver.replay import record_of

    def from_record(path: Path | None) -> str | None:
        return None if path is None else Path(os.path.relpath(path, arguments.record.parent)).as_posix()

    record = record_of(
        market,
        clearing,
        market_path=from_record(arguments.market),
        clearing_path=from_record(arguments.output),
        warm_path=from_record(arguments.warm),
    )
    write_json(record, arguments.record)


def run_replay(arguments: argparse.Namespace) -> int:
    """Make a clearing again from its record: the same bytes, or everything that differs."""
    from solver.form.reading import read_clearing, read_market, read_record
    from solver.replay import replay

    record = _read(read_record, arguments.record)

    def found(given: Path | None, named: Any) -> Path | None:
        if given is not None or named is None or named.path is None:
            return given
        return Path(arguments.record.parent, named.path)

    market = found(arguments.market, record.market)
    if market is None:
        raise _Bad(f"{arguments.record}: /market/path: missing: name the market with --market")
    clearing, warm = found(arguments.clearing, record.result), found(arguments.warm, record.warm_start)
    if arguments.clearing is None and clearing is not None and not clearing.exists():
        clearing = None  # a clearing that can be made again need not be there
    came: Replay = replay(
        record,
        _read(read_market, market),
        recorded=None if clearing is None else _read(read_clearing, clearing),
        warm=None if warm is None else _read(read_clearing, warm),
        threads=arguments.threads,
    )
    if came.differences:
        sys.stdout.write("".join(f"{difference}\n" for difference in came.differences))
        sys.stderr.write(f"not the same: {len(came.differences)} finding{'s' if len(came.differences) > 1 else ''}\n")
        return REFUSED
    if came.searched:
        sys.stdout.write(f"the same bytes\n{record.result.hash}\n")
    else:
        parts = [f"component {', '.join(map(str, record.interrupted))}"] if record.interrupted else []
        ended = " and ".join([*(["the clock"] if record.clock_hit else []), *parts])
        sys.stdout.write(
            f"not searched again, since the machine had a part in it ({ended}); "
            f"checked against the record and verified\n{record.result.hash}\n"
        )
    return DONE


def run_verify(arguments: argparse.Namespace) -> int:
    """Recompute a clearing from its market: accepted, or every violated term."""
    from solver.form.reading import read_clearing, read_market

    market = _read(read_market, arguments.market)
    clearing = _read(read_clearing, arguments.clearing)
    violations = _violations_of(market, clearing)
    if violations:
        sys.stdout.write("".join(f"{violation}\n" for violation in violations))
        sys.stderr.write(f"rejected: {len(violations)} violation{'s' if len(violations) > 1 else ''}\n")
        return REFUSED
    sys.stdout.write(f"accepted\n{_figures(clearing)}\n{len(clearing.matches)} matches, all recomputed\n")
    return DONE


def run_explain(arguments: argparse.Namespace) -> int:
    """Say what became of one order and why, in Chinese and in English."""
    from solver.explaining.describe import Untold, describe
    from solver.form.market import content_hash
    from solver.form.reading import read_clearing, read_market

    market = _read(read_market, arguments.market)
    clearing = _read(read_clearing, arguments.clearing)
    if clearing.market_hash != content_hash(market):
        _verified_or_refused(market, clearing, "nothing is explained")
        return REFUSED
    try:
        sys.stdout.write(describe(market, clearing, arguments.order) + "\n")
    except Untold as error:
        raise _Bad(str(error)) from None
    return DONE


def _figures(clearing: Any) -> str:
    return (
        f"{clearing.status}: objective {clearing.objective:,} CNY, bound {clearing.bound:,} CNY "
        f"({_bound_kinds(clearing)}), gap {clearing.gap:.4%}"
    )


def _bound_kinds(clearing: Any) -> str:
    """How much of the bound nobody else can count again (docs/model.md 4)."""
    words = [part for part in clearing.components if part.bound_kind == "solver"]
    if not words:
        return "recomputed"
    share = sum(part.bound for part in words) / max(clearing.bound, Decimal(1))
    return f"solver's word in {len(words)} of {len(clearing.components)} components, {share:.1%} of it"


COMMANDS = {
    "generate": run_generate,
    "clear": run_clear,
    "replay": run_replay,
    "verify": run_verify,
    "explain": run_explain,
}
