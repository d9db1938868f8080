"""``python -m solver whatif``, on the example of docs/what-if.md as it stands there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import msgspec
import pytest

from solver.commands import main
from solver.form import scenarios, whatif
from solver.form.scenarios import KINDS
from solver.whatif.orders import DROPPABLE
from tests.unit.solver.test_commands_format import MARKET
from tests.unit.solver.test_commands_schema import packaged

PAGE = (Path(__file__).parents[3] / "docs" / "what-if.md").read_text(encoding="utf-8")
SCENARIOS = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)[0]


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    (tmp_path / "market.json").write_text(MARKET, encoding="utf-8")
    (tmp_path / "scenarios.json").write_text(SCENARIOS, encoding="utf-8")
    return str(tmp_path / "market.json"), str(tmp_path / "scenarios.json")


def test_the_example_of_the_page(files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "result.json"
    assert main(["whatif", files[0], "--scenarios", files[1], "-o", str(output)]) == 0
    out, err = capsys.readouterr()
    assert err == f"written to {output}\n"
    stated = re.search(r"<!-- table -->\n```\n(.*?)```", PAGE, re.DOTALL)
    assert stated is not None
    assert out.split("\n\n")[3] == stated[1].rstrip()
    document = json.loads(output.read_text(encoding="utf-8"))
    jsonschema.validate(document, packaged("whatif.schema.json"))
    jsonschema.validate(json.loads(SCENARIOS), packaged("scenarios.schema.json"))
    again = tmp_path / "again.json"
    assert main(["whatif", files[0], "--scenarios", files[1], "-o", str(again), "--threads", "2"]) == 0
    assert again.read_bytes() == output.read_bytes()


def test_bad_scenarios_name_file_place_and_value(
    files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(files[1]).write_text(SCENARIOS.replace('"LC-CN"', '"NI"'), encoding="utf-8")
    output = tmp_path / "none.json"
    assert main(["whatif", files[0], "--scenarios", files[1], "-o", str(output)]) == 2
    out, err = capsys.readouterr()
    assert (out, output.exists()) == ("", False)
    assert re.search(r"scenarios\.json: /scenarios/\d/changes/\d/index/index: NI: must be", err)


def test_every_kind_of_change_and_every_figure_stands_on_the_page() -> None:
    forms = (
        scenarios.Scenario,
        scenarios.DropTerm,
        scenarios.FreightChange,
        scenarios.IndexChange,
        whatif.ScenarioResult,
        whatif.GradeFigures,
        whatif.PriceFigures,
        whatif.WelfareDifference,
    )
    names = [*KINDS, *(field.name for form in forms for field in msgspec.structs.fields(form))]
    assert [name for name in names if f"`{name}`" not in PAGE] == []
    assert all(part in PAGE for part in DROPPABLE if "." in part)
