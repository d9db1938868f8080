"""``changdan market`` and ``changdan round run``, from a file to a clearing and back to a file."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from marketplace.samples import load
from marketplace.samples.retired_batteries import build
from marketplace.shared.clock import beijing_date, utc_now
from solver.commands import main as solver
from solver.form.reading import read_market
from tests.cli.conftest import Command
from tests.unit.samples.reducing import reduced

YEAR = beijing_date(utc_now()).year + 1


def order(name: str, side: str, price: str, **terms: Any) -> dict[str, Any]:
    return {
        "id": name,
        "side": side,
        "organisation": name.upper(),
        "grade": "lithium-carbonate-battery",
        "site": {"region": "510100", "lat": 30.5, "lon": 104.0},
        "volumes": ["10", "20"],
        "limit_price": {"components": [{"fixed": price}]},
        **terms,
    }


def market() -> dict[str, Any]:
    return {
        "format": "changdan-market/1",
        "grades": [{"id": "lithium-carbonate-battery", "unit": "TNE", "quantum": "0.001"}],
        "calendar": [f"{YEAR}-01", f"{YEAR}-02"],
        "orders": [order("o1", "offer", "90000"), order("n1", "need", "95000")],
    }


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A market file that can be loaded."""
    path = tmp_path / "market.json"
    path.write_text(json.dumps(market()), encoding="utf-8")
    return path


def loaded(command: Command, name: str | Path) -> str:
    """The round's identifier, as the command prints it."""
    result = command("market", "load", str(name))
    assert result.exit_code == 0, result.output
    found = re.fullmatch(r"round (rnd_\w+) is frozen; run it with: changdan round run \1\n", result.output)
    assert found is not None, result.output
    return found[1]


def test_a_file_is_loaded_run_and_exported(command: Command, file: Path, tmp_path: Path) -> None:
    round_id = loaded(command, file)
    result = command("market", "export", round_id, "-o", str(tmp_path / "back.json"))
    assert (result.exit_code, (tmp_path / "back.json").stat().st_size > 500) == (0, True)
    back = read_market(tmp_path / "back.json")
    assert [each.limit_price for each in back.orders] == [each.limit_price for each in read_market(file).orders]
    run = command("round", "run", round_id)
    assert run.exit_code == 0, run.output
    assert run.output.splitlines() == [  # no bar: this is no terminal
        "solved: optimal, gap 0.0000%",
        "lithium-carbonate-battery: fewer-than-five matches",
        f"next, by an operator: POST /api/v1/rounds/{round_id}/review, then .../publication",
    ]
    again = command("round", "run", round_id)
    assert again.exit_code == 1
    assert again.output == "Error: round is solved: it cannot run\n"
    assert loaded(command, tmp_path / "back.json") != round_id


def test_a_sample_is_loaded_by_its_name_once(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "retired_batteries_2023"
    monkeypatch.setitem(load.BUILDERS, name, lambda year: reduced(build(year), 2))
    loaded(command, name)
    again = command("market", "load", name)
    assert again.exit_code == 1
    assert again.output == f"Error: the sample market {name} is loaded already\n"


@pytest.mark.parametrize("name", ["cell_plants_2024", "missing.json", ".", ""])
def test_neither_a_sample_nor_a_file(command: Command, name: str) -> None:
    result = command("market", "load", name)
    assert result.exit_code == 2
    assert "retired_batteries_2023, cell_plants_2023" in result.output


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "/: "),
        (b"[]", "/: "),
        (b"{", "/: "),
        (b'{"format": "\xff"}', "/: the text must be UTF-8 (value 'byte 12')"),
        (b"{}", "/format: "),
        (b'{"format": "changdan-market/2", "grades": [], "calendar": [], "orders": []}', "/format: "),
        (b"[" * 100_000, "/: "),
    ],
)
def test_what_is_no_market_file_is_one_line(command: Command, tmp_path: Path, body: bytes, expected: str) -> None:
    (tmp_path / "bad.json").write_bytes(body)
    result = command("market", "load", "bad.json")
    assert result.exit_code == 1
    assert result.output.startswith(f"Error: {expected}")
    assert len(result.output.strip().splitlines()) == 1


