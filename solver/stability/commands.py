"""``python -m solver stability``: how stable a clearing is."""

from __future__ import annotations

import argparse
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from solver.command_line import DONE, REFUSED, read, refused_by_name, verified_or_refused
from solver.files_named import Reads, Writes, write_and_say

if TYPE_CHECKING:
    from solver.form.stability import Stability

WIDTH = Decimal("0.01")  # CNY per unit from which an interval has any


def add_to(commands: Any, form: type[argparse.HelpFormatter]) -> None:
    """Register the command."""
    stable = commands.add_parser("stability", help="who could do better than a clearing", formatter_class=form)
    stable.add_argument("market", action=Reads, metavar="MARKET.json")
    stable.add_argument("clearing", action=Reads, metavar="CLEARING.json")
    stable.add_argument("-o", "--output", action=Writes, metavar="INSIDE.json", help="write it; limits follow from it")
    stable.set_defaults(command=run_stability)


def run_stability(arguments: argparse.Namespace) -> int:
    """Report on a verified clearing: counts on stdout, everything in a file."""
    from solver.form.reading import read_clearing, read_market
    from solver.stability.running import stability

    market, clearing = read(read_market, arguments.market), read(read_clearing, arguments.clearing)
    if not verified_or_refused(market, clearing, "nothing is reported"):
        return REFUSED
    result = refused_by_name(arguments.market, lambda: stability(market, clearing))
    write_and_say(result, arguments.output)
    sys.stdout.write(summary(result) + "\n")
    return DONE


def summary(result: Stability) -> str:
    """Counts, Chinese first."""
    gain = max((pair.gain_cny for pair in result.blocking_pairs), default=Decimal(0))  # they overlap: no sum
    widths = [each.highest - each.lowest for each in result.intervals]
    wide = [width for width in widths if width >= WIDTH]
    groups = result.coalitions or ()
    zh = [
        f"阻断对：{len(result.blocking_pairs)}"
        f"（检查 {result.pairs_looked_at} / {result.pairs_possible}），单个最大收益 {gain:,} 元",
        *(f"{each.size} 个订单的阻断联盟：{each.blocking}（检查 {each.looked_at}）" for each in groups),
        f"限价优于成交价而未成交的订单：{len(result.left_out)}",
        f"收支差额：{result.balance.difference_cny:,f} 元",
        f"支撑价区间：{len(widths)} 个，其中有宽度 {len(wide)} 个，最宽 {max(wide, default=Decimal(0)):,} 元/单位",
    ]
    en = [
        f"blocking pairs: {len(result.blocking_pairs)} "
        f"({result.pairs_looked_at} of {result.pairs_possible} looked at), greatest gain {gain:,} CNY",
        *(f"blocking coalitions of {each.size}: {each.blocking} ({each.looked_at} looked at)" for each in groups),
        f"unmatched orders with a limit better than a price paid: {len(result.left_out)}",
        f"payments less receipts and freight: {result.balance.difference_cny:,f} CNY",
        f"supporting intervals: {len(widths)}, with width {len(wide)}, widest "
        f"{max(wide, default=Decimal(0)):,} CNY per unit",
    ]
    return "\n".join([*zh, *en])
