"""Settlement: payments, and statements that one party draws and the other confirms."""

from __future__ import annotations

from typing import Any

from marketplace.api.http.access import access, current_actor, now
from marketplace.api.v1.contracts.contracts import place_of_number
from marketplace.api.v1.contracts.deliveries import seen_months
from marketplace.api.v1.contracts.proposals import blp
from marketplace.api.v1.contracts.statement_schemas import (
    CorrectionBody,
    MoneyEntriesSchema,
    MoneyEntryBody,
    MoneyEntrySchema,
    SettlementStatementBody,
    SettlementStatementPageSchema,
    SettlementStatementQuery,
    SettlementStatementSchema,
    StatementConfirmationBody,
    StatementDisputeBody,
)
from marketplace.contracts import queries, services
from marketplace.contracts.models import ContractStatement
from marketplace.contracts.queries import deliveries as delivery_queries
from marketplace.shared.actor import Role
from marketplace.shared.errors import NotFound

_STATEMENT = "/contracts/<contract_id>/statements/<number>"


@blp.get("/contracts/<contract_id>/payments")
@blp.response(200, MoneyEntriesSchema)
@access(scope="contracts:read")
def list_payments(contract_id: str) -> Any:
    """款项 / What the seller says it was paid"""
    contract, months = seen_months(contract_id)
    reader = current_actor().organisation_id
    return {"items": delivery_queries.payments_for(contract, reader, months)}


@blp.post("/contracts/<contract_id>/payments")
@blp.arguments(MoneyEntryBody)
@blp.response(201, MoneyEntrySchema)
@access(Role.SELLER, scope="contracts:write")
def enter_payment(body: dict[str, Any], contract_id: str) -> Any:
    """登记收款 / Enter money received; statements set prepayments and deposits off"""
    return services.enter_payment(contract_id, **body, actor=current_actor(), now=now())


@blp.get("/contracts/<contract_id>/statements")
@blp.arguments(SettlementStatementQuery, location="query")
@blp.response(200, SettlementStatementPageSchema)
@access(scope="contracts:read")
def list_statements(query: dict[str, Any], contract_id: str) -> Any:
    """结算单 / The statements of a contract, in the order drawn"""
    page = delivery_queries.statement_page(*seen_months(contract_id), **query)
    return {"items": [_seen(each) for each in page.items], "next_cursor": page.next_cursor}


@blp.get(_STATEMENT)
@blp.response(200, SettlementStatementSchema)
@access(scope="contracts:read")
def read_statement(contract_id: str, number: str) -> Any:
    """一份结算单 / One statement, with every figure that it rests on"""
    contract, months = seen_months(contract_id)
    statement = delivery_queries.statement(contract, place_of_number(number))
    if statement.month not in months:
        raise NotFound("statement", number)
    return _seen(statement)


@blp.post("/contracts/<contract_id>/statements")
@blp.arguments(SettlementStatementBody)
@blp.response(201, SettlementStatementSchema)
@access(Role.SELLER, Role.BUYER, scope="contracts:write")
def draw_statement(body: dict[str, Any], contract_id: str) -> Any:
    """出具结算单 / State what is owed for a month; the other party confirms or disputes it"""
    return _seen(services.draw_statement(contract_id, **body, actor=current_actor(), now=now()))


@blp.post("/contracts/<contract_id>/corrections")
@blp.arguments(CorrectionBody)
@blp.response(201, SettlementStatementSchema)
@access(Role.SELLER, Role.BUYER, scope="contracts:write")
def draw_correction(body: dict[str, Any], contract_id: str) -> Any:
    """更正结算 / Take back what was stated finally, by a reversing entry, and state it anew"""
    return _seen(services.draw_correction(contract_id, **body, actor=current_actor(), now=now()))


@blp.post(f"{_STATEMENT}/confirmation")
@blp.arguments(StatementConfirmationBody)
@blp.response(200, SettlementStatementSchema)
@access(Role.SELLER, Role.BUYER, scope="contracts:write")
def confirm_statement(body: dict[str, Any], contract_id: str, number: str) -> Any:
    """确认结算单 / Confirm a statement that the other party has drawn, by its hash"""
    place = place_of_number(number)
    return _seen(services.confirm_statement(contract_id, place, **body, actor=current_actor(), now=now()))


@blp.post(f"{_STATEMENT}/dispute")
@blp.arguments(StatementDisputeBody)
@blp.response(200, SettlementStatementSchema)
@access(Role.SELLER, Role.BUYER, scope="contracts:write")
def dispute_statement(body: dict[str, Any], contract_id: str, number: str) -> Any:
    """对结算单提出异议 / Dispute a statement; a further one takes its place"""
    place = place_of_number(number)
    return _seen(services.dispute_statement(contract_id, place, **body, actor=current_actor(), now=now()))


def _seen(statement: ContractStatement) -> dict[str, Any]:
    parties = queries.holders(statement.contract, statement.month)
    names = ("number", "kind", "month", "status", "payable", "hash", "reason", "drawn_at", "ended_at")
    return {
        **{name: getattr(statement, name) for name in names},
        "months": statement.document["months"],
        "drawn_by": "seller" if statement.author_id == parties["seller"] else "buyer",
        "dispute_by": services.silence_from(statement.contract, statement),
    }
