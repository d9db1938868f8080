"""The demonstration: both sample markets from orders to published proposals, told on the terminal or as JSON."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import flask_migrate

from marketplace.catalogue.rules.units import UNITS
from marketplace.contracts import queries as contracts
from marketplace.jobs.run_round import run_round
from marketplace.orders.models import Order
from marketplace.rounds import queries as rounds
from marketplace.rounds import services as round_services
from marketplace.samples.load import BUILDERS, load_sample
from marketplace.samples.logins import DEMO_PASSWORD, make_logins
from marketplace.shared.actor import SYSTEM
from marketplace.shared.clock import utc_now
from marketplace.shared.database import db, unit_of_work

if TYPE_CHECKING:
    from flask import Flask

    from marketplace.contracts.models import Proposal
    from marketplace.rounds.models import RoundOutcome

SHOWN = 10


@dataclass(frozen=True)
class DemoResult:
    """What one sample market came to."""

    name: str
    round_id: str
    status: str
    objective_cny: Decimal
    bound_cny: Decimal
    gap: Decimal
    orders: int
    proposals: list[Proposal]
    unfilled: list[tuple[RoundOutcome, str]]  # outcome, the order's reference
    market_file: Path
    clearing_file: Path
    seconds: float


def run_demo(folder: Path, make_app: Callable[[str], Flask], *, as_json: bool = False, show_all: bool = False) -> Flask:
    """Clear both sample markets in a fresh database under ``folder`` and print what came out; the application on it."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("changdan.sqlite*"):
        old.unlink()
    app = make_app(f"sqlite:///{(folder / 'changdan.sqlite').resolve()}")

    def say(line: str) -> None:
        if not as_json:
            click.echo(line)

    documents = []
    with app.app_context():
        flask_migrate.upgrade()
        for name in BUILDERS:
            say(f"\n== {name} ==")
            result = _clear(name, folder, say)
            for line in _told(result, len(result.proposals) if show_all else SHOWN):
                say(line)
            documents.append(_document(result))  # at once: its rows do not outlive what comes next
        with unit_of_work():
            logins = make_logins(now=utc_now())
    if as_json:
        click.echo(json.dumps({"markets": documents}, ensure_ascii=False, indent=1))
    else:
        say(f"\n登录 Logins (password {DEMO_PASSWORD}):")
        for role, email in logins.items():
            say(f"  {role:<10} {email}")
    return app


def _clear(name: str, folder: Path, say: Callable[[str], None]) -> DemoResult:
    began = time.monotonic()
    round_id = load_sample(name, now=utc_now())
    say(f"{time.monotonic() - began:5.1f} s  订单已冻结 orders entered and frozen")
    status = run_round(round_id, actor=SYSTEM, threads=2)
    if status != "solved":
        raise click.ClickException(f"the round is {status}: {rounds.round_by_id(round_id).failure}")
    with unit_of_work():
        round_services.review_round(
            round_id, "sample market, reviewed by the demonstration", actor=SYSTEM, now=utc_now()
        )
        round_services.publish_round(round_id, actor=SYSTEM, now=utc_now())
    market_file, clearing_file = folder / f"{name}.market.json", folder / f"{name}.clearing.json"
    with unit_of_work(writes=False):
        clearing = rounds.clearing(round_id)
        market_file.write_bytes(round_services.export_sample_market(round_id))
        clearing_file.write_bytes(clearing.document)
        outcomes = rounds.outcomes_of(round_id)
        references = {
            row.id: row.external_reference for row in db.session.execute(db.select(Order.id, Order.external_reference))
        }
        unfilled = [(o, references[o.order_id] or o.order_id) for o in outcomes if o.status != "matched"]
        return DemoResult(
            name=name,
            round_id=round_id,
            status=clearing.status,
            objective_cny=clearing.objective_cny,
            bound_cny=clearing.bound_cny,
            gap=clearing.gap,
            orders=len(outcomes),
            proposals=sorted(contracts.proposals_of_round(round_id), key=lambda p: p.expected_volume, reverse=True),
            unfilled=unfilled,
            market_file=market_file,
            clearing_file=clearing_file,
            seconds=time.monotonic() - began,
        )


def _told(result: DemoResult, shown: int) -> Iterable[str]:
    """The result in lines for people."""
    yield (
        f"{result.seconds:5.1f} s  {result.status}: 成交剩余 welfare {result.objective_cny:,.2f} CNY, "
        f"上界 proven bound {result.bound_cny:,.2f} CNY, 差距 gap {result.gap:.4%}"
    )
    yield f"\n{len(result.proposals)} 份合同提案 proposals (prices without tax, 价格不含税; 样例 sample):"
    for proposal in result.proposals[:shown]:
        yield "  " + proposal_line(proposal)
    if len(result.proposals) > shown:
        yield f"  … {len(result.proposals) - shown} more; changdan demo --all shows every one"
    partly = sum(outcome.status == "partly_matched" for outcome, _ in result.unfilled)
    unfilled = f"{len(result.unfilled)} of {result.orders}"
    yield f"\n{unfilled} 份订单未全部成交 orders not fully filled ({partly} partly), and why:"
    counts = Counter(_reason(outcome) for outcome, _ in result.unfilled)
    for reason, count in counts.most_common():
        example = next(reference for outcome, reference in result.unfilled if _reason(outcome) == reason)
        yield f"  {count:>4} x {reason}  (e.g. {example})"
    yield f"\n文件 Files: {result.market_file}, {result.clearing_file}"


def proposal_line(proposal: Proposal) -> str:
    """One proposal on one line: parties, volume with its band, the first month's price with its band, the formula."""
    terms = proposal.terms
    volume, first, formula = terms["volume"], terms["periods"][0], terms["price"]["formula"]
    by = ""
    if formula:
        premium = Decimal(formula["premium_cny_per_unit"])
        by = f" = {formula['coefficient']} x {formula['index']} {premium:+,.2f}"
    band = f"[{Decimal(first['floor']):,.2f}, {Decimal(first['cap']):,.2f}]"
    return (
        f"{proposal.seller.name_zh} -> {proposal.buyer.name_zh}  {proposal.grade_id}  "
        f"{Decimal(volume['expected']):,.3f} {UNITS[terms['unit_code']].symbol} "
        f"[{Decimal(volume['minimum']):,.3f}, {Decimal(volume['maximum']):,.3f}]  "
        f"{Decimal(first['reference']):,.2f} CNY 出厂 ex works {band}{by}, "
        f"{Decimal(first['landed_reference']):,.2f} 到厂 landed"
    )


def _reason(outcome: RoundOutcome) -> str:
    return outcome.reasons[0]["zh"] + " / " + outcome.reasons[0]["en"] if outcome.reasons else outcome.status


def _document(result: DemoResult) -> dict[str, Any]:
    """The result for programs; amounts as JSON numbers where programs compare them."""
    return {
        "name": result.name,
        "illustrative": True,
        "round": result.round_id,
        "status": result.status,
        "objective": float(result.objective_cny),
        "bound": float(result.bound_cny),
        "gap": float(result.gap),
        "orders": result.orders,
        "proposals": len(result.proposals),
        "unfilled": [
            {
                "order": reference,
                "status": outcome.status,
                "requested": str(outcome.requested),
                "filled": str(outcome.filled),
                "reasons": outcome.reasons,
            }
            for outcome, reference in result.unfilled
        ],
        "market": str(result.market_file),
        "clearing": str(result.clearing_file),
        "seconds": round(result.seconds, 2),
    }
