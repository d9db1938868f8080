"""The ``changdan`` command.  Heavy imports stand inside the commands, so that the first line appears at once."""

from __future__ import annotations

import click

from marketplace import __version__
from marketplace.cli import evidence, keeping, rounds, running, setting_up
from marketplace.cli.check import check
from marketplace.cli.errors import Commands
from marketplace.cli.worker import worker


@click.group(cls=Commands)
@click.version_option(__version__)
def main() -> None:
    """长单 Changdan: supply-demand matchmaking for long-term contracts in the battery chain."""


for command in (
    running.serve,
    worker,
    running.maintain,
    running.demo,
    check,
    setting_up.db,
    setting_up.admin,
    rounds.market,
    rounds.round_,
    evidence.export,
    evidence.audit,
    keeping.backup,
    keeping.restore,
):
    main.add_command(command)
