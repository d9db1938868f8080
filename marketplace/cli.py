"""The ``changdan`` command.  Heavy imports stand inside the commands, so that the first line appears at once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from marketplace import __version__
from marketplace.cli_errors import Commands
from marketplace.cli_files import write_whole
from marketplace.cli_ports import must_be_free
from marketplace.cli_progress import interruptible, progress_bar
from marketplace.config import SettingError, Settings, unknown_settings

if TYPE_CHECKING:
    from flask import Flask


def application(database_url: str | None = None) -> Flask:
    """The application on the environment's settings, or on another database."""
    from dataclasses import replace

    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    from marketplace.app import create_app

    for line in unknown_settings():
        click.echo(f"Warning: {line}", err=True)
    try:
        settings = Settings.from_environment()
    except SettingError as error:
        raise click.ClickException(str(error)) from None
    if database_url:
        settings = replace(settings, database_url=database_url)
    try:
        make_url(settings.database_url)
    except (ArgumentError, ValueError):  # what they say may show the password in it
        raise click.ClickException(
            "CHANGDAN_DATABASE_URL is not of the form scheme://user:password@host:port/name"
        ) from None
    try:
        return create_app(settings)
    except SettingError as error:
        raise click.ClickException(str(error)) from None
    except ModuleNotFoundError as error:
        if error.name != "psycopg":
            raise
        raise click.ClickException("PostgreSQL needs a package more: pip install 'psycopg[binary]>=3.2,<4'") from None


@click.group(cls=Commands)
@click.version_option(__version__)
def main() -> None:
    """长单 Changdan: supply-demand matchmaking for long-term contracts in the battery chain."""


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to serve on; 0.0.0.0: all of them.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--threads", default=8, show_default=True, type=click.IntRange(1, 256))
def serve(host: str, port: int, threads: int) -> None:
    """Serve the interface with waitress.

    Ctrl-C and SIGTERM put the rounds back that it is running.
    """
    from marketplace import cli_database
    from marketplace.samples import in_use
    from marketplace.serving import serve_app

    app = application()
    with app.app_context():
        cli_database.must_be_migrated()
        file = cli_database.sqlite_file()
    with in_use.serving(file):
        serve_app(app, host, port, threads)


@main.command()
def maintain() -> None:
    """Do what time asks for: expire orders, forget kept replies.  Run it every hour or so, from cron."""
    from marketplace.jobs import maintain as job
    from marketplace.shared.clock import utc_now

    with application().app_context():
        done = job.maintain(now=utc_now())
    click.echo(
        f"orders expired: {done.expired_orders}; bundles of proposals settled: {done.settled_bundles}; "
        f"contracts completed: {done.completed_contracts}; prices re-opened: {done.reopened_contracts}; "
        f"statements confirmed by silence: {done.confirmed_statements}; months judged: {done.judged_months}; "
        f"kept replies forgotten: {done.forgotten_replies}"
    )


@main.group()
def db() -> None:
    """The database's schema."""


@db.command()
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Bring the database to REVISION (the newest)."""
    import flask_migrate

    from marketplace import cli_database
    from marketplace.jobs import engine

    with application().app_context():
        before = cli_database.present_revision()
        flask_migrate.upgrade(revision=revision)
        click.echo(cli_database.told_upgrade(before))
        if engine.uses_engine() and revision == "head" and engine.prepare_engine():
            click.echo("the tables of the task engine were made")


@db.command()
@click.argument("revision", default="-1")
@click.option("--yes", is_flag=True, help="Do not ask.")
def downgrade(revision: str, yes: bool) -> None:
    """Take the database back to REVISION (one step); what was made since is dropped with its rows."""
    import flask_migrate

    from marketplace import cli_database

    with application().app_context():
        before = cli_database.present_revision()
        if before is not None and not yes:  # without tables there is nothing to lose
            click.echo(cli_database.told_loss(revision))
            click.confirm("Go on? (--yes does not ask)", abort=True)
        flask_migrate.downgrade(revision=revision)
        click.echo(cli_database.told_present())


@db.command()
def current() -> None:
    """Show the database's present revision."""
    from marketplace import cli_database

    with application().app_context():
        click.echo(cli_database.told_present())


@main.group()
def admin() -> None:
    """The platform's operators."""


@admin.command("create")
@click.option("--organisation", required=True, help="Chinese name of the operating organisation.")
@click.option("--organisation-latin", required=True, help="Its Latin name.")
@click.option("--credit-code", required=True, help="Its unified social credit code.")
@click.option("--name", required=True, help="The operator's name.")
@click.option("--email", required=True)
@click.password_option(help="At least 12 characters; asked for when not given.")
def create_operator(
    organisation: str, organisation_latin: str, credit_code: str, name: str, email: str, password: str
) -> None:
    """Create an operator (and its organisation, if it is new), and load the catalogue."""
    from marketplace.accounts import services as accounts
    from marketplace.catalogue import services as catalogue
    from marketplace.shared.actor import SYSTEM
    from marketplace.shared.clock import utc_now
    from marketplace.shared.database import unit_of_work

    now = utc_now()
    with application().app_context(), unit_of_work():
        member = accounts.create_operator(
            name_zh=organisation,
            name_latin=organisation_latin,
            credit_code=credit_code,
            name=name,
            email=email,
            password=password,
            actor=SYSTEM,
            now=now,
        )
        catalogue.load_catalogue(actor=SYSTEM, now=now)
        click.echo(f"{member.email} may sign in")


