"""``python -m solver rules``: what every rule of a round costs, and the local-protection meter."""

from __future__ import annotations

import argparse
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from solver.command_line import DONE, REFUSED, read, refused_by_name, verified_or_refused, within
from solver.files_named import Reads, Writes, write_and_say

if TYPE_CHECKING:
    from solver.form.rule_costs import RuleShares

KINDS = {"policy": ("规则", "policy"), "term": ("条款", "term"), "local": ("地方保护", "local protection")}
VERDICTS = {
    "more": ("有代价", "costs"),
    "less": ("无代价", "gains"),
    "equal": ("无影响", "nothing"),
    "within_gaps": ("误差范围内", "within the gaps"),
}
WITHHELD = {
    "fewer-than-five": ("少于五家，不予显示", "fewer than five: withheld"),
    "no-clearing": ("无结果", "no clearing"),
}
BELOW = ("不足 2.5 %", "below 2.5 %")  # half of a twentieth
HEADS = ("规则 类别 结论 剩余占比下限 剩余占比上限 成交量占比", "rule kind verdict welfare_least welfare_most volume")


def add_to(commands: Any, form: type[argparse.HelpFormatter]) -> None:
    """Register the command."""
    rules = commands.add_parser("rules", help="what every rule of a clearing costs", formatter_class=form)
    rules.add_argument("market", action=Reads, metavar="MARKET.json")
    rules.add_argument("clearing", action=Reads, metavar="CLEARING.json")
    rules.add_argument("-o", "--output", action=Writes, metavar="RESULT.json", help="write what may leave the house")
    rules.add_argument("--inside", action=Writes, metavar="INSIDE.json", help="write it exactly; limits follow from it")
    rules.add_argument(
        "--time-limit",
        type=within(float, 0.1, 1e6),
        metavar="SECONDS",
        help="safety net of each clearing (default: none)",
    )
    rules.add_argument("--threads", type=within(int, 1, 64), default=1, help="components cleared side by side")
    rules.set_defaults(command=run_rules)


def run_rules(arguments: argparse.Namespace) -> int:
    """Drop each rule of a verified clearing's market in turn; a table on stdout, figures in files."""
    from solver.form.reading import read_clearing, read_market
    from solver.rulecosts.running import rule_costs
    from solver.whatif.running import Unverified

    market, clearing = read(read_market, arguments.market), read(read_clearing, arguments.clearing)
    if not verified_or_refused(market, clearing, "no rule is dropped"):
        return REFUSED
    try:
        inside, outside = refused_by_name(
            arguments.market,
            lambda: rule_costs(market, clearing, seconds=arguments.time_limit, threads=arguments.threads),
        )
    except Unverified as error:
        sys.stderr.write(f"{error}; nothing written\n")
        return REFUSED
    for result, path in ((outside, arguments.output), (inside, arguments.inside)):
        write_and_say(result, path)
    sys.stdout.write(table(outside) + "\n")
    return DONE


def table(result: RuleShares) -> str:
    """What dropping each rule would add, as shares of what there is: Chinese first, then English."""
    from solver.whatif.table import columns

    parts = []
    for language, heading in enumerate(HEADS):
        rows = []
        for each in result.rules:
            cells = [each.id, KINDS[each.kind][language]]
            if each.withheld is not None:
                rows.append([*cells, WITHHELD[each.withheld][language], "", "", ""])
                continue
            figures = (each.welfare_least, each.welfare_most, each.volume)
            said = VERDICTS[each.verdict][language] if each.verdict is not None else ""
            rows.append([*cells, said, *(_share(share, language, each.verdict) for share in figures)])
        parts.append(columns(heading.split(), rows))
    return "\n\n".join(parts)


def _share(share: Decimal | None, language: int, verdict: str | None) -> str:
    """A share in twentieths; one that is rounded to nothing is not nothing.

    >>> _share(Decimal("0.05"), 1, "more"), _share(Decimal("0.00"), 1, "more"), _share(Decimal("0.00"), 1, "equal")
    ('+5%', 'below 2.5 %', '0%')
    """
    if share is None:
        return ""
    if share:
        return f"{share:+.0%}"
    return "0%" if verdict == "equal" else BELOW[language]
