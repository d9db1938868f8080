"""``python -m bench solver``: generated markets through the solver; ``--help`` lists sizes, laws, seeds and limits."""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.measure import measured
from bench.solver import Run, clear_generated, table


def main() -> None:
    """Run what the command line asks for and print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    commands = parser.add_subparsers(dest="command", required=True)
    solver = commands.add_parser("solver", help="clear generated markets: gap, wall time, peak memory")
    solver.add_argument("--sizes", default="100,300")
    solver.add_argument("--laws", default="flat,ramped")
    solver.add_argument("--seeds", default="0,1,2,3,4")
    solver.add_argument("--gap", default="0.01")
    solver.add_argument("--time-limit", default="60")
    solver.add_argument("--threads", default="2")
    given = parser.parse_args()
    runs: list[Run] = []
    with TemporaryDirectory() as folder:
        for law in given.laws.split(","):
            for size in map(int, given.sizes.split(",")):
                for seed in map(int, given.seeds.split(",")):
                    limits = ["--gap", given.gap, "--time-limit", given.time_limit, "--threads", given.threads]
                    runs.append(clear_generated(Path(folder), law, size, seed, limits, measured))
                    print(table(runs[-1:], heading=len(runs) == 1), flush=True)
    print("\nmedians\n" + table(runs, heading=True, medians=True))


if __name__ == "__main__":
    main()
