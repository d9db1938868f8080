"""Who may call the routes of evidence."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from marketplace.accounts.models import Member
from tests.api.permission_routes import (
    BUYER,
    EVERYONE,
    OPERATOR,
    ORGANISATION_ADMIN,
    SELLER,
    UNVERIFIED,
    Route,
)
from tests.factories.evidence import make_certificate

HOLDERS = frozenset({SELLER, BUYER, ORGANISATION_ADMIN, UNVERIFIED})
READERS = HOLDERS | {OPERATOR}

_numbers = itertools.count(1)


def declared_by(owner: Member) -> dict[str, str]:
    """A certificate that waits for a decision."""
    return {"certificate_id": make_certificate(owner.organisation, status="declared").id}


def _declaration(_caller: Member, _values: Mapping[str, str]) -> dict[str, Any]:
    return {
        "code": "GB40165",
        "number": f"P-{next(_numbers)}",
        "issuer": "检测中心",
        "valid_from": "2026-01-01",
        "valid_to": "2028-12-31",
    }


ROUTES = [
    Route("GET", "/api/v1/certificate-kinds", roles=EVERYONE),
    Route("GET", "/api/v1/certificates", roles=READERS),
    Route("POST", "/api/v1/certificates", roles=HOLDERS, body=_declaration),
    Route(
        "GET",
        "/api/v1/certificates/<certificate_id>",
        roles=READERS,
        make=declared_by,
        across={OPERATOR},
        owners=HOLDERS,
    ),
    Route(
        "POST",
        "/api/v1/certificates/<certificate_id>/decision",
        roles={OPERATOR},
        make=declared_by,
        body={"decision": "accept"},
        across={OPERATOR},
        owners=HOLDERS,
    ),
    Route(
        "POST",
        "/api/v1/certificates/<certificate_id>/withdrawal",
        roles=HOLDERS,
        make=declared_by,
        owners=HOLDERS,
    ),
]
