"""What is said of a shipment is appended, entered in both parties' audit trails, and told to the other."""

from __future__ import annotations

from datetime import datetime

from marketplace.contracts import delivery_queries, queries
from marketplace.contracts.models import Contract, Shipment, ShipmentEntry
from marketplace.contracts.services.telling import tell_of_contract
from marketplace.shared import audit
from marketplace.shared.actor import Actor, Role
from marketplace.shared.database import db
from marketplace.shared.errors import InvalidInput, NotAllowed
from marketplace.shared.quantities import amount_text
from marketplace.shared.texts import paragraph_faults

LONGEST_REASON = 2000
_NEWS = {
    "cancel": "shipment-cancelled",
    "receive": "received",
    "reject": "rejected",
    "contest": "rejection-contested",
    "concede": "rejection-conceded",
    "lower": "rejection-lowered",
    "silence": "received-by-silence",
}


def held_for(side: str, contract_id: str, actor: Actor) -> Contract:
    """The contract, held, for a member of one of its sides who may sell or buy; raises NotFound, NotAllowed."""
    actor.must_be(Role.SELLER if side == "seller" else Role.BUYER)
    contract = queries.contract_to_change(contract_id, actor)
    if actor.organisation_id != (contract.seller_id if side == "seller" else contract.buyer_id):
        raise NotAllowed(f"this is for the {side}")
    return contract


def check_reason(reason: str) -> None:
    """Raises InvalidInput unless this is a text that the other party can read."""
    faults = list(paragraph_faults("/reason", reason, LONGEST_REASON))
    if faults:
        raise InvalidInput(faults)


def said(
    contract: Contract, shipment: Shipment, action: str, reason: str | None, actor: Actor, now: datetime
) -> Shipment:
    """Append what a party, or time, has just changed of a shipment."""
    sides = {contract.seller_id: "seller", contract.buyer_id: "buyer"}
    db.session.add(
        ShipmentEntry(
            contract_id=contract.id,
            shipment_number=shipment.number,
            number=len(delivery_queries.entries_of(shipment)) + 1,
            party=sides.get(actor.organisation_id, "system"),
            action=action,
            rejected=shipment.rejected,
            reason=None if reason is None else reason.strip(),
            member_id=actor.member_id,
            moment=now,
        )
    )
    db.session.flush()
    record(contract, shipment, action, actor, now)
    tell_of_contract(contract, _NEWS[action], now=now, but=actor.organisation_id)
    return shipment


def record(contract: Contract, shipment: Shipment, news: str, actor: Actor, now: datetime) -> None:
    """Enter it in both parties' audit trails."""
    payload = {
        "number": shipment.number,
        "month": shipment.month,
        "volume": amount_text(shipment.volume),
        "counted": None if shipment.counted is None else amount_text(shipment.counted),
        "rejected": amount_text(shipment.rejected),
    }
    for party in (contract.seller_id, contract.buyer_id):
        audit.record(
            f"contracts:shipment:{news}", contract.id, actor=actor, now=now, organisation_id=party, payload=payload
        )
