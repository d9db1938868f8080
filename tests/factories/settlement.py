"""What both parties do of a month's deliveries and settlement, as short words for tests."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from marketplace.contracts import services
from marketplace.contracts.models import Contract, ContractStatement
from marketplace.indices.models import PriceIndex
from tests.conftest import NOW
from tests.factories.contracts import make_indexed_contract, trader_of
from tests.factories.indices import make_quote

Indexed = tuple[Contract, PriceIndex]


def on(text: str) -> datetime:
    """A morning in Beijing."""
    return datetime.fromisoformat(f"{text}T02:00+00:00").astimezone(UTC)


def deliver(contract: Contract, month: str, volume: str, *, rejected: str = "0", lot: str = "L1") -> int:
    """Ship and receive on the fifteenth of the month."""
    now = on(f"{month}-15")
    shipment = services.announce_shipment(
        contract.id,
        month=month,
        lot=lot,
        volume=Decimal(volume),
        shipped_on=date.fromisoformat(f"{month}-15"),
        carrier="顺丰",
        waybill="SF-1",
        actor=trader_of(contract, "seller"),
        now=now,
    )
    services.receive_shipment(
        contract.id,
        shipment.number,
        received_on=date.fromisoformat(f"{month}-15"),
        weighed=Decimal(volume),
        rejected=Decimal(rejected),
        reason="铁超标" if Decimal(rejected) else None,
        actor=trader_of(contract, "buyer"),
        now=now,
    )
    return shipment.number


def call(contract: Contract, month: str, volume: str) -> None:
    services.call_off(contract.id, month=month, volume=Decimal(volume), actor=trader_of(contract, "buyer"), now=NOW)


def draw(contract: Contract, month: str, day: str, *, kind: str = "final", by: str = "seller") -> ContractStatement:
    return services.draw_statement(contract.id, kind=kind, month=month, actor=trader_of(contract, by), now=on(day))


def confirm_statement(
    contract: Contract, statement: ContractStatement, day: str, *, by: str = "buyer"
) -> ContractStatement:
    return services.confirm_statement(
        contract.id, statement.number, hash=statement.hash, actor=trader_of(contract, by), now=on(day)
    )


def correct(contract: Contract, month: str, day: str, *, by: str = "seller") -> ContractStatement:
    return services.draw_correction(
        contract.id, month=month, reason="指数更正", actor=trader_of(contract, by), now=on(day)
    )


def settled(contract: Contract, month: str, day: str) -> ContractStatement:
    return confirm_statement(contract, draw(contract, month, day), day)


def lines(statement: ContractStatement, month: int = 0) -> dict[str, str]:
    found: dict[str, Decimal] = {}
    for line in statement.document["months"][month]["lines"]:
        found[line["kind"]] = found.get(line["kind"], Decimal(0)) + Decimal(line["amount"])
    return {kind: f"{amount:.2f}" for kind, amount in found.items()}


def indexed_with_quotes() -> Indexed:
    """100,000 in January, 110,000 in February, 60,000 in March."""
    contract, index = make_indexed_contract()
    for day, value in (("2027-01-04", "99000"), ("2027-01-05", "101000"), ("2027-02-01", "110000")):
        make_quote(index, day, value)
    make_quote(index, "2027-03-01", "60000")
    return contract, index
