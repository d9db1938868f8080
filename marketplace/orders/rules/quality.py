"""Terms of quality: the specification and required certificates."""

from __future__ import annotations

from decimal import Decimal, localcontext

from marketplace.catalogue.rules.attributes import Bounds, bounds_of
from marketplace.evidence.rules.kinds import KINDS, is_known
from marketplace.orders.rules.facts import OrderFacts
from marketplace.orders.rules.fields import Fields
from marketplace.orders.rules.kinds import Side
from marketplace.orders.rules.limits import GREATEST_PRICE, MOST_ENTRIES
from marketplace.shared.quantities import amount_text


def read_specification(terms: Fields, facts: OrderFacts) -> None:
    """``specification``: an offer guarantees one value per attribute, a need accepts a range."""
    specification = terms.below("specification")
    if specification is None:
        return
    if len(specification.names()) > MOST_ENTRIES:
        message, count = "has the wrong number of entries", len(specification.names())
        specification.fault(None, message, f"{count} entries", f"at most {MOST_ENTRIES}", "above-limit")
        return
    known = ", ".join(facts.grade.attributes) or "none"
    for attribute in specification.names():
        if attribute not in facts.grade.attributes:
            message = f"is not an attribute of {facts.grade.id}"
            specification.fault(attribute, message, attribute[:80], known, "unknown-reference")
        elif facts.side is Side.OFFER:
            _read_guarantee(specification, attribute, bounds_of(facts.grade.attributes[attribute]))
        else:
            _read_accepted(specification, attribute, bounds_of(facts.grade.attributes[attribute]))


def read_certificates(terms: Fields) -> None:
    """``certificates``: what the counterparty must hold through the term, by code.

    Nobody can declare one that the register does not know, so requiring it would only leave the order unfilled.
    """
    known = f"one of /certificate-kinds: {', '.join(KINDS)}"
    terms.texts("certificates", check=is_known, wanted=known, code="unknown-reference")


def _read_guarantee(specification: Fields, attribute: str, bounds: Bounds) -> None:
    if isinstance(specification.raw(attribute), dict):
        message = "an offer guarantees one value, not a range"
        specification.fault(attribute, message, "an object", 'a decimal such as "99.5"', "wrong-side")
        return
    specification.amount(attribute, least=bounds.least, most=bounds.greatest)


def _read_accepted(specification: Fields, attribute: str, bounds: Bounds) -> None:
    if not isinstance(specification.raw(attribute), dict):
        message = "a need accepts a range: at_least, at_most, target"
        specification.fault(attribute, message, specification.raw(attribute), '{"at_least": "99.5"}', "wrong-side")
        return
    accepted = specification.below(attribute)
    if accepted is None:
        return
    least, most, target = (
        accepted.amount(name, least=bounds.least, most=bounds.greatest) for name in ("at_least", "at_most", "target")
    )
    worths = [name for name in ("above_cny_per_unit", "below_cny_per_unit") if name in accepted]
    for name in worths:
        _read_worth(accepted, name, target, bounds)
    accepted.finish()
    if not accepted.names():
        accepted.fault(None, "is empty", "{}", "at_least, at_most or target", "missing")
    if least is not None and most is not None and least > most:
        accepted.fault("at_least", "is above at_most", least, most, "contradiction")
    elif target is not None and ((least is not None and target < least) or (most is not None and target > most)):
        limit = f"{'' if least is None else least} to {'' if most is None else most}"
        accepted.fault("target", "lies outside the accepted range", target, limit, "contradiction")
    if worths and "target" not in accepted:
        accepted.fault("target", f"is missing: {worths[0]} counts from it", None, "required", "missing")


def _read_worth(accepted: Fields, name: str, target: Decimal | None, bounds: Bounds) -> None:
    """What a unit away from the target is worth; as far away as any offer can be, it stays a price of this trade."""
    worth = accepted.amount(name, least=-GREATEST_PRICE, most=GREATEST_PRICE)
    if worth is None or target is None:
        return
    farthest = bounds.farthest(target)
    with localcontext() as context:
        context.prec = 100  # exact
        beyond = abs(worth) * farthest > GREATEST_PRICE
    if beyond:
        message = f"times {amount_text(farthest)}, the farthest that any offer is from the target, is beyond any price"
        limit = f"at most {GREATEST_PRICE} in all"
        accepted.fault(name, message, worth, limit, "above-limit")
