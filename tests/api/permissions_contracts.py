"""Who may call the routes of proposals."""

from __future__ import annotations

from marketplace.accounts.models import Member
from tests.api.permission_routes import VERIFIED, Route
from tests.factories.contracts import make_proposal


def proposal_to(owner: Member) -> dict[str, str]:
    """A published proposal to the member's organisation."""
    return {"proposal_id": make_proposal(seller=owner.organisation).id}


ROUTES = [
    Route("GET", "/api/v1/proposals"),
    Route("GET", "/api/v1/proposals/<proposal_id>", make=proposal_to, owners=VERIFIED),
]
