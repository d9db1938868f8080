"""Who may call the routes of webhooks: an organisation's administrators."""

from __future__ import annotations

from marketplace.accounts.models import Member
from tests.api.permission_routes import ORGANISATION_ADMIN, UNVERIFIED, Route
from tests.factories.webhooks import make_delivery, make_endpoint

ADMINS = frozenset({ORGANISATION_ADMIN, UNVERIFIED})
ONE = "/api/v1/webhooks/<endpoint_id>"


def endpoint_of(owner: Member) -> dict[str, str]:
    """An endpoint of the owner's organisation."""
    return {"endpoint_id": make_endpoint(owner.organisation).id}


def delivery_of(owner: Member) -> dict[str, str]:
    """A delivery to an endpoint of the owner's organisation."""
    delivery = make_delivery(owner)
    return {"endpoint_id": delivery.endpoint_id, "delivery_id": delivery.id}


def endpoint_with_delivery(owner: Member) -> dict[str, str]:
    """An endpoint of the owner's organisation, to which something is to be sent."""
    return {"endpoint_id": make_delivery(owner).endpoint_id}


ROUTES = [
    Route("GET", "/api/v1/webhooks", roles=ADMINS),
    Route("POST", "/api/v1/webhooks", roles=ADMINS, body={"url": "https://hooks.example.com/"}, session=True),
    Route("GET", ONE, roles=ADMINS, make=endpoint_of),
    Route("PATCH", ONE, roles=ADMINS, make=endpoint_of, body={"active": False}, session=True),
    Route("DELETE", ONE, roles=ADMINS, make=endpoint_of),
    Route("POST", f"{ONE}/rotation", roles=ADMINS, make=endpoint_of, session=True),
    Route("POST", f"{ONE}/ping", roles=ADMINS, make=endpoint_of),
    Route("POST", f"{ONE}/replay", roles=ADMINS, make=endpoint_of, body={"from_number": 1}),
    Route("GET", f"{ONE}/deliveries", roles=ADMINS, make=endpoint_with_delivery),
    Route("POST", f"{ONE}/deliveries/<delivery_id>/replay", roles=ADMINS, make=delivery_of),
]
