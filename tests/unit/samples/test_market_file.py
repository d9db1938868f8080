"""A market goes into the book from a file and comes out the same, but for its identifiers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from marketplace.accounts.models import Organisation
from marketplace.orders.models import Order
from marketplace.rounds import queries
from marketplace.rounds import services as rounds
from marketplace.samples import cell_plants, retired_batteries
from marketplace.samples.load import load_file, store
from marketplace.shared.actor import SYSTEM
from marketplace.shared.database import db
from marketplace.shared.errors import Conflict
from marketplace.shared.identifiers import is_credit_code
from solver.clear import clear
from solver.form.market import Market
from solver.form.reading import read_market
from tests.conftest import NOW
from tests.factories.catalogue import make_grade
from tests.factories.rounds import make_open_order, make_trader
from tests.unit.samples.many_terms import MANY_TERMS
from tests.unit.samples.reducing import reduced
from tests.unit.samples.renaming import Renaming

pytestmark = pytest.mark.usefixtures("session")


def exported(round_id: str, path: Path) -> Market:
    path.write_bytes(rounds.export_sample_market(round_id))
    return read_market(path)


def load(document: dict[str, Any], folder: Path) -> str:
    path = folder / "given.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return load_file(path, now=NOW)


@pytest.mark.parametrize(
    "build", [retired_batteries.build, cell_plants.build], ids=["retired batteries", "cell plants"]
)
def test_a_shipped_sample_goes_round(build: Any, tmp_path: Path) -> None:
    rounds_catalogue()
    first = exported(store(reduced(build(2027), 6), now=NOW), tmp_path / "first.json")
    second = exported(load_file(tmp_path / "first.json", now=NOW), tmp_path / "second.json")
    assert len(first.orders) == 12
    assert Renaming(second).renamed() == Renaming(first).renamed()
    assert clear(second).objective == clear(first).objective > 0


def test_a_market_of_many_terms_goes_round(tmp_path: Path) -> None:
    given = read_market(json.dumps(MANY_TERMS))
    back = exported(load(MANY_TERMS, tmp_path), tmp_path / "back.json")
    assert Renaming(back).renamed() == Renaming(given).renamed()
    cleared = clear(given)
    assert clear(back).objective == cleared.objective > 0
    assert {match.grade for match in cleared.matches} == {"lithium-carbonate-battery", "lfp-cathode"}


def test_the_same_file_again_is_another_market(tmp_path: Path) -> None:
    markets = [exported(load(MANY_TERMS, tmp_path), tmp_path / f"{number}.json") for number in range(2)]
    assert not {order.organisation for order in markets[0].orders} & {order.organisation for order in markets[1].orders}
    assert not {order.id for order in markets[0].orders} & {order.id for order in markets[1].orders}
    assert Renaming(markets[0]).renamed() == Renaming(markets[1]).renamed()


def test_its_organisations_are_samples_named_after_the_files(tmp_path: Path) -> None:
    load(MANY_TERMS, tmp_path)
    found = {row.name_zh: row for row in db.session.scalars(sa.select(Organisation))}
    assert {"A（样例）", "B（样例）", "Holding（样例）", "Stranger（样例）"} <= found.keys()
    for organisation in found.values():
        assert organisation.sample
        assert organisation.verified
        assert is_credit_code(organisation.credit_code)
        assert "XXXX" in organisation.credit_code
        assert organisation.name_latin == organisation.name_zh.replace("（样例）", " (sample)")
    assert found["A（样例）"].group_parent == found["Holding（样例）"].credit_code
    assert found["E（样例）"].group_parent is None  # a group of one


def test_a_file_without_orders_is_a_round_without_orders(tmp_path: Path) -> None:
    round_id = load({**MANY_TERMS, "orders": []}, tmp_path)
    assert queries.round_by_id(round_id).status == "frozen"
    assert queries.orders_of(round_id) == []


def test_a_sample_never_meets_a_real_order(tmp_path: Path) -> None:
    rounds_catalogue()
    real = make_open_order(make_trader(), "offer", make_grade(id="lithium-carbonate-technical"), price="90000")
    assert load(MANY_TERMS, tmp_path)  # another grade
    document = json.loads(json.dumps(MANY_TERMS).replace("lithium-carbonate-battery", real.grade_id))
    document["grades"][0]["unit"] = real.grade.unit_code
    for order in document["orders"]:
        order.pop("specification", None)
    before = db.session.scalar(sa.select(sa.func.count(Order.id)))
    with pytest.raises(Conflict, match="1 open orders of lithium-carbonate-technical"):
        load(document, tmp_path)
    assert db.session.scalar(sa.select(sa.func.count(Order.id))) == before


def rounds_catalogue() -> None:
    """The shipped catalogue, as every loading brings it up to date."""
    from marketplace.catalogue import services as catalogue

    catalogue.load_catalogue(actor=SYSTEM, now=NOW)


def test_lanes_between_sites_and_regions_go_round(tmp_path: Path) -> None:
    ends = [
        ("plant-A", "works-B"),
        ("store-A", "350900"),
        ("430100", "440300"),
        ("510100", "310000"),
        ("620000", "710000"),
    ]
    lanes = [
        {"origin": origin, "destination": to, "cny_per_unit": str(number)} for number, (origin, to) in enumerate(ends)
    ]
    document = {**MANY_TERMS, "freight": {"kind": "lanes", "lanes": lanes}}
    given = read_market(json.dumps(document))
    back = exported(load(document, tmp_path), tmp_path / "back.json")
    assert Renaming(back).renamed() == Renaming(given).renamed()
    assert clear(back).objective == clear(given).objective > 0
