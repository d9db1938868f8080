"""What the demonstration says on the terminal, Chinese first, then English."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from marketplace.catalogue.rules.units import UNITS
from marketplace.samples.logins import DEMO_PASSWORD, Login

if TYPE_CHECKING:
    from marketplace.contracts.models import Proposal
    from marketplace.rounds.models import RoundOutcome
    from marketplace.samples.demo import DemoResult

SHOWN = 10
STATUS_ZH = {"optimal": "已证最优", "feasible": "可行", "empty": "无可成交"}
LEGEND = (
    "  每行：卖方 -> 买方  牌号  交货月份（有量月数）  预期量 [最低量，最高量]  "
    "首月参考价 [下限，上限] = 系数 x 指数 + 升贴水，到厂参考价",
    "  a line: seller -> buyer  grade  months of delivery (how many carry volume)  expected volume [minimum, maximum]  "
    "the first month's reference price [floor, cap] = coefficient x index + premium, landed price",
)


def heading(name: str, title_zh: str, title_en: str) -> str:
    """A market's name, above all that is said of it."""
    return f"\n== {title_zh} / {title_en} ==\n{name}"


def told(result: DemoResult, *, show_all: bool) -> Iterable[str]:
    """The result in lines for people."""
    count = len(result.proposals)
    shown = count if show_all else SHOWN
    yield (
        f"{result.seconds:5.1f} s  {STATUS_ZH.get(result.status, result.status)} {result.status}："
        f"总剩余 welfare {result.objective_cny:,.2f} CNY，上界 proven bound {result.bound_cny:,.2f} CNY，"
        f"差距 gap {result.gap:.4%}"
    )
    yield f"\n{count} 份长单方案（样例，价格不含税），大者在前 / proposals (prices without tax), the largest first"
    yield from LEGEND
    for proposal in result.proposals[:shown]:
        yield "  " + proposal_line(proposal)
    if count > shown:
        rest = count - shown
        yield f"  … 另有 {rest} 份，changdan demo --all 全部列出 / {rest} more; changdan demo --all shows every one"
    yield from _unfilled(result, show_all)
    yield f"\n文件 / files: {result.market_file}, {result.clearing_file}"


def proposal_line(proposal: Proposal) -> str:
    """One proposal on one line, as LEGEND says."""
    terms = proposal.terms
    volume, periods, formula = terms["volume"], terms["periods"], terms["price"]["formula"]
    first = periods[0]
    by = ""
    if formula:
        premium = Decimal(formula["premium_cny_per_unit"])
        by = f" = {formula['coefficient']} x {formula['index']} {premium:+,.2f}"
    band = f"[{Decimal(first['floor']):,.2f}, {Decimal(first['cap']):,.2f}]"
    return (
        f"{proposal.seller.name_zh} -> {proposal.buyer.name_zh}  {proposal.grade_id}  {_months(periods)}  "
        f"{Decimal(volume['expected']):,.3f} {UNITS[terms['unit_code']].symbol} "
        f"[{Decimal(volume['minimum']):,.3f}, {Decimal(volume['maximum']):,.3f}]  "
        f"{Decimal(first['reference']):,.2f} CNY 出厂 ex works {band}{by}, "
        f"{Decimal(first['landed_reference']):,.2f} 到厂 landed"
    )


def logins(people: Iterable[Login]) -> Iterable[str]:
    """Who may sign in, and what is there to see."""
    yield f"\n登录 / logins (password {DEMO_PASSWORD}):"
    for each in people:
        yield f"  {each.role_zh:　<3} {each.role:<10} {each.email:<24} {each.organisation}{_own(each)}"


def what_next(program: str, database: Path, *, serves: bool) -> Iterable[str]:
    """How to look at what is there now, and what another demonstration does to it."""
    yield "\n再次运行 demo 将重新生成全部样例 / another demo makes all of it afresh"
    if serves:
        yield "服务已启动，按 Ctrl-C 停止 / serving; Ctrl-C stops it:"
    else:
        command = f"CHANGDAN_DATABASE_URL={shlex.quote(f'sqlite:///{database}')} {shlex.quote(program)} serve"
        yield f"启动服务 / to serve it: {command}"


def _own(login: Login) -> str:
    if not login.proposals:
        return ""
    return (
        f"：{login.proposals} 份方案，{login.unfilled} 份订单未全部成交 / "
        f"{login.proposals} proposals, {login.unfilled} orders not fully filled"
    )


def _months(periods: list[Mapping[str, str]]) -> str:
    """The first and the last month, and how many carry volume."""
    first, last = periods[0]["period"], periods[-1]["period"]
    return first if first == last else f"{first}..{last} ({len(periods)})"


def _unfilled(result: DemoResult, show_all: bool) -> Iterable[str]:
    partly = sum(outcome.status == "partly_matched" for outcome, _ in result.unfilled)
    yield (
        f"\n{result.orders} 份订单中 {len(result.unfilled)} 份未全部成交（{partly} 份部分成交）及原因 / "
        f"{len(result.unfilled)} of {result.orders} orders not fully filled ({partly} partly), and why:"
    )
    if show_all:
        for outcome, reference in result.unfilled:
            yield f"  {reference}  {outcome.filled:,f} of {outcome.requested:,f}  {_reason(outcome)}"
        return
    counts = Counter(_reason(outcome) for outcome, _ in result.unfilled)
    for reason, count in counts.most_common():
        example = next(reference for outcome, reference in result.unfilled if _reason(outcome) == reason)
        yield f"  {count:>4} x {reason}  (e.g. {example})"


def _reason(outcome: RoundOutcome) -> str:
    return outcome.reasons[0]["zh"] + " / " + outcome.reasons[0]["en"] if outcome.reasons else outcome.status
