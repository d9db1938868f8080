"""``python -m bench load``: many users for half an hour, nine reads to a change: their times, and the memory."""

from __future__ import annotations

import argparse
import json
import math
import statistics
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.deployment.databases import SECRET, UNLIMITED, databases
from bench.deployment.listing import store_offers
from bench.deployment.traders import admit_traders
from bench.deployment.users import SCOPES, Crowd, Sample
from bench.deployment.web import Web
from bench.memory import tree_mb
from marketplace.config import Settings

RATE_WANTED = 150.0  # requests a second
P99_MS_WANTED = {"sqlite": 500.0, "postgresql": 250.0}
GROWTH_WANTED = 0.05
WARM = 0.1  # of the time, after which memory should grow no more
LAST = 0.1  # of the time, whose memory is compared with that of as long after the warming


@dataclass(frozen=True)
class Held:
    """What the web processes held together at a moment: seconds since the beginning, MB (proportional set size)."""

    at: float
    mb: float


def add_to(commands: Any, formatter: type[argparse.HelpFormatter]) -> None:
    """Put the command beside the others."""
    parser = commands.add_parser("load", help="many users for half an hour", formatter_class=formatter)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="postgresql")
    parser.add_argument("--seconds", type=float, default=1800.0)
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--rate", type=float, default=160.0, help="calls a second of all; 0: each as fast as answered")
    parser.add_argument("--orders", type=int, default=200, help="that each user's company has at the beginning")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--threads", type=int, default=4, help="of each process")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, help="a file for the log, a JSON object a minute")
    parser.set_defaults(run=run)


@dataclass(frozen=True)
class Found:
    """What came of a load: every call, the memory over time, and how long it took in seconds."""

    samples: list[Sample]
    held: list[Held]
    took: float


def run(given: argparse.Namespace) -> int:
    """Let them work, and print a line a minute and the figures; 1 if any of them is missed."""
    with ExitStack() as open_, tempfile.TemporaryDirectory(prefix="changdan-bench-") as folder:
        (url,) = open_.enter_context(databases(given.database, Path(folder), "ours"))
        found = under_load(
            url,
            Path(folder),
            users=given.users,
            rate=given.rate,
            seconds=given.seconds,
            orders=given.orders,
            seed=given.seed,
            processes=given.processes,
            threads=given.threads,
        )
    for line in _minutes(found):
        print(" ".join(f"{name} {value}" for name, value in line.items()))
        if given.output:
            with given.output.open("a", encoding="utf-8") as log:
                log.write(json.dumps(line) + "\n")
    return _verdict(given, found)


def under_load(
    url: str,
    folder: Path,
    *,
    users: int,
    rate: float,
    seconds: float,
    orders: int,
    seed: int,
    processes: int = 2,
    threads: int = 4,
) -> Found:
    """Serve an empty database, admit the users' companies, each with so many orders, and let the users work."""
    environment = {"CHANGDAN_DATABASE_URL": url, "CHANGDAN_SECRET_KEY": SECRET, **UNLIMITED}
    settings = Settings.from_environment(environment)
    traders = admit_traders(settings, users, scopes=SCOPES)
    for trader in traders:
        store_offers(settings, trader, orders)
    web = Web(environment, folder / "web.log", processes=processes, threads=threads)
    try:
        crowd = Crowd(web.port, traders, seed=seed, seconds=seconds, rate=rate)
        held, began = [], time.monotonic()
        while not crowd.is_done:
            held.append(Held(time.monotonic() - began, tree_mb(web.pid)))
            time.sleep(min(5.0, seconds / 20))
        return Found(crowd.samples(), held, time.monotonic() - began)
    finally:
        web.stop()


def percentile_ms(samples: list[Sample], share: float) -> float:
    """So much of the calls were answered within so many milliseconds."""
    every = sorted(sample.seconds for sample in samples)
    return every[max(0, math.ceil(share * len(every)) - 1)] * 1000 if every else math.nan


def growth(held: list[Held], seconds: float) -> float:
    """By how much more memory is held at the end than when the service had become warm, as a share of that."""

    def between(start: float, end: float) -> float:
        return statistics.median(
            [each.mb for each in held if start * seconds <= each.at <= end * seconds] or [math.nan]
        )

    return between(1 - LAST, math.inf) / between(WARM, WARM + LAST) - 1


def failed(sample: Sample) -> bool:
    """Whether a call was not answered as it should be: nobody here changes what is another's."""
    return not 200 <= sample.status < 300


def _minutes(found: Found) -> list[dict[str, Any]]:
    lines = []
    for minute in range(int(max((sample.due for sample in found.samples), default=0.0) // 60) + 1):
        of_it = [sample for sample in found.samples if sample.due // 60 == minute]
        lines.append(
            {
                "minute": minute + 1,
                "calls": len(of_it),
                "failed": sum(map(failed, of_it)),
                "p50_ms": round(percentile_ms(of_it, 0.5), 1),
                "p99_ms": round(percentile_ms(of_it, 0.99), 1),
                "memory_mb": round(
                    max((each.mb for each in found.held if each.at // 60 == minute), default=math.nan), 1
                ),
            }
        )
    return lines


def _verdict(given: argparse.Namespace, found: Found) -> int:
    samples, took = found.samples, found.took
    for name in dict.fromkeys(sorted(sample.name for sample in samples)):
        of_it = [sample for sample in samples if sample.name == name]
        print(
            f"  {name}: {len(of_it)} calls, median {percentile_ms(of_it, 0.5):.1f} ms, "
            f"p99 {percentile_ms(of_it, 0.99):.1f} ms"
        )
    statuses = sorted({sample.status for sample in samples if failed(sample)})
    errors, rate = sum(map(failed, samples)), len(samples) / took
    changes = sum(sample.changes for sample in samples) / len(samples)
    p99, more = percentile_ms(samples, 0.99), growth(found.held, given.seconds)
    p99_wanted = P99_MS_WANTED[given.database]
    print(
        f"{given.database}: {len(samples)} calls of {given.users} users in {took:.0f} s, {changes:.1%} changes; "
        f"{rate:.1f}/s (at least {RATE_WANTED:g} wanted), p99 {p99:.0f} ms (less than {p99_wanted:g} wanted), "
        f"{errors} failed {statuses or ''} (none wanted), memory {more:+.1%} (less than {GROWTH_WANTED:.0%} wanted)"
    )
    if math.isnan(more):
        print("the run was too short to say anything of the memory")
    return 0 if rate >= RATE_WANTED and p99 < p99_wanted and not errors and not more >= GROWTH_WANTED else 1
