"""A clearing made again from its record, on files as the command line has them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from solver.commands import main
from solver.form.reading import read_clearing, read_market, read_record, write_json
from solver.replay import replay


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A market, its clearing with a record, and a second one that began with the first."""
    folder = tmp_path_factory.mktemp("made")
    market = str(folder / "market.json")
    assert main(["generate", "--offers", "20", "--needs", "20", "--periods", "3", "--seed", "3", "-o", market]) == 0
    (folder / "records").mkdir()
    first = [market, "-o", str(folder / "first.json"), "--record", str(folder / "records" / "first.json")]
    assert main(["clear", *first, "--gap", "0.02"]) == 0
    second = [market, "-o", str(folder / "second.json"), "--record", str(folder / "records" / "second.json")]
    assert main(["clear", *second, "--gap", "0.001", "--warm", str(folder / "first.json")]) == 0
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """The same in a folder of its own: a record names its files from where it lies."""
    return Path(shutil.copytree(made, tmp_path / "moved"))


def edited(path: Path, **to: Any) -> Path:
    document = json.loads(path.read_text())
    path.write_text(json.dumps(document | to))
    return path


def record(folder: Path, name: str = "first") -> Path:
    return folder / "records" / f"{name}.json"


def said(capsys: pytest.CaptureFixture[str], *arguments: str | Path, code: int) -> str:
    capsys.readouterr()
    assert main(["replay", *map(str, arguments)]) == code
    out, err = capsys.readouterr()
    return out + err


@pytest.mark.parametrize("name", ["first", "second"])
def test_the_same_bytes(folder: Path, capsys: pytest.CaptureFixture[str], name: str):
    (folder / f"{name}.json").unlink()  # it can be made again without
    text = said(capsys, record(folder, name), code=0)
    assert text.startswith("the same bytes\nsha256:")
    assert said(capsys, record(folder, name), "--threads", "2", code=0) == text


def test_what_is_made_again_is_the_file_to_the_byte(folder: Path):
    came = replay(read_record(record(folder)), read_market(folder / "market.json"))
    assert came.clearing is not None
    write_json(came.clearing, folder / "again.json")
    assert (folder / "again.json").read_bytes() == (folder / "first.json").read_bytes()


def test_a_record_holds_no_secret_and_no_limit(folder: Path, capsys: pytest.CaptureFixture[str]):
    market = json.loads((folder / "market.json").read_text())
    policy = {**market.get("policy", {}), "sealed_seed": "nobody may know"}
    edited(folder / "market.json", policy=policy)
    with_seed = ["clear", str(folder / "market.json"), "-o", str(folder / "c.json"), "--record", str(folder / "r.json")]
    assert main(with_seed) == 0
    text = (folder / "r.json").read_text()
    assert "nobody may know" not in text
    assert "limit_price" not in text
    assert set(json.loads(text)) == {
        "format", "limits", "machine", "market", "policy", "result", "seed", "solver"
    }  # fmt: skip
    assert said(capsys, folder / "r.json", code=0).startswith("the same bytes")


def test_another_market_is_said(folder: Path, capsys: pytest.CaptureFixture[str]):
    edited(folder / "market.json", name="another")
    assert "market: sha256:" in said(capsys, record(folder), code=1)


def test_another_start_or_none_is_said(folder: Path, capsys: pytest.CaptureFixture[str]):
    text = said(capsys, record(folder, "second"), "--warm", folder / "second.json", code=1)
    assert "warm start: sha256:" in text
    assert "warm start: none, recorded sha256:" in said(
        capsys, edited(record(folder, "second"), warm_start={"hash": "sha256:0"}), code=1
    )


def test_another_clearing_than_the_recorded_is_said(folder: Path, capsys: pytest.CaptureFixture[str]):
    edited(folder / "first.json", objective="1.00")
    assert "clearing: sha256:" in said(capsys, record(folder), code=1)


def test_other_limits_give_another_clearing_and_its_parts_are_named(folder: Path, capsys: pytest.CaptureFixture[str]):
    changed = edited(record(folder), limits={"gap": 0.0, "nodes": 500, "backend": "highs"})
    text = said(capsys, changed, code=1)
    assert "clearing: sha256:" in text
    assert "differing parts: " in text
    assert "limits" in text