def test_each_fault_is_a_line_with_pointer_value_and_limit(command: Command, file: Path) -> None:
    document = market()
    document["grades"][0]["unit"] = "t"
    document["orders"][0]["site"]["region"] = "999999"
    document["orders"][1]["holds"] = [{"certificate": "X", "valid_from": "2020-01-01", "valid_to": "2029-01-01"}]
    file.write_text(json.dumps(document), encoding="utf-8")
    result = command("market", "load", str(file))
    assert result.exit_code == 1
    lines = result.output.removeprefix("Error: ").strip().splitlines()
    assert [line.partition(": ")[0] for line in lines] == [
        "/grades/0/unit",
        "/orders/0/site/region",
        "/orders/1/holds/0/certificate",
    ]
    assert "(value 't', limit 'TNE')" in lines[0]
    file.write_text(json.dumps(market()), encoding="utf-8")
    loaded(command, file)


def test_a_round_with_a_real_order_is_not_exported(command: Command, file: Path, tmp_path: Path) -> None:
    round_id = loaded(command, file)
    with sqlite3.connect(tmp_path / "changdan.sqlite") as connection:
        connection.execute("UPDATE organisations SET sample = 0 WHERE name_zh LIKE 'O1%'")
    connection.close()
    result = command("market", "export", round_id, "-o", str(tmp_path / "sealed.json"))
    assert result.exit_code == 1
    assert result.output == "Error: 1 of the round's orders are no samples: their limits stay sealed\n"
    assert not (tmp_path / "sealed.json").exists()


def test_a_place_that_cannot_be_written_is_named(command: Command, file: Path, tmp_path: Path) -> None:
    round_id = loaded(command, file)
    result = command("market", "export", round_id, "-o", "no/such/folder.json")
    assert result.exit_code == 1
    assert "no/such/folder.json: No such file or directory" in result.output


def test_a_round_is_replayed_where_its_market_lies(command: Command, file: Path, tmp_path: Path) -> None:
    round_id = loaded(command, file)
    assert command("round", "replay", round_id).output == f"Error: no clearing of round {round_id}\n"
    assert command("round", "run", round_id).exit_code == 0
    result = command("round", "replay", round_id)
    assert re.fullmatch(r"the same bytes\nsha256:[0-9a-f]{64}\n", result.output), result.output
    with sqlite3.connect(tmp_path / "changdan.sqlite") as connection:
        connection.execute("UPDATE round_snapshots SET market = replace(market, '90000', '90001')")
    connection.close()
    result = command("round", "replay", round_id)
    assert (result.exit_code, "Error: not the same: market: sha256:" in result.output) == (1, True)
    assert "90001" not in result.output


def test_a_record_leaves_without_limits_and_is_replayed_with_the_market(
    command: Command, file: Path, tmp_path: Path
) -> None:
    round_id = loaded(command, file)
    assert command("round", "run", round_id).exit_code == 0
    record, exported = tmp_path / "record.json", tmp_path / "exported.json"
    assert command("round", "record", round_id, "-o", str(record)).exit_code == 0
    assert "90000" not in record.read_text()
    assert solver(["replay", str(record)]) == 2  # it names no file
    assert command("market", "export", round_id, "-o", str(exported)).exit_code == 0
    assert solver(["replay", str(record), "--market", str(exported)]) == 0


@pytest.mark.parametrize(
    "words",
    [("round", "run"), ("round", "replay"), ("round", "record", "-o", "x"), ("market", "export", "-o", "x.json")],
)
def test_an_unknown_round_is_named(command: Command, words: tuple[str, ...]) -> None:
    result = command(*words, "rnd_none")
    assert (result.exit_code, result.output) == (1, "Error: no round rnd_none\n")


def test_a_run_that_fails_says_why(command: Command, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from marketplace.rounds.services import solving

    monkeypatch.setattr(solving, "RECORDABLE", ())
    result = command("round", "run", loaded(command, file))
    assert result.exit_code == 1
    assert "Error: the round is frozen: the solver gave no clearing: optimal" in result.output
