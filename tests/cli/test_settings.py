"""A setting that cannot be used ends every command with one clear line."""

from __future__ import annotations

import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import click
import pytest

from marketplace import serving
from tests.cli.conftest import Command, in_a_process

BAD = [
    ("CHANGDAN_DATABASE_URL", "mysql://host/name", "CHANGDAN_DATABASE_URL has scheme 'mysql'"),
    ("CHANGDAN_DATABASE_URL", "not a url", "CHANGDAN_DATABASE_URL has scheme 'not a url'"),
    ("CHANGDAN_DATABASE_URL", "postgresql://user:pass-word@host:port/name", "scheme://user:password@host:port/name"),
    ("CHANGDAN_DATABASE_URL", "sqlite:////no/such/folder/x.sqlite", "unable to open database file"),
    ("CHANGDAN_DATABASE_URL", "postgresql://user:pass-word@127.0.0.1:1/name", "connection"),
    ("CHANGDAN_DATABASE_URL", "", "CHANGDAN_DATABASE_URL is empty"),
    ("CHANGDAN_SECRET_KEY", "", "CHANGDAN_SECRET_KEY has 0 characters; at least 32 random ones are needed"),
    ("CHANGDAN_SECRET_KEY", "short", "CHANGDAN_SECRET_KEY has 5 characters; at least 32 random ones are needed"),
    ("CHANGDAN_HTTPS", "yes", "CHANGDAN_HTTPS is 'yes'; 0 or 1 is needed"),
    ("CHANGDAN_ROUND_SECONDS", "soon", "CHANGDAN_ROUND_SECONDS is 'soon'"),
    ("CHANGDAN_ROUND_SECONDS", "²", "CHANGDAN_ROUND_SECONDS is '²'"),
    ("CHANGDAN_ROUND_SECONDS", "", "CHANGDAN_ROUND_SECONDS is ''"),
    ("CHANGDAN_MAX_BODY_BYTES", "1", "a whole number from 10000 to"),
    ("CHANGDAN_PUBLIC_URL", "changdan.example.org", "CHANGDAN_PUBLIC_URL is 'changdan.example.org'"),
    ("CHANGDAN_PUBLIC_URL", "https://changdan.example.org/", "without a slash at its end"),
    ("CHANGDAN_OCDS_PREFIX", "ocds-ABC123", "CHANGDAN_OCDS_PREFIX is 'ocds-ABC123'; ocds- and six lower-case"),
    ("CHANGDAN_TRUSTED_PROXIES", "11", "CHANGDAN_TRUSTED_PROXIES is '11'; a whole number from 0 to 10"),
    ("CHANGDAN_LIMITS_STORE", "disk", "CHANGDAN_LIMITS_STORE is 'disk'; memory, redis://host:port/0 or none"),
    ("CHANGDAN_LIMIT_PER_ADDRESS", "0/minute", "a number per time such as 1200/minute"),
    ("CHANGDAN_LIMIT_PUBLIC", "many", "CHANGDAN_LIMIT_PUBLIC is 'many'"),
    ("CHANGDAN_WEBHOOK_NETWORKS", "10.1.0.1/16", "10.1.0.1/16 has host bits set; networks such as 10.1.0.0/16 are"),
    ("CHANGDAN_WEBHOOK_NETWORKS", " ", "CHANGDAN_WEBHOOK_NETWORKS is empty"),
    ("CHANGDAN_OIDC_LABEL", "", "CHANGDAN_OIDC_LABEL has 0 characters"),
    ("CHANGDAN_OIDC_ISSUER", "https://id.example", "CHANGDAN_OIDC_CLIENT_ID and CHANGDAN_OIDC_CLIENT_SECRET must be"),
]


@pytest.mark.parametrize(("name", "value", "expected"), BAD)
def test_one_clear_line(
    name: str, value: str, expected: str, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    result = command("round", "run", "rnd_x")
    assert result.exit_code == 1
    assert expected in result.output
    assert len(result.output.strip().splitlines()) == 1
    assert "pass-word" not in result.output
    assert "db upgrade" not in result.output  # it mends none of these


def test_without_its_tables_the_database_is_named(empty_command: Command) -> None:
    result = empty_command("round", "run", "rnd_x")
    assert result.exit_code == 1
    assert "no such table" in result.output
    assert "changdan db upgrade" in result.output


def test_a_real_process_says_the_same(tmp_path: Path) -> None:
    result = in_a_process("db", "current", folder=tmp_path, CHANGDAN_SECRET_KEY="short")
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.strip() == "Error: CHANGDAN_SECRET_KEY has 5 characters; at least 32 random ones are needed"
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_is_no_setting_is_told(command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CHANGDAN_SECRETKEY", "0123456789abcdef")
    monkeypatch.setenv("CHANGDAN_TEST_DATABASES", "sqlite")
    result = command("maintain")
    assert result.exit_code == 0
    warning = "Warning: CHANGDAN_SECRETKEY is no setting and has no effect; did you mean CHANGDAN_SECRET_KEY?\n"
    assert result.stderr == warning
    told = in_a_process_of_wsgi(tmp_path)
    assert warning.removeprefix("Warning: ") in told.stderr
    assert told.stdout == "marketplace\n"


def in_a_process_of_wsgi(folder: Path) -> subprocess.CompletedProcess[str]:
    """What a WSGI server imports from an installed package."""
    return subprocess.run(
        [sys.executable, "-c", "from marketplace.wsgi import app; print(app.name)"],
        cwd=folder,
        env={"PATH": "", "PYTHONPATH": str(Path(__file__).parents[2]), "CHANGDAN_SECRETKEY": "0123456789abcdef"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:///none.sqlite", "none.sqlite has no tables; changdan db upgrade makes them"),
        ("sqlite:////no/such/folder/x.sqlite", "the database: unable to open database file"),
        ("postgresql://user:pass-word@127.0.0.1:1/name", "the database: connection"),
    ],
)
def test_nothing_is_served_without_a_database(
    url: str, said: str, command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(serving, "serve_app", served)
    monkeypatch.setenv("CHANGDAN_DATABASE_URL", url)
    result = command("serve")
    assert result.exit_code == 1
    assert said in result.output
    assert "pass-word" not in result.output
    assert not (tmp_path / "none.sqlite").exists()


def served(*_: object) -> None:
    """In place of serving."""
    raise click.ClickException("it serves")


@pytest.mark.parametrize(("revision", "said"), [("9999", "does not know"), (None, "it serves")])
def test_a_database_of_another_version_is_not_served(
    revision: str | None, said: str, command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(serving, "serve_app", served)
    if revision is not None:
        with sqlite3.connect(tmp_path / "changdan.sqlite") as connection:
            connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
        connection.close()
    result = command("serve")
    assert said in result.output


def test_a_port_that_is_taken_is_one_line(migrated: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{migrated}"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = in_a_process("serve", "--port", str(port), folder=tmp_path, CHANGDAN_DATABASE_URL=url)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.strip().endswith(f"Error: cannot serve on 127.0.0.1:{port}: Address already in use")
    assert "Traceback" not in result.stderr
