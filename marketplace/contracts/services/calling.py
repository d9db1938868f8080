"""The buyer calls another volume for a month than the agreed one."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from marketplace.catalogue import queries as catalogue
from marketplace.contracts import queries
from marketplace.contracts.models import CallOff
from marketplace.contracts.queries import deliveries as delivery_queries
from marketplace.contracts.rules.deliveries.schedule import check_call
from marketplace.contracts.services.shipment_entries import held_for
from marketplace.contracts.services.telling import tell_of_contract
from marketplace.shared import audit
from marketplace.shared.actor import Actor
from marketplace.shared.clock import beijing_date
from marketplace.shared.database import db
from marketplace.shared.quantities import amount_text


def call_off(contract_id: str, *, month: str, volume: Decimal, actor: Actor, now: datetime) -> CallOff:
    """Call a month's volume, in the grade's unit; until its last day a later call takes the place of an earlier one.

    Allowed: buyers of who holds the month as the buyer.
    Raises: NotFound, NotAllowed; TransitionNotAllowed unless it is in force; InvalidInput outside the band or too late.
    """
    contract = held_for("buyer", contract_id, actor, month=month)
    contract.take("call")
    terms = queries.present_version(contract).terms
    check_call(
        terms,
        delivery_queries.standing_calls(contract),
        month=month,
        volume=volume,
        today=beijing_date(now),
        quantum=catalogue.grade(contract.grade_id).quantum,
        paid=delivery_queries.paid_not_taken(contract, month),
        shipped=delivery_queries.shipped_volume(contract, month),
    )
    assert contract.in_force is not None
    call = CallOff(
        contract_id=contract.id,
        number=len(delivery_queries.call_offs(contract)) + 1,
        month=month,
        volume=volume,
        version_number=contract.in_force,
        member_id=actor.member_id,
        moment=now,
    )
    db.session.add(call)
    db.session.flush()
    payload = {"number": call.number, "month": month, "volume": amount_text(volume)}
    for party in queries.holders(contract, month).values():
        audit.record(
            "contracts:call-off:made", contract.id, actor=actor, now=now, organisation_id=party, payload=payload
        )
    tell_of_contract(contract, "called", now=now, but=actor.organisation_id, month=month)
    return call
