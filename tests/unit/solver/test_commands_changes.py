"""``python -m solver changes`` on files."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from solver.commands import main
from tests.unit.solver.test_commands_format import MARKET
from tests.unit.solver.test_commands_schema import packaged


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    market, clearing = tmp_path / "market.json", tmp_path / "clearing.json"
    market.write_text(MARKET, encoding="utf-8")
    assert main(["clear", str(market), "-o", str(clearing)]) == 0
    return str(market), str(clearing)


def test_changes_are_written_and_counted(
    files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "changes.json"
    assert main(["changes", *files, "-o", str(output)]) == 0
    document = json.loads(output.read_text(encoding="utf-8"))
    jsonschema.validate(document, packaged("changes.schema.json"))
    assert document["orders"]
    out = capsys.readouterr().out
    assert "limit price: " in out
    assert "限价：" in out


def test_one_owner_is_told_nothing_among_too_few(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["changes", *files, "--order", "n1"]) == 0
    assert "too few parties" in capsys.readouterr().out


def test_bad_input_is_refused_by_name(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["changes", *files, "--order", "nobody"]) == 2
    assert "no order 'nobody'" in capsys.readouterr().err
    clearing = json.loads(Path(files[1]).read_text(encoding="utf-8"))
    clearing["objective"] = "1"
    Path(files[1]).write_text(json.dumps(clearing), encoding="utf-8")
    assert main(["changes", *files]) == 1
    assert "nothing is tried" in capsys.readouterr().err
