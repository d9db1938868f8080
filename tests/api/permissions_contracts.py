"""Who may call the routes of proposals and contracts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa

from marketplace.accounts.models import Member
from marketplace.contracts.models import Contract, ContractVersion, Proposal
from marketplace.contracts.services import document, document_hash, give_notice, propose_amendment
from marketplace.shared.actor import Role
from marketplace.shared.database import db
from tests.api.permission_routes import (
    BUYER,
    EVERYONE,
    OPERATOR,
    ORGANISATION_ADMIN,
    REGULATOR,
    SELLER,
    SIGNATORY,
    UNVERIFIED,
    VERIFIED,
    Route,
)
from tests.conftest import NOW
from tests.factories.accounts import make_member
from tests.factories.catalogue import make_grade
from tests.factories.contracts import accept, confirm, make_proposal


def proposal_to(owner: Member) -> dict[str, str]:
    """A published proposal to the member's organisation, as the seller."""
    return {"proposal_id": make_proposal(seller=owner.organisation).id}


def accepted_by(owner: Member) -> dict[str, str]:
    """One that the member's organisation has accepted."""
    proposal = make_proposal(seller=owner.organisation)
    accept(proposal, "seller")
    return {"proposal_id": proposal.id}


def contract_of(owner: Member) -> dict[str, str]:
    """A contract of the member's organisation."""
    proposal = make_proposal(seller=owner.organisation)
    for side in ("seller", "buyer"):
        accept(proposal, side)
    return {"contract_id": db.session.scalars(sa.select(Contract.id).filter_by(proposal_id=proposal.id)).one()}


def acceptance(_caller: Member, path: Mapping[str, str]) -> dict[str, Any]:
    """What the proposal says of itself."""
    proposal = db.session.get_one(Proposal, path["proposal_id"])
    return {"revision": proposal.revision, "terms_hash": proposal.terms_hash}


def confirmation(_caller: Member, path: Mapping[str, str]) -> dict[str, Any]:
    """Of the document as it is."""
    version = db.session.get_one(ContractVersion, (path["contract_id"], int(path["number"])))
    return {"pdf_hash": document_hash(document(version, "pdf"))}


def version_of(owner: Member) -> dict[str, str]:
    """The first version of one."""
    return {**contract_of(owner), "number": "1"}


def late_contract_of(owner: Member) -> dict[str, str]:
    """One that the member's organisation has confirmed and the other has not in time."""
    made = contract_of(owner)
    contract = db.session.get_one(Contract, made["contract_id"])
    confirm(contract, "seller")
    contract.confirm_by = NOW
    db.session.flush()
    return made


def contract_in_force_of(owner: Member) -> dict[str, str]:
    """One that both have confirmed."""
    made = contract_of(owner)
    contract = db.session.get_one(Contract, made["contract_id"])
    for side in ("seller", "buyer"):
        confirm(contract, side)
    return made


def amended_contract_of(owner: Member) -> dict[str, str]:
    """One whose buyer proposes an amendment."""
    made = contract_in_force_of(owner)
    contract = db.session.get_one(Contract, made["contract_id"])
    buyer = make_member(organisation=contract.buyer, roles=(Role.BUYER,)).actor
    version = propose_amendment(contract.id, changes={"payment": {"days": 7}}, reason="双方商定", actor=buyer, now=NOW)
    return {**made, "number": str(version.number)}


def noticed_contract_of(owner: Member, *, by: str, ground: str = "agreed", days: int = 0) -> dict[str, str]:
    """One whose seller (the owner) or buyer has given notice to end it, so many days ago."""
    made = contract_in_force_of(owner)
    contract = db.session.get_one(Contract, made["contract_id"])
    organisation = contract.seller if by == "seller" else contract.buyer
    actor = make_member(organisation=organisation, roles=(Role.SIGNATORY,)).actor
    given = NOW - timedelta(days=days)
    notice = give_notice(contract.id, kind="termination", ground=ground, reason="双方商定", actor=actor, now=given)
    return {**made, "number": str(notice.number)}


def graded(_owner: Member) -> dict[str, str]:
    """A grade; it is nobody's."""
    return {"grade_id": make_grade().id}


OF_ORDERS = frozenset({SELLER, BUYER, ORGANISATION_ADMIN, UNVERIFIED})  # as for reading orders

