"""Contracts: each party reads its own, confirms their documents, and anybody may ask whether a document is genuine."""

from __future__ import annotations

from typing import Any

from flask import Response

from marketplace.api.http.access import access, current_actor, now
from marketplace.api.http.schemas import FILE
from marketplace.api.v1.contracts.proposals import blp
from marketplace.api.v1.contracts.schemas import (
    AmendmentBody,
    ConfirmationBody,
    ContractPageSchema,
    ContractQuery,
    ContractSchema,
    ContractVersionSchema,
    ContractVersionsSchema,
    DocumentQuery,
    GenuineSchema,
    VerificationQuery,
)
from marketplace.contracts import queries, services
from marketplace.contracts.models import Contract, ContractVersion
from marketplace.contracts.rules.answers import PARTIES
from marketplace.contracts.rules.history import History
from marketplace.shared.actor import Role
from marketplace.shared.errors import NotFound

LONGEST_NUMBER = 6  # digits
MEDIA_TYPES = {"pdf": "application/pdf", "html": "text/html; charset=utf-8"}


@blp.get("/contracts")
@blp.arguments(ContractQuery, location="query")
@blp.response(200, ContractPageSchema)
@access(scope="contracts:read")
def list_contracts(query: dict[str, Any]) -> Any:
    """本企业的合同 / The contracts of one's own organisation, with those it has left or is asked to enter"""
    actor, sort = current_actor(), query.pop("sort")
    page = queries.own_contracts(actor, **query, sort=sort.removeprefix("-"), descending=sort.startswith("-"))
    past = queries.histories(each.id for each in page.items)
    return {"items": [_seen(each, past[each.id]) for each in page.items], "next_cursor": page.next_cursor}


@blp.get("/contracts/<contract_id>")
@blp.response(200, ContractSchema)
@access(scope="contracts:read")
def read_contract(contract_id: str) -> Any:
    """一份合同 / One contract, with the terms that hold"""
    return _told(queries.seen_contract(contract_id, current_actor()))


@blp.get("/contracts/<contract_id>/versions")
@blp.response(200, ContractVersionsSchema)
@access(scope="contracts:read")
def list_versions(contract_id: str) -> Any:
    """合同的全部版本 / Every version of a contract, and who confirmed it"""
    actor = current_actor()
    contract = queries.seen_contract(contract_id, actor)
    seen = [
        each
        for each in queries.versions(contract)
        if queries.sees_version(contract, each.number, actor.organisation_id)
    ]
    return {"items": [_version(contract, each) for each in seen]}


@blp.get("/contracts/<contract_id>/versions/<number>/document")
@blp.arguments(DocumentQuery, location="query")
@blp.response(200, FILE, content_type="application/pdf", description="a file; its ETag is its hash")
@blp.alt_response(200, schema=FILE, content_type="text/html")
@access(scope="contracts:read")
def read_document(query: dict[str, Any], contract_id: str, number: str) -> Any:
    """合同文本（PDF 或 HTML） / The document of a version; the ETag of the PDF is the hash that a confirmation names"""
    actor = current_actor()
    contract = queries.seen_contract(contract_id, actor)
    made = services.document(queries.seen_version(contract, place_of_number(number), actor), query["form"])
    response = Response(made, content_type=MEDIA_TYPES[query["form"]])
    response.set_etag(services.document_hash(made))
    name = f"{contract.number}-{number}.{query['form']}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@blp.post("/contracts/<contract_id>/versions/<number>/confirmation")
@blp.arguments(ConfirmationBody)
@blp.response(200, ContractSchema)
@access(Role.SIGNATORY, scope="contracts:write")
def confirm_version(body: dict[str, Any], contract_id: str, number: str) -> Any:
    """确认合同文本 / Confirm the document of a version; with all confirmations that it needs it is in force"""
    return _told(
        services.confirm_version(contract_id, place_of_number(number), **body, actor=current_actor(), now=now())
    )


