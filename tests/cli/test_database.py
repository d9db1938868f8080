"""``changdan --version`` and ``changdan db``."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from marketplace import __version__
from marketplace.shared.database import Base
from tests.cli.conftest import Command, in_a_process


def tables(folder: Path) -> set[str]:
    with sqlite3.connect(folder / "changdan.sqlite") as connection:
        found = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    connection.close()
    return found - {"alembic_version"}


def test_version(empty_command: Command) -> None:
    assert empty_command("--version").output.strip().endswith(__version__)


def test_every_command_says_what_it_is_for(empty_command: Command) -> None:
    for words in ((), ("db",), ("admin",), ("market",), ("round",), ("market", "load"), ("market", "export")):
        result = empty_command(*words, "--help")
        assert result.exit_code == 0
        assert "Usage:" in result.output


def test_an_unknown_command_is_named(empty_command: Command) -> None:
    result = empty_command("markets")
    assert result.exit_code == 2
    assert "No such command 'markets'" in result.output


def test_up_and_down(empty_command: Command, tmp_path: Path) -> None:
    assert empty_command("db", "upgrade").exit_code == 0
    assert tables(tmp_path) == set(Base.metadata.tables)
    assert "(head)" in in_a_process("db", "current", folder=tmp_path).stdout  # Alembic writes past the runner
    assert empty_command("db", "downgrade", "base").exit_code == 0
    assert tables(tmp_path) == set()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("upgrade", "no-such-revision"), "Error: Can't locate revision identified by 'no-such-revision'"),
        (("downgrade",), "Error: Relative revision -1 didn't produce 1 migrations"),
    ],
)
def test_a_revision_that_is_none_is_one_line(words: tuple[str, ...], expected: str, tmp_path: Path) -> None:
    result = in_a_process("db", *words, folder=tmp_path)
    assert result.returncode == 1
    assert result.stderr.strip().splitlines()[-1] == expected
    assert "Traceback" not in result.stderr
