"""``changdan worker``: does what the platform has to do beside answering requests."""

from __future__ import annotations

import logging

import click

from marketplace.cli import application


@click.command()
@click.option(
    "--queue",
    "queues",
    multiple=True,
    type=click.Choice(["rounds", "files", "quick", "webhooks"]),
    help="Only this; repeatable.",
)
@click.option("--quick", default=2, show_default=True, type=click.IntRange(1, 64), help="Quick jobs at the same time.")
def worker(queues: tuple[str, ...], quick: int) -> None:
    """Run rounds and all that is due: any number of workers, on any number of machines.

    On PostgreSQL jobs come by its engine, on SQLite by looking into the database every other second.  With
    CHANGDAN_JOBS=workers rounds wait for a worker.  Ctrl-C and SIGTERM give back what it works on.
    """
    from marketplace.cli import database
    from marketplace.jobs import worker as jobs

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s: %(message)s")
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    app = application.application()
    with app.app_context():
        database.must_be_migrated()
    jobs.work(app, queues=queues or jobs.QUEUES, quick=quick)
