"""A component whose contracts all deliver evenly: which of them fit together is found there, where parts would not.

Every volume is taken to be spread over the periods as its pair's greatest volumes are.  Then one column stands for all
periods of a contract, and every row over volumes remains a row.  It bounds nothing, and what it finds is only tried.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np

from solver.pairs.screened import Floats
from solver.search.component import Component
from solver.search.rules.row import Row
from solver.search.rules.rule import Rule
from solver.search.term import over_the_term


def spread_evenly(component: Component) -> Floats:
    """The part of a contract's volume that each period has.  Shapes: (P, T)."""
    most = component.pairs.most
    shares: Floats = most / most.sum(axis=1, keepdims=True)
    return shares


def coarse(component: Component) -> Component:
    """The component with one period in place of all."""
    over, shares = over_the_term(component), spread_evenly(component)
    gain = (component.pairs.gain * shares).sum(axis=1, keepdims=True)
    rules = tuple(_over_the_term(component.rules, shares))
    return replace(over, pairs=replace(over.pairs, gain=gain), rules=rules)


def _over_the_term(rules: Iterable[Rule], shares: Floats) -> Iterator[Rule]:
    rows: dict[tuple[object, ...], list[Row]] = {}
    for rule in rules:
        if isinstance(rule, Row) and rule.over_the_term() is None:
            rows.setdefault(_alike(rule), []).append(rule)
        elif (over := rule.over_the_term()) is not None:
            yield over
    for alike in rows.values():
        yield from _strictest(alike, shares)


def _is_cap(row: Row) -> bool:
    return row.limit > 0 and not row.at_least and not row.made


def _alike(row: Row) -> tuple[object, ...]:
    """What rows have in common that differ by their period: caps are compared in parts of their limits."""
    limit = None if _is_cap(row) else row.limit
    return row.term, row.owner, limit, row.at_least, row.pairs, tuple(row.made.items())


def _strictest(rows: list[Row], shares: Floats) -> Iterator[Row]:
    """The rows over the term without those that another one contains."""
    pairs = sorted({p for row in rows for p in row.volumes})
    zero = np.zeros(shares.shape[1])
    of_row = np.array([[float(row.floats.get(p, zero) @ shares[p]) for p in pairs] for row in rows])
    strict = -of_row if rows[0].at_least else of_row
    if _is_cap(rows[0]):
        strict = strict / np.array([[float(row.limit)] for row in rows])
    for k, row in enumerate(rows):
        same_before = (strict[:k] == strict[k]).all(axis=1).any()
        if not same_before and not ((strict >= strict[k]).all(axis=1) & (strict > strict[k]).any(axis=1)).any():
            yield replace(row, volumes={p: (Fraction(float(c)),) for p, c in zip(pairs, of_row[k], strict=True)})
