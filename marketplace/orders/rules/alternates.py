"""Other grades that a need accepts, and what the need comes to in units of them (docs/model.md 3.22)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, localcontext
from typing import Any

from marketplace.catalogue.rules.attributes import bounds_of
from marketplace.indices.rules.quotes import GREATEST_INDEX
from marketplace.orders.rules.facts import OrderFacts
from marketplace.orders.rules.fields import Fields
from marketplace.orders.rules.kinds import Side
from marketplace.orders.rules.limits import GREATEST_FACTOR, GREATEST_PRICE, ZERO
from marketplace.shared.errors import Fault

RATIO_STEP = Decimal("0.000001")  # volumes times a ratio stay exact


def read_alternates(terms: Fields, facts: OrderFacts) -> None:
    """``alternates``: other grades a need accepts, in units per unit asked."""
    if "alternates" in terms and facts.side is not Side.NEED:
        terms.fault("alternates", "only a need accepts other grades", "alternates", "a need", "wrong-side")
    seen = {facts.grade.id}
    for alternate in terms.each("alternates"):
        alternate.require("grade", "ratio")
        grade = alternate.text(
            "grade", check=facts.grades.__contains__, wanted="a grade of the catalogue", code="unknown-reference"
        )
        if grade in seen:
            alternate.fault("grade", "is the order's own grade or named twice", grade, "another grade", "duplicate")
        seen |= {grade} if grade is not None else set()
        alternate.amount("ratio", above=ZERO, most=GREATEST_FACTOR, step=RATIO_STEP)
        alternate.amount("adjustment", least=-GREATEST_PRICE, most=GREATEST_PRICE)
        alternate.finish()


def check_alternates(terms: Fields, facts: OrderFacts) -> None:
    """What the need states in CNY per unit stays a price of this trade per unit of every other grade as well."""
    for place, alternate in enumerate(terms.kept.get("alternates", ())):
        if "ratio" not in alternate:
            continue
        ratio, by = Decimal(alternate["ratio"]), abs(Decimal(alternate.get("adjustment", 0)))
        with localcontext() as context:
            context.prec = 100  # exact
            for name, amount in _amounts(terms.kept, facts):
                if amount + (by if name == "limit_price" else ZERO) > GREATEST_PRICE * ratio:
                    message = f"makes of {name} more than any price, per unit of the other grade"
                    limit = f"at most {GREATEST_PRICE} per unit"
                    at = f"{terms.pointer}/alternates/{place}/ratio"
                    terms.faults.append(Fault(at, message, ratio, limit, "above-limit"))


def _amounts(kept: Mapping[str, Any], facts: OrderFacts) -> Iterator[tuple[str, Decimal]]:
    """What a need states in CNY per unit of its own, at most; an index counts as the solver counts it."""
    limit = kept.get("limit_price", {})
    yield "limit_price", _greatest_limit(limit)
    if "fee" in kept.get("tolling", {}):
        yield "tolling", Decimal(kept["tolling"]["fee"])
    costs = [Decimal(each["switching_cost"]) for each in kept.get("incumbents", ()) if "switching_cost" in each]
    yield "incumbents", max(costs, default=ZERO)
    if "most_cny_per_unit" in kept.get("loss_consent", {}):
        yield "loss_consent", Decimal(kept["loss_consent"]["most_cny_per_unit"])
    for attribute, accepted in kept.get("specification", {}).items():
        if isinstance(accepted, dict) and "target" in accepted:
            farthest = bounds_of(facts.grade.attributes[attribute]).farthest(Decimal(accepted["target"]))
            worth = max(abs(Decimal(accepted.get(name, 0))) for name in ("above_cny_per_unit", "below_cny_per_unit"))
            yield f"specification/{attribute}", worth * farthest


def _greatest_limit(limit: Mapping[str, Any]) -> Decimal:
    """The same sum as where the limit is read, and the collar's ends, which an adjustment moves."""
    total = abs(Decimal(limit.get("processing_fee", 0))) + abs(Decimal(limit.get("premium", 0)))
    total += max((abs(Decimal(each)) for each in limit.get("premium_by_period", {}).values()), default=ZERO)
    for component in limit.get("components", ()):
        base = GREATEST_INDEX if "index" in component else Decimal(component.get("fixed", 0))
        total += abs(base * Decimal(component.get("content", 1)) * Decimal(component.get("coefficient", 1)))
    return max(total, *(abs(Decimal(end)) for end in limit.get("collar", {}).values()), ZERO)
