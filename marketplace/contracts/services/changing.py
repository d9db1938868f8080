"""Terms with what a party would change of them, on the ground of the round that proposed them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from marketplace.accounts.models import Organisation
from marketplace.catalogue import queries as catalogue
from marketplace.contracts.models import Proposal
from marketplace.contracts.rules.answers import Party
from marketplace.contracts.rules.counters import countered
from marketplace.contracts.rules.payment import imposed_faults, with_wait
from marketplace.orders import queries as orders
from marketplace.rounds import queries as rounds
from marketplace.rounds import services as round_services
from marketplace.rounds.models import Round
from marketplace.shared.errors import InvalidInput


def changed_terms(
    proposal: Proposal,
    terms: Mapping[str, Any],
    changes: Mapping[str, Any],
    *,
    author: Party,
    seller: Organisation,
    begun: str | None = None,
) -> dict[str, Any]:
    """The terms as changes (rules.counters) would have them; ``begun``: the last month that has, whose price stays.

    ``seller``: today's; of a contract it may be another one than the proposal's.
    Raises: InvalidInput with every fault of the changes, or when a buyer asks what a small supplier alone may ask.
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
    faults = list(imposed_faults(terms["payment"], changed["payment"])) if seller.small and author == "buyer" else []
    if faults:
        raise InvalidInput(faults)
    return for_seller(changed, seller, round_)


def for_seller(terms: Mapping[str, Any], seller: Organisation, round_: Round) -> dict[str, Any]:
    """The terms with what they mean for their seller, if it is a small supplier."""
    payment = with_wait(terms["payment"], small=seller.small, most=round_.policy["small_supplier_days"])
    return {**terms, "payment": payment}


def frozen_terms(order_id: str, round_: Round) -> Mapping[str, Any]:
    """An order's terms as the round froze them."""
    assert round_.frozen_at is not None
    frozen = orders.frozen_revision(order_id, by=round_.frozen_at)
    assert frozen is not None
    return frozen.terms
