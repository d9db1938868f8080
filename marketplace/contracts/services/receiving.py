"""The buyer says what arrived of a shipment and what it rejects; either party may give way afterwards."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from marketplace.catalogue import queries as catalogue
from marketplace.contracts import queries
from marketplace.contracts.models import Contract, Shipment
from marketplace.contracts.queries import deliveries as delivery_queries
from marketplace.contracts.rules.deliveries.shipments import (
    REJECTION,
    SHIPMENT,
    counted_volume,
    objection_ends,
    weighing_tolerance,
)
from marketplace.contracts.services.shipment_entries import (
    LONGEST_REASON,
    TooLate,
    check_reason,
    held_shipment,
    must_be_awaited,
    said,
)
from marketplace.shared.actor import Actor
from marketplace.shared.clock import beijing_date
from marketplace.shared.errors import Conflict, Fault, InvalidInput
from marketplace.shared.quantities import amount_text, is_multiple
from marketplace.shared.texts import paragraph_faults

MOST_TIMES = Decimal("1.5")  # what was shipped; beyond it somebody has mistyped


def receive_shipment(
    contract_id: str,
    number: int,
    *,
    received_on: date,
    weighed: Decimal,
    rejected: Decimal = Decimal(0),
    reason: str | None = None,
    actor: Actor,
    now: datetime,
) -> Shipment:
    """The buyer says what arrived and what of it it rejects; within the weighing tolerance the seller's weight counts.

    Also of a contract that is suspended or has ended: the goods were on their way.
    Allowed: buyers of the contract's buyer.
    Raises: NotFound, NotAllowed, TransitionNotAllowed, InvalidInput with every fault; TooLate after the contract's
    objection days.
    """
    contract, shipment = held_shipment("buyer", contract_id, number, actor)
    must_be_awaited(contract, shipment, now)
    SHIPMENT.next(shipment.status, "receive")
    quantum, today = catalogue.grade(contract.grade_id).quantum, beijing_date(now)
    terms = queries.version_of_month(contract, shipment.month).terms
    counted = counted_volume(shipment.volume, weighed, weighing_tolerance(terms))
    faults = []
    if not shipment.shipped_on <= received_on <= today:
        limit = f"{shipment.shipped_on} to {today}"
        faults.append(Fault("/received_on", "is out of range", received_on, limit, "out-of-range"))
    if weighed < 0 or not is_multiple(weighed, quantum):
        message = f"is not a whole multiple of {amount_text(quantum)}"
        faults.append(Fault("/weighed", message, weighed, quantum, "not-a-multiple"))
    elif weighed > MOST_TIMES * shipment.volume:
        limit = f"at most {amount_text(MOST_TIMES * shipment.volume)}"
        faults.append(Fault("/weighed", "is far more than was shipped", weighed, limit, "above-limit"))
    faults += _rejection_faults(rejected, counted, quantum, least=Decimal(0))
    if rejected > 0 or reason is not None:
        faults += paragraph_faults("/reason", reason or "", LONGEST_REASON)
    if faults:
        raise InvalidInput(faults)
    shipment.take("receive")
    shipment.received_on, shipment.received_at = received_on, now
    shipment.weighed, shipment.counted = weighed, counted
    if rejected > 0:
        shipment.take_rejection("reject")
        shipment.rejected = rejected
    return said(contract, shipment, "receive", reason, actor, now)


def reject_goods(
    contract_id: str, number: int, *, rejected: Decimal, reason: str, actor: Actor, now: datetime
) -> Shipment:
    """The buyer objects after receipt: so much of the lot stands rejected, more than before.

    Allowed: buyers of the contract's buyer.
    Raises: NotFound, NotAllowed, TransitionNotAllowed, InvalidInput; TooLate after the contract's objection days.
    """
    contract, shipment = held_shipment("buyer", contract_id, number, actor)
    if shipment.counted is None or shipment.received_at is None:
        raise Conflict("the shipment has not been received yet: reject it with the receipt")
    terms = queries.version_of_month(contract, shipment.month).terms
    last = objection_ends(terms, beijing_date(shipment.received_at))
    if beijing_date(now) > last:
        raise TooLate(f"objections were to be made by {last}")
    check_reason(reason)
    quantum = catalogue.grade(contract.grade_id).quantum
    faults = _rejection_faults(rejected, shipment.counted, quantum, least=shipment.rejected + quantum)
    if faults:
        raise InvalidInput(faults)
    shipment.take_rejection("reject")
    shipment.rejected = rejected
    return said(contract, shipment, "reject", reason, actor, now)


def contest_rejection(contract_id: str, number: int, *, reason: str, actor: Actor, now: datetime) -> Shipment:
    """The seller contests a rejection, for example by the umpire laboratory's analysis; it counts against nobody yet.

    Allowed: sellers of the contract's seller.  Raises: NotFound, NotAllowed, TransitionNotAllowed, InvalidInput.
    """
    contract, shipment = held_shipment("seller", contract_id, number, actor)
    check_reason(reason)
    shipment.take_rejection("contest")
    return said(contract, shipment, "contest", reason, actor, now)


def concede_rejection(contract_id: str, number: int, *, actor: Actor, now: datetime) -> Shipment:
    """The seller gives way: what is rejected is so for good, and may be replaced.

    Allowed: sellers of the contract's seller.  Raises: NotFound, NotAllowed, TransitionNotAllowed.
    """
    contract, shipment = held_shipment("seller", contract_id, number, actor)
    shipment.take_rejection("concede")
    return said(contract, shipment, "concede", None, actor, now)


def lower_rejection(
    contract_id: str, number: int, *, rejected: Decimal, reason: str, actor: Actor, now: datetime
) -> Shipment:
    """The buyer gives way: less than before stands rejected, for good; 0 takes the rejection back.

    Allowed: buyers of the contract's buyer.  Raises: NotFound, NotAllowed, TransitionNotAllowed, InvalidInput.
    """
    contract, shipment = held_shipment("buyer", contract_id, number, actor)
    REJECTION.next(shipment.rejection, "lower")
    check_reason(reason)
    quantum = catalogue.grade(contract.grade_id).quantum
    faults = _rejection_faults(rejected, shipment.rejected - quantum, quantum, least=Decimal(0))
    if faults:
        raise InvalidInput(faults)
    shipment.take_rejection("lower")
    shipment.rejected = rejected
    return said(contract, shipment, "lower", reason, actor, now)


def accept_by_silence(contract: Contract, *, actor: Actor, now: datetime) -> list[int]:
    """Shipments that the buyer has not received in the days it had count as they were shipped; their numbers.

    Called where it matters, by whoever holds the contract.
    """
    today, taken = beijing_date(now), []
    of_month: dict[str, Any] = {}
    for shipment in delivery_queries.shipments(contract):
        if shipment.status != "announced":
            continue
        if shipment.month not in of_month:
            of_month[shipment.month] = queries.version_of_month(contract, shipment.month).terms
        terms = of_month[shipment.month]
        if today > objection_ends(terms, beijing_date(shipment.announced_at)):
            shipment.take("receive")
            shipment.counted = shipment.volume
            said(contract, shipment, "silence", None, actor, now)
            taken.append(shipment.number)
    return taken


def _rejection_faults(rejected: Decimal, most: Decimal, quantum: Decimal, *, least: Decimal) -> list[Fault]:
    limit = f"{amount_text(least)} to {amount_text(most)}, in whole {amount_text(quantum)}"
    if not least <= rejected <= most or not is_multiple(rejected, quantum):
        return [Fault("/rejected", "is out of range", rejected, limit, "out-of-range")]
    return []
