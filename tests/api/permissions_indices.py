"""Who may call the routes of indices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marketplace.accounts.models import Member
from tests.api.permission_routes import OPERATOR, Route
from tests.factories.indices import definition, make_index, make_quote


def index_of(_member: Member) -> dict[str, str]:
    """Indices belong to nobody."""
    index = make_index()
    make_quote(index, "2026-11-02", "98000")
    return {"index_id": index.id}


def _index(_caller: Member, _values: Mapping[str, str]) -> dict[str, Any]:
    return {**definition(), "tax_rate": "0.13", "rounding": "0.01"}


ONE = "/api/v1/indices/<index_id>"
QUOTES = {"quotes": [{"day": "2026-11-03", "value": "98000"}]}
REBASING = {"from_day": "2027-01-01", "factor": "1.25", "source": "交易所公告"}

ROUTES = [
    Route("GET", "/api/v1/indices"),
    Route("POST", "/api/v1/indices", roles={OPERATOR}, body=_index),
    Route("GET", ONE, make=index_of, foreign=None),
    Route(
        "PATCH",
        ONE,
        roles={OPERATOR},
        make=index_of,
        body={"source": "另一来源"},
        headers={"If-Match": '"1"'},
        foreign=None,
    ),
    Route("GET", f"{ONE}/quotes", make=index_of, foreign=None),
    Route("POST", f"{ONE}/quotes", roles={OPERATOR}, make=index_of, body=QUOTES, foreign=None),
    Route("GET", f"{ONE}/rebasings", make=index_of, foreign=None),
    Route("POST", f"{ONE}/rebasings", roles={OPERATOR}, make=index_of, body=REBASING, foreign=None),
    Route("GET", f"{ONE}/price", make=index_of, query={"month": "2026-11"}, foreign=None),
]
