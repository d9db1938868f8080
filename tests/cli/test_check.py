"""``changdan check`` on deployments in which one thing each is broken on purpose, on both databases."""

from __future__ import annotations

import json
import socket
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import flask_migrate
import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.app import create_app
from marketplace.config import Settings
from marketplace.jobs.engine import prepare_engine
from marketplace.rounds import services as rounds
from marketplace.shared import audit_anchors
from marketplace.shared.actor import SYSTEM
from marketplace.shared.clock import utc_now
from marketplace.shared.database import db, unit_of_work
from marketplace.watching.checks import Finding, settings_findings, sqlite_findings
from marketplace.watching.checks import postgresql as pg
from tests.cli.conftest import Command
from tests.conftest import SECRET_KEY
from tests.databases import database_urls, prepare
from tests.factories.catalogue import make_grade
from tests.factories.rounds import make_round

GOOD = Settings(
    secret_key=SECRET_KEY,
    https=True,
    public_url="https://changdan.example",
    ocds_prefix="ocds-abc123",
    trusted_proxies=1,
)
States = dict[str, str]


def states(found: list[Finding]) -> States:
    """Each finding's state by its name."""
    return {each.name: each.state for each in found}


@pytest.fixture
def check(command: Command, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, States]]:
    """Runs the command on a migrated SQLite file, or on what the environment is made to say."""
    monkeypatch.setenv("CHANGDAN_SECRET_KEY", SECRET_KEY)

    def run(**environment: str) -> tuple[int, States]:
        for name, value in environment.items():
            monkeypatch.setenv(f"CHANGDAN_{name}", value)
        result = command("check", "--json")
        document = json.loads(result.stdout)
        found = {each["name"]: each["state"] for each in document["findings"]}
        assert document["wrong"] == sum(each["state"] == "wrong" for each in document["findings"])
        assert all(each["text_zh"] and each["text_en"] for each in document["findings"])
        return result.exit_code, found

    return run


def test_all_is_well(check: Callable[..., tuple[int, States]]) -> None:
    code, found = check(
        PUBLIC_URL="https://changdan.example", HTTPS="1", OCDS_PREFIX="ocds-abc123", TRUSTED_PROXIES="1"
    )
    assert code == 0
    assert found.pop("disk") in ("ok", "remark")  # of the machine that tests
    assert set(found.values()) == {"ok"}
    assert {"settings", "secret-key", "database", "sqlite-journal", "migrations", "silent-rounds"} <= found.keys()


def test_a_line_each_and_what_it_comes_to(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHANGDAN_SECRET_KEY")
    result = command("check")
    assert result.exit_code == 1
    *lines, last = result.stdout.splitlines()
    assert all(line.startswith(("ok      ", "remark  ", "wrong   ")) for line in lines)
    assert any(line.startswith("wrong   secret-key: 未设置 CHANGDAN_SECRET_KEY") for line in lines)
    assert last == "有误 1 项，提示 2 项 / wrong: 1; remarks: 2"


def test_what_cannot_be_read_ends_it(check: Callable[..., tuple[int, States]]) -> None:
    assert check(JOBS="some") == (1, {"settings": "wrong"})


def test_a_misspelt_setting_is_a_remark(check: Callable[..., tuple[int, States]], command: Command) -> None:
    assert check(SECRETKEY=SECRET_KEY)[0] == 0
    assert "CHANGDAN_SECRETKEY is no setting" in command("check").stdout


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:///none.sqlite", "changdan db upgrade makes it"),
        ("sqlite:////no/such/folder/x.sqlite", "/no/such/folder/x.sqlite"),
        ("postgresql://user:pass-word@127.0.0.1:1/name", "connection"),
    ],
)
def test_a_database_that_is_not_there(
    url: str, said: str, command: Command, check: Callable[..., tuple[int, States]], tmp_path: Path
) -> None:
    code, found = check(DATABASE_URL=url)
    assert (code, found["database"]) == (1, "wrong")
    assert "migrations" not in found
    text = command("check").output
    assert said in text
    assert "pass-word" not in text
    assert not (tmp_path / "none.sqlite").exists()


@pytest.mark.parametrize("revision", ["0011", "9999", None])
def test_a_database_of_another_version(
    revision: str | None, check: Callable[..., tuple[int, States]], tmp_path: Path
) -> None:
    with sqlite3.connect(tmp_path / "changdan.sqlite") as connection:
        connection.execute("DELETE FROM alembic_version")
        if revision is not None:
            connection.execute("INSERT INTO alembic_version VALUES (?)", (revision,))
    connection.close()
    code, found = check()
    assert (code, found["migrations"]) == (1, "wrong")
    assert "silent-rounds" not in found