ROUTES = [
    Route("GET", "/api/v1/proposals"),
    Route("GET", "/api/v1/proposals/<proposal_id>", make=proposal_to, owners=VERIFIED),
    Route("GET", "/api/v1/proposals/<proposal_id>/answers", make=proposal_to, owners=VERIFIED),
    Route("GET", "/api/v1/proposals/<proposal_id>/revisions", make=proposal_to, owners=VERIFIED),
    Route(
        "POST",
        "/api/v1/proposals/<proposal_id>/acceptance",
        roles={SELLER},
        owners=VERIFIED,
        make=proposal_to,
        body=acceptance,
    ),
    Route(
        "POST",
        "/api/v1/proposals/<proposal_id>/acceptance-withdrawal",
        roles={SELLER},
        owners=VERIFIED,
        make=accepted_by,
        body={"revision": 1},
    ),
    Route(
        "POST",
        "/api/v1/proposals/<proposal_id>/rejection",
        roles={SELLER},
        owners=VERIFIED,
        make=proposal_to,
        body={"revision": 1, "reason": "运费过高"},
    ),
    Route(
        "POST",
        "/api/v1/proposals/<proposal_id>/counter",
        roles={SELLER},
        owners=VERIFIED,
        make=proposal_to,
        body={"revision": 1, "changes": {"payment": {"days": 7}}, "consent": ["payment"]},
    ),
    Route("GET", "/api/v1/contracts"),
    Route("GET", "/api/v1/contracts/<contract_id>", make=contract_of, owners=VERIFIED),
    Route("GET", "/api/v1/contracts/<contract_id>/versions", make=contract_of, owners=VERIFIED),
    Route(
        "GET",
        "/api/v1/contracts/<contract_id>/versions/<number>/document",
        make=version_of,
        owners=VERIFIED,
        query={"form": "html"},
    ),
    Route(
        "POST",
        "/api/v1/contracts/<contract_id>/versions/<number>/confirmation",
        roles={SIGNATORY},
        owners=VERIFIED,
        make=version_of,
        body=confirmation,
    ),
    Route(
        "POST",
        "/api/v1/contracts/<contract_id>/amendments",
        roles={SELLER},
        make=contract_in_force_of,
        owners=VERIFIED,
        body={"changes": {"payment": {"days": 7}}, "reason": "双方商定"},
    ),
    Route(
        "POST",
        "/api/v1/contracts/<contract_id>/versions/<number>/refusal",
        roles={SELLER},
        make=amended_contract_of,
        owners=VERIFIED,
    ),
    Route("GET", "/api/v1/contracts/<contract_id>/notices", make=contract_in_force_of, owners=VERIFIED),
    Route(
        "POST",
        "/api/v1/contracts/<contract_id>/notices",
        roles={SIGNATORY},
        make=contract_in_force_of,
        owners=VERIFIED,
        body={"kind": "suspension", "ground": "force_majeure", "reason": "洪水"},
    ),
    *(
        Route(
            "POST",
            f"/api/v1/contracts/<contract_id>/notices/<number>/{answer}",
            roles={SIGNATORY},
            make=partial(noticed_contract_of, **given),
            owners=VERIFIED,
        )
        for answer, given in (
            ("consent", {"by": "buyer"}),
            ("refusal", {"by": "buyer"}),
            ("withdrawal", {"by": "seller"}),
            ("effect", {"by": "seller", "ground": "breach", "days": 30}),
        )
    ),
    Route("GET", "/api/v1/contracts/<contract_id>/reopenings", make=contract_in_force_of, owners=VERIFIED),
    Route(
        "POST", "/api/v1/contracts/<contract_id>/withdrawal", roles={SIGNATORY}, make=late_contract_of, owners=VERIFIED
    ),
    Route(
        "GET",
        "/api/v1/contract-verification",
        roles=EVERYONE,
        query={"number": "CD-2026-MFHCD2KWBZ-90", "code": "XPV0-BHCM-FAT0-T7RA"},
    ),
    Route("GET", "/api/v1/coverage/needs", roles=OF_ORDERS),
    Route("GET", "/api/v1/coverage/supply", roles=OF_ORDERS),
    Route("GET", "/api/v1/grades/<grade_id>/coverage", roles={OPERATOR, REGULATOR}, make=graded, foreign=None),
    Route("POST", "/api/v1/price-exposure", body={"side": "buyer", "paths": [{"indices": {}}]}),
]
