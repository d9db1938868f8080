"""What our party holds on each stranger's limit: prices and own limits brought to the stranger's place.

Units: CNY per unit, tax exclusive; ``sign`` is +1 where we sell (their limit lies above), -1 where we buy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from tests.scenarios.attacker import Reading, leaves
from tests.scenarios.strangers import POLICY, OwnOrder

_PROPOSAL = re.compile(r"/api/v1/proposals/[^/]+")  # without its answers and revisions
RATE = float(POLICY["financing_rate_per_year"])


@dataclass(frozen=True)
class Entry:
    """One own order of one round, and what became of it."""

    order: OwnOrder
    outcome: dict[str, Any]
    published: float | None  # mean delivered reference price of the grade
    proposals: Sequence[dict[str, Any]]

    @property
    def sign(self) -> int:
        return 1 if self.order.side == "offer" else -1

    @property
    def counterparties(self) -> set[str]:
        """Their credit codes."""
        return {stranger_in(proposal) for proposal in self.proposals}


@dataclass(frozen=True)
class Meeting:
    """One proposal between us and a stranger, all prices at the stranger's place."""

    entry: Entry
    proposal: dict[str, Any]

    @property
    def sign(self) -> int:
        return self.entry.sign

    @property
    def freight(self) -> float:
        """Added to a price at our place to have it at theirs: we sell to their gate, or buy at it."""
        return self.sign * float(self.proposal["delivery"]["freight_cny_per_unit"])

    @property
    def price(self) -> float:
        """The reference."""
        return float(self.proposal["periods"][0]["delivered_reference" if self.sign > 0 else "reference"])

    @property
    def drawn(self) -> float:
        """The reference as it was drawn: delivered."""
        return float(self.proposal["periods"][0]["delivered_reference"])

    @property
    def drawn_own(self) -> float:
        """Our limit, delivered."""
        return self.own if self.sign > 0 else self.own - self.freight

    @property
    def region(self) -> float:
        """Where it is delivered, told apart by freight; what we buy all comes to us."""
        return self.freight if self.sign > 0 else 0

    @property
    def uniform(self) -> bool:
        """Whether the price is the same for all of the region."""
        return bool(self.proposal["price"]["uniform"])

    @property
    def formula(self) -> bool:
        """Whether the price follows an index."""
        return self.proposal["price"]["formula"] is not None

    @property
    def volume(self) -> float:
        """Expected, over the term."""
        return float(self.proposal["volume"]["expected"])

    @cached_property
    def figures(self) -> dict[str, float]:
        """Every figure of the proposal by its place."""
        found = {}
        for place, value in leaves(self.proposal):
            try:
                found[place] = float(value)
            except (TypeError, ValueError):
                continue
        return found

    @property
    def band_end(self) -> float:
        """The end of the band that lies towards their limit."""
        period = self.proposal["periods"][0]
        return self.price + float(period["cap" if self.sign > 0 else "floor"]) - float(period["reference"])

    @property
    def own(self) -> float:
        """Our limit, at the contract's payment days."""
        return self.own_of(self.entry)

    @property
    def published(self) -> float | None:
        """The published mean price of the grade."""
        published = self.entry.published
        return None if published is None else published + (self.freight if self.sign < 0 else 0)

    def own_of(self, entry: Entry) -> float:
        """What our limit of another round would be here."""
        days = float(self.proposal["payment"]["days"])
        return entry.order.limit * (1 + RATE * days / 365) + self.freight


@dataclass
class Dossier:
    """One foreign limit: every meeting of the season, all that we tried, and the prices of earlier seasons."""

    season: int
    grade_id: str
    stranger: str
    meetings: list[Meeting]
    trail: list[Entry]
    before: list[Meeting] = field(default_factory=list)

    @property
    def sign(self) -> int:
        return self.meetings[0].sign

    @property
    def key(self) -> tuple[int, str, str]:
        return self.season, self.grade_id, self.stranger


def entries(own: Sequence[OwnOrder], readings: Sequence[Reading]) -> list[Entry]:
    """What a published round said about each of our orders in it."""
    documents = {reading.path: reading.document for reading in readings if reading.status == 200}
    made = []
    for order in own:
        (outcome,) = documents[f"/api/v1/orders/{order.order_id}/outcomes"]["items"]
        prices = documents[f"/api/v1/rounds/{order.round_id}/prices"]["items"]
        (price,) = (each["delivered_reference"]["value"] for each in prices if each["grade_id"] == order.grade_id)
        proposals = [
            document
            for path, document in documents.items()
            if _PROPOSAL.fullmatch(path) and document["order_id"] == order.order_id
        ]
        made.append(Entry(order, outcome, None if price is None else float(Decimal(price)), proposals))
    return made


def dossiers(all_entries: Sequence[Entry]) -> Iterator[Dossier]:
    """One for every stranger whose proposal we received, by season and grade, in the order of the seasons."""
    found: dict[tuple[int, str, str], Dossier] = {}
    past: dict[str, list[Meeting]] = {}
    for entry in all_entries:
        order = entry.order
        for proposal in entry.proposals:
            meeting = Meeting(entry, proposal)
            key = (order.season, order.grade_id, stranger_in(proposal))
            if key not in found:
                trail = [each for each in all_entries if each.order.season == key[0] and each.order.grade_id == key[1]]
                earlier = [each for each in past.get(key[1], ()) if each.entry.order.season < key[0]]
                found[key] = Dossier(*key, [], trail, earlier)
            found[key].meetings.append(meeting)
            past.setdefault(order.grade_id, []).append(meeting)
    yield from found.values()


def stranger_in(proposal: dict[str, Any]) -> str:
    """The other party's credit code."""
    return str(proposal["buyer" if proposal["side"] == "seller" else "seller"]["credit_code"])
