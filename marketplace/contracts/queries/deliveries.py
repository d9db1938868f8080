"""Reading what was called, shipped, certified, paid and stated under contracts that the caller may see."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from marketplace.catalogue import queries as catalogue
from marketplace.contracts import queries
from marketplace.contracts.models import (
    CallOff,
    Contract,
    ContractPayment,
    ContractStatement,
    LotCertificate,
    Shipment,
    ShipmentEntry,
)
from marketplace.contracts.rules.deliveries.excuses import Pause, pauses
from marketplace.contracts.rules.deliveries.schedule import call_by, callable_range, expected_volumes, schedule
from marketplace.contracts.rules.deliveries.shipments import Weighed, sums
from marketplace.shared.clock import beijing_date
from marketplace.shared.database import db
from marketplace.shared.errors import NotFound
from marketplace.shared.paging import Page, page

_PAUSING = ("suspension", "resumption", "termination")


def call_offs(contract: Contract) -> list[CallOff]:
    """All call-offs of a contract, in the order given."""
    return list(db.session.scalars(sa.select(CallOff).filter_by(contract_id=contract.id).order_by(CallOff.number)))


def standing_calls(contract: Contract) -> dict[str, Decimal]:
    """By month: the volume that the buyer called last, unless an amendment has changed the month since."""
    rests: dict[int, dict[str, Any]] = {}

    def rests_on(number: int, month: str) -> Any:
        if number not in rests:
            rests[number] = _by_month(queries.version(contract, number).terms)
        return rests[number].get(month)

    found: dict[str, Decimal] = {}
    for call in call_offs(contract):
        held = queries.version_of_month(contract, call.month).number
        if rests_on(call.version_number, call.month) == rests_on(held, call.month):
            found[call.month] = call.volume
        else:
            found.pop(call.month, None)
    return found


def shipments(contract: Contract, *, month: str | None = None) -> list[Shipment]:
    """All shipments of a contract, of one month if asked, in the order announced."""
    query = sa.select(Shipment).filter_by(contract_id=contract.id).order_by(Shipment.number)
    if month is not None:
        query = query.filter_by(month=month)
    return list(db.session.scalars(query))


def shipment_page(
    contract: Contract, months: Collection[str], *, month: str | None = None, cursor: str | None = None, limit: int = 50
) -> Page[Shipment]:
    """The shipments of some months of a contract, of one if asked, page by page in the order announced."""
    query = sa.select(Shipment).filter_by(contract_id=contract.id).where(Shipment.month.in_(months))
    if month is not None:
        query = query.filter_by(month=month)
    return page(query, key=Shipment.number, unique=Shipment.number, cursor=cursor, limit=limit)


def shipment(contract: Contract, number: int) -> Shipment:
    """One shipment; raises NotFound."""
    found = db.session.get(Shipment, (contract.id, number), populate_existing=True)
    if found is None:
        raise NotFound("shipment", str(number))
    return found


def entries_of(shipment: Shipment) -> list[ShipmentEntry]:
    """What was said of a shipment, in the order said."""
    query = sa.select(ShipmentEntry).filter_by(contract_id=shipment.contract_id, shipment_number=shipment.number)
    return list(db.session.scalars(query.order_by(ShipmentEntry.number)))


def shipped_volume(contract: Contract, month: str) -> Decimal:
    """What has been shipped for a month and not been rejected or cancelled, whether or not it has arrived."""
    come = sums(weighed(each) for each in shipments(contract, month=month))
    return come.under_way + come.accepted + come.contested


def paid_not_taken(contract: Contract, month: str) -> Decimal:
    """Volume that was paid for by take or pay, and may still be made up in a month."""
    standing = standing_entries(statements(contract))
    earlier = [entry for each, entry in standing.items() if each < month]
    credits = earlier[-1]["after"]["credits"] if earlier else []
    return sum((Decimal(each["volume"]) for each in credits if each["until"] >= month), Decimal(0))


def scheduled_months(contract: Contract, today: date) -> list[dict[str, Any]]:
    """Month by month: agreed, called, what may still be called today, what was shipped, accepted and rejected."""
    terms, quantum = queries.present_version(contract).terms, catalogue.grade(contract.grade_id).quantum
    calls = standing_calls(contract)
    called = schedule(terms, calls)
    by_month: dict[str, list[Weighed]] = {}
    for each in shipments(contract):
        by_month.setdefault(each.month, []).append(weighed(each))
    found = []
    for month, agreed in expected_volumes(terms).items():
        allowed = None
        if contract.status == "in_force" and today <= call_by(terms, month):
            paid, shipped = paid_not_taken(contract, month), shipped_volume(contract, month)
            allowed = callable_range(terms, calls, month, today, quantum, paid=paid, shipped=shipped)
        found.append(
            {
                "month": month,
                "agreed": agreed,
                "called": called[month],
                "call_by": call_by(terms, month),
                "least": allowed and allowed.minimum,
                "most": allowed and allowed.maximum,
                **{
                    name: getattr(come, name)
                    for come in (sums(by_month.get(month, ())),)
                    for name in ("under_way", "accepted", "rejected", "contested")
                },
            }
        )
    return found


def weighed(shipment: Shipment) -> Weighed:
    """A shipment as sums need it."""
    counted = shipment.volume if shipment.counted is None else shipment.counted
    return Weighed(shipment.number, shipment.month, shipment.status, counted, shipment.rejected, shipment.rejection)


def certificates(contract: Contract) -> list[LotCertificate]:
    """All certificates of a contract's lots, in the order given; the last of a lot holds."""
    query = sa.select(LotCertificate).filter_by(contract_id=contract.id).order_by(LotCertificate.number)
    return list(db.session.scalars(query))


