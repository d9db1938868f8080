"""Terms of money: the limit price, payment, volume discounts, the credit given to one counterparty."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, localcontext
from math import prod
from typing import Any

from marketplace.indices.rules.quotes import GREATEST_INDEX
from marketplace.orders.rules.codes import CURRENCIES
from marketplace.orders.rules.facts import OrderFacts
from marketplace.orders.rules.fields import Fields, is_day
from marketplace.orders.rules.kinds import (
    QUOTATION_BASES,
    QUOTATION_MONTHS,
    TAX_BASES,
    TIER_KINDS,
    Side,
)
from marketplace.orders.rules.limits import (
    GREATEST_AMOUNT_CNY,
    GREATEST_FACTOR,
    GREATEST_PRICE,
    GREATEST_VOLUME,
    MOST_COMPONENTS,
    MOST_MONTHS,
    MOST_STEPS,
    ONE,
    ZERO,
)
from marketplace.orders.rules.volumes import read_premiums_by_month
from marketplace.shared.errors import Fault
from marketplace.shared.quantities import amount_text

ASSAY_ENDINGS = ("_pct", "_ppm")  # of an attribute that can be a content


def read_limit_price(terms: Fields, facts: OrderFacts) -> None:
    """``limit_price``: the worst price this side accepts, a sum of components held by a collar."""
    limit = terms.below("limit_price")
    if limit is None:
        return
    limit.require("components")
    with localcontext() as context:
        context.prec = 100  # exact: a round makes the same sum in another order
        magnitude = ZERO
        for component in limit.each("components", most=MOST_COMPONENTS):
            magnitude += _read_component(component, facts)
        magnitude += limit.amount("processing_fee", least=ZERO, most=GREATEST_PRICE) or ZERO
        magnitude += abs(limit.amount("premium", least=-GREATEST_PRICE, most=GREATEST_PRICE) or ZERO)
        magnitude += read_premiums_by_month(limit, facts)
    if magnitude > GREATEST_PRICE:
        message = f"the price is beyond any of this trade (an index counts as {GREATEST_INDEX})"
        limit.fault(None, message, magnitude, GREATEST_PRICE, "above-limit")
    _read_collar(limit)
    limit.texts(
        "accepted_indices",
        most=MOST_COMPONENTS,
        check=facts.indices.__contains__,
        wanted="a price index of the catalogue",
        code="unknown-reference",
    )
    _read_quotation(limit, followed=bool(named_indices({"limit_price": limit.kept})))
    tax = limit.below("tax")
    if tax is not None:
        tax.choice("basis", TAX_BASES)
        tax.amount("rate", least=ZERO, most=ONE)
        tax.finish()
    limit.text("currency", longest=3, check=CURRENCIES.__contains__, wanted="a currency of ISO 4217")
    limit.finish()


def named_indices(terms: Mapping[str, Any]) -> dict[str, str]:
    """Every index that an order follows or accepts, by its place in the terms.

    >>> named_indices({"limit_price": {"components": [{"fixed": "1"}, {"index": "LC-CN"}]}})
    {'/limit_price/components/1/index': 'LC-CN'}
    """
    limit = terms.get("limit_price", {})
    followed = {
        f"/limit_price/components/{i}/index": component["index"]
        for i, component in enumerate(limit.get("components", ()))
        if "index" in component
    }
    accepted = {f"/limit_price/accepted_indices/{i}": each for i, each in enumerate(limit.get("accepted_indices", ()))}
    return followed | accepted


def unpriced_indices(terms: Mapping[str, Any], why_unpriced: Callable[[str], str | None]) -> Iterator[Fault]:
    """A fault for every index that an order names and that no round can value.

    ``why_unpriced``: the reason in words, None where there is a value.
    """
    for at, index in named_indices(terms).items():
        if reason := why_unpriced(index):
            yield Fault(at, reason, index, "an index in CNY with a quote", "index-without-price")


def read_tiers(terms: Fields, facts: OrderFacts) -> None:
    """``tiers``: an offer's discounts by the volume of one contract over its term; both rise from step to step."""
    tiers = terms.below("tiers")
    if tiers is None:
        return
    if facts.side is not Side.OFFER:
        tiers.fault(None, "only an offer gives discounts", "tiers", "an offer", "wrong-side")
    tiers.require("kind", "steps")
    tiers.choice("kind", TIER_KINDS)
    volume, discount = None, None
    for step in tiers.each("steps", most=MOST_STEPS):
        step.require("from_volume", "discount")
        from_volume = step.amount(
            "from_volume", above=ZERO, most=GREATEST_VOLUME * MOST_MONTHS, step=facts.grade.quantum
        )
        of_step = step.amount("discount", above=ZERO, most=GREATEST_PRICE)
        step.finish()
        if volume is not None and from_volume is not None and from_volume <= volume:
            step.fault("from_volume", "must rise from step to step", from_volume, f"above {volume}", "contradiction")
        if discount is not None and of_step is not None and of_step <= discount:
            step.fault("discount", "must rise from step to step", of_step, f"above {discount}", "contradiction")
        volume, discount = from_volume, of_step
    tiers.finish()


