"""Tiny random markets with every honoured term switched on at random, small enough to enumerate.

Volumes are a few whole tonnes and one side always states lots, so that nothing but whole lots can trade and
the enumeration misses nothing.
"""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

from solver.form.market import Freight, Grade, Lane, Market, Order, Policy, PricePath, PriceSplit
from solver.form.terms import (
    AcceptedRange,
    Approval,
    Approved,
    Collar,
    Component,
    Counterparties,
    Delivery,
    Exclusion,
    Flexibility,
    HeldCertificate,
    LimitPrice,
    MaximumShare,
    MinimumContract,
    Option,
    Payment,
    Site,
    Tax,
    Validity,
)
from tests.unit.solver.tiny_conditions import with_conditions
from tests.unit.solver.tiny_money import with_terms_of_money

D = Decimal
SITES = (
    Site(id="s1", region="110000", lat=30.0, lon=104.0, x_km=D(0), y_km=D(0)),
    Site(id="s2", region="310000", lat=31.0, lon=105.5, x_km=D(30), y_km=D(40)),
    Site(id="s3", region="350900", lat=29.5, lon=103.0, x_km=D(10), y_km=D(75)),
    Site(region="350900", lat=29.5, lon=103.2, x_km=D(11), y_km=D(75)),
)
LANES = (
    Lane(origin="s1", destination="s2", cny_per_unit=D("6.5")),
    Lane(origin="s1", destination="350900", distance_km=D(40)),
    Lane(origin="110000", destination="s3", cny_per_unit=D(2)),
    Lane(origin="s2", destination="s2", cny_per_unit=D(0)),
    Lane(origin="310000", destination="350900", distance_km=D(90)),
    Lane(origin="350900", destination="110000", cny_per_unit=D("1.005")),
    Lane(origin="350900", destination="350900", distance_km=D(5)),
)
GROUPS = {"O0": "H1", "O2": "H1", "N0": "H2", "N1": "H2", "O1": "H3", "N2": "H3"}
FAMILIES = [
    "grades",
    "lot",
    "minimum_contract",
    "maximum_contract",
    "minimum_fill",
    "counterparties",
    "maximum_share",
    "approved",
    "exclusions",
    "certificates",
    "group_parent",
    "validity",
    "specification",
    "flexibility",
    "delivery",
    "indices",
    "fees",
    "tax",
]


def tiny_market(seed: int, *, lots: bool = True) -> Market:
    """A market of at most 3 offers, 3 needs and 2 periods; without ``lots`` the quantum is a thousandth."""
    random = Random(seed)
    on = {family for family in FAMILIES if random.random() < 0.3}
    periods = random.choice((1, 2, 2))
    calendar = random.choice((("2027-01", "2027-02"), ("2027-Q1", "2027-Q2"), ("2027", "2028")))[:periods]
    path = PricePath(
        weight=D(1),
        indices={name: tuple(D(random.randint(70, 130)) for _ in calendar) for name in ("LC", "NI")},
    )
    market = Market(
        format="changdan-market/1",
        grades=(
            Grade(
                id="A", unit="t", quantum=D("0.5") if lots else D("0.001"), contract_cost=random.choice((None, D(15)))
            ),
            Grade(id="B", unit="t", quantum=D("0.5") if lots else D("0.001")),
        ),
        calendar=calendar,
        as_of=random.choice((None, "2026-12-01")),
        paths=(path,),
        freight=_freight(random),
        policy=Policy(
            contract_cost=random.choice((D(0), D(0), D(5))),
            price_tick=random.choice((D(1), D(1), D("0.5"), D(20))),
            minimum_gain=random.choice((D(0), D(0), D(2))),
            exceptions=random.choice(("propose", "propose", "drop")),
            payment_terms_of=random.choice(("offer", "need")),
            financing_rate_per_year=random.choice((D(0), D("0.06"))),
            sealed_seed="tiny",
        ),
        orders=tuple(
            _order(random, on, side, number, periods, lots)
            for side, count in (("offer", random.choice((2, 3, 3, 3))), ("need", random.choice((2, 3, 3, 3))))
            for number in range(count)
        ),
    )
    return with_terms_of_money(Random(f"money {seed}"), with_conditions(market, seed))


def banded_market(seal: str) -> Market:
    """Six offers and six needs of one unit and one grade, prices kept near the middle: room for a price band."""
    return Market(
        format="changdan-market/1",
        grades=(Grade(id="A", unit="t", quantum=D(1)),),
        calendar=("2027-01",),
        policy=Policy(price_split=PriceSplit(low=D("0.4"), high=D("0.6")), price_band=D("0.04"), sealed_seed=seal),
        orders=tuple(
            Order(
                id=f"{side[0]}{number}",
                side=side,  # type: ignore[arg-type]
                organisation=f"{side}{number}",
                grade="A",
                volumes=(D(1),),
                limit_price=LimitPrice(components=(Component(fixed=D(level + number)),)),
            )
            for side, level in (("offer", 1000), ("need", 1200))
            for number in range(6)
        ),
    )


def _freight(random: Random) -> Freight:
    kind = random.choice(("none", "none", "distance", "plane", "lanes"))
    if kind == "none":
        return Freight()
    if kind == "lanes":
        return Freight(kind="lanes", cny_per_unit_km=D("0.05"), lanes=LANES)
    return Freight(kind=kind, cny_per_unit_km=D("0.05"), circuity=random.choice((D(1), D("1.24"))))  # type: ignore[arg-type]


