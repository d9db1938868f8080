"""Who may call the routes of rounds.  Rounds have no owner; orders in them do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from marketplace.accounts.models import Member
from tests.api.permission_routes import EVERYONE, MEMBERS, OPERATOR, REGULATOR, UNVERIFIED, Route
from tests.factories.catalogue import make_grade
from tests.factories.contracts import make_proposal
from tests.factories.rounds import MONTHS, make_round

ROUND = "/api/v1/rounds/<round_id>"
STAFF = frozenset({OPERATOR, REGULATOR})


def round_that_is(status: str) -> Callable[[Member], dict[str, str]]:
    """Makes a round without orders, taken as far as this."""
    return lambda _owner: {"round_id": make_round(make_grade(), until=status).id}


def published_order_of(owner: Member) -> dict[str, str]:
    """An order of the member's organisation in a published round."""
    return {"order_id": make_proposal(seller=owner.organisation).offer_id}


def _plan(_caller: Member, _values: Mapping[str, str]) -> dict[str, Any]:
    return {"name_zh": "轮次", "name_en": "Round", "grade_ids": [make_grade().id], "calendar": list(MONTHS)}


def _step(name: str, status: str, **more: Any) -> Route:
    return Route("POST", f"{ROUND}/{name}", roles={OPERATOR}, make=round_that_is(status), foreign=None, **more)


ROUTES = [
    Route("GET", "/api/v1/rounds"),
    Route("POST", "/api/v1/rounds", roles={OPERATOR}, body=_plan),
    Route("GET", ROUND, make=round_that_is("open"), foreign=None),
    Route("GET", f"{ROUND}/freight", make=round_that_is("open"), foreign=None),
    Route(
        "PATCH",
        ROUND,
        roles={OPERATOR},
        make=round_that_is("draft"),
        body={"name_en": "Other"},
        headers={"If-Match": '"1"'},
        foreign=None,
    ),
    _step("opening", "draft"),
    _step("freezing", "open"),
    _step("running", "frozen", query={"wait": "true"}),
    _step("review", "solved", body={"note": "已核对"}),
    _step("publication", "reviewed"),
    _step("cancellation", "open"),
    Route("GET", f"{ROUND}/progress", roles=STAFF, make=round_that_is("running"), foreign=None),
    Route("GET", f"{ROUND}/orders", roles=STAFF, make=round_that_is("frozen"), foreign=None),
    Route("GET", f"{ROUND}/clearing", roles=STAFF, make=round_that_is("solved"), foreign=None),
    Route("GET", f"{ROUND}/prices", roles=EVERYONE, make=round_that_is("published"), foreign=None),
    Route("GET", "/api/v1/orders/<order_id>/outcomes", make=published_order_of, owners=MEMBERS - {UNVERIFIED}),
]
