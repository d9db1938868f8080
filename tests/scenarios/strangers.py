"""Fifty rounds in which one party keeps meeting strangers: ten seasons of five rounds in two grades.

A stranger's limits stay for a season; our party sells in one season and buys in the next, and moves its own limit
from round to round.  The rounds run through the services, our party deals over HTTP.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np
from flask.testing import FlaskClient

from marketplace.accounts.models import Member, Organisation, Site
from marketplace.catalogue.models import Grade
from marketplace.jobs.run_round import run_round
from marketplace.rounds import services as rounds
from marketplace.rounds.models import SealedSeed
from marketplace.shared.actor import SYSTEM, Role
from marketplace.shared.database import db
from tests.conftest import NOW
from tests.factories.accounts import make_member, make_organisation, make_site, signed_in
from tests.factories.catalogue import make_grade
from tests.factories.indices import make_index, make_quote
from tests.factories.orders import make_order

SEASONS, ROUNDS_A_SEASON = 10, 5
STRANGERS_A_SIDE = 8
MONTHS = ("2027-01",)
INDEX, INDEX_VALUE = "LC-TEST", Decimal(100_000)
GRADES = ("fixed", "indexed")
LEVEL = 100_000  # CNY/t, about which all limits lie
SPREAD = 0.06
# Worst for the parties: the first step of prices (docs/model.md 5.3) changes from 5 to 50 CNY at a limit of 100,000.
POLICY = {"price_tick": "5", "minimum_gain": "400", "price_band": "0.02", "financing_rate_per_year": "0.045"}
PLACES = ("510100", "350900", "320400", "410100", "440300", "630100")
NEARBY, NEXT = 60, 350  # CNY/t of freight within a region, and more for every place further along PLACES
OWN_STEPS = (0.90, 0.93, 0.96, 0.99)  # of LEVEL, when selling; mirrored when buying
FAR_ROUND, FAR_OFF = 4, {"offer": 1.6, "need": 0.02}  # the last round of a season: nobody can deal with that

RATE = Decimal(POLICY["financing_rate_per_year"])
PLAN: dict[str, Any] = {
    "name_zh": "轮次",
    "name_en": "Round",
    "grade_ids": list(GRADES),
    "calendar": list(MONTHS),
    "policy": POLICY,
    "freight": {
        "kind": "lanes",
        "lanes": [
            {"origin": a, "destination": b, "cny_per_unit": str(NEARBY + NEXT * abs(i - j))}
            for i, a in enumerate(PLACES)
            for j, b in enumerate(PLACES)
        ],
    },
    "index_paths": {INDEX: [str(INDEX_VALUE)]},
    "feedback": "exact",
}

Key = tuple[int, str, str]  # season, grade, credit code


@dataclass(frozen=True)
class Limit:
    """A stranger's limit as it was entered, and what it is worth."""

    stated: Decimal  # the fixed component, or the premium on the index
    rate: Decimal  # of the tax inside, 0 if exclusive
    days: int
    indexed: bool

    @property
    def net(self) -> Decimal:
        """CNY/t, tax exclusive, at the own place and payment days."""
        return (self.stated + (INDEX_VALUE if self.indexed else 0)) / (1 + self.rate)

    @property
    def at_once(self) -> Decimal:
        """The same for payment on delivery."""
        return self.net * (1 - RATE * self.days / 365)

    @property
    def terms(self) -> dict[str, Any]:
        """As an order document has it."""
        price: dict[str, Any] = {"components": [{"fixed": str(self.stated)}]}
        if self.indexed:
            price = {"components": [{"index": INDEX, "coefficient": "1"}], "premium": str(self.stated)}
        if self.rate:
            price["tax"] = {"basis": "inclusive", "rate": str(self.rate)}
        return {"limit_price": price, "payment": {"days": self.days}}


