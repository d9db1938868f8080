"""The catalogue's services: an operator's entries, and the shipped files loaded again and again."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from marketplace.catalogue import queries, services
from marketplace.catalogue.models import Commodity, Grade
from marketplace.shared.actor import SYSTEM, Actor, Role
from marketplace.shared.audit import AuditEntry
from marketplace.shared.database import db
from marketplace.shared.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tests.factories.catalogue import attribute, make_commodity, make_grade

OPERATOR = Actor("mem_op", "org_op", frozenset({Role.OPERATOR}), verified=True)
SELLER = Actor("mem_s", "org_s", frozenset({Role.SELLER}), verified=True)

FILE = """
[[commodity]]
id = "salt"
name_zh = "盐"
name_en = "Salt"
stage = "resource"
[[commodity.grade]]
id = "salt-fine"
name_zh = "细盐"
name_en = "Fine salt"
unit_code = "TNE"
quantum = "{quantum}"
standard = "{standard}"
source = "read"
"""


@pytest.fixture
def folder(session: None, tmp_path: Path) -> Path:
    """A catalogue of one small file."""
    (tmp_path / "1.toml").write_text(FILE.format(quantum="0.01", standard="A"), encoding="utf-8")
    return tmp_path


def counted(report: services.LoadReport) -> tuple[int, int, int, int]:
    """Created, updated, unchanged, kept."""
    return len(report.created), len(report.updated), len(report.unchanged), len(report.kept)


def entries(subject: str) -> list[AuditEntry]:
    """The audit entries of one commodity or grade."""
    return list(db.session.scalars(sa.select(AuditEntry).filter_by(subject_id=subject).order_by(AuditEntry.number)))


def document(**given: Any) -> dict[str, Any]:
    """A grade that may be created."""
    return {
        "id": "new-grade",
        "name_zh": "新",
        "name_en": "New",
        "unit_code": "TNE",
        "quantum": "0.001",
        "source": "read",
        **given,
    }


@pytest.mark.usefixtures("session")
def test_the_shipped_catalogue_loads_once(now: datetime) -> None:
    first = services.load_catalogue(actor=SYSTEM, now=now)
    db.session.expire_all()
    again = services.load_catalogue(actor=SYSTEM, now=now)
    assert counted(again) == (0, 0, len(first.created), 0)
    grades = list(db.session.scalars(sa.select(Grade)))
    assert len(first.created) == len(grades) + db.session.scalar(sa.select(sa.func.count(Commodity.id)))
    actions = Counter(db.session.scalars(sa.select(AuditEntry.action)))
    assert sum(actions.values()) == len(first.created)
    assert {grade.version for grade in grades} == {1}


def test_a_new_edition_updates_and_says_what(folder: Path, now: datetime) -> None:
    services.load_catalogue(actor=SYSTEM, now=now, folder=folder)
    (folder / "1.toml").write_text(FILE.format(quantum="0.001", standard="B"), encoding="utf-8")
    report = services.load_catalogue(actor=SYSTEM, now=now, folder=folder)
    assert (report.updated, report.unchanged) == (["salt-fine"], ["salt"])
    entry = entries("salt-fine")[-1]
    assert entry.action == "catalogue:grade:changed"
    assert entry.payload == {
        "quantum": {"before": "0.01", "after": "0.001"},
        "standard": {"before": "A", "after": "B"},
    }


def test_a_new_edition_cannot_alter_what_orders_mean(folder: Path, now: datetime) -> None:
    services.load_catalogue(actor=SYSTEM, now=now, folder=folder)
    (folder / "1.toml").write_text(FILE.format(quantum="0.1", standard="A"), encoding="utf-8")
    with pytest.raises(InvalidInput, match="/quantum: can only become finer"):
        services.load_catalogue(actor=SYSTEM, now=now, folder=folder)


def test_loading_leaves_what_an_operator_wrote_and_deletes_nothing(folder: Path, now: datetime) -> None:
    services.load_catalogue(actor=SYSTEM, now=now, folder=folder)
    services.change_grade("salt-fine", {"standard": "C"}, actor=OPERATOR, now=now)
    (folder / "1.toml").write_text(FILE.format(quantum="0.001", standard="B"), encoding="utf-8")
    report = services.load_catalogue(actor=SYSTEM, now=now, folder=folder)
    assert report.kept == ["salt-fine"]
    assert queries.grade("salt-fine").standard == "C"
    (folder / "1.toml").unlink()
    assert counted(services.load_catalogue(actor=SYSTEM, now=now, folder=folder)) == (0, 0, 0, 0)
    assert queries.grade("salt-fine").standard == "C"


@pytest.mark.usefixtures("session")
def test_an_operator_creates_and_changes_a_grade(now: datetime) -> None:
    commodity = make_commodity()
    grade = services.create_grade(document(commodity_id=commodity.id), actor=OPERATOR, now=now)
    assert (grade.version, grade.attributes, grade.unit.symbol) == (1, [], "t")
    services.change_grade(grade.id, {"attributes": [attribute("Li_pct")]}, actor=OPERATOR, now=now)
    assert (grade.version, grade.attribute_codes) == (2, ("Li_pct",))
    services.change_grade(grade.id, {"attributes": [attribute("Li_pct")]}, actor=OPERATOR, now=now)
    assert grade.version == 2
    assert [entry.action for entry in entries(grade.id)] == ["catalogue:grade:created", "catalogue:grade:changed"]


@pytest.mark.usefixtures("session")
def test_what_creation_refuses(now: datetime) -> None:
    with pytest.raises(InvalidInput, match="/commodity_id: no commodity nothing"):
        services.create_grade(document(commodity_id="nothing"), actor=OPERATOR, now=now)
    grade = make_grade()
    with pytest.raises(Conflict, match="exists already"):
        services.create_grade(document(id=grade.id, commodity_id=grade.commodity_id), actor=OPERATOR, now=now)
    commodity = {"id": grade.commodity_id, "name_zh": "一", "name_en": "One", "stage": "cell"}
    with pytest.raises(Conflict, match="exists already"):
        services.create_commodity(commodity, actor=OPERATOR, now=now)
    with pytest.raises(NotFound):
        services.change_grade("nothing", {}, actor=OPERATOR, now=now)


@pytest.mark.usefixtures("session")
def test_only_operators_write(now: datetime) -> None:
    grade = make_grade()
    with pytest.raises(NotAllowed):
        services.create_grade(document(commodity_id=grade.commodity_id), actor=SELLER, now=now)
    with pytest.raises(NotAllowed):
        services.change_grade(grade.id, {"note": "x"}, actor=SELLER, now=now)
    with pytest.raises(NotAllowed):
        services.create_commodity({}, actor=SELLER, now=now)
    with pytest.raises(NotAllowed):
        services.change_commodity(grade.commodity_id, {}, actor=SELLER, now=now)
    with pytest.raises(NotAllowed):
        services.load_catalogue(actor=SELLER, now=now)
