"""Who may call the routes of the order book."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from marketplace.accounts.models import Member
from marketplace.orders.rules.uploads.files import OrderFile, UploadFormat, UploadMode
from marketplace.orders.services import receive_upload
from marketplace.shared.actor import Role
from tests.api.permission_routes import (
    BUYER,
    OPERATOR,
    ORGANISATION_ADMIN,
    REGULATOR,
    SELLER,
    UNVERIFIED,
    Make,
    Route,
)
from tests.conftest import NOW
from tests.factories.accounts import make_member
from tests.factories.orders import entry_of, make_disclosure, make_order

WRITERS = frozenset({SELLER, BUYER, UNVERIFIED})  # a draft may be written before anybody has verified its owner
READERS = WRITERS | {ORGANISATION_ADMIN}
WATCHERS = frozenset({OPERATOR, REGULATOR})


def side_of(member: Member) -> str:
    """The side that this member may trade."""
    return "need" if member.roles == [Role.BUYER] else "offer"


def order_in(status: str) -> Make:
    """An order of the member's organisation, on a side that the member may trade, in this status."""
    return lambda owner: {"order_id": make_order(owner.organisation, side=side_of(owner), status=status).id}


def upload_of(owner: Member) -> dict[str, str]:
    """A file that waits to be stored."""
    file = OrderFile(b"{}", UploadFormat.JSON_LINES)
    return {"upload_id": receive_upload(file, mode=UploadMode.ALL, open_at_once=False, actor=owner.actor, now=NOW).id}


def _entry(caller: Member, _values: Mapping[str, str]) -> dict[str, Any]:
    return entry_of(caller, side_of(caller))


def _line(caller: Member, values: Mapping[str, str]) -> bytes:
    return json.dumps(_entry(caller, values)).encode()


def _request(_caller: Member, _values: Mapping[str, str]) -> dict[str, Any]:
    return {"order_id": make_order(status="frozen").id, "reason": "核查异常报价举报, 需要比对双方的限价与条款"}


def asked_by(requester: Member) -> dict[str, str]:
    """A request that waits for a decision."""
    return {"disclosure_id": make_disclosure(requester).id}


def asked_by_another(_member: Member) -> dict[str, str]:
    """A request of somebody else's: nobody decides one of their own."""
    return {"disclosure_id": make_disclosure(make_member(roles=[Role.REGULATOR])).id}


def approved_for(requester: Member) -> dict[str, str]:
    """A request that another operator has approved."""
    return {"disclosure_id": make_disclosure(requester, status="approved").id}


ONE = "/api/v1/orders/<order_id>"
LINES = {"Content-Type": "application/x-ndjson"}

ROUTES = [
    Route("GET", "/api/v1/orders", roles=READERS),
    Route("POST", "/api/v1/orders", roles=WRITERS, body=_entry),
    Route("GET", ONE, roles=READERS, make=order_in("open")),
    Route("PATCH", ONE, roles=WRITERS, make=order_in("draft"), body={"lot": "10"}),
    Route("POST", f"{ONE}/opening", roles={SELLER, BUYER}, make=order_in("draft")),
    Route("POST", f"{ONE}/withdrawal", roles=WRITERS, make=order_in("open")),
    Route("POST", f"{ONE}/closing", roles=WRITERS, make=order_in("unmatched")),
    Route("GET", f"{ONE}/revisions", roles=READERS, make=order_in("open")),
    Route("POST", "/api/v1/orders/uploads", roles=WRITERS, body=_line, headers=LINES),
    Route("GET", "/api/v1/orders/uploads", roles=READERS),
    Route("GET", "/api/v1/orders/uploads/<upload_id>", roles=READERS, make=upload_of),
    Route("GET", "/api/v1/orders/uploads/<upload_id>/rows", roles=READERS, make=upload_of),
    Route("GET", "/api/v1/orders/uploads/template", roles=READERS),
    Route("GET", "/api/v1/disclosures", roles=WATCHERS),
    Route("POST", "/api/v1/disclosures", roles=WATCHERS, body=_request),
    Route("GET", "/api/v1/disclosures/<disclosure_id>", roles=WATCHERS, make=asked_by, across={OPERATOR}),
    Route(
        "POST", "/api/v1/disclosures/<disclosure_id>/approval", roles={OPERATOR}, make=asked_by_another, foreign=None
    ),
    Route("POST", "/api/v1/disclosures/<disclosure_id>/refusal", roles={OPERATOR}, make=asked_by_another, foreign=None),
    Route("POST", "/api/v1/disclosures/<disclosure_id>/reading", roles=WATCHERS, make=approved_for),
]
