"""Whole markets in and out, and the running of rounds."""

from __future__ import annotations

from pathlib import Path

import click

from marketplace.cli import application
from marketplace.cli.progress import interruptible, progress_bar


@click.group()
def market() -> None:
    """Whole markets in and out."""


@market.command("load")
@click.argument("market")
def load_market(market: str) -> None:
    """Load MARKET into the present database: organisations, orders and a frozen round.

    MARKET is a sample's name, retired_batteries_2023 or cell_plants_2023, or a market file (changdan-market/1) such
    as one that was exported.  A file's organisations enter as samples under new credit codes.
    """
    from marketplace.samples.load import BUILDERS, load_file, load_sample
    from marketplace.shared.clock import utc_now

    file = Path(market)
    if market not in BUILDERS and not file.is_file():
        message = f"{market!r} is no file, and none of the samples {', '.join(BUILDERS)}"
        raise click.BadParameter(message, param_hint="MARKET")
    with application.application().app_context():
        now = utc_now()
        round_id = load_sample(market, now=now) if market in BUILDERS else load_file(file, now=now)
    click.echo(f"round {round_id} is frozen; run it with: changdan round run {round_id}")


@market.command("export")
@click.argument("round_id")
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path))
def export_market(round_id: str, output: Path) -> None:
    """Write a sample round's frozen market as a file for ``python -m solver``.

    Only rounds made of sample orders alone can be exported: other companies' limits stay sealed.
    """
    from marketplace.rounds import services as rounds
    from marketplace.shared.database import unit_of_work

    with application.application().app_context(), unit_of_work(writes=False):
        output.write_bytes(rounds.export_sample_market(round_id))
    click.echo(f"{output}: {output.stat().st_size} bytes")


@click.group("round")
def round_() -> None:
    """Matching rounds."""


@round_.command("run")
@click.argument("round_id")
def run(round_id: str) -> None:
    """Run a frozen round: screen, decompose, solve, verify, record."""
    from marketplace.jobs.run_round import run_round
    from marketplace.rounds import queries as rounds
    from marketplace.shared.actor import SYSTEM

    with application.application().app_context():
        with interruptible(), progress_bar() as advance:
            status = run_round(round_id, actor=SYSTEM, progress=advance)
        if status != "solved":
            reason = rounds.round_by_id(round_id).failure or "another run has taken it over"
            raise click.ClickException(f"the round is {status}: {reason}")
        summary = rounds.clearing_summary(round_id, SYSTEM)  # counts of fewer than five parties stay untold here too
    click.echo(f"{status}: {summary.status}, gap {summary.gap:.4%}")
    for grade in summary.grades:
        contracts = grade.contracts
        click.echo(f"{grade.grade_id}: {contracts.withheld if contracts.value is None else contracts.value} matches")
    click.echo(f"next, by an operator: POST /api/v1/rounds/{round_id}/review, then .../publication")


@round_.command("record")
@click.argument("round_id")
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path))
def record(round_id: str, output: Path) -> None:
    """Write how a round was cleared: hashes, rules, limits on work, versions.  It holds no limit price."""
    from marketplace.rounds import services as rounds
    from marketplace.shared.database import unit_of_work

    with application.application().app_context(), unit_of_work(writes=False):
        output.write_bytes(rounds.round_record(rounds.sealed_round(round_id)))
    click.echo(f"{output}: {output.stat().st_size} bytes")


@round_.command("replay")
@click.argument("round_id")
def replay(round_id: str) -> None:
    """Clear a round's frozen market again and compare the bytes with the recorded clearing; nothing is written."""
    from marketplace.rounds import services as rounds
    from marketplace.shared.database import unit_of_work

    with application.application().app_context():
        with unit_of_work(writes=False):
            sealed = rounds.sealed_round(round_id)
        searched, differences = rounds.replay_round(sealed)
    if differences:
        raise click.ClickException("not the same: " + "; ".join(differences))
    again = (
        "the same bytes" if searched else "not searched again, since the machine had a part in it; checked and verified"
    )
    click.echo(f"{again}\n{sealed.clearing_hash}")
