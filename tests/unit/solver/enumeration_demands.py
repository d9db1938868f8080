"""What a set of contracts lacks of a round's at-least rules, class by class: by docs/model.md 3.23 to 3.25 alone."""

from __future__ import annotations

from fractions import Fraction

from solver.form.market import Market
from solver.verify.admission import first_failing_test
from solver.verify.ground import Ground
from tests.unit.solver.enumeration_joint import in_own_units

Chosen = dict[tuple[str, str], tuple[Fraction, ...]]
CLASSES = ["hard", "commercial_1", "commercial_2", "commercial_3", "preference_4", "preference_5"]
NOTHING = (Fraction(0),) * len(CLASSES)


def has_demands(market: Market) -> bool:
    """Whether anything is asked for that trading nothing may miss."""
    return market.policy.small_supplier_share is not None or any(order.must_serve for order in market.orders)


def lacking(ground: Ground, chosen: Chosen) -> dict[str, tuple[str, Fraction]]:
    """Class and missing volume of every rule, by its name."""
    market = ground.market
    found: dict[str, tuple[str, Fraction]] = {}
    done = set()
    for order in market.orders:
        family = [
            o
            for o in market.orders
            if o is order or (o.family, o.organisation) == (order.family or 0, order.organisation)
        ]
        if not order.must_serve or order.id in done:
            continue
        done |= {member.id for member in family}
        whole = sum(sum(ground.volumes[member.id]) for member in family)
        if order.minimum_fill is not None:
            whole *= Fraction(order.minimum_fill)
        members = {member.id for member in family}
        served = [
            (ground.orders[need], ground.orders[offer], v) for (offer, need), v in chosen.items() if need in members
        ]
        got = sum(sum(in_own_units(need, offer, v)) for need, offer, v in served)
        found[f"must_serve:{order.id}"] = (
            order.priority.get("must_serve", "commercial_1"),
            max(Fraction(0), whole - got),
        )
    rule = market.policy.small_supplier_share
    for grade in market.grades if rule is not None else ():
        if not _small_may_trade(ground, grade.id):
            continue
        own = [
            (ground.orders[offer], sum(v)) for (offer, _), v in chosen.items() if ground.orders[offer].grade == grade.id
        ]
        short = sum(v * (Fraction(rule.fraction) - offer.small_supplier) for offer, v in own)
        found[f"small_supplier_share:{grade.id}"] = (rule.priority, max(Fraction(0), Fraction(short)))
    return found


def missing(ground: Ground, chosen: Chosen) -> tuple[Fraction, ...]:
    """The same added up in each class, most important first."""
    rules = lacking(ground, chosen).values()
    return tuple(sum((short for name, short in rules if name == each), Fraction(0)) for each in CLASSES)


def _small_may_trade(ground: Ground, grade: str) -> bool:
    offers = [o for o in ground.market.orders if o.side == "offer" and o.grade == grade and o.small_supplier]
    needs = [o for o in ground.market.orders if o.side == "need"]
    return any(first_failing_test(ground, offer, need) is None for offer in offers for need in needs)
