"""The files of the command line: none is lost to another, to a full disk, or after a long search."""

from __future__ import annotations

import json
import os
import resource
import signal
import stat
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from solver import commands
from solver.commands import main
from solver.form.clearing import WorkLimits
from solver.form.market import content_hash
from solver.form.reading import MarketError, read_clearing, read_market, write_json
from tests.unit.solver.test_commands_format import CLEARING, MARKET

ROOT = Path(__file__).parents[3]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a market ``m`` and its clearing ``c`` are."""
    monkeypatch.chdir(tmp_path)
    for name, text in (("m.json", MARKET), ("c.json", CLEARING), ("s.json", "{}"), ("p.json", "{}")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "link.json").symlink_to("m.json")
    os.link(tmp_path / "m.json", tmp_path / "hard.json")
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.mark.parametrize(
    ("line", "output", "other"),
    [
        ("clear m.json -o m.json", "-o/--output", "MARKET.json"),
        ("clear m.json -o link.json", "-o/--output", "MARKET.json"),
        ("clear hard.json -o ./m.json", "-o/--output", "MARKET.json"),
        ("clear m.json -o new.json --record m.json", "--record", "MARKET.json"),
        ("clear m.json -o new.json --record ./new.json", "--record", "-o/--output"),
        ("clear m.json -o c.json --warm c.json", "-o/--output", "--warm"),
        ("clear m.json -o new.json --warm c.json --record c.json", "--record", "--warm"),
        ("stability m.json c.json -o m.json", "-o/--output", "MARKET.json"),
        ("changes m.json c.json -o c.json", "-o/--output", "CLEARING.json"),
        ("rules m.json c.json -o new.json --inside new.json", "--inside", "-o/--output"),
        ("stress m.json c.json --paths p.json --inside p.json", "--inside", "--paths"),
        ("whatif m.json --scenarios s.json -o s.json", "-o/--output", "--scenarios"),
    ],
)
def test_no_output_takes_the_place_of_another_file(
    line: str, output: str, other: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(folder)
    assert main(line.split()) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"python -m solver {line.split()[0]}: argument {output}: ")
    assert err.endswith(f".json: {other} names the same file; it must be another\n")
    assert contents(folder) == before


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("clear m.json -o no/c.json", "argument -o/--output: no/c.json: No such file or directory"),
        ("clear m.json -o new.json --record no/r.json", "argument --record: no/r.json: No such file or directory"),
        ("clear m.json -o .", "argument -o/--output: .: Is a directory"),
        ("stress m.json c.json --inside m.json/i.json", "argument --inside: m.json/i.json: Not a directory"),
    ],
)
def test_an_output_that_cannot_be_written_is_noticed_before_the_work(
    line: str, said: str, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(folder)
    monkeypatch.setattr(commands, "_read", lambda *_: pytest.fail("work was begun"))
    assert main(line.split()) == 2
    assert said in capsys.readouterr().err
    assert contents(folder) == before


def test_a_full_disk_leaves_the_earlier_file(folder: Path) -> None:
    (folder / "new.json").write_text("earlier", encoding="utf-8")
    before = contents(folder)
    ended = subprocess.run(
        [sys.executable, "-m", "solver", "clear", "m.json", "-o", "new.json"],
        env={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},  # else it leaves 1,000 bytes of each module
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (2, "new.json: File too large\n")
    assert contents(folder) == before


def test_what_is_interrupted_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = contents(folder)
    monkeypatch.setattr(os, "fsync", lambda _: os.kill(os.getpid(), signal.SIGINT))
    assert main(["generate", "--offers", "1", "--needs", "1", "--seed", "1", "-o", "m.json"]) == 130
    assert contents(folder) == before


def test_links_and_permissions_stay(folder: Path) -> None:
    (folder / "m.json").chmod(0o640)
    write_json(read_market(Path("m.json")), Path("link.json"))
    assert Path("link.json").is_symlink()
    assert stat.S_IMODE((folder / "m.json").stat().st_mode) == 0o640
    assert content_hash(read_market(Path("m.json"))) == content_hash(read_market(MARKET))
    old = os.umask(0o027)
    write_json(WorkLimits(), Path("new.json"))
    os.umask(old)
    assert stat.S_IMODE((folder / "new.json").stat().st_mode) == 0o640


def test_streams_are_written_to(folder: Path) -> None:
    command = [sys.executable, "-m", "solver", "clear", "m.json", "-o", "/dev/stdout", "--record", "/dev/null"]
    run = partial(subprocess.run, command, env={"PYTHONPATH": str(ROOT)}, timeout=120, check=True)
    assert read_clearing(run(stdout=subprocess.PIPE).stdout).status == "optimal"
    with (folder / "piped.json").open("wb") as piped:
        run(stdout=piped)
    assert read_clearing(folder / "piped.json").status == "optimal"
    assert Path("/dev/stdout").is_symlink()


def test_no_clearing_states_more_nodes_than_can_be_read() -> None:
    with pytest.raises(ValueError, match="nodes = 1000000001; it must be at most 1000000000"):
        WorkLimits(nodes=10**9 + 1)
    document = json.loads(CLEARING)
    document["limits"]["nodes"] = 10**9 + 1
    with pytest.raises(MarketError, match="at most 1000000000"):
        read_clearing(json.dumps(document))