def check_tiers(terms: Fields) -> None:
    """No discount is greater than the limit, where that is known: made of fixed prices, and nothing added to it.

    It is judged by the least month, one without a premium of its own among them, so that it holds in every round.
    """
    kept = terms.kept
    if "tolling" in kept or not all(each.get("cost_in_limit") for each in kept.get("inputs", ())):
        return
    limit = _least_known_limit(kept.get("limit_price", {}))
    for place, step in enumerate(kept.get("tiers", {}).get("steps", ())):
        discount = Decimal(step.get("discount", "0"))
        if limit is not None and discount > limit >= ZERO:
            at, message = f"/tiers/steps/{place}/discount", "is above the limit price"
            terms.faults.append(Fault(at, message, amount_text(discount), amount_text(limit), "contradiction"))


def _least_known_limit(limit: Mapping[str, Any]) -> Decimal | None:
    if not limit.get("components"):
        return None
    with localcontext() as context:
        context.prec = 100
        months = limit.get("premium_by_period", {}).values()
        least = min([ZERO, *map(Decimal, months)]) + sum(
            Decimal(limit.get(name, "0")) for name in ("processing_fee", "premium")
        )
        for component in limit["components"]:
            if "fixed" not in component or "content_attribute" in component:
                return None
            factors = (Decimal(component.get(name, "1")) for name in ("content", "coefficient"))
            least += prod(factors, start=Decimal(component["fixed"]))
    collar = limit.get("collar", {})
    least = max(least, Decimal(collar.get("floor", least)))
    return min(least, Decimal(collar.get("cap", least)))


def read_credit_limit(terms: Fields) -> None:
    """``credit_limit``: the greatest exposure to one counterparty."""
    credit = terms.below("credit_limit")
    if credit is not None:
        credit.require("exposure_cny")
        credit.amount("exposure_cny", above=ZERO, most=GREATEST_AMOUNT_CNY - ONE)
        credit.finish()


def _read_component(component: Fields, facts: OrderFacts) -> Decimal:
    """Returns the most that a component may come to, without its sign: an index stands as high as any can.

    An assay is a part of the whole (per cent or parts a million, by the attribute's bounds), so it counts as the whole.

    So an order that is in the book fits every round, and no operator learns its limit from an index path.
    """
    given = [name for name in ("index", "fixed") if name in component]
    if component.is_object and len(given) != 1:
        message = "must have either an index or a fixed price"
        component.fault(None, message, " and ".join(given) or "neither", "one of them", "contradiction")
    index = component.text(
        "index",
        check=facts.indices.__contains__,
        wanted="a price index of the catalogue",
        code="unknown-reference",
    )
    fixed = component.amount("fixed", least=-GREATEST_PRICE, most=GREATEST_PRICE)
    content = component.amount("content", above=ZERO, most=GREATEST_FACTOR)
    coefficient = component.amount("coefficient", least=-GREATEST_FACTOR, most=GREATEST_FACTOR)
    component.text(
        "content_attribute",
        check=facts.grade.attributes.__contains__,
        wanted=f"an attribute of {facts.grade.id}: {', '.join(facts.grade.attributes) or 'it has none'}",
        code="unknown-reference",
    )
    attribute = component.raw("content_attribute")
    known = isinstance(attribute, str) and attribute in facts.grade.attributes
    if known and not attribute.endswith(ASSAY_ENDINGS):
        message, limit = "is no content", f"an attribute whose code ends in {' or '.join(ASSAY_ENDINGS)}"
        component.fault("content_attribute", message, attribute, limit, "not-a-choice")
    if "content" in component and "content_attribute" in component:
        value = component.raw("content_attribute")
        component.fault("content_attribute", "stands instead of content", value, "one of them", "contradiction")
    component.finish()
    base = (fixed or ZERO) if index is None else GREATEST_INDEX
    return abs(base * (ONE if content is None else content) * (ONE if coefficient is None else coefficient))


def _read_quotation(limit: Fields, *, followed: bool) -> None:
    """Which quotations of its indices a limit reads; it needs an index that is followed or accepted."""
    quotation = limit.below("quotation")
    if quotation is None:
        return
    month = quotation.choice("month", QUOTATION_MONTHS)
    quotation.choice("basis", QUOTATION_BASES)
    quotation.texts("dates", most=62, check=is_day, wanted="a date YYYY-MM-DD", code="not-a-date")
    if month not in (None, "M") and "dates" in quotation:
        quotation.fault("month", "goes without stated days", month, "M, or no dates", "contradiction")
    if not followed:
        message = "is of no index: the limit follows and accepts none"
        quotation.fault(None, message, "quotation", "an index among components or accepted_indices", "contradiction")
    quotation.finish()


def _read_collar(limit: Fields) -> None:
    collar = limit.below("collar")
    if collar is None:
        return
    if collar.is_object and not collar.names():
        collar.fault(None, "is empty", "{}", "floor, cap or both", "missing")
    floor = collar.amount("floor", least=-GREATEST_PRICE, most=GREATEST_PRICE)
    cap = collar.amount("cap", least=-GREATEST_PRICE, most=GREATEST_PRICE)
    if floor is not None and cap is not None and floor > cap:
        collar.fault("floor", "is above the cap", floor, cap, "contradiction")
    collar.finish()
