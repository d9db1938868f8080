"""Terms between orders.  Who states one with another order becomes of one organisation with it, where it has to be.

Each is stated by some orders together with the next order of the same side and grade, and these are counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from solver.form.coupling_checks import FAMILY_TERMS
from solver.form.terms import Input, Source
from solver.generate_terms.drawing import GRAM, THOUSANDTH, Drawing, Random, joined, rounded

Pairs = list[tuple[int, int]]
Several = Callable[[Drawing, float, Random], None]


def family(drawing: Drawing, fraction: float, random: Random) -> None:
    """Orders over several sites that count together; :func:`stated_alike` gives them their common terms."""
    for first, members in _sets(drawing, _chosen(drawing, fraction / 2, random)):
        for k in members:
            drawing.change(k, {"family": f"family {drawing.orders[first].id}"})


def source(drawing: Drawing, fraction: float, random: Random) -> None:
    """Offers of different organisations from one producer's line, which makes 80 % of what they offer together."""
    pairs = [(k, j) for k, j in _chosen(drawing, fraction / 2, random) if drawing.is_offer(k)]
    for first, members in _sets(drawing, pairs, related=False):
        volumes = [[float(str(v)) for v in drawing.orders[k].volumes] for k in members]
        capacity = tuple(rounded(0.8 * made, GRAM) for made in np.sum(volumes, axis=0))
        line = Source(site=f"site {drawing.orders[first].id}", line="1", capacity=capacity)
        for k in members:
            drawing.change(k, {"source": line})


def linked_to(drawing: Drawing, fraction: float, random: Random) -> None:
    """Filled only if the next order of the same side and grade is."""
    pairs = _chosen(drawing, fraction, random)
    _relate(drawing, pairs)
    for k, other in pairs:
        drawing.change(k, {"linked_to": drawing.orders[other].id})


def exclusive(drawing: Drawing, fraction: float, random: Random) -> None:
    """At most one of these orders is filled."""
    for first, members in _sets(drawing, _chosen(drawing, fraction / 2, random)):
        for k in members:
            drawing.change(k, {"exclusive": f"set {drawing.orders[first].id}"})


def inputs(drawing: Drawing, fraction: float, random: Random) -> None:
    """Grades come in twos: an offer of the first needs what its organisation buys of the second, a fifth is stocked."""
    grades = [grade.id for grade in drawing.market.grades]
    material = dict(zip(grades[::2], grades[1::2], strict=False))
    pairs: Pairs = []
    for k, order in enumerate(drawing.orders):
        if order.side == "offer" and order.grade in material:
            needs = drawing.of_grade("need", material[order.grade])
            at = random.random(2)
            if needs and at[0] < fraction:
                pairs.append((k, needs[int(at[1] * len(needs))]))
    _relate(drawing, pairs)
    for k, need in pairs:
        each = Input(
            need=drawing.orders[need].id,
            units_per_unit=rounded(random.uniform(0.5, 1.2), THOUSANDTH),
            lead_periods=int(random.integers(0, 2)),
            stocked=drawing.volume(k, 0.2),
            cost_in_limit=True,
        )
        drawing.change(k, {"inputs": (each,)})


def group_parent(drawing: Drawing, fraction: float, random: Random) -> None:
    """Related organisations: neither trades with the other, and counterparties count them as one."""
    organisations = list(dict.fromkeys(order.organisation for order in drawing.orders))
    at = {name: i for i, name in enumerate(organisations)}
    pairs = _chosen(drawing, fraction / 2, random)
    own = [(at[drawing.orders[k].organisation], at[drawing.orders[j].organisation]) for k, j in pairs]
    first = joined(len(organisations), own)
    related = {i for pair in own for i in pair}
    for k, order in enumerate(drawing.orders):
        if at[order.organisation] in related:
            drawing.change(k, {"group_parent": f"group {organisations[first[at[order.organisation]]]}"})


SEVERAL: dict[str, Several] = {
    "family": family,
    "source": source,
    "linked_to": linked_to,
    "exclusive": exclusive,
    "inputs": inputs,
    "group_parent": group_parent,  # after all that make orders one organisation's
}


def stated_alike(drawing: Drawing) -> None:
    """A family's orders have the common terms of its first."""
    firsts: dict[str, int] = {}
    for k, order in enumerate(drawing.orders):
        if order.family is not None:
            first = drawing.orders[firsts.setdefault(order.family, k)]
            drawing.change(k, {name: getattr(first, name) for name in FAMILY_TERMS})


def _chosen(drawing: Drawing, fraction: float, random: Random) -> Pairs:
    """Some orders, each with the next of its side and grade; orders alone of their kind are left out."""
    drawn = random.random(len(drawing.orders)) < fraction
    pairs = ((int(k), drawing.next_alike(int(k))) for k in np.flatnonzero(drawn))
    return [(k, other) for k, other in pairs if k != other]


def _sets(drawing: Drawing, pairs: Pairs, *, related: bool = True) -> Iterable[tuple[int, list[int]]]:
    """The orders that hang together by pairs, by their first; of one organisation if they have to be related."""
    if related:
        _relate(drawing, pairs)
    first = joined(len(drawing.orders), pairs)
    sets: dict[int, list[int]] = {}
    for k in sorted({k for pair in pairs for k in pair}):
        sets.setdefault(first[k], []).append(k)
    return sets.items()


def _relate(drawing: Drawing, pairs: Pairs) -> None:
    """Make orders, and all others of their organisations, one organisation's: that of the first in the file."""
    organisations = list(dict.fromkeys(order.organisation for order in drawing.orders))
    at = {name: i for i, name in enumerate(organisations)}
    own = [(at[drawing.orders[k].organisation], at[drawing.orders[j].organisation]) for k, j in pairs]
    first = joined(len(organisations), own)
    for k, order in enumerate(drawing.orders):
        drawing.change(k, {"organisation": organisations[first[at[order.organisation]]]})
