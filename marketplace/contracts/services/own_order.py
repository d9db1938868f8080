"""A party's own order beside the terms on the table: what of it they leave, which is that party's affair alone."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from marketplace.contracts import queries
from marketplace.contracts.models import Proposal
from marketplace.contracts.rules.answers import Party
from marketplace.contracts.rules.core import core_of
from marketplace.contracts.rules.own_order import SIDE, left_terms
from marketplace.contracts.rules.promises import promised_by_month
from marketplace.contracts.services.changing import frozen_terms
from marketplace.orders import queries as orders
from marketplace.orders.rules.rest import whole
from marketplace.rounds import queries as rounds
from marketplace.rounds import services as round_services
from marketplace.rounds.models import Round

BOOKED = ("open", "frozen")  # an order in such a status trades, or will, what rests of it


def left_terms_of(
    proposal: Proposal, round_: Round, party: Party, before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[str]:
    """The terms of a party's own order that terms leave; what is as it was ``before`` is not judged."""
    order_id = proposal.offer_id if party == "seller" else proposal.need_id
    return left_terms(
        party,
        frozen_terms(order_id, round_),
        before,
        after,
        others=_promised_otherwise(proposal, order_id, party),
        limit_kept=_same_prices(before, after) or limit_kept(proposal, party, after),
    )


def limit_kept(proposal: Proposal, party: Party, terms: Mapping[str, Any]) -> bool:
    """Whether terms leave a party the limit price of its own order, wherever their prices may come to.

    A price by components is one that the round's verifier cannot judge.
    """
    if "components" in (terms["price"]["formula"] or {}):
        return False
    number = rounds.match_number(proposal.match_id)
    return round_services.keeps_own_limit(proposal.round_id, number, party, terms)


def _same_prices(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether months, volumes and prices stand as they did: then nobody's limit is asked about."""
    same = core_of(before).months == core_of(after).months
    return same and before["price"]["formula"] == after["price"]["formula"]


def _promised_otherwise(proposal: Proposal, order_id: str, party: Party) -> dict[str, Decimal]:
    """What else of an order is spoken for, by month: its other standing proposals, and a rest that is in the book."""
    standing = queries.standing_terms(order_id, proposal.round_id, but=proposal.id)
    promised = promised_by_month(SIDE[party], standing)
    (order,) = orders.orders_by_id([order_id])
    if order.status in BOOKED:
        for month, volume in order.terms["volumes"].items():
            stated = (
                {part: Decimal(each) for part, each in volume.items()} if isinstance(volume, dict) else Decimal(volume)
            )
            promised[month] = promised.get(month, Decimal(0)) + whole(stated)
    return promised
