"""Certificates: declared by their holder, decided by an operator."""

from __future__ import annotations

from typing import Any

from flask import url_for

from marketplace.api.http.access import access, current_actor, now
from marketplace.api.http.blueprint import ApiBlueprint
from marketplace.api.http.versions import check_version, with_etag
from marketplace.api.v1.evidence.schemas import (
    CertificateKindListSchema,
    CertificatePageSchema,
    CertificateQuery,
    CertificateSchema,
    DecisionSchema,
)
from marketplace.evidence import queries, services
from marketplace.evidence.rules.kinds import KINDS
from marketplace.shared.actor import Role

blp = ApiBlueprint("evidence", __name__, description="资质证书 / Certificates")

_HOLDERS = (Role.SELLER, Role.BUYER, Role.ORGANISATION_ADMIN)
_READERS = (*_HOLDERS, Role.OPERATOR)


@blp.get("/certificate-kinds")
@blp.response(200, CertificateKindListSchema)
@access(public=True)
def list_kinds() -> Any:
    """可要求的证书种类 / The certificates that orders may require"""
    return {"items": list(KINDS.values())}


@blp.get("/certificates")
@blp.arguments(CertificateQuery, location="query")
@blp.response(200, CertificatePageSchema)
@access(*_READERS, scope="evidence:read")
def list_certificates(query: dict[str, Any]) -> Any:
    """证书列表：本企业；运营方可见全部 / Own certificates; all of them for operators"""
    sort = query.pop("sort")
    descending = sort.startswith("-")
    return queries.certificates(current_actor(), **query, sort=sort.removeprefix("-"), descending=descending)


@blp.post("/certificates")
@blp.arguments(CertificateSchema)
@blp.response(201, CertificateSchema)
@access(*_HOLDERS, scope="evidence:write")
def declare_certificate(declaration: dict[str, Any]) -> Any:
    """申报证书 / Declare a certificate"""
    certificate = services.declare_certificate(**declaration, actor=current_actor(), now=now())
    return with_etag(certificate, {"Location": url_for("evidence.read_certificate", certificate_id=certificate.id)})


@blp.get("/certificates/<certificate_id>")
@blp.response(200, CertificateSchema)
@access(*_READERS, scope="evidence:read")
def read_certificate(certificate_id: str) -> Any:
    """一份证书 / One certificate"""
    return with_etag(queries.certificate(certificate_id, current_actor()))


@blp.post("/certificates/<certificate_id>/decision")
@blp.arguments(DecisionSchema)
@blp.response(200, CertificateSchema)
@access(Role.OPERATOR, scope="evidence:write")
def decide_certificate(decision: dict[str, Any], certificate_id: str) -> Any:
    """审核证书（运营方） / Accept, refuse or revoke a certificate (operators)"""
    check_version(queries.certificate(certificate_id, current_actor()), required=False)
    return with_etag(services.decide_certificate(certificate_id, **decision, actor=current_actor(), now=now()))


@blp.post("/certificates/<certificate_id>/withdrawal")
@blp.response(200, CertificateSchema)
@access(*_HOLDERS, scope="evidence:write")
def withdraw_certificate(certificate_id: str) -> Any:
    """撤回证书 / Withdraw a certificate of one's own"""
    check_version(queries.certificate(certificate_id, current_actor()), required=False)
    return with_etag(services.withdraw_certificate(certificate_id, actor=current_actor(), now=now()))
