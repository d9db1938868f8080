"""Publication: what its parties consent to, and what everybody may read of it."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app

from marketplace.api.http.access import access, current_actor, now
from marketplace.api.v1.contracts.proposals import blp
from marketplace.api.v1.contracts.publication_schemas import PublicationBody, PublicationSchema, ReleasesQuery
from marketplace.contracts import queries, services
from marketplace.contracts.models import Contract
from marketplace.contracts.queries import publication as publication_queries
from marketplace.contracts.rules.open_contracting import Publisher, package_json
from marketplace.shared.actor import Role


@blp.get("/contracts/<contract_id>/publication")
@blp.response(200, PublicationSchema)
@access(scope="contracts:read")
def read_publication(contract_id: str) -> Any:
    """合同信息公开 / What of a contract is published, and who consents; read by a party that has left as well"""
    return _seen(queries.contract_once_own(contract_id, current_actor()))


@blp.put("/contracts/<contract_id>/publication")
@blp.arguments(PublicationBody)
@blp.response(200, PublicationSchema)
@access(Role.SIGNATORY, scope="contracts:write")
def consent_to_publish(body: dict[str, Any], contract_id: str) -> Any:
    """同意公开 / State all that one's organisation consents to publish; what is left out is shown no longer"""
    return _seen(services.consent_to_publish(contract_id, **body, actor=current_actor(), now=now()))


@blp.get("/open-contracting/releases")
@blp.arguments(ReleasesQuery, location="query")
@blp.response(
    200,
    {"type": "object"},
    content_type="application/json",
    description="a release package of the Open Contracting Data Standard 1.1; links.next is the page after it",
)
@blp.alt_response(404, "NOT_FOUND")
@access(public=True)
def list_releases(query: dict[str, Any]) -> Any:
    """公开合同（OCDS 1.1 发布包） / Published contracts, as a release package of open contracting data"""
    settings = current_app.extensions["changdan-settings"]
    publisher = Publisher(settings.ocds_prefix, settings.public_url)
    made = publication_queries.release_page(publisher, **query)
    return Response(package_json(made), content_type="application/json")


def _seen(contract: Contract) -> dict[str, Any]:
    consents = publication_queries.consents(contract, current_actor().organisation_id)
    return {
        "own": consents.own,
        "consents": consents.of_parties,
        "withheld_by": consents.withheld_by,
        "by_round": publication_queries.published_by_round(contract),
        "published": publication_queries.published_fields(contract),
    }