@main.command()
@click.option("--no-serve", is_flag=True, help="Stop after the rounds.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document; progress goes nowhere.")
@click.option("--all", "show_all", is_flag=True, help="Print every proposal and every unfilled order.")
@click.option(
    "--folder",
    default="changdan-demo",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Where it is made, afresh each time.",
)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
def demo(no_serve: bool, as_json: bool, show_all: bool, folder: Path, port: int) -> None:
    """Clear two sample markets from end to end, then serve them.  样例数据，价格均为示意。"""
    if not as_json:
        click.echo("长单 Changdan：两个样例市场，价格与卖方均为示意 / two samples; prices and sellers are illustrative")
        sys.stdout.flush()
    from marketplace.samples.demo import run_demo, the_database
    from marketplace.samples.demo_lines import what_next
    from marketplace.samples.in_use import replacing

    if not no_serve:
        must_be_free("127.0.0.1", port)  # now, not when both markets are cleared
    database = the_database(folder)
    with replacing(database) as held:
        with interruptible():
            app = run_demo(folder, application, as_json=as_json, show_all=show_all)
        held.share()
        if not as_json:
            click.echo("\n".join(what_next(sys.argv[0], database, serves=not no_serve)))
        if not no_serve:
            from marketplace.serving import serve_app

            serve_app(app, "127.0.0.1", port)


@main.group()
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
    with application().app_context():
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

    with application().app_context(), unit_of_work(writes=False):
        output.write_bytes(rounds.export_sample_market(round_id))
    click.echo(f"{output}: {output.stat().st_size} bytes")


@main.group("round")
def round_() -> None:
    """Matching rounds."""


@round_.command("run")
@click.argument("round_id")
def run(round_id: str) -> None:
    """Run a frozen round: screen, decompose, solve, verify, record."""
    from marketplace.jobs.run_round import run_round
    from marketplace.rounds import queries as rounds
    from marketplace.shared.actor import SYSTEM

    with application().app_context():
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

    with application().app_context(), unit_of_work(writes=False):
        output.write_bytes(rounds.round_record(rounds.sealed_round(round_id)))
    click.echo(f"{output}: {output.stat().st_size} bytes")


@round_.command("replay")
@click.argument("round_id")
def replay(round_id: str) -> None:
    """Clear a round's frozen market again and compare the bytes with the recorded clearing; nothing is written."""
    from marketplace.rounds import services as rounds
    from marketplace.shared.database import unit_of_work

    with application().app_context():
        with unit_of_work(writes=False):
            sealed = rounds.sealed_round(round_id)
        searched, differences = rounds.replay_round(sealed)
    if differences:
        raise click.ClickException("not the same: " + "; ".join(differences))
    again = (
        "the same bytes" if searched else "not searched again, since the machine had a part in it; checked and verified"
    )
    click.echo(f"{again}\n{sealed.clearing_hash}")


@main.group()
def export() -> None:
    """What the public may have, as files."""


@export.command("ocds")
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path))
def export_ocds(output: Path) -> None:
    """Write all published contracts as one release package of the Open Contracting Data Standard 1.1.

    The file is written whole or not at all.  The standard's own checker reads it: pip install libcoveocds, then
    libcoveocds FILE, which fetches the standard's schema.
    """
    from flask import current_app

    from marketplace.contracts.queries import publication as publication_queries
    from marketplace.contracts.rules.open_contracting import Publisher, package_json
    from marketplace.shared.database import unit_of_work

    with application().app_context(), unit_of_work(writes=False):
        settings = current_app.extensions["changdan-settings"]
        package = publication_queries.whole_package(Publisher(settings.ocds_prefix, settings.public_url))
    write_whole(output, package_json(package))
    contracts = len({release["ocid"] for release in package["releases"]})
    click.echo(f"{output}: contracts: {contracts}; releases: {len(package['releases'])}")


@main.group()
def audit() -> None:
    """The audit trail: anchoring all chains together, and checking them."""


@audit.command("anchor")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Also export it, as JSON.")
def anchor_chains(output: Path | None) -> None:
    """Anchor all chains as they are now.  Keep the exported file where this machine cannot change it."""
    from marketplace.shared import audit_anchors
    from marketplace.shared.clock import utc_now
    from marketplace.shared.database import unit_of_work

    with application().app_context(), unit_of_work():
        anchor = audit_anchors.make_anchor(now=utc_now())
    if output is not None:
        write_whole(output, audit_anchors.exported(anchor))
    click.echo(f"anchor {anchor.number}: chains: {anchor.chains}; hash: {anchor.hash}")


@audit.command("verify")
@click.option("--anchor", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def verify_audit(file: Path | None) -> None:
    """Check every chain and every anchor, and the database against an exported anchor.  Exit status 1: not whole."""
    from marketplace.shared import audit_verification
    from marketplace.shared.database import unit_of_work

    try:
        kept = None if file is None else audit_verification.read_anchor(file.read_bytes())
    except audit_verification.NotAnAnchor as error:
        raise click.ClickException(f"{file}: {error}") from None
    with application().app_context(), unit_of_work(writes=False):
        found = list(audit_verification.findings(kept))
    for line in found:
        click.echo(line)
    if found:
        raise click.ClickException(f"the audit trail is not whole; findings: {len(found)}")
    click.echo("the audit trail is whole")


from marketplace import cli_worker  # noqa: E402, F401 - it adds its command to the group above
