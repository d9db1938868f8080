"""The news of contracts, for the domains above."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from marketplace.shared.events import Event


@dataclass(frozen=True)
class FulfilmentMissed(Event):
    """A party has fulfilled less of a month, quarter or year than its round laid down.

    ``share``: done of due; ``least``: what was asked; ``basis``: rules.fulfilment.BASES.
    """

    contract_id: str
    organisation_id: str
    party: str
    span: str
    share: Decimal
    least: Decimal
    basis: str
    now: datetime
