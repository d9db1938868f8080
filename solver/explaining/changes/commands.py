"""``python -m solver changes``: the smallest changes that would have matched the orders of a clearing."""

from __future__ import annotations

import argparse
import math
import sys
from typing import Any

from solver.command_line import DONE, REFUSED, Bad, read, refused_by_name, verified_or_refused, within
from solver.files_named import Reads, Writes, write_and_say


def add_to(commands: Any, form: type[argparse.HelpFormatter]) -> None:
    """Register the command."""
    changes = commands.add_parser(
        "changes",
        help="the smallest changes that would have matched orders",
        description="The smallest changes that would have matched orders. What is printed of an order is coarse, and "
        "for its owner; the file is exact, and stays inside.",
        formatter_class=form,
    )
    changes.add_argument("market", action=Reads, metavar="MARKET.json")
    changes.add_argument("clearing", action=Reads, metavar="CLEARING.json")
    changes.add_argument("--order", metavar="ORDER", help="of this order alone, each change tried")
    changes.add_argument(
        "--sample", type=within(int, 0, math.inf), default=10, help="orders of a large market whose guesses are tried"
    )
    changes.add_argument("-o", "--output", action=Writes, metavar="CHANGES.json", help="write it exactly; stays inside")
    changes.set_defaults(command=run_changes)


def run_changes(arguments: argparse.Namespace) -> int:
    """Find the changes of a verified clearing; what one order's owner is told, or how many were found, on stdout."""
    from tqdm import tqdm

    from solver.explaining.changes.running import smallest_changes
    from solver.explaining.changes.told import summary, told_in_words
    from solver.form.reading import read_clearing, read_market

    market, clearing = read(read_market, arguments.market), read(read_clearing, arguments.clearing)
    if arguments.order is not None and all(order.id != arguments.order for order in market.orders):
        raise Bad(f"no order {arguments.order!r} in this market")
    if not verified_or_refused(market, clearing, "nothing is tried"):
        return REFUSED
    with tqdm(desc="orders", unit="", disable=not sys.stderr.isatty(), file=sys.stderr) as bar:

        def show(step: dict[str, Any]) -> None:
            bar.total = step["of"]
            bar.update(1)

        orders = None if arguments.order is None else {arguments.order}
        result = refused_by_name(
            arguments.market,
            lambda: smallest_changes(market, clearing, orders=orders, sample=arguments.sample, progress=show),
        )
    write_and_say(result, arguments.output)
    text = summary(result) if arguments.order is None else told_in_words(market, result, arguments.order)
    sys.stdout.write(text + "\n")
    return DONE
