"""``python -m bench entering``: orders a second, beside a bare handler that inserts a row, on the same server."""

from __future__ import annotations

import argparse
import statistics
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench.deployment import bare as bare_orders
from bench.deployment.clients import Answered, Call, Next, drive
from bench.deployment.databases import SECRET, UNLIMITED, databases
from bench.deployment.traders import Trader, admit_traders
from bench.deployment.web import Web
from marketplace.config import Settings

CREATED = 201
FIGURE = 0.5  # of the bare handler's


def add_to(commands: Any, formatter: type[argparse.HelpFormatter]) -> None:
    """Put the command beside the others."""
    parser = commands.add_parser("entering", help="orders a second beside a bare insert", formatter_class=formatter)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="postgresql")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each run")
    parser.add_argument("--runs", type=int, default=3, help="of each, in turns")
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--processes", type=int, default=2, help="of either server")
    parser.add_argument("--threads", type=int, default=4, help="of each process")
    parser.add_argument("--companies", type=int, default=16, help="that the clients belong to")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Run both in turns; 1 when a call failed or the ratio of the medians is below the figure."""
    with ExitStack() as open_, tempfile.TemporaryDirectory(prefix="changdan-bench-") as folder:
        url, bare_url = open_.enter_context(databases(given.database, Path(folder), "ours", "bare"))
        environment = {"CHANGDAN_DATABASE_URL": url, "CHANGDAN_SECRET_KEY": SECRET, **UNLIMITED}
        traders = admit_traders(Settings.from_environment(environment), given.companies)
        bare_orders.create_table(bare_url)
        size = {"processes": given.processes, "threads": given.threads}
        ours = Web(environment, Path(folder, "ours.log"), **size)
        bare = Web(
            {"BARE_DATABASE_URL": bare_url},
            Path(folder, "bare.log"),
            application="bench.deployment.bare:create_app()",
            **size,
        )
        open_.callback(ours.stop)
        open_.callback(bare.stop)
        rates: dict[str, list[float]] = {"ours": [], "bare": []}
        failed = 0
        for _ in range(given.runs):
            for name, web in (("bare", bare), ("ours", ours)):
                found = drive(web.port, _posts(traders, name), clients=given.clients, seconds=given.seconds)
                rates[name].append(found.statuses[CREATED] / found.took)
                failed += found.count - found.statuses[CREATED]
                print(_line(name, found), flush=True)
    ratio = statistics.median(rates["ours"]) / statistics.median(rates["bare"])
    print(f"{given.database}: ratio of medians {ratio:.3f}, at least {FIGURE} wanted; calls that failed: {failed}")
    return 0 if ratio >= FIGURE and not failed else 1


def _posts(traders: list[Trader], name: str) -> Next:
    path = "/orders" if name == "bare" else "/api/v1/orders"

    def post(client: int, _: int) -> Call:
        trader = traders[client % len(traders)]
        return Call("post", "POST", path, trader.year_offer, trader.headers)

    return post


def _line(name: str, found: Answered) -> str:
    return (
        f"{name}: {found.statuses[CREATED] / found.took:7.1f} orders/s, median {found.percentile_ms(0.5):6.1f} ms, "
        f"p99 {found.percentile_ms(0.99):6.1f} ms, {dict(found.statuses)}"
    )
