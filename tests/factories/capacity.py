"""Lines, capacity statements and grants for tests: added and flushed, never committed."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

from marketplace.accounts.models import Organisation
from marketplace.capacity.models import CapacityStatement, LineGrant, ProductionLine
from marketplace.shared.database import db
from marketplace.shared.identifiers import new_id
from tests.conftest import NOW
from tests.factories.accounts import make_organisation, make_site
from tests.factories.catalogue import make_grade

_numbers = itertools.count(1)


def make_line(organisation: Organisation | None = None, **columns: Any) -> ProductionLine:
    """A line at a site of its own for a grade of its own, unless said otherwise."""
    organisation = organisation or make_organisation()
    given = {
        "id": new_id("lin", NOW),
        "organisation_id": organisation.id,
        "site_id": columns.get("site_id") or make_site(organisation).id,
        "grade_id": columns.get("grade_id") or make_grade().id,
        "name": f"{next(_numbers)}号线",
        "created_at": NOW,
    }
    return _added(ProductionLine(**{**given, **columns}))


def make_statement(line: ProductionLine, **columns: Any) -> CapacityStatement:
    """500 units a month installed from January 2027 on."""
    given = {
        "id": new_id("cap", NOW),
        "line_id": line.id,
        "kind": "installed",
        "from_month": "2027-01",
        "vintage": 1,
        "volume_per_month": Decimal(500),
        "created_at": NOW,
    }
    return _added(CapacityStatement(**{**given, **columns}))


def make_grant(line: ProductionLine, trader: Organisation, **columns: Any) -> LineGrant:
    """The producer's consent that ``trader`` offers from ``line``."""
    given = {
        "id": new_id("grt", NOW),
        "line_id": line.id,
        "organisation_id": trader.id,
        "status": "granted",
        "created_at": NOW,
    }
    return _added(LineGrant(**{**given, **columns}))


def _added(thing: Any) -> Any:
    db.session.add(thing)
    db.session.flush()
    return thing
