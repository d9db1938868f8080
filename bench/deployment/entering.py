"""``python -m bench entering``: orders a second, beside a bare handler that inserts a row, on the same server."""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.deployment.clients import Answered, Call, Next, drive
from bench.deployment.company import Company, found_companies
from bench.deployment.server import postgresql
from bench.deployment.web import Web
from marketplace.config import Settings

SECRET = "a key for the benchmark alone"
CREATED = 201
FIGURE = 0.5  # of the bare handler's


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser], formatter: type) -> None:
    """Put the command beside the others."""
    parser = commands.add_parser("entering", help="orders a second beside a bare insert", formatter_class=formatter)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="postgresql")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each run")
    parser.add_argument("--runs", type=int, default=3, help="of each, in turns")
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--companies", type=int, default=16, help="that the clients belong to")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Run both in turns; 1 when a call failed or the ratio of the medians is below the figure."""
    with ExitStack() as open_, tempfile.TemporaryDirectory(prefix="changdan-bench-") as folder:
        url, bare_url = open_.enter_context(_databases(given.database, Path(folder)))
        environment = {
            "CHANGDAN_DATABASE_URL": url,
            "CHANGDAN_SECRET_KEY": SECRET,
            "CHANGDAN_LIMIT_PER_ADDRESS": "1000000/second",
            "CHANGDAN_LIMIT_PER_ACCOUNT": "1000000/second",
        }
        companies = found_companies(Settings.from_environment(environment), given.companies)
        ours = Web(environment, Path(folder, "ours.log"))
        bare = Web(
            {"BARE_DATABASE_URL": bare_url}, Path(folder, "bare.log"), application="bench.deployment.bare:create_app()"
        )
        open_.callback(ours.stop)
        open_.callback(bare.stop)
        rates: dict[str, list[float]] = {"ours": [], "bare": []}
        failed = 0
        for _ in range(given.runs):
            for name, web in (("bare", bare), ("ours", ours)):
                found = drive(web.port, _posts(companies, name), clients=given.clients, seconds=given.seconds)
                rates[name].append(found.statuses[CREATED] / found.took)
                failed += found.count - found.statuses[CREATED]
                print(_line(name, found), flush=True)
    ratio = statistics.median(rates["ours"]) / statistics.median(rates["bare"])
    print(f"{given.database}: ratio of medians {ratio:.3f}, at least {FIGURE} wanted; calls that failed: {failed}")
    return 0 if ratio >= FIGURE and not failed else 1


def _posts(companies: list[Company], name: str) -> Next:
    path = "/orders" if name == "bare" else "/api/v1/orders"

    def post(client: int, _: int) -> Call:
        company = companies[client % len(companies)]
        return Call("post", "POST", path, company.order, company.headers)

    return post


def _line(name: str, found: Answered) -> str:
    return (
        f"{name}: {found.statuses[CREATED] / found.took:7.1f} orders/s, median {found.percentile_ms(0.5):6.1f} ms, "
        f"p99 {found.percentile_ms(0.99):6.1f} ms, {dict(found.statuses)}"
    )


@contextmanager
def _databases(kind: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Two of this kind: the platform's and the bare handler's."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/ours.sqlite", f"sqlite:///{folder}/bare.sqlite"
        return
    with postgresql() as server:
        for name in ("ours", "bare"):
            server.create(name)
        yield server.url("ours"), server.url("bare")
