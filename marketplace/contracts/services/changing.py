"""Terms with what a party would change of them, on the ground of the round that proposed them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from marketplace.catalogue import queries as catalogue
from marketplace.contracts.models import Proposal
from marketplace.contracts.rules.counters import countered
from marketplace.contracts.rules.payment import waits_too_long
from marketplace.orders import queries as orders
from marketplace.rounds import queries as rounds
from marketplace.rounds import services as round_services
from marketplace.rounds.models import Round


def changed_terms(
    proposal: Proposal, terms: Mapping[str, Any], changes: Mapping[str, Any], *, begun: str | None = None
) -> dict[str, Any]:
    """The terms as changes (rules.counters) would have them; ``begun``: the last month that has, whose price stays.

    Raises: InvalidInput with every fault of the changes.
    """
    round_ = rounds.round_by_id(proposal.round_id)
    number = rounds.match_number(proposal.match_id)

    def quotes(index: str, months: Sequence[str]) -> Mapping[str, Decimal]:
        return round_services.assumed_index(round_.id, number, index, months)

    changed = countered(
        changes,
        terms,
        quantum=catalogue.grade(proposal.grade_id).quantum,
        calendar=round_.calendar,
        quotes=quotes,
        quotation=frozen_terms(proposal.offer_id, round_).get("limit_price", {}).get("quotation"),
        begun=begun,
    )
    late = waits_too_long(changed["payment"], small=proposal.seller.small, most=round_.policy["small_supplier_days"])
    return {**changed, "payment": {**changed["payment"], "late_for_small_supplier": late}}


def frozen_terms(order_id: str, round_: Round) -> Mapping[str, Any]:
    """An order's terms as the round froze them."""
    assert round_.frozen_at is not None
    frozen = orders.frozen_revision(order_id, by=round_.frozen_at)
    assert frozen is not None
    return frozen.terms
