"""The seller announces what it ships under a contract, lot by lot."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from marketplace.catalogue import queries as catalogue
from marketplace.contracts import queries
from marketplace.contracts.models import Contract, Shipment
from marketplace.contracts.queries import deliveries as delivery_queries
from marketplace.contracts.rules.deliveries.schedule import schedule
from marketplace.contracts.rules.deliveries.shipments import may_be_made_up, most_shipped, sums
from marketplace.contracts.services.shipment_entries import (
    check_reason,
    held_for,
    held_shipment,
    must_be_awaited,
    record,
    said,
)
from marketplace.contracts.services.telling import tell_of_contract
from marketplace.shared.actor import Actor
from marketplace.shared.clock import beijing_date
from marketplace.shared.database import db
from marketplace.shared.errors import Conflict, Fault, InvalidInput
from marketplace.shared.months import first_day, month_of
from marketplace.shared.quantities import amount_text, is_multiple
from marketplace.shared.texts import line_faults

LONGEST_NAME = 80
EARLIEST_DAYS = 31  # before its month begins may goods of a month be shipped


def announce_shipment(
    contract_id: str,
    *,
    month: str,
    lot: str,
    volume: Decimal,
    shipped_on: date,
    carrier: str,
    waybill: str,
    replaces: int | None = None,
    actor: Actor,
    now: datetime,
) -> Shipment:
    """Tell the buyer that a lot is on its way, as part of a month's call.  Units: the grade's, as weighed.

    Allowed: sellers of the contract's seller.
    Raises: NotFound, NotAllowed; TransitionNotAllowed unless the contract is in force; Conflict once the month is
    stated finally; InvalidInput with every fault, among them more than what is called and not yet shipped.
    """
    contract = held_for("seller", contract_id, actor, month=month)
    contract.take("deliver")
    called = schedule(queries.present_version(contract).terms, delivery_queries.standing_calls(contract))
    today, quantum = beijing_date(now), catalogue.grade(contract.grade_id).quantum
    if month not in called:
        limit = f"{min(called)} to {max(called)}, months with volume"
        raise InvalidInput.at("/month", "is no month of the contract", month, limit, "not-a-month")
    terms = queries.version_of_month(contract, month).terms
    # What is made good changes a month that is stated, which is then corrected.
    if replaces is None and not may_be_made_up(terms, month, month_of(today)):
        _must_be_open(contract, month)
    faults: list[Fault] = []
    for name, text in (("lot", lot), ("carrier", carrier), ("waybill", waybill)):
        faults += line_faults(f"/{name}", text, LONGEST_NAME)
    earliest = first_day(month).toordinal() - EARLIEST_DAYS
    if not earliest <= shipped_on.toordinal() <= today.toordinal():
        limit = f"{date.fromordinal(earliest)} to {today}"
        faults.append(Fault("/shipped_on", "is out of range", shipped_on, limit, "out-of-range"))
    if volume <= 0 or not is_multiple(volume, quantum):
        message = f"is not a whole multiple of {amount_text(quantum)} above 0"
        faults.append(Fault("/volume", message, volume, quantum, "not-a-multiple"))
    earlier = delivery_queries.shipments(contract)
    so_far = sums(delivery_queries.weighed(each) for each in earlier if each.month == month)
    taken = so_far.accepted + so_far.contested + so_far.under_way
    room = most_shipped(terms, called[month], quantum) - taken
    if volume > room:
        message = f"is more than what is called for {month} and not yet shipped"
        faults.append(
            Fault("/volume", message, volume, f"at most {amount_text(max(room, Decimal(0)))}", "over-delivery")
        )
    if replaces is not None:
        faults += _replacement_faults(earlier, replaces, month)
    if faults:
        raise InvalidInput(faults)
    shipment = Shipment(
        contract_id=contract.id,
        number=len(earlier) + 1,
        month=month,
        lot=lot,
        volume=volume,
        shipped_on=shipped_on,
        carrier=carrier,
        waybill=waybill,
        replaces=replaces,
        announced_at=now,
        rejected=Decimal(0),
    )
    db.session.add(shipment)
    db.session.flush()
    record(contract, shipment, "announced", actor, now)
    tell_of_contract(contract, "shipped", now=now, but=actor.organisation_id, month=month)
    return shipment


def cancel_shipment(contract_id: str, number: int, *, reason: str, actor: Actor, now: datetime) -> Shipment:
    """The seller takes back a shipment that has not arrived, for example one lost on its way.

    Allowed: sellers of the contract's seller.  Raises: NotFound, NotAllowed, TransitionNotAllowed, InvalidInput.
    """
    contract, shipment = held_shipment("seller", contract_id, number, actor)
    check_reason(reason)
    must_be_awaited(contract, shipment, now)
    shipment.take("cancel")
    return said(contract, shipment, "cancel", reason, actor, now)


def _must_be_open(contract: Contract, month: str) -> None:
    drawn = delivery_queries.statements(contract)
    final = [each for each in drawn if each.kind == "final" and each.month == month]
    if any(each.status in ("drawn", "confirmed", "corrected") for each in final):
        raise Conflict(f"{month} is stated finally: ship for a later month")


def _replacement_faults(earlier: list[Shipment], replaces: int, month: str) -> list[Fault]:
    replaced = next((each for each in earlier if each.number == replaces), None)
    if replaced is None or replaced.rejected == 0:
        return [
            Fault("/replaces", "names no shipment with rejected goods", replaces, "a shipment", "unknown-reference")
        ]
    if replaced.month != month:
        return [Fault("/month", "is not that of the shipment that is replaced", month, replaced.month, "contradiction")]
    return []