def test_workers_that_a_file_does_not_tell_of(check: Callable[..., tuple[int, States]]) -> None:
    code, found = check(JOBS="workers")
    assert (code, found["workers"]) == (0, "remark")


@pytest.mark.parametrize(
    ("changes", "name", "state"),
    [
        ({}, "secret-key", "ok"),
        ({}, "public-url", "ok"),
        ({"https": False}, "public-url", "wrong"),
        ({"public_url": "http://changdan.example"}, "public-url", "wrong"),
        ({"public_url": "http://changdan.example", "https": False}, "public-url", "wrong"),
        ({"public_url": "http://127.0.0.1:8000", "https": False}, "public-url", "remark"),
        ({"trusted_proxies": 0}, "proxies", "remark"),
        ({"ocds_prefix": "ocds-000000"}, "ocds-prefix", "remark"),
        ({"database_url": "postgresql+psycopg://h/n"}, "jobs", "remark"),
        ({"database_url": "postgresql+psycopg://h/n"}, "limits-store", "remark"),
    ],
)
def test_settings_that_do_not_fit(changes: dict[str, object], name: str, state: str) -> None:
    settings = replace(GOOD, **changes)  # type: ignore[arg-type]
    assert states(list(settings_findings(settings, secret_given=True)))[name] == state


def test_a_store_of_limits_that_does_not_answer_is_seen_without_its_password() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        store = f"redis://user:hidden@127.0.0.1:{nobody.getsockname()[1]}/0"
        found = list(settings_findings(replace(GOOD, limits_store=store), secret_given=True))
    (line,) = [finding.line for finding in found if finding.name == "limits-store"]
    assert line.startswith("wrong")
    assert "hidden" not in line


def test_a_folder_for_counts_that_is_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "counts"
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(folder))
    assert states(list(settings_findings(GOOD, secret_given=True)))["metrics"] == "wrong"
    folder.mkdir()
    assert "metrics" not in states(list(settings_findings(GOOD, secret_given=True)))


def test_settings_that_fit() -> None:
    several = replace(
        GOOD, database_url="postgresql+psycopg://h/n", jobs="workers", limits_store="redis://127.0.0.1:6379/0"
    )
    for settings in (GOOD, several):
        found = settings_findings(settings, secret_given=True, store_answers=lambda store: "6379" in store)
        assert set(states(list(found)).values()) == {"ok"}
    assert states(list(settings_findings(GOOD, secret_given=False)))["secret-key"] == "wrong"


@pytest.fixture
def file(tmp_path: Path, migrated: Path) -> Path:
    path = tmp_path / "of-its-own.sqlite"
    path.write_bytes(migrated.read_bytes())
    return path


@pytest.fixture
def connection(file: Path) -> Iterator[sa.Connection]:
    engine = sa.create_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.mark.parametrize(
    ("pragma", "name"),
    [
        ("journal_mode=DELETE", "sqlite-journal"),
        ("synchronous=NORMAL", "sqlite-synchronous"),
        ("foreign_keys=OFF", "sqlite-foreign-keys"),
    ],
)
def test_a_file_that_could_lose_something(connection: sa.Connection, file: Path, pragma: str, name: str) -> None:
    assert set(states(list(sqlite_findings(connection, file, free_mb=10_000))).values()) == {"ok"}
    connection.rollback()
    connection.connection.cursor().execute(f"PRAGMA {pragma}")
    found = states(list(sqlite_findings(connection, file, free_mb=10_000)))
    assert found.pop(name) == "wrong"
    assert set(found.values()) == {"ok"}


def test_a_file_that_cannot_be_written(connection: sa.Connection, file: Path) -> None:
    read_only = sa.create_engine(f"sqlite:///file:{file}?mode=ro&uri=true")
    with read_only.connect() as reading:
        assert states(list(sqlite_findings(reading, file)))["sqlite-writable"] == "wrong"
    read_only.dispose()
    other = sqlite3.connect(file)
    other.execute("BEGIN IMMEDIATE")
    assert states(list(sqlite_findings(connection, file)))["sqlite-writable"] == "remark"
    other.close()
    assert states(list(sqlite_findings(connection, file)))["sqlite-writable"] == "ok"


