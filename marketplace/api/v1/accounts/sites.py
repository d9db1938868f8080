"""Sites of one's own organisation."""

from __future__ import annotations

from typing import Any

from flask import url_for

from marketplace.accounts import queries, services
from marketplace.api.http.access import access, current_actor, now
from marketplace.api.http.blueprint import ApiBlueprint
from marketplace.api.http.versions import check_version, with_etag
from marketplace.api.v1.accounts.schemas import ActiveQuery, SiteChangeSchema, SitePageSchema, SiteSchema
from marketplace.shared.actor import Role

blp = ApiBlueprint("sites", __name__, description="厂址 / Sites")


@blp.get("/sites")
@blp.arguments(ActiveQuery, location="query")
@blp.response(200, SitePageSchema)
@access(scope="accounts:read")
def list_sites(query: dict[str, Any]) -> Any:
    """本企业厂址 / The sites of one's own organisation"""
    return queries.sites(current_actor(), **query)


@blp.post("/sites")
@blp.arguments(SiteSchema)
@blp.response(201, SiteSchema)
@access(Role.ORGANISATION_ADMIN, scope="accounts:write")
def add_site(document: dict[str, Any]) -> Any:
    """新增厂址 / Add a site"""
    site = services.add_site(document, actor=current_actor(), now=now())
    return with_etag(site, {"Location": url_for("sites.read_site", site_id=site.id)})


@blp.get("/sites/<site_id>")
@blp.response(200, SiteSchema)
@access(scope="accounts:read")
def read_site(site_id: str) -> Any:
    """一处厂址 / One site"""
    return with_etag(queries.own_site(site_id, current_actor()))


@blp.patch("/sites/<site_id>")
@blp.arguments(SiteChangeSchema)
@blp.response(200, SiteSchema)
@access(Role.ORGANISATION_ADMIN, scope="accounts:write")
def change_site(changes: dict[str, Any], site_id: str) -> Any:
    """修改或停用厂址 / Change a site or take it out of use"""
    check_version(queries.own_site(site_id, current_actor()))
    return with_etag(services.update_site(site_id, changes, actor=current_actor(), now=now()))
