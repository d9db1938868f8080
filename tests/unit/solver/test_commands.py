"""The solver's command line, in this process and in one of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from solver.commands import main

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    """A market and its clearing, made once."""
    folder = tmp_path_factory.mktemp("made")
    market, clearing = folder / "market.json", folder / "clearing.json"
    assert main(["generate", "--offers", "6", "--needs", "6", "--periods", "2", "--seed", "3", "-o", str(market)]) == 0
    assert main(["clear", str(market), "-o", str(clearing), "--gap", "0.01", "--time-limit", "60"]) == 0
    return market.read_bytes(), clearing.read_bytes()


@pytest.fixture
def market(made: tuple[bytes, bytes], tmp_path: Path) -> Path:
    path = tmp_path / "market.json"
    path.write_bytes(made[0])
    return path


@pytest.fixture
def clearing(made: tuple[bytes, bytes], tmp_path: Path) -> Path:
    path = tmp_path / "clearing.json"
    path.write_bytes(made[1])
    return path


def edited(path: Path, *keys: str | int, to: Any) -> Path:
    document = json.loads(path.read_text())
    place = document
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = to
    path.write_text(json.dumps(document))
    return path


def test_the_whole_way(market: Path, clearing: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["verify", str(market), str(clearing)]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("accepted\n")
    assert "objective" in out
    assert err == ""
    assert main(["explain", str(market), str(clearing), "n00001"]) == 0
    out, err = capsys.readouterr()
    assert out.index("需求 n00001") < out.index("need n00001")
    assert "原因" in out
    assert "reason" in out


def test_clear_sums_up_in_two_lines(market: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["clear", str(market), "-o", str(tmp_path / "c.json")]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 2
    assert "gap" in err.splitlines()[0]
    assert "of 12 orders" in err.splitlines()[1]


def test_how_much_of_the_bound_is_the_solvers_word(
    market: Path, clearing: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stated = json.loads(clearing.read_bytes())
    stated["bound_kind"] = stated["components"][0]["bound_kind"] = "solver"
    clearing.write_text(json.dumps(stated))
    share = float(stated["components"][0]["bound"]) / float(stated["bound"])
    capsys.readouterr()
    assert main(["verify", str(market), str(clearing)]) == 0
    out, _ = capsys.readouterr()
    assert f"solver's word in 1 of {len(stated['components'])} components, {share:.1%} of it" in out


def test_same_market_same_bytes(market: Path, clearing: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.json"
    assert main(["clear", str(market), "-o", str(again), "--time-limit", "600"]) == 0
    assert again.read_bytes() == clearing.read_bytes()


def test_the_time_of_a_command_begins_with_it_and_not_with_its_process(
    market: Path, clearing: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.process_time", lambda: 10_000.0)
    again = tmp_path / "again.json"
    assert main(["clear", str(market), "-o", str(again), "--time-limit", "600"]) == 0
    assert again.read_bytes() == clearing.read_bytes()


def test_corrupted_clearing_is_rejected_by_name(
    market: Path, clearing: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edited(clearing, "objective", to="999999999.00")
    capsys.readouterr()
    assert main(["verify", str(market), str(clearing)]) == 1
    out, err = capsys.readouterr()
    assert "/objective" in out
    assert err.startswith("rejected: ")


@pytest.mark.parametrize(
    ("keys", "value", "said"),
    [
        (("orders", 0, "volumes", 1), "-5", "/orders/0/volumes/1: -5: "),
        (("orders", 3, "side"), "seller", '/orders/3/side: "seller": '),
        (("calendar", 0), "2027-13", "/calendar/0: 2027-13: "),
        (("colour",), "red", '/colour: "red": unknown field; known are format, grades, '),
        (("orders", 0, "must_serve"), True, "/orders/0/must_serve: "),
    ],
)
def test_bad_market_names_place_and_value(
    market: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], keys: tuple[str | int, ...], value: Any, said: str
) -> None:
    edited(market, *keys, to=value)
    output = tmp_path / "none.json"
    assert main(["clear", str(market), "-o", str(output)]) == 2
    out, err = capsys.readouterr()
    assert (out, output.exists()) == ("", False)
    assert said in err
    assert str(market) in err
    assert "Traceback" not in err


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"\xff\xfe", b'{"format": "changdan-market/2"}', b"[" * 100_000])
def test_files_that_are_no_market(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: bytes) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(text)
    assert main(["clear", str(path), "-o", str(tmp_path / "none.json")]) == 2
    assert capsys.readouterr().err.strip()


def test_files_that_are_not_there(tmp_path: Path, market: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = tmp_path / "missing.json"
    assert main(["clear", str(missing), "-o", str(tmp_path / "c.json")]) == 2
    assert str(missing) in capsys.readouterr().err
    assert main(["clear", str(market), "-o", str(tmp_path / "no" / "folder.json")]) == 2
    assert "folder.json" in capsys.readouterr().err


def test_unknown_order(market: Path, clearing: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["explain", str(market), str(clearing), "nobody"]) == 2
    assert "nobody" in capsys.readouterr().err


def test_unknown_reason(tmp_path: Path, market: Path, clearing: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stated = json.loads(clearing.read_text())
    order = next(each for each in stated["orders"] if each["reasons"])
    order["reasons"][0]["code"] = "bad_luck"
    false = tmp_path / "false.json"
    false.write_text(json.dumps(stated))
    capsys.readouterr()
    assert main(["explain", str(market), str(false), order["order"]]) == 2
    said = capsys.readouterr()
    assert "'bad_luck'" in said.err
    assert said.out == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["generate", "--offers", "0", "--needs", "1", "--seed", "1", "-o", "m.json"], "at least 1"),
        (["generate", "--offers", "x", "--needs", "1", "--seed", "1", "-o", "m.json"], "'x'"),
        (["clear", "m.json", "-o", "c.json", "--gap", "2"], "between 0 and 1"),
        (["clear", "m.json", "-o", "c.json", "--gap", "nan"], "between 0 and 1"),
        (["clear", "m.json", "-o", "c.json", "--nodes", "9" * 24], "between 1 and 1000000000"),
        (["whatif", "m.json", "--scenarios", "s.json", "-o", "w.json", "--nodes", "1000000001"], "1 and 1000000000"),
        (["clear", "m.json", "-o", "c.json", "--time-limit", "-1"], "-1"),
        (["clear", "m.json", "-o", "c.json", "--backend", "gurobi"], "gurobi"),
        (["clear", "m.json"], "-o"),
        (["sell"], "sell"),
        ([], "generate|clear|replay|verify|explain"),
    ],
)
def test_usage_errors_leave_with_two(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--terms", "0.1", "--only", "foo,lot"], "argument --only: 'foo': it must be one of "),
        (["--only", "lot"], "argument --only: lot: it goes with terms above 0"),
        (["--terms", "0.1", "--divisible"], "argument --terms: 0.1: it must be 0 in a divisible market"),
        (["--periods", "121"], "argument --periods: 121: it must lie between 1 and 120"),
    ],
)
def test_arguments_that_do_not_go_together(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "m.json"
    assert main(["generate", "--offers", "2", "--needs", "2", "--seed", "1", "-o", str(output), *arguments]) == 2
    assert capsys.readouterr().err.startswith(f"python -m solver generate: {said}")
    assert not output.exists()


@pytest.mark.parametrize("command", ["verify", "changes", "rules", "stability", "stress", "explain"])
def test_the_clearing_of_another_market_is_refused_in_one_line(
    command: str, market: Path, clearing: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.json"
    assert main(["generate", "--offers", "9", "--needs", "9", "--seed", "4", "-o", str(other)]) == 0
    capsys.readouterr()
    order = ["n00001"] if command == "explain" else []
    assert main([command, str(other), str(clearing), *order]) == 1
    out, err = capsys.readouterr()
    assert [line for line in (out + err).splitlines() if " at /" in line] == [
        line for line in (out + err).splitlines() if line.startswith("market hash at /market_hash: sha256:")
    ]
    assert len((out + err).splitlines()) == 2


def test_help_says_what_every_option_is_for(capsys: pytest.CaptureFixture[str]) -> None:
    told = {}
    for name in ("generate", "clear"):
        with pytest.raises(SystemExit):
            main([name, "--help"])
        told[name] = " ".join(capsys.readouterr().out.split())
    for default in (
        "gap that ends the search (default: 0.01)",
        "(default: 20000)",
        "(default: highs)",
        "default: none",
    ):
        assert default in told["clear"]
    assert "--threads THREADS components cleared side by side (default: 1)" in told["clear"]
    assert "months of delivery (default: 12)" in told["generate"]
    assert "--seed S the same seed, the same market" in told["generate"]


def test_no_pair_is_no_failure(market: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(market.read_text())
    document["orders"] = [order for order in document["orders"] if order["side"] == "offer"]
    market.write_text(json.dumps(document))
    assert main(["clear", str(market), "-o", str(tmp_path / "c.json")]) == 0
    assert capsys.readouterr().err.startswith("empty: ")


def test_too_many_orders_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "m.json"
    assert main(["generate", "--offers", "1000000", "--needs", "1", "--seed", "1", "-o", str(output)]) == 2
    assert "1000000" in capsys.readouterr().err
    assert not output.exists()


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "solver", *arguments],
        cwd=cwd,
        env={"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "PYTHONWARNINGS": "error"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def test_as_a_program(tmp_path: Path) -> None:
    made = run(
        "generate", "--offers", "4", "--needs", "4", "--periods", "1", "--seed", "1", "-o", "m.json", cwd=tmp_path
    )
    assert (made.returncode, made.stdout, made.stderr) == (0, "", "written to m.json\n")
    cleared = run("clear", "m.json", "-o", "c.json", cwd=tmp_path)
    assert cleared.returncode == 0, cleared.stderr
    assert cleared.stdout == ""
    assert "%|" not in cleared.stderr  # no progress bar where nobody watches
    assert run("verify", "m.json", "c.json", cwd=tmp_path).stdout.startswith("accepted")
    edited(tmp_path / "c.json", "market_hash", to="sha256:0")
    rejected = run("verify", "m.json", "c.json", cwd=tmp_path)
    assert (rejected.returncode, "market_hash" in rejected.stdout) == (1, True)
    refused = run("clear", "c.json", "-o", "x.json", cwd=tmp_path)
    assert refused.returncode == 2
    assert "Traceback" not in refused.stderr


def test_light_names_load_no_solver() -> None:
    code = "import sys, solver; sys.exit(any(name in sys.modules for name in ('pulp', 'scipy', 'highspy')))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60, check=False).returncode == 0
