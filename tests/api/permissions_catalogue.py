"""Who may call the catalogue's routes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marketplace.accounts.models import Member
from tests.api.permission_routes import EVERYONE, OPERATOR, Route
from tests.factories.catalogue import make_commodity, make_grade


def commodity_of(_member: Member) -> dict[str, str]:
    """Commodities belong to nobody."""
    return {"commodity_id": make_commodity().id}


def grade_of(_member: Member) -> dict[str, str]:
    """Grades belong to nobody."""
    return {"grade_id": make_grade().id}


def _commodity(_caller: Member, _values: Mapping[str, str]) -> dict[str, Any]:
    return {"id": "permission-commodity", "name_zh": "产品", "name_en": "Commodity", "stage": "resource"}


def _grade(_caller: Member, _values: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": "permission-grade",
        "commodity_id": make_commodity().id,
        "name_zh": "牌号",
        "name_en": "Grade",
        "unit_code": "TNE",
        "quantum": "0.001",
        "source": "common_knowledge",
    }


CHANGE = {"name_en": "Another name"}
FIRST = {"If-Match": '"1"'}

ROUTES = [
    Route("GET", "/api/v1/commodities", roles=EVERYONE),
    Route("POST", "/api/v1/commodities", roles={OPERATOR}, body=_commodity),
    Route("GET", "/api/v1/commodities/<commodity_id>", roles=EVERYONE, make=commodity_of, foreign=None),
    Route(
        "PATCH",
        "/api/v1/commodities/<commodity_id>",
        roles={OPERATOR},
        make=commodity_of,
        body=CHANGE,
        headers=FIRST,
        foreign=None,
    ),
    Route("GET", "/api/v1/grades", roles=EVERYONE),
    Route("POST", "/api/v1/grades", roles={OPERATOR}, body=_grade),
    Route("GET", "/api/v1/grades/<grade_id>", roles=EVERYONE, make=grade_of, foreign=None),
    Route(
        "PATCH",
        "/api/v1/grades/<grade_id>",
        roles={OPERATOR},
        make=grade_of,
        body=CHANGE,
        headers=FIRST,
        foreign=None,
    ),
]
