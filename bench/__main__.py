"""``python -m bench solver``: this solver and its peers on the same generated markets; bench/README.md.

``python -m bench shading``: what a false limit gains, and what prices tell; docs/shading.md.

``python -m bench rounds``: a round by one worker, by two, and by workers that are killed; docs/operations.md.

``python -m bench entering``: orders a second beside a bare insert; ``listing``: first and last page.

``python -m bench load``: many users for half an hour; docs/operations.md.

``python -m bench backup``: backups under write load, each restored; docs/operations-keeping.md.

``python -m bench powercut``: power cuts under load; ``faults``: a database that fails in other ways.

``python -m bench badfiles``: files that must be refused; docs/operations-keeping.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import plan
from bench.badfiles.commands import add_to as add_badfiles
from bench.deployment.backups import add_to as add_backups
from bench.deployment.cut import add_to as add_cut
from bench.deployment.entering import add_to as add_entering
from bench.deployment.faults import add_to as add_faults
from bench.deployment.kill import add_to as add_kill
from bench.deployment.listing import add_to as add_listing
from bench.deployment.load import add_to as add_load
from bench.deployment.powercut import add_to as add_powercut
from bench.deployment.rounds import add_to as add_rounds
from bench.deployment.upload import add_to as add_upload
from bench.peers import PEERS
from bench.plot import draw
from bench.race import Entry, Rules, race
from bench.shading.commands import add_to as add_shading
from bench.table import HEADING, Line, growth, lines, medians, rows
from bench.verdict import faults_of_ours, notes

SOUND, UNSOUND = 0, 1


def main() -> int:
    """Run one of the benchmarks."""
    given = _parser().parse_args()
    run: Callable[[argparse.Namespace], int] = given.run
    return run(given)


def run_solver(given: argparse.Namespace) -> int:
    """Run the race and print it as it goes; 1 if an answer refutes this solver's bound or its clearing is wrong."""
    cases, rules = _cases(given), _rules(given)
    heading = (
        f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start, "
        f"Python {platform.python_version()}; threads {rules.threads}, gap asked {rules.gap:g}, "
        f"links by {rules.links}, ended from outside {rules.grace:g} s after the limit"
    )
    print(f"{heading}\n{HEADING}", flush=True)
    compared: list[Line] = []
    faults: list[str] = []
    with TemporaryDirectory() as folder:
        for case in cases:
            entries = race(case, Path(folder), rules)
            compared += lines(entries)
            print(rows(compared[-len(entries) :]), flush=True)
            for note in notes(entries):
                print(f"    {note}")
            for fault in faults_of_ours(entries):
                faults.append(f"{case.market} seed {case.seed}: {fault}")
                print(f"!!! {faults[-1]}", flush=True)
    print("\nmedians over the seeds; welfare, time and memory are times this solver's\n" + medians(compared))
    print(growth(compared), end="\n")
    _keep(given.output, heading, compared)
    if faults:
        print("\n" + "!" * 80 + "\nTHIS SOLVER IS WRONG:\n" + "\n".join(faults) + "\n" + "!" * 80)
    return UNSOUND if faults else SOUND


def _keep(folder: Path | None, heading: str, compared: list[Line]) -> None:
    """All figures as JSON, and the picture."""
    if folder is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    entries: list[Entry] = [line.entry for line in compared]
    told = {"heading": heading, "entries": [asdict(entry) for entry in entries]}
    (folder / "race.json").write_text(json.dumps(told, indent=1), encoding="utf-8")
    drawn = draw(compared, folder / "race.png", heading)
    print(f"written to {folder}: race.json" + (", race.png" if drawn else "; no picture without matplotlib"))


def _cases(given: argparse.Namespace) -> list[plan.Case]:
    seeds = plan.SEEDS if given.full and given.seeds is None else given.seeds or (0,)
    if given.full:
        return plan.full(seeds)
    if given.short:
        return plan.short()
    return plan.cases(given.laws, given.sizes, seeds, given.seconds)


def _rules(given: argparse.Namespace) -> Rules:
    return Rules(
        threads=given.threads,
        gap=given.gap,
        grace=given.grace,
        links=given.links,
        peers=given.peers,
        large_peers=given.large_peers,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench")
    commands = parser.add_subparsers(required=True)
    solver = commands.add_parser(
        "solver",
        help="race against the same model in other libraries",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    extent = solver.add_mutually_exclusive_group()
    extent.add_argument("--short", action="store_true", help="tiny markets, under a minute")
    extent.add_argument("--full", action="store_true", help="all markets of bench/README.md, hours")
    solver.add_argument("--laws", type=_among(plan.LAWS), default=("flat", "ramped"))
    solver.add_argument("--sizes", type=_numbers, default=(100,))
    solver.add_argument("--seeds", type=_numbers, help="(default: 0, with --full 0,1,2,3,4)")
    solver.add_argument("--seconds", type=float, help="limit for everybody (default: the plan's)")
    solver.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    solver.add_argument("--gap", type=float, default=1e-4, help="proven gap at which everybody may stop")
    solver.add_argument("--grace", type=float, default=30.0, help="seconds after the limit until the end from outside")
    solver.add_argument("--links", choices=("term", "period"), default="term", help="formulation of the peers")
    solver.add_argument("--peers", type=_among(tuple(PEERS)), default=tuple(PEERS))
    solver.add_argument("--large-peers", action="store_true", help=f"peers also from {plan.LARGE} orders a side on")
    solver.add_argument("-o", "--output", type=Path, metavar="FOLDER", help="where race.json and race.png go")
    solver.set_defaults(run=run_solver)
    add_shading(commands, argparse.ArgumentDefaultsHelpFormatter, _numbers)
    add_rounds(commands, argparse.ArgumentDefaultsHelpFormatter)
    add_cut(commands, argparse.ArgumentDefaultsHelpFormatter)
    add_entering(commands, argparse.ArgumentDefaultsHelpFormatter)
    add_kill(commands, argparse.ArgumentDefaultsHelpFormatter)
    add_faults(commands, argparse.ArgumentDefaultsHelpFormatter)
    add_powercut(commands, argparse.ArgumentDefaultsHelpFormatter)
    add_upload(commands, argparse.ArgumentDefaultsHelpFormatter)
    add_listing(commands, argparse.ArgumentDefaultsHelpFormatter)
    add_load(commands, argparse.ArgumentDefaultsHelpFormatter)
    add_backups(commands, argparse.ArgumentDefaultsHelpFormatter)
    add_badfiles(commands, argparse.ArgumentDefaultsHelpFormatter)
    return parser


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(each) for each in text.split(","))


def _among(known: tuple[str, ...]) -> Callable[[str], tuple[str, ...]]:
    """Some of the known names, or none at all."""

    def read(text: str) -> tuple[str, ...]:
        chosen = tuple(each for each in text.split(",") if each)
        for each in chosen:
            if each not in known:
                raise argparse.ArgumentTypeError(f"{each!r} is none of {', '.join(known)}")
        return chosen

    return read


if __name__ == "__main__":
    raise SystemExit(main())
