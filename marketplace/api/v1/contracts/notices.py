"""Notices: suspending, resuming and ending a contract."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marketplace.api.http.access import access, current_actor, now
from marketplace.api.v1.contracts.contracts import place_of_number
from marketplace.api.v1.contracts.proposals import blp
from marketplace.api.v1.contracts.schemas import ContractNoticeSchema, ContractNoticesSchema, NoticeBody
from marketplace.contracts import queries, services
from marketplace.contracts.models import Contract, ContractNotice
from marketplace.shared.actor import Role

_NOTICE = "/contracts/<contract_id>/notices/<number>"


@blp.get("/contracts/<contract_id>/notices")
@blp.response(200, ContractNoticesSchema)
@access(scope="contracts:read")
def list_notices(contract_id: str) -> Any:
    """中止、恢复与解除通知 / The notices of a contract, to each party those of its own time"""
    actor = current_actor()
    contract = queries.contract_once_own(contract_id, actor)
    return {"items": [_seen(contract, each) for each in queries.shown_notices(contract, actor.organisation_id)]}


@blp.post("/contracts/<contract_id>/notices")
@blp.arguments(NoticeBody)
@blp.response(201, ContractNoticeSchema)
@access(Role.SIGNATORY, scope="contracts:write")
def give_notice(body: dict[str, Any], contract_id: str) -> Any:
    """发出通知 / Give notice to suspend, resume or end a contract; what needs nobody else takes effect at once"""
    notice = services.give_notice(contract_id, **body, actor=current_actor(), now=now())
    return _seen(notice.contract, notice)


@blp.post(f"{_NOTICE}/consent")
@blp.response(200, ContractNoticeSchema)
@access(Role.SIGNATORY, scope="contracts:write")
def consent_to_notice(contract_id: str, number: str) -> Any:
    """同意对方的通知 / Consent to the other party's notice, which takes effect"""
    return _answered(services.consent_to_notice, contract_id, number)


@blp.post(f"{_NOTICE}/refusal")
@blp.response(200, ContractNoticeSchema)
@access(Role.SIGNATORY, scope="contracts:write")
def refuse_notice(contract_id: str, number: str) -> Any:
    """不同意对方的提议 / Refuse what can only be agreed"""
    return _answered(services.refuse_notice, contract_id, number)


@blp.post(f"{_NOTICE}/withdrawal")
@blp.response(200, ContractNoticeSchema)
@access(Role.SIGNATORY, scope="contracts:write")
def withdraw_notice(contract_id: str, number: str) -> Any:
    """撤回己方的通知 / Take one's own notice back before it has taken effect"""
    return _answered(services.withdraw_notice, contract_id, number)


@blp.post(f"{_NOTICE}/effect")
@blp.response(200, ContractNoticeSchema)
@access(Role.SIGNATORY, scope="contracts:write")
def enforce_notice(contract_id: str, number: str) -> Any:
    """期满生效 / Let one's own notice take effect once its days are over"""
    return _answered(services.enforce_notice, contract_id, number)


def _answered(answer: Callable[..., ContractNotice], contract_id: str, number: str) -> dict[str, Any]:
    notice = answer(contract_id, place_of_number(number), actor=current_actor(), now=now())
    return _seen(notice.contract, notice)


def _seen(contract: Contract, notice: ContractNotice) -> dict[str, Any]:
    names = ("number", "kind", "ground", "reason", "status", "effective_from", "given_at", "ended_at")
    author = queries.side_of(contract, notice.author_id)
    return {**{name: getattr(notice, name) for name in names}, "author": author, "contract_status": contract.status}
