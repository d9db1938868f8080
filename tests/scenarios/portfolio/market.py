"""The orders of the portfolio: pairs that qualify each other alone, so that every pair becomes one contract."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from marketplace.accounts.models import Member
from marketplace.catalogue.models import Grade
from marketplace.shared.actor import Role
from tests.factories.accounts import make_member, make_organisation, make_site
from tests.factories.orders import make_order

MONTHS = tuple(f"{year}-{month:02d}" for year in (2027, 2028, 2029) for month in range(1, 13))
LEVEL = 100_000  # CNY/t, about which the limits lie and the index is assumed
SPANS = ((36, 1), (12, 2), (6, 5), (4, 8))  # how long contracts run in months, and how many of each do


@dataclass(frozen=True)
class Pair:
    """A seller, a buyer, and which of the scenario's events befall their contract."""

    number: int
    seller: Member
    buyer: Member
    counters: bool
    tolerance: bool


def make_pair(number: int, grade: Grade, index: str, chance: random.Random) -> Pair:
    """Two organisations with one open order each."""
    lengths = [length for length, weight in SPANS for _ in range(weight)]
    length = 36 if number < 4 else chance.choice(lengths)
    start = chance.randrange(0, len(MONTHS) - length + 1)
    months = MONTHS[start : start + length]
    volume = chance.randrange(20, 120)
    option = {"down": chance.choice(("0", "0.1", "0.2")), "up": chance.choice(("0", "0.05"))}
    common = _common(chance)
    roles = (Role.SELLER, Role.BUYER, Role.SIGNATORY)
    members = [make_member(organisation=make_organisation(), roles=roles) for _ in range(2)]
    indexed = chance.random() < 0.8
    for side, member, other, coefficient, role, units in (
        ("offer", members[0], members[1], "0.96", "grants", volume * 11 // 10 + 1),
        ("need", members[1], members[0], "1.04", "requires", volume),
    ):
        component = {"index": index, "coefficient": coefficient}
        if not indexed:
            component = {"fixed": str(int(LEVEL * float(coefficient)))}
        qualified = [{"organisation": other.organisation.credit_code}]
        make_order(
            member.organisation,
            side=side,
            status="open",
            site=make_site(member.organisation),
            grade=grade,
            terms={
                "volumes": dict.fromkeys(months, str(units)),
                "limit_price": {"components": [component]},
                "flexibility": {role: option},
                "approved": {"kind": "only", "counterparties": qualified},
                **common,
            },
        )
    tolerance = "weighing_tolerance" in common["contract_wishes"]["quality_claim"]
    return Pair(number, members[0], members[1], counters=number % 5 == 0, tolerance=tolerance)


def _common(chance: random.Random) -> dict[str, Any]:
    """What both sides state alike: clauses and payment."""
    claim: dict[str, Any] = {"objection_days": 10}
    if chance.random() < 0.5:
        claim["weighing_tolerance"] = "0.002"
    wishes: dict[str, Any] = {"quality_claim": claim}
    if chance.random() < 0.4:
        wishes["take_or_pay"] = {"fraction": "0.95", "make_up_months": chance.choice((0, 3))}
    if chance.random() < 0.1:
        wishes["reservation_fee"] = "12.5"
    payment: dict[str, Any] = {"days": 30}
    kind = chance.random()
    if kind < 0.2:
        payment["deposit_fraction"] = "0.1"
    elif kind < 0.4:
        payment |= {"prepaid_fraction": "0.3", "prepaid_offset_months": 1}
    return {"contract_wishes": wishes, "payment": payment}
