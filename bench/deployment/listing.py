"""``python -m bench listing``: the first and the last page of a company's orders, however many it has."""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench.deployment.databases import SECRET, UNLIMITED, databases
from bench.deployment.traders import Trader, admit_traders
from bench.deployment.web import Web
from marketplace.accounts.callers import caller_of_token
from marketplace.app import create_app
from marketplace.config import Settings
from marketplace.orders.rules.kinds import Side
from marketplace.orders.services.entry import ReadyOrder, store_many
from marketplace.shared.clock import utc_now
from marketplace.shared.database import db, unit_of_work

ROWS_OF_A_PAGE = 100
ROWS_AT_ONCE = 10_000
FIGURE = 1.5  # how much longer the last page may take than the first


def add_to(commands: Any, formatter: type[argparse.HelpFormatter]) -> None:
    """Put the command beside the others."""
    parser = commands.add_parser("listing", help="first and last page of very many orders", formatter_class=formatter)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="postgresql")
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=50, help="that either page is read, in turns")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Store the orders, walk to the last page, and read both; 1 if the last takes too long, or rows are missing."""
    with ExitStack() as open_, tempfile.TemporaryDirectory(prefix="changdan-bench-") as folder:
        (url,) = open_.enter_context(databases(given.database, Path(folder), "ours"))
        environment = {"CHANGDAN_DATABASE_URL": url, "CHANGDAN_SECRET_KEY": SECRET, **UNLIMITED}
        settings = Settings.from_environment(environment)
        (trader,) = admit_traders(settings, 1)
        began = time.monotonic()
        store_offers(settings, trader, given.orders)
        print(f"{given.orders} orders stored in {time.monotonic() - began:.0f} s", flush=True)
        web = Web(environment, Path(folder, "web.log"), processes=1)
        open_.callback(web.stop)
        connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=60)
        read, last, pages, cursor = 0, None, 0, None
        while pages == 0 or cursor is not None:
            last, page = cursor, _page(connection, trader, cursor)
            read, pages, cursor = read + len(page["items"]), pages + 1, page["next_cursor"]
        seconds: dict[int, list[float]] = {1: [], pages: []}
        for _ in range(given.times):
            for number, where in ((1, None), (pages, last)):
                began = time.monotonic()
                _page(connection, trader, where)
                seconds[number].append(time.monotonic() - began)
    first, end = (statistics.median(each) * 1000 for each in seconds.values())
    print(
        f"{given.database}: {read} orders on {pages} pages of {ROWS_OF_A_PAGE}; page 1 {first:.1f} ms, "
        f"page {pages} {end:.1f} ms (medians of {given.times}); ratio {end / first:.2f}, less than {FIGURE} wanted"
    )
    return 0 if read == given.orders and end / first < FIGURE else 1


def _page(connection: http.client.HTTPConnection, trader: Trader, cursor: str | None) -> Any:
    path = f"/api/v1/orders?limit={ROWS_OF_A_PAGE}" + (f"&cursor={cursor}" if cursor else "")
    connection.request("GET", path, headers=trader.headers)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != http.client.OK:
        raise RuntimeError(f"{path}: {answer.status}")
    return json.loads(body)


def store_offers(settings: Settings, trader: Trader, count: int) -> None:
    """As an upload would, without judging one order a million times; ten thousand of one moment."""
    app = create_app(settings)
    offer = trader.year_offer
    terms = {name: value for name, value in offer.items() if name not in ("side", "grade", "site")}
    ready = ReadyOrder(Side.OFFER, offer["grade"], "TNE", offer["site"], None, terms)
    with app.app_context():
        with unit_of_work(writes=False):
            caller = caller_of_token(trader.token, utc_now())
            assert caller is not None
        for start in range(0, count, ROWS_AT_ONCE):
            with unit_of_work():
                store_many([ready] * min(ROWS_AT_ONCE, count - start), opened=False, actor=caller.actor, now=utc_now())
        with unit_of_work():
            db.session.connection().exec_driver_sql("ANALYZE")
        db.engine.dispose()
