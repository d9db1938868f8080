"""What an order wishes of the contract, how long it is valid, and which of its terms matter most."""

from __future__ import annotations

from decimal import Decimal

from marketplace.orders.rules.facts import OrderFacts
from marketplace.orders.rules.fields import Fields
from marketplace.orders.rules.kinds import PRIORITY_CLASSES, RELAXABLE_TERMS, REOPENER_RESULTS, Side
from marketplace.orders.rules.limits import GREATEST_PRICE, MOST_DAYS, MOST_MAKE_UP_MONTHS, ONE, ZERO


def read_validity(terms: Fields, facts: OrderFacts) -> None:
    """``validity``: first and last day on which the order may be matched."""
    validity = terms.below("validity")
    if validity is None:
        return
    first, last = validity.day("valid_from"), validity.day("valid_to")
    if first is not None and last is not None and first > last:
        validity.fault("valid_to", "is before valid_from", last.isoformat(), first.isoformat(), "contradiction")
    elif last is not None and last < facts.today:
        limit = f"{facts.today.isoformat()} or later"
        validity.fault("valid_to", "the validity is over", last.isoformat(), limit, "past")
    validity.finish()


def read_priority(terms: Fields, facts: OrderFacts) -> None:
    """``priority``: a class per relaxable term; ``must_serve``: a need that the round may not leave out."""
    priority = terms.below("priority")
    if priority is not None:
        for term in priority.names():
            if term in RELAXABLE_TERMS:
                priority.choice(term, PRIORITY_CLASSES if term != "must_serve" else PRIORITY_CLASSES[1:])
                if term not in terms:
                    message = "this order does not state that term"
                    priority.fault(term, message, priority.raw(term), "a term of the order", "contradiction")
        priority.finish()
    must_serve = terms.flag("must_serve")
    if must_serve and facts.side is not Side.NEED:
        terms.fault("must_serve", "only a need must be served", True, "a need", "wrong-side")


def read_wishes(terms: Fields) -> None:
    """``contract_wishes``: clauses carried to the proposal."""
    wishes = terms.below("contract_wishes")
    if wishes is not None:
        read_clauses(wishes)
        wishes.finish()


def read_clauses(wishes: Fields) -> None:
    """The clauses themselves, where an order wishes them or parties negotiate them; the caller finishes."""
    wishes.amount("reservation_fee", least=ZERO, most=GREATEST_PRICE)
    for name in ("take_or_pay", "ship_or_pay"):
        promise = wishes.below(name)
        if promise is not None:
            promise.require("fraction")
            promise.amount("fraction", above=ZERO, most=ONE)
            promise.whole("make_up_months", 0, MOST_MAKE_UP_MONTHS)
            promise.finish()
    _read_reopener(wishes)
    for name in ("exclusivity", "resale_ban", "most_favoured"):
        wishes.flag(name)
    _read_quality_claim(wishes)


def _read_reopener(wishes: Fields) -> None:
    """The price is negotiated anew when the index has moved by ``trigger`` for so many months on end."""
    reopener = wishes.below("reopener")
    if reopener is None:
        return
    reopener.require("trigger", "consecutive_months", "negotiation_days", "result_if_none")
    reopener.amount("trigger", above=ZERO, most=ONE)
    reopener.whole("consecutive_months", 1, MOST_MAKE_UP_MONTHS)
    reopener.whole("negotiation_days", 1, MOST_DAYS)
    reopener.choice("result_if_none", REOPENER_RESULTS)
    reopener.finish()


def _read_quality_claim(wishes: Fields) -> None:
    claim = wishes.below("quality_claim")
    if claim is None:
        return
    claim.whole("objection_days", 1, MOST_DAYS)
    claim.flag("retained_sample")
    claim.text("umpire_laboratory")
    claim.amount("assay_split", above=ZERO, most=Decimal(100))  # in the attribute's own unit
    claim.amount("weighing_tolerance", least=ZERO, most=ONE)
    claim.finish()
