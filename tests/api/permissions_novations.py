"""Who may call the routes about the change of a party."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from marketplace.accounts.models import Member
from tests.api.permission_routes import SIGNATORY, VERIFIED, Route
from tests.conftest import NOW
from tests.factories.accounts import make_organisation, make_site
from tests.factories.contracts import make_proposal
from tests.factories.novations import ask, in_force, place, sign
from tests.factories.rounds import make_trader


def contract_of(owner: Member) -> dict[str, str]:
    """A contract in force whose seller is the member's organisation."""
    return {"contract_id": in_force(make_proposal(seller=owner.organisation)).id}


def novation_of(owner: Member) -> dict[str, str]:
    """One whose buyer asks another organisation to take the owner's place."""
    contract = in_force(make_proposal(seller=owner.organisation))
    return {"contract_id": contract.id, "number": str(ask(contract, make_trader().organisation).number)}


def novation_to(owner: Member) -> dict[str, str]:
    """One that asks the member's organisation to be the buyer, of a contract between others."""
    contract = in_force(make_proposal())
    asked = ask(contract, owner.organisation, side="buyer", by="seller")
    return {"contract_id": contract.id, "number": str(asked.number)}


def insolvency_of(owner: Member) -> dict[str, str]:
    """One of an insolvent buyer whose days to object are over; the owner sells."""
    contract, incoming = in_force(make_proposal(seller=owner.organisation)), make_trader()
    before = NOW - timedelta(days=30)
    novation = ask(contract, incoming.organisation, side="buyer", by="seller", ground="insolvency", now=before)
    place(novation, incoming, now=before)
    for role in ("remaining", "incoming"):
        sign(novation, role, now=before)
    return {"contract_id": contract.id, "number": str(novation.number)}


def proposed(_caller: Member, _path: Mapping[str, str]) -> dict[str, Any]:
    """Another organisation in the buyer's place."""
    return {
        "side": "buyer",
        "credit_code": make_organisation().credit_code,
        "from_month": "2027-02",
        "ground": "reorganisation",
        "reason": "集团内部重组",
    }


def own_site(caller: Member, _path: Mapping[str, str]) -> dict[str, Any]:
    """A site of the caller's."""
    return {"site_id": make_site(caller.organisation).id}


_NOVATION = "/api/v1/contracts/<contract_id>/novations/<number>"
ROUTES = [
    Route("GET", "/api/v1/contracts/<contract_id>/novations", make=contract_of, owners=VERIFIED),
    Route(
        "POST",
        "/api/v1/contracts/<contract_id>/novations",
        roles={SIGNATORY},
        make=contract_of,
        owners=VERIFIED,
        body=proposed,
    ),
    Route("POST", f"{_NOVATION}/place", roles={SIGNATORY}, make=novation_to, owners={SIGNATORY}, body=own_site),
    Route("POST", f"{_NOVATION}/refusal", roles={SIGNATORY}, make=novation_of, owners=VERIFIED),
    Route("POST", f"{_NOVATION}/effect", roles={SIGNATORY}, make=insolvency_of, owners=VERIFIED),
]
