"""Consents to publish for tests, and the export as everybody would read it."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

from marketplace.contracts import services
from marketplace.contracts.models import Contract
from marketplace.contracts.queries import publication as publication_queries
from marketplace.contracts.rules.open_contracting import Publisher, package_json
from marketplace.shared.actor import Role
from tests.conftest import NOW
from tests.factories.accounts import make_member

PUBLISHER = Publisher("ocds-213czf", "https://changdan.example.org")


def consent(contract: Contract, side: str, *fields: str, now: datetime = NOW) -> Contract:
    """A signatory of one party states all that it consents to publish."""
    organisation = contract.seller if side == "seller" else contract.buyer
    actor = make_member(organisation=organisation, roles=(Role.SIGNATORY,)).actor
    return services.consent_to_publish(contract.id, publish=list(fields), actor=actor, now=now)


def publish(contract: Contract, *fields: str, now: datetime = NOW) -> Contract:
    """Both parties consent to these fields, and to the contract itself."""
    for side in ("seller", "buyer"):
        consent(contract, side, "contract", *fields, now=now)
    return contract


def exported() -> dict[str, Any]:
    """Everything that is published, read back from its bytes; numbers as decimals."""
    read: dict[str, Any] = json.loads(
        package_json(publication_queries.whole_package(PUBLISHER)), parse_float=Decimal, parse_int=Decimal
    )
    return read


def releases_of(contract: Contract) -> list[dict[str, Any]]:
    """Those of one contract."""
    ocid = f"{PUBLISHER.prefix}-{contract.number}"
    return [release for release in exported()["releases"] if release["ocid"] == ocid]
