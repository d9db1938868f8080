"""Conditions of a contract switched on at random in a tiny market: papers, tolling, options' spans, wishes, planned
volumes, costs of leaving incumbents.
"""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

from msgspec.structs import replace

from solver.form.market import Market, Order
from solver.form.terms import Flexibility, Incumbent, Option, SplitVolume, Tolling
from solver.form.wishes import ContractWishes, PayOrTake, QualityClaim, Reopener

D = Decimal
FAMILIES = ["spans", "papers", "tolling", "switching", "wishes", "split"]


def with_conditions(market: Market, seed: int) -> Market:
    """The market with some families of conditions on."""
    random = Random(f"conditions {seed}")
    on = {family for family in FAMILIES if random.random() < 0.2}
    policy = replace(
        market.policy,
        planned_capacity=random.choice(("counted", "not_counted")) if "split" in on else "counted",
        wish_conflicts=random.choice(("show", "screen")) if "wishes" in on else "show",
    )
    return replace(market, policy=policy, orders=tuple(_order(random, on, order) for order in market.orders))


def _order(random: Random, on: set[str], order: Order) -> Order:
    terms: dict[str, Any] = {}
    if "spans" in on:
        terms["flexibility"] = Flexibility(
            requires=replace(
                order.flexibility.requires or Option(down=random.choice((D(0), D("0.1")))),
                per=random.choice(("period", "period", "quarter", "year")),
                make_up_months=random.choice((None, None, 0, 3)),
            ),
            grants=replace(
                order.flexibility.grants or Option(down=random.choice((D("0.2"), D(1))), up=D("0.5")),
                per=random.choice(("period", "quarter", "year", "year")),
                make_up_months=random.choice((None, 3, 3, 6)),
            ),
        )
    if "papers" in on:
        terms["delivery"] = replace(
            order.delivery,
            invoice_form=random.choice((None, None, "special", "special", "special", "ordinary")),
            dangerous_goods_class=random.choice((None, None, "9", "9", "9", "8")),
        )
    if "tolling" in on and random.random() < 0.95:
        terms["tolling"] = Tolling(
            grade=random.choice((*9 * ("ore",), "scrap")),
            yield_fraction=D(random.choice(("0.12", "0.125") if order.side == "offer" else ("0.12", "0.12", "0.125"))),
            loss_limit=D(random.choice(("0.02", "0.03") if order.side == "need" else ("0.02", "0.02", "0.03"))),
            fee=D(random.choice(("0", "1.5", "7"))),
            title=random.choice((*9 * ("buyer",), "seller")),
        )
    if "switching" in on and random.random() < 0.6:
        others = ("N0", "N1", "N2", "X") if order.side == "offer" else ("O0", "O1", "O2", "X")
        costs = (D(0), D("2.5"), D(6), D("0.0000005"))
        terms["incumbents"] = tuple(
            Incumbent(organisation=name, switching_cost=random.choice(costs))
            for name in random.sample(others, random.choice((1, 1, 2)))
        )
    if "wishes" in on:
        terms["contract_wishes"] = _wishes(random)
    if "split" in on and order.side == "offer" and random.random() < 0.7:
        terms["volumes"] = tuple(_split(random, volume) for volume in order.volumes)  # type: ignore[arg-type]
    return replace(order, **terms)


def _wishes(random: Random) -> ContractWishes:
    def some(*values: Any) -> Any:
        return random.choice((None, None, None, *values))

    return ContractWishes(
        reservation_fee=some(D(200), D("200.0")),
        take_or_pay=some(PayOrTake(fraction=D("0.8")), PayOrTake(fraction=D("0.8"), make_up_months=6)),
        reopener=some(
            Reopener(trigger=D("0.1"), consecutive_months=2, negotiation_days=30, result_if_none="unchanged")
        ),
        resale_ban=some(True, True, False),
        quality_claim=some(QualityClaim(objection_days=15), QualityClaim(retained_sample=True)),
    )


def _split(random: Random, volume: Decimal) -> Decimal | SplitVolume:
    if random.random() < 0.2:
        return volume
    firm = random.choice((D(0), D("0.5"), volume / 2 // 1, volume))
    return SplitVolume(firm=min(firm, volume), planned=volume - min(firm, volume))
