"""Price exposure over HTTP: a reading whose question is too long for an address, so that it is a POST."""

from __future__ import annotations

from typing import Any

from marketplace.api.http.access import access, current_actor, now
from marketplace.api.v1.contracts.exposure_schemas import PriceExposureBody, PriceExposureSchema
from marketplace.api.v1.contracts.proposals import blp
from marketplace.contracts.queries.exposure import price_exposure
from marketplace.contracts.rules.exposure import ContractExposure, MonthExposure, PathExposure, Sum


@blp.post("/price-exposure")
@blp.arguments(PriceExposureBody)
@blp.response(200, PriceExposureSchema)
@access(scope="contracts:read", reading=True)
def read_price_exposure(body: dict[str, Any]) -> Any:
    """已签合同在各价格路径下的金额 / What one's own signed contracts cost, or earn, along price paths"""
    found = price_exposure(body.pop("side"), body.pop("paths"), **body, actor=current_actor(), now=now())
    return {"side": found.side, "months": found.months, "paths": [_path(each) for each in found.paths]}


def _path(found: PathExposure) -> dict[str, Any]:
    path = found.path
    return {
        "name": path.name,
        "history_from": path.history_from,
        "prices": [
            {"index": quote.index, "month": quote.month, "value": value, "taken_from": path.taken_from.get(quote)}
            for quote, value in sorted(path.prices.items())
        ],
        "contracts": [_contract(each) for each in found.contracts],
        "by_month": [{"period": month, **_sum(each)} for month, each in found.by_month.items()],
        "by_grade": [{"grade_id": grade_id, **_sum(each)} for grade_id, each in found.by_grade.items()],
        "total": _sum(found.total),
    }


def _contract(found: ContractExposure) -> dict[str, Any]:
    contract = found.contract
    return {
        "contract_id": contract.id,
        "number": contract.number,
        "status": contract.status,
        "grade_id": contract.grade_id,
        "unit_code": contract.unit_code,
        "as_monthly_mean": contract.as_monthly_mean,
        "months": [_month(each) for each in found.months],
        "total": _sum(found.total),
    }


def _month(found: MonthExposure) -> dict[str, Any]:
    names = ("period", "volume", "price", "limited_by", "reference", "price_difference")
    return {**{name: getattr(found, name) for name in names}, **_sum(found)}


def _sum(found: Sum | MonthExposure) -> dict[str, Any]:
    return {name: getattr(found, name) for name in ("value", "reference_value", "difference")}
