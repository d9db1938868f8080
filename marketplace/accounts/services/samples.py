"""Organisations of the sample markets: verified from the start, marked as samples, without members of their own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from marketplace.accounts.models import Organisation
from marketplace.accounts.rules.organisations import organisation_faults
from marketplace.accounts.services.organisations import new_organisation
from marketplace.shared import audit
from marketplace.shared.actor import SYSTEM
from marketplace.shared.errors import InvalidInput


def admit_sample(
    *,
    credit_code: str,
    name_zh: str,
    name_latin: str,
    kind: str,
    group_parent: str | None = None,
    small: bool = False,
    tags: Sequence[str] = (),
    now: datetime,
) -> Organisation:
    """Store a sample organisation; for the command line, never over the network.

    Raises: InvalidInput; Conflict when the credit code is registered already.
    """
    given = {
        "credit_code": credit_code,
        "name_zh": name_zh,
        "name_latin": name_latin,
        "kind": kind,
        "group_parent": group_parent,
        "small": small,
        "tags": list(tags),
    }
    faults = list(organisation_faults(given))
    if faults:
        raise InvalidInput(faults)
    organisation = new_organisation({**given, "sample": True}, now=now, status="verified")
    audit.record(
        "accounts:organisation:sample_admitted", organisation.id, actor=SYSTEM, now=now, organisation_id=organisation.id
    )
    return organisation
