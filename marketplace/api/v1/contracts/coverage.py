"""The rolling view of coverage over HTTP: each organisation its own, staff the sums of all."""

from __future__ import annotations

from typing import Any

from marketplace.api.http.access import access, current_actor, now
from marketplace.api.v1.contracts.coverage_schemas import (
    CoverageOfAllSchema,
    CoverageOfNeedsSchema,
    CoverageOfSupplySchema,
    CoverageQuery,
)
from marketplace.api.v1.contracts.proposals import blp
from marketplace.contracts.queries.coverage import Coverage, Covered, coverage
from marketplace.contracts.queries.coverage_of_all import coverage_of_all
from marketplace.shared.actor import Role

OWN = (Role.SELLER, Role.BUYER, Role.ORGANISATION_ADMIN)  # as for orders, whose volumes are in it


@blp.get("/coverage/needs")
@blp.arguments(CoverageQuery, location="query")
@blp.response(200, CoverageOfNeedsSchema)
@access(*OWN, scope="contracts:read")
def read_coverage_of_needs(query: dict[str, Any]) -> Any:
    """本企业未来 36 个月的需求覆盖 / How far one's own needs are covered in the 36 months to come"""
    return _seen(coverage("buyer", current_actor(), now=now(), **query))


@blp.get("/coverage/supply")
@blp.arguments(CoverageQuery, location="query")
@blp.response(200, CoverageOfSupplySchema)
@access(*OWN, scope="contracts:read")
def read_coverage_of_supply(query: dict[str, Any]) -> Any:
    """本企业未来 36 个月的产能与供应 / What of one's own capacity and offers is signed, proposed or open"""
    return _seen(coverage("seller", current_actor(), now=now(), **query))


@blp.get("/grades/<grade_id>/coverage")
@blp.response(200, CoverageOfAllSchema)
@access(Role.OPERATOR, Role.REGULATOR, scope="contracts:read")
def read_coverage_of_all(grade_id: str) -> Any:
    """某牌号的全市场覆盖（至少五家合计） / One grade over all organisations: sums of at least five, or withheld"""
    return coverage_of_all(grade_id, current_actor(), now=now())


def _seen(found: Coverage) -> dict[str, Any]:
    return {
        "months": found.months,
        "items": [
            {
                "grade_id": grade.grade_id,
                "unit_code": grade.unit_code,
                "months": _months(grade.covered),
                "sites": [
                    {"site_id": site.site_id, "name": site.name, "months": _months(site.covered)}
                    for site in grade.sites
                ],
            }
            for grade in found.grades
        ],
    }


def _months(covered: Covered) -> list[dict[str, Any]]:
    names = ("period", "total", "signed", "proposed", "kept_for_options", "open")
    months = [{name: getattr(month, name) for name in names} for month in covered.months]
    if covered.capacity is not None:
        months = [{**month, "capacity": made} for month, made in zip(months, covered.capacity, strict=True)]
    return months
