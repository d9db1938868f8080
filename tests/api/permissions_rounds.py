"""Who may call the routes of rounds.  Rounds have no owner; orders in them do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from marketplace.accounts.models import Member
from marketplace.rounds.rules.policy import normal_policy
from marketplace.rounds.services import ask_what_if
from marketplace.shared.actor import SYSTEM
from tests.api.permission_routes import EVERYONE, OPERATOR, REGULATOR, VERIFIED, Route
from tests.conftest import NOW
from tests.factories.catalogue import make_grade
from tests.factories.contracts import make_proposal
from tests.factories.indices import make_index
from tests.factories.rounds import MONTHS, make_market, make_round

ROUND = "/api/v1/rounds/<round_id>"
STAFF = frozenset({OPERATOR, REGULATOR})


def round_that_is(status: str) -> Callable[[Member], dict[str, str]]:
    """Makes a round without orders, taken as far as this."""
    return lambda _owner: {"round_id": make_round(make_grade(), until=status).id}


def published_order_of(owner: Member) -> dict[str, str]:
    """An order of the member's organisation in a published round."""
    return {"order_id": make_proposal(seller=owner.organisation).offer_id}


def round_with_a_what_if(owner: Member) -> dict[str, str]:
    """A frozen round that was asked something."""
    round_ = make_round(make_market().grade, until="frozen")
    asked = ask_what_if(round_.id, SCENARIOS["scenarios"], actor=SYSTEM, now=NOW)
    return {"round_id": round_.id, "what_if_id": asked.id}


def frozen_market(_owner: Member) -> dict[str, str]:
    """A frozen round with orders."""
    return {"round_id": make_round(make_market().grade, until="frozen").id}


SCENARIOS = {"scenarios": [{"id": "dear", "name_zh": "运费上涨", "changes": [{"freight": {"scale": "2"}}]}]}


def _plan(_caller: Member, _values: Mapping[str, str]) -> dict[str, Any]:
    """Every field that a round can have."""
    return {
        "name_zh": "轮次",
        "name_en": "Round",
        "grade_ids": [make_grade().id],
        "calendar": list(MONTHS),
        "policy": normal_policy({}),
        "freight": {
            "kind": "lanes",
            "cny_per_unit_km": "0.5",
            "circuity": "1.2",
            "lanes": [{"origin": "510100", "destination": "350900", "distance_km": "1890", "cny_per_unit": "620"}],
        },
        "index_paths": {make_index().id: ["98000", "98500", "99000"]},
        "feedback": "coarse",
        "opens_at": "2026-12-02T09:00:00+08:00",
        "freezes_at": "2026-12-03T17:00:00+08:00",
        "publishes_by": "2026-12-05T17:00:00+08:00",
    }


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
        body=_plan,
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
    Route(
        "POST",
        f"{ROUND}/what-if",
        roles={OPERATOR},
        make=frozen_market,
        body=SCENARIOS,
        query={"wait": "true"},
        foreign=None,
    ),
    Route("GET", f"{ROUND}/what-if", roles=STAFF, make=frozen_market, foreign=None),
    Route("GET", f"{ROUND}/what-if/<what_if_id>", roles=STAFF, make=round_with_a_what_if, foreign=None),
    Route("GET", f"{ROUND}/prices", roles=EVERYONE, make=round_that_is("published"), foreign=None),
    Route("GET", "/api/v1/orders/<order_id>/outcomes", make=published_order_of, owners=VERIFIED),
]