@pytest.mark.parametrize(("free_mb", "state"), [(10_000, "ok"), (1_999, "remark"), (199, "wrong")])
def test_a_disk_that_fills(connection: sa.Connection, file: Path, free_mb: int, state: str) -> None:
    assert states(list(sqlite_findings(connection, file, free_mb=free_mb)))["disk"] == state


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A migrated PostgreSQL database without the engine's tables."""
    if "postgresql" not in database_urls():
        pytest.skip("without PostgreSQL")
    with prepare("postgresql", tmp_path_factory) as url:
        app = create_app(Settings(database_url=url, secret_key=SECRET_KEY))
        with app.app_context():
            flask_migrate.upgrade()
        yield app
        with app.app_context():
            db.engine.dispose()


def test_a_server_and_its_workers(
    server: Flask, check: Callable[..., tuple[int, States]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One thing is broken after the other, and mended."""
    url = server.extensions["changdan-settings"].database_url
    monkeypatch.setenv("CHANGDAN_DATABASE_URL", url)

    def now_found(**environment: str) -> States:
        return check(**environment)[1]

    def does(*statements: str) -> None:
        with server.app_context(), db.engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    found = now_found(JOBS="workers")
    assert (found["engine-tables"], found["workers"]) == ("wrong", "remark")
    with server.app_context():
        prepare_engine()
        name = db.engine.url.database
    found = now_found()
    assert (found["engine-tables"], found["workers"], found["stalled-jobs"]) == ("ok", "wrong", "ok")
    does("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '31 seconds')")
    assert now_found()["workers"] == "wrong"
    does(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, status, worker_id)"
        " SELECT 'quick', 'look', 'doing', id FROM procrastinate_workers"
    )
    assert now_found()["stalled-jobs"] == "wrong"
    does("UPDATE procrastinate_workers SET last_heartbeat = now()")
    found = now_found()
    assert (found["workers"], found["stalled-jobs"]) == ("ok", "ok")
    assert "wrong" not in {state for key, state in found.items() if key != "public-url"}
    does(f"ALTER DATABASE {name} SET synchronous_commit = off")
    with server.app_context():
        db.engine.dispose()
    found = now_found()
    assert found["postgresql-synchronous-commit"] == "wrong"
    assert [found[f"postgresql-{each}"] for each in ("version", "connections", "full-page-writes")] == ["ok"] * 3
    assert found["clock"] == "ok"
    does(f"ALTER DATABASE {name} RESET synchronous_commit")
    assert now_found()["postgresql-synchronous-commit"] == "ok"


def test_a_server_that_could_lose_something_or_has_no_room() -> None:
    good = dict.fromkeys(pg.DURABLE, "on")
    assert set(states(list(pg.durability(good))).values()) == {"ok"}
    for setting in pg.DURABLE:
        found = states(list(pg.durability({**good, setting: "off"})))
        assert found.pop(f"postgresql-{setting.replace('_', '-')}") == "wrong"
        assert set(found.values()) == {"ok"}
    assert [pg.server_version(number).state for number in (130_014, 140_000, 170_002)] == ["wrong", "ok", "ok"]
    assert [pg.connections(in_use, 100).state for in_use in (79, 80, 94, 95)] == ["ok", "remark", "remark", "wrong"]


@pytest.mark.parametrize(
    ("off_s", "state"), [(0, "ok"), (0.9, "ok"), (-1.5, "remark"), (1.5, "remark"), (-6, "wrong"), (6, "wrong")]
)
def test_clocks(off_s: float, state: str) -> None:
    before = datetime(2026, 12, 1, tzinfo=UTC)
    after = before + timedelta(milliseconds=20)
    assert pg.clocks((after if off_s > 0 else before) + timedelta(seconds=off_s), before, after).state == state
    assert pg.clocks(before + timedelta(milliseconds=10), before, after).state == "ok"


def test_work_that_nobody_does(check: Callable[..., tuple[int, States]], tmp_path: Path) -> None:
    now = utc_now()
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'changdan.sqlite'}", secret_key=SECRET_KEY)
    app = create_app(settings)
    with app.app_context():
        with unit_of_work():
            round_id = make_round(make_grade(), until="frozen").id
            rounds.claim_run(round_id, actor=SYSTEM, now=now)
        code, found = check()
        assert (code, found["silent-rounds"], found["audit-anchor"]) == (0, "ok", "remark")
        with unit_of_work():
            db.session.execute(
                sa.text("UPDATE round_progress SET heartbeat_at = :then"),
                {"then": (now - timedelta(seconds=61)).strftime("%Y-%m-%d %H:%M:%S.%f")},
            )
            audit_anchors.make_anchor(now=now - timedelta(days=8))
        code, found = check()
        assert (code, found["silent-rounds"], found["audit-anchor"]) == (1, "wrong", "remark")
        with unit_of_work():
            audit_anchors.make_anchor(now=now)
        assert check()[1]["audit-anchor"] == "ok"
        db.engine.dispose()