@blp.post("/contracts/<contract_id>/amendments")
@blp.arguments(AmendmentBody)
@blp.response(201, ContractVersionSchema)
@access(Role.SELLER, Role.BUYER, scope="contracts:write")
def propose_amendment(body: dict[str, Any], contract_id: str) -> Any:
    """提出变更 / Propose other terms; confirmed by both parties they take the place of the present ones"""
    actor = current_actor()
    version = services.propose_amendment(contract_id, **body, actor=actor, now=now())
    return _version(queries.own_contract(contract_id, actor), version)


@blp.post("/contracts/<contract_id>/versions/<number>/refusal")
@blp.response(200, ContractVersionSchema)
@access(Role.SELLER, Role.BUYER, scope="contracts:write")
def refuse_amendment(contract_id: str, number: str) -> Any:
    """不同意变更 / End a proposed amendment, by either party; the version in force stays"""
    actor = current_actor()
    version = services.refuse_amendment(contract_id, place_of_number(number), actor=actor, now=now())
    return _version(queries.own_contract(contract_id, actor), version)


@blp.post("/contracts/<contract_id>/withdrawal")
@blp.response(200, ContractSchema)
@access(Role.SIGNATORY, scope="contracts:write")
def withdraw_from_contract(contract_id: str) -> Any:
    """对方逾期未确认时撤销 / Leave a contract that the other party has not confirmed in time"""
    return _told(services.withdraw_from_contract(contract_id, actor=current_actor(), now=now()))


@blp.get("/contract-verification")
@blp.arguments(VerificationQuery, location="query")
@blp.response(200, GenuineSchema)
@access(public=True)
def verify_document(query: dict[str, Any]) -> Any:
    """凭合同编号与验证码核对文本 / Whether a document is genuine, by its number and verification code"""
    version = queries.version_by_code(query["number"], query["code"])
    return {"genuine": version is not None, "version": version and version.number, "status": version and version.status}


def place_of_number(number: str) -> int:
    """The number of a version or a notice; what is none names nothing."""
    if not (number.isascii() and number.isdigit() and len(number) <= LONGEST_NUMBER):
        raise NotFound("part of contract", number)
    return int(number)


def _told(contract: Contract) -> tuple[dict[str, Any], dict[str, str]]:
    return _seen(contract, queries.history(contract)), {"ETag": f'"{contract.version}"'}


def _seen(contract: Contract, past: History) -> dict[str, Any]:
    """The contract with the terms that hold, as a party reads it; to others as they are asked, or have left it."""
    own = current_actor().organisation_id
    reader = queries.reader(contract, own)
    shown = queries.version(contract, reader.version)
    names = ("id", "number", "round_id", "grade_id", "status", "confirm_by", "concluded_at", "version")
    first = queries.sees_version(contract, 1, own)  # one of those who negotiated it
    return {
        **shown.terms,
        **{name: getattr(contract, name) for name in names},
        **_parties(contract, shown, reader),
        "proposal_id": contract.proposal_id if first else None,
        "in_force": reader.version if reader.standing == "former" else contract.in_force,
        "terms_hash": shown.terms_hash,
        "side": reader.side,
        "standing": reader.standing,
        "confirmed_by": _confirmed_by(contract, shown),
        "moved_collars": queries.moved_collars(contract, past, own, now()),
    }


def _parties(contract: Contract, shown: ContractVersion, reader: queries.Reader) -> dict[str, Any]:
    """Today's parties; to one that has left those it left the contract to."""
    if reader.standing == "former":
        return {side: shown.facts[side] for side in PARTIES}
    return {"seller": contract.seller, "buyer": contract.buyer}


def _version(contract: Contract, version: ContractVersion) -> dict[str, Any]:
    names = ("number", "origin", "status", "reason", "terms_hash", "pdf_hash", "moment")
    return {
        **version.terms,
        **{name: getattr(version, name) for name in names},
        "beyond_need": version.beyond_need if contract.buyer_id == current_actor().organisation_id else None,
        "confirmed_by": _confirmed_by(contract, version),
    }


def _confirmed_by(contract: Contract, version: ContractVersion) -> list[str]:
    """The sides of a version that have confirmed it; of a novation that of the party that enters."""
    confirmed = {each.organisation_id for each in queries.confirmations(contract.id, version.number)}
    sides = queries.sides_at(contract, version.number)
    return [side for side in PARTIES if sides[side] in confirmed]
