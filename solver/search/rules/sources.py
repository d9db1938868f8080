"""Offers of several organisations that are made on one producer's line (docs/model.md 3.10)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from solver.form.terms import Source
from solver.pairs.amounts import up_of
from solver.search.rules.row import Row

if TYPE_CHECKING:
    from solver.search.component import Component


def rules(component: Component) -> Iterator[Row]:
    """sum over the offers of a line of (1 + up_p) x_pt <= the line's capacity in t.

    Maths: 3.10.  Members state the same capacity.
    """
    lines: dict[tuple[str, str], list[int]] = {}
    for k, order in enumerate(component.market.orders):
        if order.source is not None:
            lines.setdefault((order.source.site, order.source.line), []).append(k)
    for offers in lines.values():
        source = component.market.orders[offers[0]].source
        assert source is not None
        yield from _line(component, source, offers)


def _line(component: Component, source: Source, offers: list[int]) -> Iterator[Row]:
    called: dict[int, Fraction] = {}
    for k in offers:
        for p in component.orders[k].pairs.tolist():
            need = component.market.orders[int(component.buyer[p])]
            called[p] = 1 + Fraction(up_of(need.flexibility.requires))
    none = (Fraction(0),) * component.periods
    for t, capacity in enumerate(source.capacity):
        only_then = {p: (*none[:t], up, *none[t + 1 :]) for p, up in called.items()}
        yield Row("source", offers[0], only_then, {}, Fraction(capacity))
