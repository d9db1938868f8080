"""``changdan export``: files for the public, whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from marketplace.cli.files import write_whole
from tests.cli.conftest import Command
from tests.cli.test_maintain import opened
from tests.factories.contracts import make_contract_in_force
from tests.factories.publications import publish
from tests.ocds import faults


@pytest.mark.usefixtures("cheap_passwords")
def test_all_published_contracts_as_one_package(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "ocds.json"
    nothing = command("export", "ocds", "-o", str(file))
    assert (nothing.exit_code, nothing.output, file.exists()) == (1, "Error: no published contract\n", False)
    with opened(tmp_path):
        published, _ = publish(make_contract_in_force()), make_contract_in_force()
        number = published.number
    monkeypatch.setenv("CHANGDAN_OCDS_PREFIX", "ocds-abc123")
    monkeypatch.setenv("CHANGDAN_PUBLIC_URL", "https://changdan.example.org")
    result = command("export", "ocds", "-o", str(file))
    assert (result.exit_code, result.output) == (0, f"{file}: contracts: 1; releases: 2\n")
    package = json.loads(file.read_text(encoding="utf-8"))
    assert faults(package) == []
    assert {release["ocid"] for release in package["releases"]} == {f"ocds-abc123-{number}"}
    assert package["uri"] == "https://changdan.example.org/api/v1/open-contracting/releases"
    before = file.read_bytes()
    assert command("export", "ocds", "-o", str(file)).exit_code == 0
    assert file.read_bytes() == before


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as refused:
        write_whole(tmp_path / "none" / "ocds.json", b"{}")
    assert refused.value.filename == str(tmp_path / "none" / "ocds.json")


def test_what_cannot_be_written_whole_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "ocds.json"
    target.mkdir()  # a folder of that name: nothing can take its place
    with pytest.raises(IsADirectoryError):
        write_whole(target, b"{}")
    assert [path.name for path in tmp_path.iterdir()] == ["ocds.json"]
    write_whole(tmp_path / "other.json", b"{}")
    assert (tmp_path / "other.json").read_bytes() == b"{}"
    assert (tmp_path / "other.json").stat().st_mode & 0o777 == 0o644
