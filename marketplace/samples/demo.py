"""The demonstration: both sample markets from orders to published proposals, told on the terminal or as JSON."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import flask_migrate

from marketplace.contracts import queries as contracts
from marketplace.jobs.run_round import run_round
from marketplace.orders.models import Order
from marketplace.rounds import queries as rounds
from marketplace.rounds import services as round_services
from marketplace.samples import demo_lines
from marketplace.samples.load import BUILDERS, TITLES, load_sample
from marketplace.samples.logins import make_logins
from marketplace.shared.actor import SYSTEM
from marketplace.shared.clock import utc_now
from marketplace.shared.database import db, unit_of_work

if TYPE_CHECKING:
    from flask import Flask

    from marketplace.contracts.models import Proposal
    from marketplace.rounds.models import RoundOutcome

DATABASE = "changdan.sqlite"


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


def the_database(folder: Path) -> Path:
    """The demonstration's database, in a folder that is there from now on."""
    folder.mkdir(parents=True, exist_ok=True)
    return (folder / DATABASE).resolve()


def run_demo(folder: Path, make_app: Callable[[str], Flask], *, as_json: bool = False, show_all: bool = False) -> Flask:
    """Clear both sample markets in a fresh database under ``folder`` and print what came out; the application on it."""
    database = the_database(folder)
    for ending in ("", "-wal", "-shm", "-journal"):
        database.with_name(database.name + ending).unlink(missing_ok=True)
    app = make_app(f"sqlite:///{database}")

    def say(line: str) -> None:
        if not as_json:
            click.echo(line)

    documents = []
    with app.app_context():
        flask_migrate.upgrade()
        for name in BUILDERS:
            say(demo_lines.heading(name, *TITLES[name]))
            result = _clear(name, folder, say)
            for line in demo_lines.told(result, show_all=show_all):
                say(line)
            documents.append(_document(result))  # at once: its rows do not outlive what comes next
        with unit_of_work():
            people = make_logins(result.round_id, now=utc_now())
    if as_json:
        click.echo(json.dumps({"markets": documents}, ensure_ascii=False, indent=1))
    for line in demo_lines.logins(people):
        say(line)
    return app


def _clear(name: str, folder: Path, say: Callable[[str], None]) -> DemoResult:
    began = time.monotonic()
    round_id = load_sample(name, now=utc_now())
    say(f"{time.monotonic() - began:5.1f} s  订单已录入并冻结 / orders entered and frozen")
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
