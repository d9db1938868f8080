"""Commodities and grades for tests: added and flushed, never committed."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

from marketplace.catalogue.models import Commodity, Grade
from marketplace.shared.database import db
from tests.conftest import NOW

_numbers = itertools.count(1)


def attribute(code: str = "purity_pct", **given: Any) -> dict[str, Any]:
    """One attribute document, complete."""
    return {
        "code": code,
        "name_zh": "主含量",
        "name_en": "purity",
        "unit": "%",
        "direction": "higher",
        "typical_at_least": "99.5",
        "typical_at_most": None,
        "source": "common_knowledge",
        **given,
    }


def make_commodity(**columns: Any) -> Commodity:
    """A second-order material of its own."""
    number = next(_numbers)
    given = {
        "id": f"test-commodity-{number}",
        "name_zh": f"测试产品{number}",
        "name_en": f"Test commodity {number}",
        "stage": "second_order_material",
        "maintained_by": "operator",
        "created_at": NOW,
    }
    return _added(Commodity(**{**given, **columns}))


def make_grade(commodity: Commodity | None = None, **columns: Any) -> Grade:
    """A grade in tonnes with one attribute, ``purity_pct``."""
    commodity = commodity or make_commodity()
    number = next(_numbers)
    given = {
        "id": f"test-grade-{number}",
        "commodity_id": commodity.id,
        "name_zh": f"测试牌号{number}",
        "name_en": f"Test grade {number}",
        "unit_code": "TNE",
        "quantum": Decimal("0.001"),
        "source": "common_knowledge",
        "attributes": [attribute()],
        "conversions": [],
        "maintained_by": "operator",
        "created_at": NOW,
    }
    return _added(Grade(**{**given, **columns}))


def _added(thing: Any) -> Any:
    db.session.add(thing)
    db.session.flush()
    return thing
