"""Who may call the routes of publication and of tables."""

from __future__ import annotations

from marketplace.accounts.models import Member
from tests.api.permission_routes import EVERYONE, SIGNATORY, VERIFIED, Route
from tests.api.permissions_deliveries import contract_of
from tests.factories.contracts import make_contract_in_force
from tests.factories.exports import make_export
from tests.factories.publications import publish


def published(_owner: Member) -> dict[str, str]:
    """There is a published contract, whoever asks; the path names nothing."""
    publish(make_contract_in_force(), "volume")
    return {}


def export_of(owner: Member) -> dict[str, str]:
    """An export that one asked for oneself, and that is made."""
    return {"export_id": make_export(owner).id}


ROUTES = [
    Route("GET", "/api/v1/contracts/<contract_id>/publication", make=contract_of, owners=VERIFIED),
    Route(
        "PUT",
        "/api/v1/contracts/<contract_id>/publication",
        roles={SIGNATORY},
        owners=VERIFIED,
        make=contract_of,
        body={"publish": ["contract", "volume"]},
    ),
    Route("GET", "/api/v1/open-contracting/releases", roles=EVERYONE, make=published, foreign=None),
    Route(
        "GET",
        "/api/v1/contracts/<contract_id>/exports/<what>",
        make=lambda owner: {**contract_of(owner), "what": "schedules"},
        owners=VERIFIED,
    ),
    Route("GET", "/api/v1/contract-exports/<what>", make=lambda owner: {"what": "deliveries"}, foreign=None),
    Route("POST", "/api/v1/exports", body={"what": "deliveries", "form": "xlsx"}, query={"wait": "true"}),
    Route("GET", "/api/v1/exports"),
    Route("GET", "/api/v1/exports/<export_id>", make=export_of),
    Route("GET", "/api/v1/exports/<export_id>/file", make=export_of),
]