def test_other_versions_are_named(folder: Path, capsys: pytest.CaptureFixture[str]):
    """As it is after an upgrade: the bytes differ by the versions that they hold."""
    clearing, now = read_clearing(folder / "first.json"), read_record(record(folder))
    older = {**now.solver, "modeller": "PuLP 1.0"}
    edited(folder / "first.json", solver=older)
    document = json.loads(record(folder).read_text())
    document["result"]["hash"] = _hash_of(folder / "first.json")
    document |= {"solver": older, "machine": {**now.machine, "processor": "abacus", "numpy": "0.1"}}
    record(folder).write_text(json.dumps(document))
    text = said(capsys, record(folder), code=1)
    assert f"modeller: {clearing.solver['modeller']}, recorded PuLP 1.0" in text
    assert "processor: " in text
    assert "numpy: " in text
    assert "recorded 0.1" in text
    assert "only the versions that the clearing names differ" in text


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"model": "x"}, "model: changdan 1, recorded x"),
        ({"backend": "CBC"}, "recorded CBC"),
        (None, "model: changdan 1, recorded none"),
    ],
)
def test_a_record_that_names_another_solver_than_its_clearing_is_not_the_same(
    folder: Path, capsys: pytest.CaptureFixture[str], change: dict[str, str] | None, told: str, keep: bool
):
    if not keep:
        (folder / "first.json").unlink()  # then it is seen of the clearing made again
    named = {} if change is None else {**read_record(record(folder)).solver, **change}
    assert told in said(capsys, edited(record(folder), solver=named), code=1)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"seed": 1}, ["seed: 20221110, recorded 1"]),
        ({"seed": None}, ["seed: 20221110, recorded none"]),
        ({"machine": {}}, ["machine: none is recorded"]),
        ({"machine": {"numpy": "0.0"}}, ["numpy: ", "recorded 0.0", "system: "]),
        ({}, []),
    ],
)
def test_another_machine_or_seed_is_noted_where_the_bytes_are_the_same(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    change: dict[str, Any],
    told: list[str],
):
    assert said(capsys, edited(record(folder), **change), code=0).startswith("the same bytes\n")
    assert all(words in caplog.text for words in told)
    assert bool(told) == bool(caplog.records)


def _hash_of(path: Path) -> str:
    from solver.form.market import content_hash

    return content_hash(read_clearing(path))


def ended_by_the_clock(folder: Path) -> Path:
    market = str(folder / "large.json")
    assert main(["generate", "--offers", "60", "--needs", "60", "--seed", "2", "-o", market]) == 0
    limited = ["--gap", "0", "--time-limit", "0.5", "--record", str(folder / "late.record.json")]
    assert main(["clear", market, "-o", str(folder / "late.json"), *limited]) == 0
    return folder / "late.record.json"


def test_a_clearing_that_the_clock_ended_is_checked_and_not_searched(folder: Path, capsys: pytest.CaptureFixture[str]):
    late = ended_by_the_clock(folder)
    assert read_record(late).clock_hit
    assert said(capsys, late, code=0).startswith("not searched again, since the machine had a part in it (the clock)")
    edited(late, limits={"gap": 0.5, "nodes": 1, "backend": "highs"})
    assert "limits: " in said(capsys, late, code=1)
    (folder / "late.json").unlink()
    assert "clearing: needed" in said(capsys, late, code=1)


def test_a_clearing_that_the_clock_ended_must_verify(folder: Path, capsys: pytest.CaptureFixture[str]):
    late = ended_by_the_clock(folder)
    edited(folder / "late.json", objective="1.00")
    document = json.loads(late.read_text())
    document["result"]["hash"] = _hash_of(folder / "late.json")
    late.write_text(json.dumps(document))
    assert "verifier: 3.0 objective" in said(capsys, late, code=1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": "changdan-record/2"}, "/format"),
        ({"colour": "red"}, "/colour"),
        ({"limits": {"gap": "small"}}, "/limits/gap"),
        ({"market": {"hash": "sha256:0"}}, "name the market with --market"),
        ({"market": {"hash": "sha256:0", "path": "nowhere.json"}}, "nowhere.json"),
    ],
)
def test_bad_records_are_refused(folder: Path, capsys: pytest.CaptureFixture[str], change: dict[str, Any], words: str):
    assert words in said(capsys, edited(record(folder), **change), code=2)
