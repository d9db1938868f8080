"""The database's schema, and the platform's first operator."""

from __future__ import annotations

import click

from marketplace.cli import application


@click.group()
def db() -> None:
    """The database's schema."""


@db.command()
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Bring the database to REVISION (the newest)."""
    import flask_migrate

    from marketplace.cli import database
    from marketplace.jobs import engine

    with application.application().app_context():
        before = database.present_revision()
        flask_migrate.upgrade(revision=revision)
        click.echo(database.told_upgrade(before))
        if engine.uses_engine() and revision == "head" and engine.prepare_engine():
            click.echo("the tables of the task engine were made")


@db.command()
@click.argument("revision", default="-1")
@click.option("--yes", is_flag=True, help="Do not ask.")
def downgrade(revision: str, yes: bool) -> None:
    """Take the database back to REVISION (one step); what was made since is dropped with its rows."""
    import flask_migrate

    from marketplace.cli import database

    with application.application().app_context():
        before = database.present_revision()
        if before is not None and not yes:  # without tables there is nothing to lose
            click.echo(database.told_loss(revision))
            click.confirm("Go on? (--yes does not ask)", abort=True)
        flask_migrate.downgrade(revision=revision)
        click.echo(database.told_present())


@db.command()
def current() -> None:
    """Show the database's present revision."""
    from marketplace.cli import database

    with application.application().app_context():
        click.echo(database.told_present())


@click.group()
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
    with application.application().app_context(), unit_of_work():
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
