"""``changdan check``: what is wrong with this deployment."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from time import perf_counter
from typing import TYPE_CHECKING

import click

from marketplace.cli import application

if TYPE_CHECKING:
    from flask import Flask

    from marketplace.watching.checks import Finding


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def check(as_json: bool) -> None:
    """Tell what is wrong with this deployment, a line each: ok, remark or wrong.  检查部署。

    Nothing is changed.  Exit status 1 when something is wrong.
    """
    found = list(_findings())
    wrong = sum(finding.state == "wrong" for finding in found)
    remarks = sum(finding.state == "remark" for finding in found)
    if as_json:
        findings = [
            {"state": each.state, "name": each.name, "text_zh": each.text_zh, "text_en": each.text_en} for each in found
        ]
        document = {"format": "changdan-check/1", "wrong": wrong, "remarks": remarks, "findings": findings}
        click.echo(json.dumps(document, ensure_ascii=False, indent=1))
    else:
        for finding in found:
            click.echo(finding.line)
        click.echo(f"有误 {wrong} 项，提示 {remarks} 项 / wrong: {wrong}; remarks: {remarks}")
    if wrong:
        raise click.exceptions.Exit(1)


def _findings() -> Iterator[Finding]:
    """Each step is taken only if the one before it leaves something to look at."""
    from marketplace.config import unknown_settings
    from marketplace.watching.checks import settings_findings
    from marketplace.watching.checks.finding import ok, remark, wrong

    for line in unknown_settings():
        yield remark("settings", f"未知的设置：{line.partition(' ')[0]}", line)
    try:
        app = application.application()
    except click.ClickException as error:
        yield wrong("settings", f"设置无法使用：{error.message}", error.message)
        return
    yield ok("settings", "可读取", "they can be read")
    settings = app.extensions["changdan-settings"]
    yield from settings_findings(settings, secret_given="CHANGDAN_SECRET_KEY" in os.environ)
    with app.app_context():
        yield from _of_the_database(app)


def _of_the_database(app: Flask) -> Iterator[Finding]:
    from sqlalchemy.exc import SQLAlchemyError

    from marketplace.cli import database
    from marketplace.shared.clock import utc_now
    from marketplace.shared.database import db, unit_of_work
    from marketplace.watching.checks import postgresql_findings, sqlite_findings, work_findings
    from marketplace.watching.checks.finding import ok, wrong

    file = database.sqlite_file()
    if file is not None and not file.exists():  # else to look for it would make it
        yield wrong(
            "database",
            f"没有文件 {file}；请运行 changdan db upgrade",
            f"there is no {file}; changdan db upgrade makes it",
        )
        return
    began = perf_counter()
    try:
        with db.engine.connect() as connection:
            connection.exec_driver_sql("SELECT 1")
            took_ms = (perf_counter() - began) * 1000
            yield ok("database", f"连接用时 {took_ms:.0f} 毫秒", f"{database.name()} answers, in {took_ms:.0f} ms")
            if db.engine.dialect.name == "postgresql":
                yield from postgresql_findings(connection, clock=utc_now)
            else:
                yield from sqlite_findings(connection, file)
        present, newest = database.present_revision(), database.newest_revision()
        if present != newest:
            yield wrong(
                "migrations",
                f"数据库版本为 {present or '空'}，程序需要 {newest}；请运行 changdan db upgrade",
                f"the database is at {present or 'no revision'}, not {newest}; changdan db upgrade brings it there",
            )
            return
        yield ok("migrations", f"版本 {newest}", f"at revision {newest}")
        with unit_of_work(writes=False):
            yield from work_findings(app.extensions["changdan-settings"], now=utc_now())
    except SQLAlchemyError as error:
        from marketplace.cli.errors import told

        reason = told(error) or type(error).__name__
        yield wrong("database", f"无法访问：{reason}", reason)
