"""Proposals for tests: made by a real round, since that is the only way they come about."""

from __future__ import annotations

from typing import Any

from marketplace.accounts.models import Organisation
from marketplace.contracts.models import Proposal
from marketplace.contracts.queries import proposals_of_round
from tests.factories.catalogue import make_grade
from tests.factories.rounds import make_open_order, make_round, make_trader


def make_proposal(*, seller: Organisation | None = None, until: str = "published", **terms: Any) -> Proposal:
    """A proposal between this seller and a buyer of its own, its round taken as far as ``until``.

    ``terms``: further ones of the offer.
    """
    grade = make_grade()
    make_open_order(make_trader(seller), "offer", grade, price="96000", **terms)
    make_open_order(make_trader(), "need", grade, price="104000")
    round_ = make_round(grade, until=until)
    (proposal,) = proposals_of_round(round_.id)
    return proposal
