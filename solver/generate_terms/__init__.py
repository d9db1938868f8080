"""Generated markets with the optional terms of an order switched on: docs/generator-laws.md, ``terms/1``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from solver.form.faults import WrongArgument
from solver.form.market import Market
from solver.generate_terms import conditions, money, partners, sizes
from solver.generate_terms.drawing import Drawing, Random, Term
from solver.generate_terms.several import SEVERAL, stated_alike

LAW = "terms/1"
OF_ONE_ORDER: dict[str, Term] = {**conditions.TERMS, **money.TERMS, **sizes.TERMS, **partners.TERMS}
ALL_TERMS = (*SEVERAL, *OF_ONE_ORDER)


def with_terms(market: Market, fraction: float, seed: int, *, name: str, only: Sequence[str] = ()) -> Market:
    """A generated market whose orders carry each term (or ``only`` some) with a probability.

    Every term has a stream of draws of its own, so a market with fewer terms has the same draws of those.
    Raises: WrongArgument.
    """
    if not 0 <= fraction <= 1:
        raise WrongArgument("terms", fraction, "must lie between 0 and 1")
    for term in only:
        if term not in ALL_TERMS:
            raise WrongArgument("only", repr(term), f"must be one of {', '.join(ALL_TERMS)}")
    on = [term for term in ALL_TERMS if not only or term in only]
    drawing = Drawing(market)
    for term in on:
        if term in SEVERAL:
            SEVERAL[term](drawing, fraction, _stream(seed, term))
    for term in on:
        if term in OF_ONE_ORDER:
            _switch_on(drawing, OF_ONE_ORDER[term], fraction, seed, term)
    stated_alike(drawing)
    return drawing.finished(name)


def _switch_on(drawing: Drawing, term: Term, fraction: float, seed: int, name: str) -> None:
    able = [k for k in range(len(drawing.orders)) if term.may(drawing, k)]
    if not able:
        return
    term.prepare(drawing, _stream(seed, term.prepare.__name__))  # terms that need the same find the same
    random = _stream(seed, name)
    drawn = random.random(len(drawing.orders)) < fraction
    for k in able:
        if drawn[k]:
            drawing.change(k, term.draw(drawing, k, random))


def _stream(seed: int, name: str) -> Random:
    return np.random.default_rng([seed, *name.encode()])
