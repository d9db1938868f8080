"""Who may call the routes of capacity."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from marketplace.accounts.models import Member
from tests.api.permission_routes import BUYER, OPERATOR, ORGANISATION_ADMIN, SELLER, UNVERIFIED, Route
from tests.factories.accounts import make_organisation, make_site
from tests.factories.capacity import make_grant, make_line
from tests.factories.catalogue import make_grade

PRODUCERS = frozenset({SELLER, ORGANISATION_ADMIN, UNVERIFIED})
OWNERS = PRODUCERS | {BUYER}
READERS = OWNERS | {OPERATOR}

_numbers = itertools.count(1)


def line_of(owner: Member) -> dict[str, str]:
    """A line of this member's organisation."""
    return {"line_id": make_line(owner.organisation).id}


def grant_of(owner: Member) -> dict[str, str]:
    """A grant on a line of this member's organisation."""
    line = make_line(owner.organisation)
    return {"line_id": line.id, "grant_id": make_grant(line, make_organisation()).id}


def _line(caller: Member, _values: Mapping[str, str]) -> dict[str, Any]:
    site = make_site(caller.organisation)
    return {"site_id": site.id, "grade_id": make_grade().id, "name": f"{next(_numbers)}号"}


def _grant(_caller: Member, _values: Mapping[str, str]) -> dict[str, Any]:
    return {"credit_code": make_organisation().credit_code}


STATEMENT = {"kind": "installed", "from_month": "2027-01", "volume_per_month": "500"}
ONE = "/api/v1/lines/<line_id>"

ROUTES = [
    Route("GET", "/api/v1/lines", roles=READERS),
    Route("POST", "/api/v1/lines", roles=PRODUCERS, body=_line),
    Route("GET", ONE, roles=READERS, make=line_of, across={OPERATOR}, owners=OWNERS),
    Route(
        "PATCH", ONE, roles=PRODUCERS, make=line_of, body={"name": "更名"}, headers={"If-Match": '"1"'}, owners=OWNERS
    ),
    Route("GET", f"{ONE}/capacities", roles=READERS, make=line_of, across={OPERATOR}, owners=OWNERS),
    Route("POST", f"{ONE}/capacities", roles=PRODUCERS, make=line_of, body=STATEMENT, owners=OWNERS),
    Route("GET", f"{ONE}/grants", roles=READERS, make=line_of, across={OPERATOR}, owners=OWNERS),
    Route("POST", f"{ONE}/grants", roles=PRODUCERS, make=line_of, body=_grant, owners=OWNERS),
    Route("POST", f"{ONE}/grants/<grant_id>/revocation", roles=PRODUCERS, make=grant_of, owners=OWNERS),
]
