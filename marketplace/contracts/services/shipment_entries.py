"""What is said of a shipment is appended, entered in both parties' audit trails, and told to the other."""

from __future__ import annotations

from datetime import datetime

from marketplace.contracts import queries
from marketplace.contracts.models import Contract, Shipment, ShipmentEntry
from marketplace.contracts.queries import deliveries as delivery_queries
from marketplace.contracts.rules.deliveries.shipments import SHIPMENT, objection_ends
from marketplace.contracts.services.telling import tell_of_contract
from marketplace.shared import audit
from marketplace.shared.actor import Actor, Role
from marketplace.shared.clock import beijing_date
from marketplace.shared.database import db
from marketplace.shared.errors import Conflict, InvalidInput, NotAllowed
from marketplace.shared.quantities import amount_text
from marketplace.shared.texts import paragraph_faults

LONGEST_REASON = 2000


class TooLate(Conflict):
    """The days in which this could be said are over."""

    code = "too-late"


_NEWS = {
    "cancel": "shipment-cancelled",
    "receive": "received",
    "reject": "rejected",
    "contest": "rejection-contested",
    "concede": "rejection-conceded",
    "lower": "rejection-lowered",
    "silence": "received-by-silence",
}


def held_for(side: str, contract_id: str, actor: Actor, *, month: str | None = None) -> Contract:
    """The contract, held, for a member who may sell or buy for one of its sides, or for who holds a month of it there.

    Raises: NotFound, NotAllowed.
    """
    actor.must_be(Role.SELLER if side == "seller" else Role.BUYER)
    if month is not None:
        contract, found = queries.contract_of_month(contract_id, month, actor)
    else:
        contract = queries.contract_to_change(contract_id, actor)
        found = queries.side_of(contract, actor.organisation_id)
    if found != side:
        raise NotAllowed(f"this is for the {side}")
    return contract


def held_shipment(side: str, contract_id: str, number: int, actor: Actor) -> tuple[Contract, Shipment]:
    """A shipment and its contract, held, for a member of who holds its month on one side.

    Raises: NotFound, NotAllowed.
    """
    month = delivery_queries.shipment(queries.seen_contract(contract_id, actor), number).month
    contract = held_for(side, contract_id, actor, month=month)
    return contract, delivery_queries.shipment(contract, number)


def check_reason(reason: str) -> None:
    """Raises InvalidInput unless this is a text that the other party can read."""
    faults = list(paragraph_faults("/reason", reason, LONGEST_REASON))
    if faults:
        raise InvalidInput(faults)


def must_be_awaited(contract: Contract, shipment: Shipment, now: datetime) -> None:
    """Raises TooLate once a shipment that nobody has received counts as received, whether or not that is noted."""
    terms = queries.version_of_month(contract, shipment.month).terms
    last = objection_ends(terms, beijing_date(shipment.announced_at))
    if shipment.status == SHIPMENT.initial and beijing_date(now) > last:
        raise TooLate(f"it was to be received by {last} and counts as received as it was shipped")


def said(
    contract: Contract, shipment: Shipment, action: str, reason: str | None, actor: Actor, now: datetime
) -> Shipment:
    """Append what a party, or time, has just changed of a shipment."""
    sides = {owner: side for side, owner in queries.holders(contract, shipment.month).items()}
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
    tell_of_contract(contract, _NEWS[action], now=now, but=actor.organisation_id, month=shipment.month)
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
    for party in queries.holders(contract, shipment.month).values():
        audit.record(
            f"contracts:shipment:{news}", contract.id, actor=actor, now=now, organisation_id=party, payload=payload
        )
