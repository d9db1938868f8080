"""``python -m solver stress``, on the example of docs/stress.md."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import msgspec
import pytest

from solver.commands import main
from solver.form import paths, stress
from tests.unit.solver.test_commands_format import CLEARING, MARKET
from tests.unit.solver.test_commands_schema import packaged

PAGE = (Path(__file__).parents[3] / "docs" / "stress.md").read_text(encoding="utf-8")
(PATHS,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    for name, text in (("market", MARKET), ("clearing", CLEARING), ("paths", PATHS)):
        (tmp_path / f"{name}.json").write_text(text, encoding="utf-8")
    return {name: str(tmp_path / f"{name}.json") for name in ("market", "clearing", "paths", "outside", "inside")}


def run(files: dict[str, str], *more: str) -> int:
    return main(["stress", files["market"], files["clearing"], *more])


def test_the_example_of_the_page(files: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(files, "--paths", files["paths"], "-o", files["outside"], "--inside", files["inside"]) == 0
    out, err = capsys.readouterr()
    assert err == f"written to {files['outside']}\nwritten to {files['inside']}\n"
    assert out.index("三个月腰斩") < out.index("halved in three months")
    for name, schema in (("paths", "paths"), ("outside", "stress"), ("inside", "stress-inside")):
        document = json.loads(Path(files[name]).read_text(encoding="utf-8"))
        jsonschema.validate(document, packaged(f"{schema}.schema.json"))
    proposals = {each["match"]: each for each in document["paths"][0]["proposals"]}
    # m2 is LC-CN - 16.88 with a floor of 70 %: at half the index its buyer, at LC-CN + 1500, is short in March alone.
    assert proposals["m2"]["buyer"]["broken"]["count"] == 1
    assert proposals["m2"]["buyer"]["worst_period"] == "2027-03"
    assert proposals["m2"]["seller"]["broken"]["count"] == 0


def test_the_history_of_the_package_is_the_default(files: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(files) == 0
    assert "54" in capsys.readouterr().out  # beginnings of three months in 56


def test_a_clearing_that_does_not_verify_is_not_replayed(
    files: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    Path(files["clearing"]).write_text(CLEARING.replace('"102088.37"', '"1.00"'), encoding="utf-8")
    assert run(files, "-o", files["outside"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "does not verify" in err
    assert not Path(files["outside"]).exists()


def test_bad_paths_name_file_place_and_value(files: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    Path(files["paths"]).write_text(PATHS.replace("LC-CN", "NI"), encoding="utf-8")
    assert run(files, "--paths", files["paths"]) == 2
    assert re.search(r"paths\.json: /paths/1/indices/NI: NI: must be", capsys.readouterr().err)


def test_every_field_stands_on_the_page() -> None:
    forms = (paths.StressPath, paths.IndexPath, stress.GradeStress, stress.Shares, stress.Shortfall, stress.BothSee)
    names = {field.name for form in forms for field in msgspec.structs.fields(form)} - {"worst_period"}
    assert [name for name in sorted(names) if f"`{name}`" not in PAGE] == []
