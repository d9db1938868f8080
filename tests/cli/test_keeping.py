"""``changdan backup`` and ``changdan restore``."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.cli.test_maintain import opened
from tests.factories.contracts import make_contract_in_force


@pytest.mark.usefixtures("cheap_passwords")
def test_there_and_back(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "changdan.backup"
    with opened(tmp_path):
        number = make_contract_in_force().number
    made = command("backup", str(file))
    assert made.exit_code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []
    assert command("backup", "--check", str(file)).output == made.output.replace("\n", "; sound\n")

    again = command("backup", str(file))
    assert (again.exit_code, again.output) == (
        1,
        f"Error: {file} is there already; a backup is not written over another file\n",
    )
    full = command("restore", str(file))
    assert full.exit_code == 1
    assert f"Error: {file}: the database is not empty; rows in audit_entries (" in full.output
    assert full.output.endswith("nothing was stored\n")

    (tmp_path / "changdan.sqlite").unlink()
    restored = command("restore", str(file))
    assert (restored.exit_code, restored.output) == (
        0,
        made.output + "restored: rows, totals and audit chains are those of the backup\n",
    )
    assert command("audit", "verify").output == "the audit trail is whole\n"
    with opened(tmp_path):
        from marketplace.contracts.models import Contract
        from marketplace.shared.database import db

        assert db.session.query(Contract).one().number == number


def test_a_file_that_is_none_is_one_line(empty_command: Command, tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("notes")
    for words in (("backup", "--check", str(file)), ("restore", str(file))):
        result = empty_command(*words)
        assert result.exit_code == 1
        assert result.output.startswith(f"Error: {file}: cut off, or no backup of Changdan: File is not a zip file")
    missing = empty_command("backup", "--check", str(tmp_path / "missing"))
    assert (missing.exit_code, missing.output) == (1, f"Error: {tmp_path / 'missing'}: No such file or directory\n")


def test_without_tables_or_folder_nothing_is_written(empty_command: Command, tmp_path: Path) -> None:
    result = empty_command("backup", str(tmp_path / "a.backup"))
    assert result.exit_code == 1
    assert "changdan db upgrade" in result.output
    assert empty_command("db", "upgrade").exit_code == 0
    elsewhere = tmp_path / "none" / "a.backup"
    result = empty_command("backup", str(elsewhere))
    assert (result.exit_code, result.output) == (1, f"Error: {elsewhere}: No such file or directory\n")
    assert sorted(path.name for path in tmp_path.iterdir() if "backup" in path.name) == []
