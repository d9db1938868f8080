"""Falsified prices: a month, the formula, what is said of it."""

from __future__ import annotations

from random import Random

from msgspec.structs import replace

from solver.form.clearing import Formula, Match, MatchPrice
from solver.form.market import Market
from solver.form.terms import Quotation
from tests.unit.solver.corruptions.falsifying import D, Kind, of_match, of_price, with_row


def series(name: str) -> Kind:
    """A kind that falsifies one period of a reference, floor or cap."""

    def change(random: Random, market: Market, price: MatchPrice) -> MatchPrice:
        stated = getattr(price, name)
        period = random.choice([t for t, value in enumerate(stated) if value is not None])
        tick = market.policy.price_tick
        wrong = random.choice((stated[period] + tick, stated[period] - tick, stated[period] + tick / 2, None))
        return replace(price, **{name: with_row(stated, period, wrong)})

    return of_price(change)


def _formula(random: Random, market: Market, price: MatchPrice) -> MatchPrice:
    """A formula made up, left out, or with another figure."""
    if price.formula is None:
        made_up = Formula(index="LC", coefficient=D(1), premium=D(0), index_reference=D(100))
        return replace(price, formula=made_up)
    name = random.choice(("coefficient", "premium", "index_reference", "index", "quotation", "all"))
    if name == "all":
        return replace(price, formula=None)
    if name == "quotation":
        other = Quotation(month="M-1") if price.formula.quotation is None else None
        return replace(price, formula=replace(price.formula, quotation=other))
    value = getattr(price.formula, name)
    wrong = "another" if name == "index" else value + random.choice((D("0.01"), D(-1), D("0.2")))
    return replace(price, formula=replace(price.formula, **{name: wrong}))


def _uniform(random: Random, market: Market, price: MatchPrice) -> MatchPrice:
    return replace(price, uniform=not price.uniform)


def _exception(random: Random, market: Market, price: MatchPrice) -> MatchPrice:
    if price.exception_gap is None:
        return replace(price, exception_gap=random.choice((D(0), D(1), market.policy.price_tick)))
    return replace(price, exception_gap=random.choice((None, price.exception_gap + 1)))


def _price_missing(random: Random, market: Market, match: Match) -> Match:
    return replace(match, price=None)


KINDS: dict[str, Kind] = {
    "reference": series("reference"),
    "floor": series("floor"),
    "cap": series("cap"),
    "formula": of_price(_formula),
    "uniform": of_price(_uniform),
    "exception": of_price(_exception),
    "price missing": of_match(_price_missing),
}
