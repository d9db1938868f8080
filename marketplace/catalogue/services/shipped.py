"""The catalogue that ships with the project: readable files, loaded as often as one likes.

Loading again changes nothing; a new edition of the files changes what it changes, and leaves alone
what an operator has written since.  Nothing is ever deleted.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from marketplace.catalogue.models import Commodity, Grade
from marketplace.catalogue.rules.grades import CommodityTerms, GradeTerms, check_change, read_commodity, read_grade
from marketplace.catalogue.services.entries import OPERATOR, plain, terms_of, write
from marketplace.shared import audit
from marketplace.shared.actor import Actor, Role
from marketplace.shared.database import db

SHIPPED = "shipped"


@dataclass
class LoadReport:
    """Which commodities and grades a loading has created, updated, found unchanged, or left to the operator."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


def load_catalogue(*, actor: Actor, now: datetime, folder: Traversable | None = None) -> LoadReport:
    """Bring the stored catalogue up to the files of ``folder`` (the project's own unless said otherwise).

    Allowed: operators.  Raises: InvalidInput when a file states something wrong, or would alter the meaning of orders.
    """
    actor.must_be(Role.OPERATOR)
    report = LoadReport()
    for commodity, grades in documents(folder or resources.files("marketplace.catalogue") / "data"):
        _load(Commodity, read_commodity(commodity), report, actor=actor, now=now)
        for grade in grades:
            _load(Grade, read_grade({**grade, "commodity_id": commodity["id"]}), report, actor=actor, now=now)
    return report


def documents(folder: Traversable) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Every commodity of the files with its grades, files by name."""
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not file.name.endswith(".toml"):
            continue
        for commodity in tomllib.loads(file.read_text(encoding="utf-8"))["commodity"]:
            grades = commodity.pop("grade", [])
            yield commodity, grades


def _load(
    model: type[Commodity] | type[Grade],
    terms: CommodityTerms | GradeTerms,
    report: LoadReport,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    thing = db.session.get(model, terms.id)
    if thing is None:
        db.session.add(model(**asdict(terms), maintained_by=SHIPPED, created_at=now))
        db.session.flush()
        action = f"catalogue:{model.__name__.lower()}:created"
        audit.record(action, terms.id, actor=actor, now=now, payload=plain(terms))
        report.created.append(terms.id)
        return
    before = terms_of(thing, type(terms))
    if before == terms:
        report.unchanged.append(terms.id)
    elif thing.maintained_by == OPERATOR:
        report.kept.append(terms.id)
    else:
        if isinstance(terms, GradeTerms):
            check_change(before, terms)
        write(thing, before, terms, maintained_by=SHIPPED, actor=actor, now=now)
        report.updated.append(terms.id)
