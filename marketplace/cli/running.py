"""Serving, the demonstration, and what time asks for."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from marketplace.cli import application
from marketplace.cli.ports import must_be_free
from marketplace.cli.progress import interruptible


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to serve on; 0.0.0.0: all of them.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--threads", default=8, show_default=True, type=click.IntRange(1, 256))
def serve(host: str, port: int, threads: int) -> None:
    """Serve the interface with waitress.

    Ctrl-C and SIGTERM put the rounds back that it is running.
    """
    from marketplace.cli import database
    from marketplace.samples import in_use
    from marketplace.serving import serve_app
    from marketplace.shared import logs

    app = application.application()
    logs.configure(app.extensions["changdan-settings"].log)
    with app.app_context():
        database.must_be_migrated()
        file = database.sqlite_file()
    with in_use.serving(file):
        serve_app(app, host, port, threads)


@click.command()
def maintain() -> None:
    """Do what time asks for: expire orders, forget kept replies.  Run it every hour or so, from cron."""
    from marketplace.jobs import maintain as job
    from marketplace.jobs.make_export import MAKE_EXPORT
    from marketplace.jobs.send_webhooks import send_due_webhooks
    from marketplace.jobs.store_upload import STORE_UPLOAD
    from marketplace.shared.clock import utc_now

    with application.application().app_context():
        done = job.maintain(now=utc_now())
        stored, made, sent = STORE_UPLOAD.run_due(), MAKE_EXPORT.run_due(), send_due_webhooks()
    click.echo(
        f"orders expired: {done.expired_orders}; bundles of proposals settled: {done.settled_bundles}; "
        f"contracts completed: {done.completed_contracts}; prices re-opened: {done.reopened_contracts}; "
        f"statements confirmed by silence: {done.confirmed_statements}; months judged: {done.judged_months}; "
        f"files of orders stored: {stored}; exports made: {made}; "
        + "; ".join(f"{name} forgotten: {count}" for name, count in done.forgotten.items())
    )
    if sent:
        click.echo(f"webhooks looked after: {sent}")


@click.command()
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
            app = run_demo(folder, application.application, as_json=as_json, show_all=show_all)
        held.share()
        if not as_json:
            click.echo("\n".join(what_next(sys.argv[0], database, serves=not no_serve)))
        if not no_serve:
            from marketplace.serving import serve_app

            serve_app(app, "127.0.0.1", port)
