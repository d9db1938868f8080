"""A setting that cannot be used ends every command with one clear line."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.cli.conftest import Command, in_a_process

BAD = [
    ("CHANGDAN_DATABASE_URL", "mysql://host/name", "CHANGDAN_DATABASE_URL has scheme 'mysql'"),
    ("CHANGDAN_DATABASE_URL", "not a url", "CHANGDAN_DATABASE_URL has scheme 'not a url'"),
    ("CHANGDAN_DATABASE_URL", "postgresql://user:pass-word@host:port/name", "scheme://user:password@host:port/name"),
    ("CHANGDAN_DATABASE_URL", "sqlite:////no/such/folder/x.sqlite", "unable to open database file"),
    ("CHANGDAN_DATABASE_URL", "postgresql://user:pass-word@127.0.0.1:1/name", "connection"),
    ("CHANGDAN_SECRET_KEY", "short", "CHANGDAN_SECRET_KEY has 5 characters; at least 16 are needed"),
    ("CHANGDAN_HTTPS", "yes", "CHANGDAN_HTTPS is 'yes'; 0 or 1 is needed"),
    ("CHANGDAN_ROUND_SECONDS", "soon", "CHANGDAN_ROUND_SECONDS is 'soon'"),
    ("CHANGDAN_ROUND_SECONDS", "²", "CHANGDAN_ROUND_SECONDS is '²'"),
    ("CHANGDAN_MAX_BODY_BYTES", "1", "a whole number from 10000 to"),
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


def test_without_its_tables_the_database_is_named(empty_command: Command) -> None:
    result = empty_command("round", "run", "rnd_x")
    assert result.exit_code == 1
    assert "no such table" in result.output
    assert "changdan db upgrade" in result.output


def test_a_real_process_says_the_same(tmp_path: Path) -> None:
    result = in_a_process("db", "current", folder=tmp_path, CHANGDAN_SECRET_KEY="short")
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.strip() == "Error: CHANGDAN_SECRET_KEY has 5 characters; at least 16 are needed"
    assert list(tmp_path.iterdir()) == []


def test_a_port_that_is_taken_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = in_a_process("serve", "--port", str(port), folder=tmp_path)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.strip().endswith(f"Error: cannot serve on 127.0.0.1:{port}: Address already in use")
    assert "Traceback" not in result.stderr
