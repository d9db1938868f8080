"""Organisations: registration, an operator's decision, changes."""

from __future__ import annotations

from typing import Any

from flask import url_for

from marketplace.accounts import queries, services
from marketplace.api.http.access import access, current_actor, now
from marketplace.api.http.blueprint import ApiBlueprint
from marketplace.api.http.versions import check_version, with_etag
from marketplace.api.v1.accounts.schemas import (
    OrganisationChangeSchema,
    OrganisationPageSchema,
    OrganisationQuery,
    OrganisationSchema,
    RegisteredSchema,
    RegistrationSchema,
    VerificationSchema,
)
from marketplace.shared.actor import Role

blp = ApiBlueprint("organisations", __name__, description="企业注册与审核 / Organisations and their admission")


@blp.post("/organisations")
@blp.arguments(RegistrationSchema)
@blp.response(201, RegisteredSchema)
@access(public=True)
def register_organisation(document: dict[str, Any]) -> Any:
    """企业自助注册 / Register an organisation and its first member"""
    member = services.register_organisation(**document, now=now())
    made = {"organisation": member.organisation, "first_member": member}
    return made, {"Location": url_for("organisations.read_organisation", organisation_id=member.organisation_id)}


@blp.get("/organisations")
@blp.arguments(OrganisationQuery, location="query")
@blp.response(200, OrganisationPageSchema)
@access(Role.OPERATOR, scope="accounts:read")
def list_organisations(query: dict[str, Any]) -> Any:
    """企业列表（运营方） / Organisations, page by page (operators)"""
    sort = query.pop("sort")
    return queries.organisations(**query, sort=sort.removeprefix("-"), descending=sort.startswith("-"))


@blp.get("/organisations/<organisation_id>")
@blp.response(200, OrganisationSchema)
@access(scope="accounts:read")
def read_organisation(organisation_id: str) -> Any:
    """本企业（运营方可见全部） / One's own organisation (any, for operators)"""
    return with_etag(queries.visible_organisation(organisation_id, current_actor()))


@blp.patch("/organisations/<organisation_id>")
@blp.arguments(OrganisationChangeSchema)
@blp.response(200, OrganisationSchema)
@access(Role.ORGANISATION_ADMIN, Role.OPERATOR, scope="accounts:write")
def change_organisation(changes: dict[str, Any], organisation_id: str) -> Any:
    """修改企业信息 / Change an organisation"""
    check_version(queries.visible_organisation(organisation_id, current_actor()))
    return with_etag(services.update_organisation(organisation_id, changes, actor=current_actor(), now=now()))


@blp.post("/organisations/<organisation_id>/verification")
@blp.arguments(VerificationSchema)
@blp.response(200, OrganisationSchema)
@access(Role.OPERATOR, scope="accounts:write")
def decide_admission(document: dict[str, Any], organisation_id: str) -> Any:
    """审核企业（运营方） / Verify, reject or suspend an organisation (operators)"""
    check_version(queries.organisation(organisation_id), required=False)
    return with_etag(services.decide_admission(organisation_id, **document, actor=current_actor(), now=now()))
