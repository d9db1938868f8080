"""One row per offer of a grade: the needs that it may trade with, and the figures of these pairs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from solver.verify.columns import Codes, Floats
from solver.verify.ground import Ground
from solver.verify.rows.gains import above_cost, additions, freight_to_all, gains_on_paths, lost, priced, settle_ties
from solver.verify.rows.related import keep_by_relations, trials
from solver.verify.rows.sides import Passing, Sides, guaranteed
from solver.verify.rows.sizes import fits, sizes
from solver.verify.tiers import Ladder, ladder, opens_at_best

TESTS = [
    "grade",
    "same_party",
    "validity",
    "exclusion",
    "approval",
    "incoterm",
    "invoice_form",
    "dangerous_goods",
    "tolling",
    "specification",
    "certificate",
    "flexibility",
    "wishes",
    "lane",
    "price",
    "quantity",
]

TINY = 1e-7  # CNY; gains and discounts are whole millionths


@dataclass(frozen=True, slots=True)
class Row:
    """One offer against the n needs of its grade that it may trade with (T periods)."""

    offer: int  # position in the market file
    needs: Codes  # (n,) positions in the market file, rising
    gain: Floats  # (n, T) CNY per unit
    greatest: Floats  # (n, T) u_pt
    least: Floats  # (n,) m_p
    most: Floats  # (n,) M_p
    buyer_up: Floats  # (n,)
    ratio: Floats  # (n,) units of the offer's grade for one of the need's (3.22)
    seller_up: float
    cost: float  # CNY per contract
    refused: dict[str, Codes]  # test -> positions of the needs it keeps away
    ladder: Ladder | None = None  # the offer's discounts (3.21)


class GradeRows:
    """The rows of pairs between the offers and needs of one grade."""

    def __init__(self, ground: Ground, grade: str) -> None:
        self.ground = ground
        self.sides = Sides(ground, grade)

    def rows(self) -> Iterator[Row]:
        """One row per offer, in the file's order."""
        if len(self.sides.needs.orders):
            for place_in_side in range(len(self.sides.offers.orders)):
                yield self._row(place_in_side)

    def _row(self, i: int) -> Row:
        sides, passing = self.sides, Passing(self.sides)
        offers, needs, offer = sides.offers, sides.needs, sides.offers.orders[i]
        keep_by_relations(sides, i, passing)
        freight = freight_to_all(sides, i)
        passing.keep(~np.isnan(freight), "lane")
        quality = np.zeros(len(needs.orders))
        for accepted in sides.accepted:
            quality += accepted.worth(guaranteed(offer, accepted.attribute))
        on_paths = gains_on_paths(sides, i, quality + additions(sides, i, offer) - np.nan_to_num(freight))
        gain = np.tensordot(np.array([float(weight) for weight in self.ground.weights]), on_paths, axes=1)
        settle_ties(sides, offer, passing.free, gain, freight)
        shares, opened = trials(sides, offer)
        greatest = np.minimum(
            offers.deliver[i] / (1 + needs.wants_up)[:, None],
            needs.deliver / (1 + offers.wants_up[i]),
        )
        barred = lost(sides, offer, passing.free, on_paths, freight)
        opening = float(opens_at_best(self.ground.market, offer))
        loses = gain < (-opening - TINY if opening else 0.0)
        greatest[loses | barred | ~opened | ~priced(sides, offer, passing.free, gain, freight)] = 0
        passing.keep(above_cost(sides, offer, gain, greatest), "price")
        least, most = sizes(sides, i, greatest, shares)
        passing.keep(fits(sides, i, greatest, least, most, shares), "quantity")
        kept = np.flatnonzero(passing.free)
        return Row(
            offer=int(offers.position[i]),
            needs=needs.position[kept],
            gain=gain[kept],
            greatest=greatest[kept],
            least=least[kept],
            most=most[kept],
            buyer_up=needs.wants_up[kept],
            ratio=needs.ratio[kept],
            seller_up=float(offers.wants_up[i]),
            cost=sides.cost,
            ladder=ladder(self.ground.market, offer),
            refused=passing.refused,
        )
