"""Small markets and rounds for tests: added and flushed, never committed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from marketplace.accounts.models import Member, Organisation, Site
from marketplace.catalogue.models import Grade
from marketplace.orders.models import Order
from marketplace.rounds import services
from marketplace.rounds.models import Round, RoundSnapshot
from marketplace.rounds.services import Claim, Verified
from marketplace.shared.actor import SYSTEM, Actor, Role
from marketplace.shared.database import db
from solver.clear import clear
from solver.form.clearing import Clearing
from solver.form.market import Market
from tests.conftest import NOW
from tests.factories.accounts import make_member, make_organisation, make_site
from tests.factories.catalogue import make_grade
from tests.factories.orders import make_order

MONTHS = ("2027-01", "2027-02", "2027-03")
FREIGHT = {"kind": "distance", "cny_per_unit_km": "0.35", "circuity": "1.24"}
POLICY = {"contract_cost": "2000", "price_tick": "10", "minimum_gain": "20"}

OFFER_LIMITS = ("96013.37", "97029.41", "98037.53")
NEED_LIMITS = ("104017.61", "103007.83", "102021.97")


@dataclass
class Trader:
    """An organisation with one member who may sell and buy, and its orders."""

    organisation: Organisation
    member: Member
    site: Site
    orders: list[Order] = field(default_factory=list)

    @property
    def actor(self) -> Actor:
        """The member as services know it."""
        return self.member.actor


def make_trader(organisation: Organisation | None = None, **columns: Any) -> Trader:
    """A verified organisation (or the one given) with a site and a member who sells and buys for it."""
    organisation = organisation or make_organisation(**columns)
    member = make_member(organisation=organisation, roles=(Role.SELLER, Role.BUYER))
    return Trader(organisation, member, make_site(organisation))


def make_open_order(trader: Trader, side: str, grade: Grade, *, price: str, volume: str = "100", **terms: Any) -> Order:
    """An open order over MONTHS, ``volume`` in each, at a fixed limit; other terms as given."""
    stated = {"volumes": dict.fromkeys(MONTHS, volume), "limit_price": {"components": [{"fixed": price}]}, **terms}
    order = make_order(trader.organisation, side=side, status="open", site=trader.site, grade=grade, terms=stated)
    trader.orders.append(order)
    return order


@dataclass
class SmallMarket:
    """Sellers and buyers of one grade, each with one open order."""

    grade: Grade
    sellers: list[Trader]
    buyers: list[Trader]

    @property
    def traders(self) -> list[Trader]:
        """All of them."""
        return [*self.sellers, *self.buyers]

    @property
    def orders(self) -> list[Order]:
        """All their orders."""
        return [order for trader in self.traders for order in trader.orders]


def make_market(
    offers: Iterable[str] = OFFER_LIMITS, needs: Iterable[str] = NEED_LIMITS, grade: Grade | None = None
) -> SmallMarket:
    """One organisation per limit; three sell and three buy unless said otherwise."""
    grade = grade or make_grade()
    market = SmallMarket(grade, [], [])
    for side, limits, traders in (("offer", offers, market.sellers), ("need", needs, market.buyers)):
        for limit in limits:
            trader = make_trader()
            make_open_order(trader, side, grade, price=limit)
            traders.append(trader)
    return market


def make_round(grade: Grade, *, until: str = "draft", actor: Actor = SYSTEM, now: datetime = NOW, **plan: Any) -> Round:
    """A round of one grade, taken as far as draft, open, frozen, running, solved, reviewed, published or cancelled."""
    given = {
        "name_zh": "测试轮次",
        "name_en": "Test round",
        "grade_ids": [grade.id],
        "calendar": list(MONTHS),
        "policy": POLICY,
        "freight": FREIGHT,
    }
    round_ = services.create_round(**{**given, **plan}, actor=actor, now=now)
    steps: dict[str, Callable[[], object]] = {
        "draft": lambda: None,
        "open": lambda: services.open_round(round_.id, actor=actor, now=now),
        "frozen": lambda: services.freeze_round(round_.id, actor=actor, now=now),
        "running": lambda: services.claim_run(round_.id, actor=actor, now=now),
        "solved": lambda: record(round_, actor=actor, now=now),
        "reviewed": lambda: services.review_round(round_.id, "已核对", actor=actor, now=now),
        "published": lambda: services.publish_round(round_.id, actor=actor, now=now),
    }
    if until == "cancelled":
        services.cancel_round(round_.id, actor=actor, now=now)
        return round_
    for status, step in steps.items():
        step()
        if status == until:
            return round_
    raise ValueError(f"no round ends as {until}")


def record(round_: Round, *, actor: Actor = SYSTEM, now: datetime = NOW) -> Round:
    """Solve the running round and record the clearing."""
    claim = latest_claim(round_)
    return services.record_clearing(claim, services.solve(claim.market, seconds=60), actor=actor, now=now)


def latest_claim(round_: Round) -> Claim:
    """The claim of the round's latest run; before any, one that never stood."""
    snapshot = db.session.get(RoundSnapshot, round_.id)
    return Claim(round_.id, round_.attempt, snapshot.market if snapshot is not None else b"")


def solve_with(
    *, clear: Callable[..., Clearing] = clear, verify: Callable[[Market, Clearing], Any] = lambda market, clearing: ()
) -> Callable[..., Verified]:
    """A ``solve`` for jobs with another solver or verifier in it."""

    def solve(document: bytes, **options: Any) -> Verified:
        return services.solve(document, **options, clear=clear, verify=verify)

    return solve
