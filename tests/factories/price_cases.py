"""The cases of month_price_cases.json as contract terms, sources of quotes and stored indices."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from marketplace.indices.models import IndexRebasing
from marketplace.indices.rules.definitions import Definition
from marketplace.indices.rules.month_prices import Source, sourced
from marketplace.indices.rules.rebasings import Rebasing
from marketplace.shared.database import db
from tests.conftest import NOW
from tests.factories.indices import definition, make_index, make_quote

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "known_answers" / "month_price_cases.json").read_text()
)["cases"]
NAMES = [case["name"] for case in CASES]
MONTH = "2027-01"
SERIES = {"mean": "quotes", "settlement": "settlement", "futures": "futures"}


def terms_of(case: Mapping[str, Any]) -> dict[str, Any]:
    """The contract's terms, as far as a price reads them."""
    stated = case.get("formula", {"coefficient": "1", "premium": "0"})
    formula = {
        "premium_cny_per_unit": stated["premium"],
        "quotation": {"month": "M", "basis": "mean", "dates": None, **case.get("quotation", {})},
    }
    if "components" in stated:
        formula |= {"components": stated["components"], "processing_fee_cny_per_unit": stated["fee"]}
    else:
        formula |= {"index": "A", "coefficient": stated["coefficient"]}
    period = {"period": MONTH, "reference": "100000"}
    return {
        "specification": [
            {"attribute": name, "guaranteed": value} for name, value in case.get("specification", {}).items()
        ],
        "periods": [{**period, "floor": case.get("floor", "90000"), "cap": case.get("cap", "110000")}],
        "price": {"formula": formula},
    }


def assays_of(case: Mapping[str, Any]) -> dict[str, Decimal]:
    """What certificates say."""
    return {name: Decimal(value) for name, value in case.get("assays", {}).items()}


def today_of(case: Mapping[str, Any]) -> date:
    """The day in Beijing on which the price is asked for."""
    return date.fromisoformat(case.get("today", "2027-03-10"))


def concluded_of(case: Mapping[str, Any]) -> date:
    """The day in Beijing on which the contract was concluded."""
    return date.fromisoformat(case.get("concluded", "2026-12-11"))


def columns_of(case: Mapping[str, Any], index: str) -> dict[str, Any]:
    """The definition of one of its indices."""
    stated = case["indices"][index]
    limit, days = stated.get("divergence", (None, None))
    own = {}
    if "contributors" in stated:
        own = {"largest_share": Decimal("0.3"), "dominance_limit": Decimal("0.4")}
    return definition(
        id=index,
        contributors=stated.get("contributors"),
        fallback_id=stated.get("fallback"),
        fallback_max_age_days=stated.get("max_age", 0),
        divergence_limit=None if limit is None else Decimal(limit),
        divergence_days=days,
        **own,
    )


def chain_of(case: Mapping[str, Any], index: str, basis: str) -> list[Source]:
    """An index and its fallbacks with their quotes."""
    found, name = [], index
    while name is not None:
        stated = case["indices"][name]
        found.append(
            sourced(
                Definition(**columns_of(case, name)),
                [(date.fromisoformat(day), 1, Decimal(value)) for day, value in stated.get(SERIES[basis], ())],
                [Rebasing(date.fromisoformat(day), Decimal(factor)) for day, factor in stated.get("rebasings", ())],
                base_of=concluded_of(case),
            )
        )
        name = stated.get("fallback")
    return found


def store(case: Mapping[str, Any]) -> None:
    """Its indices in the database, fallbacks first."""
    for name in reversed(case["indices"]):
        index, stated = make_index(**columns_of(case, name)), case["indices"][name]
        for basis, field in SERIES.items():
            for day, value in stated.get(field, ()):
                make_quote(index, day, value, basis=basis)
        for day, factor in stated.get("rebasings", ()):
            from_day = date.fromisoformat(day)
            db.session.add(
                IndexRebasing(
                    index_id=name, from_day=from_day, vintage=1, factor=Decimal(factor), source="公告", created_at=NOW
                )
            )
    db.session.flush()