def _order(random: Random, on: set[str], side: str, number: int, periods: int, lots: bool) -> Order:
    is_offer = side == "offer"
    letter = "o" if is_offer else "n"

    def some(family: str, chance: float = 0.5) -> bool:
        return family in on and random.random() < chance

    def other() -> str:
        return random.choice(("N0", "N1", "N2") if is_offer else ("O0", "O1", "O2"))

    organisation = f"{letter.upper()}{random.choice((number, number, number, 0))}"
    terms: dict[str, Any] = {}
    if lots and is_offer:
        terms["lot"] = D(2) if some("lot", 0.3) else D(1)
    elif lots and some("lot"):
        terms["lot"] = random.choice((D(1), D(2), D("1.5")))
    if some("minimum_contract"):
        clipped = (MinimumContract(volume=D(v), pair_fraction=D(f)) for v, f in (("4", "0.9"), ("2", "0.5")))
        terms["minimum_contract"] = random.choice((D(2), D(3), *clipped))
    if some("maximum_contract"):
        terms["maximum_contract"] = D(random.randint(3, 5))
    if some("minimum_fill"):
        terms["minimum_fill"] = random.choice((D("0.4"), D("0.5"), D(1)))
    if some("counterparties"):
        terms["counterparties"] = random.choice(
            (Counterparties(most=1), Counterparties(most=2), Counterparties(least=2), Counterparties(least=2, most=2))
        )
    if some("maximum_share"):
        most = terms["counterparties"].most if "counterparties" in terms else None
        fraction = D("0.5") if most != 1 else D(1)
        terms["maximum_share"] = MaximumShare(fraction=fraction, of=random.choice(("requested", "awarded")))
    if some("approved"):
        kind = random.choice(("only", "only", "preferred"))
        terms["approved"] = Approved(
            kind=kind,
            counterparties=tuple(
                Approval(
                    organisation=other(),
                    since=random.choice((None, "2027-01-01", "2027-01-15")),
                    site=random.choice((None, None, "s1")),
                    grade=random.choice((None, "A")),
                )
                for _ in range(2)
            ),
            trial_share=random.choice((None, D("0.3"), D("0.5"))),
        )
    if some("exclusions", 0.15):
        terms["exclusions"] = (Exclusion(organisation=other(), reason="dispute"),)
    if some("certificates", 0.15):
        terms["certificates"] = ("ISO",)
    if random.random() < 0.9:
        terms["holds"] = (
            HeldCertificate(
                certificate="ISO",
                valid_from="2026-01-01",
                valid_to=random.choice(("2027-01-31", "2029-12-31", "2029-12-31")),
                grades=random.choice(((), ("A",))),
                sites=random.choice(((), (), ("s1", "s2"))),
            ),
        )
    if "group_parent" in on:
        terms["group_parent"] = GROUPS.get(organisation)
    if some("validity", 0.15):
        last = random.choice(("2026-12-01", "2026-11-30", None))
        terms["validity"] = Validity(valid_from="2026-06-01", valid_to=last)
    return Order(
        id=f"{letter}{number}",
        side=side,  # type: ignore[arg-type]
        organisation=organisation,
        grade="B" if some("grades", 0.4) else "A",
        volumes=tuple(D(random.choice((1, 2, 3, 4, 5) if periods == 1 else (0, 1, 2, 2, 3))) for _ in range(periods)),
        limit_price=_limit(random, on, is_offer, periods),
        site=random.choice(SITES),
        specification=_specification(random, is_offer) if "specification" in on else {},
        flexibility=_flexibility(random) if "flexibility" in on else Flexibility(),
        delivery=Delivery(
            incoterms=random.choice((None, ("EXW", "DAP"), ("DAP",), ("FCA", "EXW"))) if some("delivery") else None,
            place=SITES[2] if some("delivery", 0.3) else None,
        ),
        payment=Payment(days=random.choice((0, 30, 90))),
        **terms,
    )


def _limit(random: Random, on: set[str], is_offer: bool, periods: int) -> LimitPrice:
    level = random.randint(80, 105) if is_offer else random.randint(100, 135)
    components: tuple[Component, ...] = (Component(fixed=D(level)),)
    terms: dict[str, Any] = {}
    if "indices" in on and random.random() < 0.6:
        components = (Component(index="LC", coefficient=D("0.8")), Component(index="NI", content=D("0.2")))
        terms["premium"] = D(level - 100)
        terms["accepted_indices"] = random.choice((None, ("LC",)))
        terms["collar"] = random.choice((None, Collar(floor=D(90)), Collar(floor=D(80), cap=D(115))))
    if "fees" in on:
        terms["processing_fee"] = random.choice((D(0), D("1.5")))
        terms["premium_by_period"] = random.choice((None, tuple(D(random.randint(-9, 9)) for _ in range(periods))))
    if "tax" in on:
        terms["tax"] = random.choice((Tax(), Tax(basis="inclusive", rate=D("0.13"))))
    return LimitPrice(components=components, **terms)


def _specification(random: Random, is_offer: bool) -> dict[str, Any]:
    if is_offer:
        guaranteed = {"purity": D(random.choice(("99.2", "99.5", "99.8")))}
        return guaranteed if random.random() < 0.9 else {}
    if random.random() < 0.6:
        return {}
    at_least = random.choice((None, D("99.5")))
    target = random.choice((None, D("99.5")))
    above, below = (D(10), D(-20)) if target is not None else (D(0), D(0))
    return {
        "purity": AcceptedRange(
            at_least=at_least, at_most=D(100), target=target, above_cny_per_unit=above, below_cny_per_unit=below
        )
    }


def _flexibility(random: Random) -> Flexibility:
    wanted = (None, None, Option(up=D("0.25")), Option(down=D("0.1"), up=D("0.5"), notice_days=30))
    given = (Option(down=D("0.2"), up=D("0.5"), notice_days=14), Option(down=D("0.2"), up=D("0.5")))
    return Flexibility(requires=random.choice(wanted), grants=random.choice((None, *given, *given)))