def payments(contract: Contract) -> list[ContractPayment]:
    """All payments under a contract, in the order entered."""
    query = sa.select(ContractPayment).filter_by(contract_id=contract.id).order_by(ContractPayment.number)
    return list(db.session.scalars(query))


def payments_for(contract: Contract, organisation_id: str, months: Collection[str]) -> list[ContractPayment]:
    """Those that an organisation which holds these months may read: of whole contracts what was entered in its time."""
    left = [each.left_at for each in queries.former_parties(contract) if each.organisation_id == organisation_id]
    present = organisation_id in (contract.seller_id, contract.buyer_id)
    return [
        each
        for each in payments(contract)
        if (each.month in months if each.month is not None else present or any(each.moment <= at for at in left))
    ]


def statements(contract: Contract) -> list[ContractStatement]:
    """All statements of a contract, in the order drawn."""
    query = sa.select(ContractStatement).filter_by(contract_id=contract.id).order_by(ContractStatement.number)
    return list(db.session.scalars(query))


def statement_page(
    contract: Contract, months: Collection[str], *, month: str | None = None, cursor: str | None = None, limit: int = 50
) -> Page[ContractStatement]:
    """The statements of some months of a contract, of one if asked, page by page in the order drawn."""
    query = sa.select(ContractStatement).filter_by(contract_id=contract.id).where(ContractStatement.month.in_(months))
    if month is not None:
        query = query.filter_by(month=month)
    return page(query, key=ContractStatement.number, unique=ContractStatement.number, cursor=cursor, limit=limit)


def statement(contract: Contract, number: int) -> ContractStatement:
    """One statement; raises NotFound."""
    found = db.session.get(ContractStatement, (contract.id, number), populate_existing=True)
    if found is None:
        raise NotFound("statement", str(number))
    return found


def standing_entries(drawn: list[ContractStatement]) -> dict[str, dict[str, Any]]:
    """By month in their order: what was stated finally and confirmed last; ``drawn``: a contract's statements."""
    found: dict[str, dict[str, Any]] = {}
    for each in drawn:
        if each.status in ("confirmed", "corrected") and each.kind != "provisional":
            found.update({entry["month"]: entry for entry in each.document["months"]})
    return dict(sorted(found.items()))


def live_entries(drawn: list[ContractStatement]) -> dict[str, dict[str, Any]]:
    """By month in their order: what is stated of it, confirmed or not, finally rather than provisionally."""
    found: dict[str, dict[str, Any]] = {}
    for kind in ("provisional", "final"):
        for each in drawn:
            if each.kind == kind and each.status in ("drawn", "confirmed"):
                found.update({entry["month"]: entry for entry in each.document["months"]})
    return dict(sorted({**found, **standing_entries(drawn)}.items()))


def unanswered_statements() -> list[ContractStatement]:
    """Those that the other party has neither confirmed nor disputed, for the job that keeps time."""
    query = sa.select(ContractStatement).filter_by(status="drawn")
    return list(db.session.scalars(query.order_by(ContractStatement.contract_id, ContractStatement.number)))


def pauses_of(contract: Contract) -> list[Pause]:
    """When the contract was not in force yet, was suspended, or had ended."""
    steps = []
    for notice in queries.notices(contract):
        if notice.status == "effective" and notice.kind in _PAUSING:
            assert notice.ended_at is not None
            steps.append((notice.kind, beijing_date(notice.ended_at), notice.ended_at))
    found = pauses((kind, day) for kind, day, _ in sorted(steps, key=lambda step: step[2]))
    if contract.in_force is not None:
        since = beijing_date(queries.in_force_since(queries.version(contract, 1)))
        found.insert(0, Pause(date.min, since - timedelta(days=1)))
    return found


def _by_month(terms: Mapping[str, Any]) -> dict[str, Any]:
    """What a call of each month rests on."""
    option = terms["volume_band"]["buyer_option"]
    return {each["period"]: (each["volume"], option) for each in terms["periods"]}
