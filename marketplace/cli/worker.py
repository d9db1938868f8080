"""``changdan worker``: does what the platform has to do beside answering requests."""

from __future__ import annotations

import click

from marketplace.cli import application


@click.command()
@click.option(
    "--queue",
    "queues",
    multiple=True,
    type=click.Choice(["rounds", "files", "exports", "quick", "webhooks"]),
    help="Only this; repeatable.",
)
@click.option("--quick", default=2, show_default=True, type=click.IntRange(1, 64), help="Quick jobs at the same time.")
@click.option("--metrics-port", type=click.IntRange(1, 65535), help="Serve this worker's figures for Prometheus there.")
@click.option(
    "--metrics-host",
    default="127.0.0.1",
    show_default=True,
    help="Address of that port; any but this machine's own needs CHANGDAN_METRICS_TOKEN.",
)
def worker(queues: tuple[str, ...], quick: int, metrics_port: int | None, metrics_host: str) -> None:
    """Run rounds and all that is due: any number of workers, on any number of machines.

    On PostgreSQL jobs come by its engine, on SQLite by looking into the database every other second.  With
    CHANGDAN_JOBS=workers rounds wait for a worker.  Ctrl-C and SIGTERM give back what it works on.
    """
    from marketplace.cli import database
    from marketplace.jobs import worker as jobs
    from marketplace.shared import logs

    app = application.application()
    logs.configure(app.extensions["changdan-settings"].log)
    with app.app_context():
        database.must_be_migrated()
        database.must_take_changes()
    if metrics_port is not None:
        _serve_figures(app.extensions["changdan-settings"].metrics_token, metrics_host, metrics_port)
    jobs.work(app, queues=queues or jobs.QUEUES, quick=quick)


def _serve_figures(token: str, host: str, port: int) -> None:
    from marketplace.watching.worker_port import needs_token, serve_figures

    if needs_token(host) and not token:
        raise click.ClickException(f"figures are served on {host} only with CHANGDAN_METRICS_TOKEN set")
    try:
        serve_figures(host, port, token)
    except OSError as error:
        raise click.ClickException(f"cannot serve figures on {host}:{port}: {error.strerror}") from None
