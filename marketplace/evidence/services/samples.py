"""Certificates of sample organisations: declared and accepted in one step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from marketplace.evidence.models import Certificate
from marketplace.evidence.rules.certificates import CERTIFICATE, check_declaration
from marketplace.shared import audit
from marketplace.shared.actor import SYSTEM
from marketplace.shared.clock import beijing_date
from marketplace.shared.database import db
from marketplace.shared.identifiers import new_id


def accept_samples(samples: Iterable[tuple[str, Mapping[str, Any]]], *, moments: Iterator[datetime]) -> None:
    """Store certificates as accepted, all at once; for the command line, never over the network.

    ``samples``: the holder's id, and the fields as for declaring a certificate; ``sites`` are the holder's own.
    Raises: InvalidInput.
    """
    certificates = [_accepted(holder, given, next(moments)) for holder, given in samples]
    db.session.add_all(certificates)
    db.session.flush()
    for certificate in certificates:
        audit.record(
            "evidence:certificate:sample_accepted",
            certificate.id,
            actor=SYSTEM,
            now=certificate.created_at,
            organisation_id=certificate.organisation_id,
        )


def _accepted(holder: str, given: Mapping[str, Any], now: datetime) -> Certificate:
    check_declaration(**given, today=beijing_date(now))
    return Certificate(
        id=new_id("crt", now),
        organisation_id=holder,
        status=CERTIFICATE.next(CERTIFICATE.initial, "accept"),
        created_at=now,
        decided_at=now,
        decided_by=SYSTEM.member_id,
        **given,
    )
