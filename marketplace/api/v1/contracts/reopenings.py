"""Re-openers: when the index of a contract moved so far that its price is negotiated anew."""

from __future__ import annotations

from typing import Any

from marketplace.api.http.access import access, current_actor, now
from marketplace.api.v1.contracts.proposals import blp
from marketplace.api.v1.contracts.reopening_schemas import ReopeningsSchema
from marketplace.contracts import queries
from marketplace.contracts.rules.reopener import first_month


@blp.get("/contracts/<contract_id>/reopenings")
@blp.response(200, ReopeningsSchema)
@access(scope="contracts:read")
def list_reopenings(contract_id: str) -> Any:
    """重新议价 / Every time that the re-opener of a contract was triggered, and what has become of it"""
    actor = current_actor()
    contract = queries.seen_contract(contract_id, actor)
    names = ("number", "version", "months", "reference", "level", "result_if_none", "negotiate_until", "triggered_at")
    return {
        "items": [
            {
                **{name: getattr(each, name) for name in names},
                "outcome": queries.outcome_of(contract, each, now()),
                "first_month": first_month(each.negotiate_until),
            }
            for each in queries.shown_reopenings(contract, actor.organisation_id, now())
        ]
    }