@dataclass
class MovableClock:
    """The application's clock; time passes between rounds."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Stranger:
    """An organisation on one side, with its limits by (season, grade)."""

    side: str
    organisation: Organisation
    site: Site
    limits: dict[tuple[int, str], Limit] = field(default_factory=dict)


@dataclass
class OwnParty:
    """The party that we play, as it deals over HTTP."""

    client: FlaskClient
    member: Member
    site: Site

    @cached_property
    def headers(self) -> dict[str, str]:
        return signed_in(self.client, self.member)

    def post(self, side: str, grade_id: str, limit: str) -> str:
        """Enter and open an order; its id."""
        volumes = {"volumes": dict.fromkeys(MONTHS, "120"), "maximum_share": {"fraction": "0.2", "of": "requested"}}
        price: dict[str, Any] = {"components": [{"fixed": limit}]}
        if grade_id == "indexed":
            premium = Decimal(limit) - INDEX_VALUE
            price = {"components": [{"index": INDEX, "coefficient": "1"}], "premium": str(premium)}
        body = {"side": side, "grade": grade_id, "site": self.site.id, "limit_price": price, **volumes}
        made = self.client.post("/api/v1/orders", json=body, headers=self.headers)
        assert made.status_code == 201, made.text
        order_id = str(made.json["id"])
        opened = self.client.post(f"/api/v1/orders/{order_id}/opening", headers=self.headers)
        assert opened.status_code == 200, opened.text
        return order_id


@dataclass(frozen=True)
class OwnOrder:
    """What our party entered in one grade of one round; its limit in CNY/t, tax exclusive."""

    season: int
    round_number: int
    round_id: str
    grade_id: str
    side: str
    order_id: str
    limit: float


class World:
    """Strangers, grades, places and their secrets, all drawn from one seed."""

    def __init__(self, client: FlaskClient, clock: MovableClock, seed: int) -> None:
        self.clock = clock
        self.round_ids: list[str] = []
        self.random = np.random.default_rng(seed)
        self.grades: list[Grade] = [make_grade(id=grade_id) for grade_id in GRADES]
        make_quote(make_index(id=INDEX), "2026-11-30", str(INDEX_VALUE))
        db.session.add(SealedSeed(id=1, seed=f"of the house {seed}", drawn_at=NOW))
        roles = (Role.SELLER, Role.BUYER, Role.ORGANISATION_ADMIN)
        own = make_organisation(id="org_own")
        self.own = OwnParty(client, make_member(organisation=own, roles=roles), self._site(own, 0))
        self.strangers = [
            self._stranger(side, number) for side in ("offer", "need") for number in range(STRANGERS_A_SIDE)
        ]

    def seasons(self) -> Iterator[tuple[int, int, str]]:
        """Season, round, and the side that our party takes."""
        for season in range(SEASONS):
            for round_number in range(ROUNDS_A_SEASON):
                yield season, round_number, ("offer", "need")[season % 2]

    def frozen_round(self, season: int, round_number: int, side: str) -> list[OwnOrder]:
        """A round with everybody's orders, frozen; our party's own among them."""
        for stranger in self.strangers:
            for grade in self.grades:
                self._enter(stranger, grade, season, round_number)
        own = [self._enter_own(grade.id, season, round_number, side) for grade in self.grades]
        round_id = rounds.create_round(**PLAN, actor=SYSTEM, now=self.clock.now).id
        rounds.open_round(round_id, actor=SYSTEM, now=self.clock.now)
        rounds.freeze_round(round_id, actor=SYSTEM, now=self.clock.now)
        db.session.commit()
        self.round_ids.append(round_id)
        return [OwnOrder(season, round_number, round_id, grade_id, side, *rest) for grade_id, *rest in own]

    def solve(self, round_id: str) -> None:
        """Run it as a worker would."""
        assert run_round(round_id, actor=SYSTEM, threads=1) == "solved"

    def publish(self, round_id: str) -> None:
        """Look it over and publish it."""
        rounds.review_round(round_id, "已核对", actor=SYSTEM, now=self.clock.now)
        rounds.publish_round(round_id, actor=SYSTEM, now=self.clock.now)
        db.session.commit()
        self.clock.now += timedelta(hours=6)  # so that lists have newest things first

    @property
    def limits(self) -> dict[Key, Limit]:
        """Every stranger's limits, by season, grade and the stranger's credit code."""
        return {
            (season, grade_id, stranger.organisation.credit_code): limit
            for stranger in self.strangers
            for (season, grade_id), limit in stranger.limits.items()
        }

    def forms_of(self, key: Key) -> set[Decimal]:
        """The figures in which a limit could be shown: with and without tax, freight, and payment days."""
        (stranger,) = (each for each in self.strangers if each.organisation.credit_code == key[2])
        limit, away = stranger.limits[key[:2]], freight(stranger.site.region_code, self.own.site.region_code)
        amounts = {limit.stated, limit.net, limit.net * (1 + RATE * limit.days / 365), limit.at_once}
        return {
            each for amount in amounts for moved in (0, away, -away) for each in (amount + moved, cents(amount + moved))
        }

    def nearest(self, own: OwnOrder) -> float:
        """Of the limits on the other side that do not meet our order, the nearest to it; at our place."""
        sign = 1 if own.side == "offer" else -1
        landed = (
            float(
                stranger.limits[own.season, own.grade_id].at_once
                if sign > 0
                else stranger.limits[own.season, own.grade_id].net
            )
            - sign * freight(stranger.site.region_code, self.own.site.region_code)
            for stranger in self.strangers
            if stranger.side != own.side
        )
        return max((each for each in landed if sign * (each - own.limit) < 0), key=lambda each: sign * each)

    def _enter_own(self, grade_id: str, season: int, round_number: int, side: str) -> tuple[str, str, float]:
        if round_number < len(OWN_STEPS):
            factor = OWN_STEPS[round_number] + self.random.uniform(-0.01, 0.01)
            factor = factor if side == "offer" else 2 - factor
        else:
            factor = FAR_OFF[side]
        limit = f"{LEVEL * factor:.2f}"
        return grade_id, self.own.post(side, grade_id, limit), float(limit)

    def _enter(self, stranger: Stranger, grade: Grade, season: int, round_number: int) -> None:
        key = (season, grade.id)
        if key not in stranger.limits:
            stranger.limits[key] = self._limit(stranger.side, indexed=grade.id == "indexed")
        volume = f"{self.random.integers(20, 60)}"
        terms = {"volumes": dict.fromkeys(MONTHS, volume), **stranger.limits[key].terms}
        identifier = f"ord_{season}_{round_number}_{grade.id}_{stranger.organisation.id}"
        make_order(
            stranger.organisation,
            id=identifier,
            side=stranger.side,
            status="open",
            site=stranger.site,
            grade=grade,
            terms=terms,
        )

    def _limit(self, side: str, *, indexed: bool) -> Limit:
        mean = 0.97 if side == "offer" else 1.03
        level = LEVEL * self.random.normal(mean, SPREAD)
        taxed = not indexed and self.random.random() < 0.3
        rate = Decimal("0.13") if taxed else Decimal(0)
        stated = Decimal(f"{level * (1 + float(rate)):.2f}") - (INDEX_VALUE if indexed else 0)
        return Limit(stated, rate, int(self.random.choice([0, 30])), indexed)

    def _stranger(self, side: str, number: int) -> Stranger:
        organisation = make_organisation(id=f"org_{side}_{number}")
        return Stranger(side, organisation, self._site(organisation, number % len(PLACES)))

    def _site(self, organisation: Organisation, place: int) -> Site:
        return make_site(organisation, id=f"sit_{organisation.id}", region_code=PLACES[place])


def cents(amount: Decimal) -> Decimal:
    """Rounded to 0.01 CNY."""
    return amount.quantize(Decimal("0.01"))


def freight(origin: str, destination: str) -> int:
    """CNY/t between two regions, the same both ways."""
    return NEARBY + NEXT * abs(PLACES.index(origin) - PLACES.index(destination))
