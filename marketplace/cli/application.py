"""The application that a command works with, and what is wrong with its settings in lines that a user can act on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

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
