"""One peer on one market, from the market file to a small result file."""

from __future__ import annotations

import argparse
import time
from importlib import import_module
from pathlib import Path

from bench.pairs import read_pairs
from bench.peers import PEERS
from bench.peers.answer import Limits, write_answer


def main() -> None:
    """Read, build, solve, write; ``--began`` makes the imports count too."""
    now = time.monotonic()
    parser = argparse.ArgumentParser(prog="python -m bench.peers")
    parser.add_argument("peer", choices=tuple(PEERS))
    parser.add_argument("market", type=Path)
    parser.add_argument("answer", type=Path)
    parser.add_argument("--seconds", type=float, required=True, help="from the start of the process")
    parser.add_argument("--began", type=float, default=now, help="time.monotonic() of the start")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--gap", type=float, default=1e-4)
    parser.add_argument("--links", choices=("term", "period"), default="term")
    told = parser.parse_args()
    peer = PEERS[told.peer]
    solve = import_module(f"bench.peers.{peer.module}").solve
    given = read_pairs(told.market)
    read = time.monotonic()
    answer = solve(given, Limits(told.began + told.seconds, told.threads, told.gap, told.links))
    seconds = {"read": read - told.began, "build_and_solve": time.monotonic() - read}
    write_answer(told.answer, given, answer, peer.versions(), seconds)


if __name__ == "__main__":
    main()
