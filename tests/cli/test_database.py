"""``changdan --version`` and ``changdan db``."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from marketplace import __version__
from marketplace.config import migrations_folder
from marketplace.shared.database import Base
from tests.cli.conftest import Command, in_a_process

HEAD = ScriptDirectory(str(migrations_folder())).get_current_head()


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
    database = f"sqlite:///{tmp_path / 'changdan.sqlite'}"
    assert empty_command("db", "current").output == (
        f"{database}: no revision, it has no tables; changdan db upgrade makes them\n"
    )
    assert not (tmp_path / "changdan.sqlite").exists()  # asking makes no file
    up = empty_command("db", "upgrade")
    assert (up.exit_code, up.output) == (0, f"{database}: from no tables to revision {HEAD}\n")
    assert tables(tmp_path) == set(Base.metadata.tables)
    again = empty_command("db", "upgrade")
    assert again.output == f"{database}: at revision {HEAD} already; nothing to do\n"
    assert empty_command("db", "current").output == f"{database}: {HEAD} (head)\n"
    assert empty_command("db", "downgrade", "base", "--yes").exit_code == 0
    assert tables(tmp_path) == set()


@pytest.mark.parametrize("answer", ["n\n", "\n", ""])
def test_going_down_asks_and_says_what_is_lost(command: Command, tmp_path: Path, answer: str) -> None:
    result = command("db", "downgrade", given=answer)
    assert result.exit_code == 1
    assert f"sqlite:///{tmp_path / 'changdan.sqlite'} goes from revision {HEAD} back one step" in result.output
    assert "0 organisations, 0 members, 0 orders, 0 rounds, 0 proposals" in result.output
    assert tables(tmp_path) == set(Base.metadata.tables)


def test_going_down_goes_on_when_told_to(command: Command, tmp_path: Path) -> None:
    assert command("db", "downgrade", given="y\n").exit_code == 0  # one step
    revision = command("db", "current").output.removesuffix("\n").rpartition(": ")[2]
    assert revision.partition(" ")[0] == str(int(HEAD) - 1).zfill(len(HEAD))
    assert command("db", "downgrade", "base", given="y\n").exit_code == 0
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
