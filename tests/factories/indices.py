"""Indices and quotes for tests: added and flushed, never committed."""

from __future__ import annotations

import itertools
from datetime import date
from decimal import Decimal
from typing import Any

from marketplace.indices.models import IndexQuote, PriceIndex
from marketplace.shared.database import db
from marketplace.shared.identifiers import new_id
from tests.conftest import NOW

_numbers = itertools.count(1)


def definition(**given: Any) -> dict[str, Any]:
    """A daily index in CNY/t with 13 % tax inside, complete."""
    number = next(_numbers)
    return {
        "id": f"TEST-{number}",
        "name_zh": f"测试指数{number}",
        "name_en": f"Test index {number}",
        "unit_code": "TNE",
        "currency": "CNY",
        "source": "测试来源 / made for tests",
        "frequency": "daily",
        "tax_basis": "inclusive",
        "tax_rate": Decimal("0.13"),
        "rounding": Decimal("0.01"),
        "contributors": None,
        "largest_share": None,
        "dominance_limit": None,
        "fallback_id": None,
        "fallback_max_age_days": 0,
        "divergence_limit": None,
        "divergence_days": None,
        **given,
    }


def make_index(**columns: Any) -> PriceIndex:
    """An index of an outside publisher, without quotes."""
    return _added(PriceIndex(**definition(**columns), created_at=NOW))


def make_quote(index: PriceIndex, day: str, value: str, vintage: int = 1, *, basis: str = "mean") -> IndexQuote:
    """What ``index`` was on ``day`` (ISO)."""
    return _added(
        IndexQuote(
            id=new_id("quo", NOW),
            index_id=index.id,
            basis=basis,
            day=date.fromisoformat(day),
            vintage=vintage,
            value=Decimal(value),
            created_at=NOW,
        )
    )


def _added(thing: Any) -> Any:
    db.session.add(thing)
    db.session.flush()
    return thing
