"""The seller enters what it was paid; statements set prepayments and deposits off."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from marketplace.contracts import queries
from marketplace.contracts.models import Contract, ContractPayment, ContractStatement
from marketplace.contracts.queries import deliveries as delivery_queries
from marketplace.contracts.rules.deliveries.schedule import expected_volumes
from marketplace.contracts.rules.settlement.payments import PREPAYMENT, check_payment
from marketplace.contracts.services.shipment_entries import held_for
from marketplace.contracts.services.telling import tell_of_contract
from marketplace.shared import audit
from marketplace.shared.actor import Actor
from marketplace.shared.clock import beijing_date
from marketplace.shared.database import db
from marketplace.shared.errors import InvalidInput
from marketplace.shared.quantities import amount_text


def enter_payment(
    contract_id: str,
    *,
    kind: str,
    month: str | None,
    amount: Decimal,
    paid_on: date,
    reference: str,
    actor: Actor,
    now: datetime,
) -> ContractPayment:
    """Enter money received from the buyer, or paid back to it (negative).  An entry is mended by another one.

    ``amount``: CNY with tax, whole cents.  Allowed: sellers of the contract's seller, whose claim it lowers.
    Raises: NotFound, NotAllowed, InvalidInput with every fault.
    """
    contract = held_for("seller", contract_id, actor, month=month)
    months = expected_volumes(queries.present_version(contract).terms)
    earlier = delivery_queries.payments(contract)
    check_payment(
        kind=kind,
        month=month,
        amount=amount,
        paid_on=paid_on,
        reference=reference,
        months=list(months),
        held=_held(contract, kind, month),
        today=beijing_date(now),
    )
    if kind == PREPAYMENT and amount > 0 and month in delivery_queries.standing_entries(_stated(contract)):
        message = "is stated finally: enter what was paid for it as a settlement"
        raise InvalidInput.at("/month", message, month, "a month not stated finally", "too-late")
    payment = ContractPayment(
        contract_id=contract.id,
        number=len(earlier) + 1,
        kind=kind,
        month=month,
        amount=amount,
        paid_on=paid_on,
        reference=reference,
        member_id=actor.member_id,
        moment=now,
    )
    db.session.add(payment)
    db.session.flush()
    payload = {"number": payment.number, "kind": kind, "month": month, "amount": amount_text(amount)}
    present = {"seller": contract.seller_id, "buyer": contract.buyer_id}
    for party in (present if month is None else queries.holders(contract, month)).values():
        audit.record(
            "contracts:payment:entered", contract.id, actor=actor, now=now, organisation_id=party, payload=payload
        )
    tell_of_contract(contract, "payment-entered", now=now, but=actor.organisation_id, month=month)
    return payment


def _held(contract: Contract, kind: str, month: str | None) -> Decimal:
    """What entries of a kind and month come to, as far as no statement, open ones included, has set it off."""
    entries = delivery_queries.payments(contract)
    of_kind = sum((each.amount for each in entries if each.kind == kind), Decimal(0))
    of_month = sum((each.amount for each in entries if (each.kind, each.month) == (kind, month)), Decimal(0))
    used = sum(
        (
            -Decimal(line["amount"])
            for entry in delivery_queries.live_entries(_stated(contract)).values()
            for line in entry["lines"]
            if line["kind"] == {"prepayment": "prepaid_offset", "deposit": "deposit_offset"}.get(kind)
        ),
        Decimal(0),
    )
    return min(of_month, of_kind - used)


def _stated(contract: Contract) -> list[ContractStatement]:
    return delivery_queries.statements(contract)
