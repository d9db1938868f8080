"""``changdan demo``, on a market small enough to be run in every test."""

from __future__ import annotations

import json
import socket
import sqlite3
from pathlib import Path

import pytest

from marketplace.samples import cell_plants, demo, in_use, load
from marketplace.samples.model import SampleMarket
from tests.cli.conftest import Command
from tests.unit.samples.reducing import reduced

whole = cell_plants.build


def small(year: int) -> SampleMarket:
    """A handful of the sample's orders."""
    return reduced(whole(year), 6)


@pytest.fixture
def one_small_market(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demonstration has no other market."""
    monkeypatch.setattr(load, "BUILDERS", {cell_plants.NAME: small})
    monkeypatch.setattr(demo, "BUILDERS", load.BUILDERS)


@pytest.mark.usefixtures("one_small_market")
def test_a_program_reads_every_figure(empty_command: Command, tmp_path: Path) -> None:
    result = empty_command("demo", "--no-serve", "--json")
    assert result.exit_code == 0, result.output
    (market,) = json.loads(result.output)["markets"]
    clearing = json.loads((tmp_path / market["clearing"]).read_text(encoding="utf-8"))
    assert (market["name"], market["illustrative"], market["status"]) == (cell_plants.NAME, True, clearing["status"])
    for figure in ("objective", "bound", "gap"):
        assert market[figure] == pytest.approx(float(clearing[figure]))
    assert (market["proposals"], market["orders"]) == (len(clearing["matches"]), len(clearing["orders"]))
    assert market["proposals"] > 0
    assert {each["status"] for each in market["unfilled"]} <= {"partly_matched", "unmatched"}
    assert all(each["reasons"] for each in market["unfilled"])
    assert len(market["unfilled"]) == sum(each["status"] != "matched" for each in clearing["orders"])


@pytest.mark.usefixtures("one_small_market")
def test_people_are_told_what_they_see_and_what_to_do_next(empty_command: Command, tmp_path: Path) -> None:
    result = empty_command("demo", "--no-serve", "--all")
    assert result.exit_code == 0, result.output
    assert f"== {cell_plants.TITLE_ZH} / {cell_plants.TITLE_EN} ==" in result.output
    assert "每行：卖方 -> 买方" in result.output
    assert "a line: seller -> buyer" in result.output
    assert "可行 feasible" in result.output or "已证最优 optimal" in result.output
    assert f"CHANGDAN_DATABASE_URL=sqlite:///{tmp_path / 'changdan-demo' / 'changdan.sqlite'} " in result.output
    assert "another demo makes all of it afresh" in result.output
    document = json.loads((tmp_path / "changdan-demo" / f"{cell_plants.NAME}.clearing.json").read_text("utf-8"))
    assert result.output.count(" 到厂 landed") == len(document["matches"])
    the_logins_have_something_to_see(tmp_path / "changdan-demo" / "changdan.sqlite")


def the_logins_have_something_to_see(database: Path) -> None:
    """Both traders received proposals, and read for another order why it was not filled."""
    with sqlite3.connect(database) as connection:
        for side, role, column in (("offer", "seller", "seller_id"), ("need", "buyer", "buyer_id")):
            (organisation, name), *others = connection.execute(
                "SELECT organisation_id, name FROM members WHERE email = ?", (f"{role}@example.com",)
            ).fetchall()
            assert (others, name) == ([], {"seller": "样例卖方", "buyer": "样例买方"}[role])
            count = f"SELECT count(*) FROM proposals WHERE {column} = ? AND status = 'proposed'"
            assert connection.execute(count, (organisation,)).fetchone()[0] > 0
            left = connection.execute(
                "SELECT count(*) FROM orders WHERE organisation_id = ? AND side = ? AND status != 'matched'",
                (organisation, side),
            )
            assert left.fetchone()[0] > 0, role
    connection.close()


def test_a_port_that_is_taken_is_noticed_before_any_work(empty_command: Command, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = empty_command("demo", "--port", port)
    assert result.exit_code == 1
    assert f"cannot serve on 127.0.0.1:{port}: Address already in use" in result.output
    assert "==" not in result.output  # no market was begun
    assert not (tmp_path / "changdan-demo").exists()


@pytest.mark.parametrize("use", ["replacing", "serving"])
def test_a_demonstration_in_use_is_not_replaced(empty_command: Command, tmp_path: Path, use: str) -> None:
    database = demo.the_database(tmp_path / "changdan-demo")
    database.write_text("what others read")
    database.with_name("changdan.sqlite-lock").touch()
    with getattr(in_use, use)(database):
        result = empty_command("demo", "--no-serve")
    assert result.exit_code == 1
    assert f"{database} is in use by another changdan demo or serve" in result.output
    assert database.read_text() == "what others read"


def test_several_may_serve_one_demonstration(tmp_path: Path) -> None:
    database = demo.the_database(tmp_path)
    with in_use.replacing(database) as held:
        held.share()
        with in_use.serving(database), in_use.serving(database):
            pass
    with in_use.serving(tmp_path / "other.sqlite"):  # no demonstration: nothing is left beside it
        assert not list(tmp_path.glob("other*"))
