"""The seller certifies a lot: its analysis, attribute by attribute."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from marketplace.catalogue import queries as catalogue
from marketplace.contracts import queries
from marketplace.contracts.models import LotCertificate
from marketplace.contracts.queries import deliveries as delivery_queries
from marketplace.contracts.rules.deliveries.certificates import outside_specification, read_assays
from marketplace.contracts.services.shipment_entries import held_for
from marketplace.contracts.services.telling import tell_of_contract
from marketplace.shared import audit
from marketplace.shared.actor import Actor
from marketplace.shared.clock import beijing_date
from marketplace.shared.database import db
from marketplace.shared.errors import Fault, InvalidInput
from marketplace.shared.texts import line_faults

LONGEST_NAME = 200
_HASH = re.compile(r"sha256:[0-9a-f]{64}")


def certify_lot(
    contract_id: str,
    *,
    lot: str,
    assays: Mapping[str, Any],
    laboratory: str,
    issued_on: date,
    document_hash: str | None = None,
    actor: Actor,
    now: datetime,
) -> LotCertificate:
    """Enter the certificate of a lot that is shipped under the contract; a later one of the same lot replaces it.

    ``assays``: by attribute of the grade, in its unit.  Allowed: sellers of the contract's seller.
    Raises: NotFound, NotAllowed; InvalidInput with every fault, among them a lot that was not shipped.
    """
    month = _month_of(contract_id, lot, actor)
    contract = held_for("seller", contract_id, actor, month=month)
    faults: list[Fault] = []
    if month is None:
        faults.append(Fault("/lot", "is no lot shipped under this contract", lot[:80], None, "unknown-reference"))
    faults += line_faults("/laboratory", laboratory, LONGEST_NAME)
    today = beijing_date(now)
    if not date(2000, 1, 1) <= issued_on <= today:
        faults.append(Fault("/issued_on", "is out of range", issued_on, f"2000-01-01 to {today}", "out-of-range"))
    if document_hash is not None and not _HASH.fullmatch(document_hash):
        faults.append(Fault("/document_hash", "is no hash", document_hash[:80], "sha256: and 64 hexadecimal digits"))
    try:
        read = read_assays(assays, catalogue.grade(contract.grade_id).unit_by_attribute)
    except InvalidInput as refused:
        faults += refused.faults
    if faults:
        raise InvalidInput(faults)
    assert month is not None
    terms = queries.version_of_month(contract, month).terms
    certificate = LotCertificate(
        contract_id=contract.id,
        number=len(delivery_queries.certificates(contract)) + 1,
        lot=lot,
        assays=read,
        outside=outside_specification(read, terms["specification"]),
        laboratory=laboratory,
        issued_on=issued_on,
        document_hash=document_hash,
        author_id=actor.organisation_id,
        member_id=actor.member_id,
        moment=now,
    )
    db.session.add(certificate)
    db.session.flush()
    payload = {"number": certificate.number, "lot": lot, "assays": read, "document_hash": document_hash}
    for party in queries.holders(contract, month).values():
        audit.record(
            "contracts:lot:certified", contract.id, actor=actor, now=now, organisation_id=party, payload=payload
        )
    tell_of_contract(contract, "certified", now=now, but=actor.organisation_id, month=month)
    return certificate


def _month_of(contract_id: str, lot: str, actor: Actor) -> str | None:
    """The month of the last shipment of a lot by the actor's organisation; None: there is none."""
    contract = queries.seen_contract(contract_id, actor)
    months = [each.month for each in delivery_queries.shipments(contract) if each.lot == lot]
    own = [each for each in months if queries.party_in_month(contract, "seller", each) == actor.organisation_id]
    return own[-1] if own else next(iter(months), None)
