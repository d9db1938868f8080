"""Certificates for tests: added and flushed, never committed."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

from marketplace.accounts.models import Organisation
from marketplace.evidence.models import Certificate
from marketplace.shared.database import db
from marketplace.shared.identifiers import new_id
from tests.conftest import NOW

_numbers = itertools.count(1)


def make_certificate(organisation: Organisation, *, status: str = "accepted", **columns: Any) -> Certificate:
    """An accepted ISO 9001 certificate over everything the organisation does, valid 2026 to 2028."""
    given = {
        "id": new_id("crt", NOW),
        "organisation_id": organisation.id,
        "code": "ISO9001",
        "number": f"Q{next(_numbers):06d}",
        "issuer": "测试认证中心",
        "grades": [],
        "sites": [],
        "valid_from": date(2026, 1, 1),
        "valid_to": date(2028, 12, 31),
        "status": status,
        "created_at": NOW,
    }
    certificate = Certificate(**{**given, **columns})
    db.session.add(certificate)
    db.session.flush()
    return certificate
