"""The market's orders of one grade as arrays, for the one check that looks at every pair: the bound (section 4).

Floats here, fractions everywhere else: the bound is compared with an outward margin, the rows are not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from solver.form.market import Order
from solver.form.terms import AcceptedRange, MinimumContract
from solver.verify import relations
from solver.verify.additions import cost_of_inputs, fee, least_cost
from solver.verify.conditions import period_months
from solver.verify.ground import Ground, depends_on_assay, party, place
from solver.verify.limits import contents_of
from solver.verify.payments import lags
from solver.verify.storage import greatest_deliveries, greatest_total

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Codes = NDArray[np.int64]

INFINITY = float("inf")


def number(value: Decimal | Fraction | float | None, absent: float) -> float:
    """A decimal as a float, ``absent`` where there is none."""
    return absent if value is None else float(value)


def classes(keys: Sequence[object]) -> tuple[Codes, list[int]]:
    """Class of each key, and for each class the position of its first member."""
    seen: dict[object, int] = {}
    codes = np.array([seen.setdefault(key, len(seen)) for key in keys], dtype=np.int64)
    firsts = [int(np.flatnonzero(codes == code)[0]) for code in range(len(seen))]
    return codes, firsts


class Side:
    """All offers, or all needs, of one grade, one row each (n orders, T periods)."""

    def __init__(self, ground: Ground, orders: Sequence[Order]) -> None:
        self.orders = orders
        self.position: Codes = np.array([ground.position[order.id] for order in orders], dtype=np.int64)
        self.volume: Floats = np.array([[float(v) for v in ground.volumes[order.id]] for order in orders])
        self.deliver: Floats = np.array([[float(v) for v in greatest_deliveries(ground, order)] for order in orders])
        self.deliver_total = self.column(lambda order: number(greatest_total(ground, order), INFINITY))
        self.total = self.column(lambda order: float(ground.totals[order.id]))
        self.of_other_grade = self.flags(lambda order: order.id in ground.faces)
        self.ratio = self.column(lambda order: float(ground.ratio(order.id)))
        self.least_volume = self.column(lambda order: float(ground.least_volume(order)))
        self.assayed = np.flatnonzero(self.flags(depends_on_assay))
        self._limits = [self._limits_on(ground, path) for path in range(len(ground.paths))]
        self.inputs = [self._inputs_on(ground, path) for path in range(len(ground.paths))]
        self.lag: Floats = np.array([[float(v) for v in lags(ground.market, order.payment)] for order in orders])
        self.consenting = self.flags(lambda order: order.loss_consent is not None)
        self.valid = self.flags(lambda order: relations.valid(order, ground.market.as_of))
        self.organisation = np.array([order.organisation for order in orders], dtype=object)
        self.group = np.array([order.group_parent or "" for order in orders], dtype=object)
        self._months = period_months(ground.market.calendar[0])
        self.party = np.array([party(order) for order in orders], dtype=object)
        self.fee = self.column(lambda order: float(fee(order)))
        self.switching = self.column(lambda order: float(least_cost(order)))
        self._options()
        self._sizes()
        self._places()

    def column(self, figure: Callable[[Order], float]) -> Floats:
        """One figure per order."""
        return np.array([figure(order) for order in self.orders], dtype=np.float64)

    def flags(self, test: Callable[[Order], bool]) -> Flags:
        """One yes or no per order."""
        return np.array([test(order) for order in self.orders], dtype=np.bool_)

    def _limits_on(self, ground: Ground, path: int) -> Floats:
        """Limits on a path; not a number where each offer's assay makes its own (1.1j)."""
        unknown = (float("nan"),) * ground.periods
        return np.array(
            [
                unknown if depends_on_assay(order) else [float(v) for v in ground.limits(order.id, order, path)]
                for order in self.orders
            ]
        )

    def _inputs_on(self, ground: Ground, path: int) -> Floats:
        """What inputs may cost beside the limits on a path, (n, T) (1.1l)."""
        return np.array([[float(cost) for cost in cost_of_inputs(ground, order, path)] for order in self.orders])

    def limits(self, ground: Ground, offer: Order, path: int) -> Floats:
        """The limits on a path against an offer's goods, (n, T)."""
        if not len(self.assayed):
            return self._limits[path]
        found = self._limits[path].copy()
        for j in self.assayed.tolist():
            if contents_of(self.orders[j].limit_price, offer) is not None:
                found[j] = [float(v) for v in ground.limits(self.orders[j].id, offer, path)]
            else:
                found[j] = 0.0
        return found

    def _options(self) -> None:
        wants = [relations.required(order.flexibility) for order in self.orders]
        gives = [relations.granted(order.flexibility) for order in self.orders]
        self.wants_down = np.array([float(option.down) for option in wants])
        self.wants_up = np.array([float(option.up) for option in wants])
        self.wants_notice = np.array([number(option.notice_days, INFINITY) for option in wants])
        self.gives_down = np.array([float(option.down) for option in gives])
        self.gives_up = np.array([float(option.up) for option in gives])
        self.gives_notice = np.array([number(option.notice_days, 0.0) for option in gives])
        self.wants_make_up = np.array([option.make_up_months or 0 for option in wants])
        self.gives_make_up = np.array([option.make_up_months or 0 for option in gives])
        months = {"period": self._months, "quarter": 3, "year": 12}
        # months over which the lower end counts; none where nothing is wanted, any where all may be left (1.2)
        self.wants_span = np.array([months[o.per] if o.down > 0 or o.up > 0 else 0 for o in wants])
        self.gives_span = np.array([months[o.per] if o.down < 1 else 12 for o in gives])

    def _sizes(self) -> None:
        self.most = self.column(lambda order: number(order.maximum_contract, INFINITY))
        self.least = self.column(
            lambda order: number(order.minimum_contract, 0.0) if isinstance(order.minimum_contract, Decimal) else 0.0
        )
        clipped = [order.minimum_contract for order in self.orders]
        self.clipped_volume = np.array([float(c.volume) if isinstance(c, MinimumContract) else 0.0 for c in clipped])
        self.clipped_fraction = np.array(
            [float(c.pair_fraction) if isinstance(c, MinimumContract) else 0.0 for c in clipped]
        )
        share = [relations.own_share(order) for order in self.orders]
        awarded = np.where(np.isfinite(self.deliver_total), self.deliver_total, self.total)
        self.share = np.array(
            [
                INFINITY if s is None else float(s.fraction) * (most if s.of == "awarded" else stated)
                for s, most, stated in zip(share, awarded, self.total, strict=True)
            ]
        )
        self.requested = np.array([s is not None and s.of == "requested" for s in share], dtype=np.bool_)
        self.lot = [order.lot for order in self.orders]

    def _places(self) -> None:
        places = [place(order) for order in self.orders]
        self.lat = np.array([number(site.lat, np.nan) for site in places])
        self.lon = np.array([number(site.lon, np.nan) for site in places])
        self.x_km = np.array([number(site.x_km, np.nan) for site in places])
        self.y_km = np.array([number(site.y_km, np.nan) for site in places])
        self.place_class, self.place_first = classes([(site.id, site.region) for site in places])
        self.lot_class, self.lot_first = classes(self.lot)

    def classes_by(self, key: Callable[[Order], object]) -> tuple[Codes, list[Order]]:
        """Class of each order by a term, and one order of each class to judge it by."""
        codes, firsts = classes([key(order) for order in self.orders])
        return codes, [self.orders[first] for first in firsts]


class Accepted:
    """What the needs of a grade accept of one attribute, and what a distance from the target is worth."""

    def __init__(self, needs: Sequence[Order], attribute: str) -> None:
        ranges = [need.specification.get(attribute) for need in needs]
        known = [r if isinstance(r, AcceptedRange) else None for r in ranges]
        self.attribute = attribute
        self.asked = np.array([r is not None for r in known], dtype=np.bool_)
        self.at_least = np.array([-INFINITY if r is None else number(r.at_least, -INFINITY) for r in known])
        self.at_most = np.array([INFINITY if r is None else number(r.at_most, INFINITY) for r in known])
        self.target = np.array([np.nan if r is None else number(r.target, np.nan) for r in known])
        self.above = np.array([0.0 if r is None else float(r.above_cny_per_unit) for r in known])
        self.below = np.array([0.0 if r is None else float(r.below_cny_per_unit) for r in known])

    def met(self, value: float | None) -> Flags:
        """Which needs accept an offer's guaranteed value."""
        if value is None:
            return ~self.asked
        return ~self.asked | ((value >= self.at_least) & (value <= self.at_most))

    def worth(self, value: float | None) -> Floats:
        """What the value adds to each need's limit, CNY per unit (1.1d)."""
        if value is None:
            return np.zeros(len(self.asked))
        distance = np.nan_to_num(value - self.target)
        worth: Floats = self.above * np.maximum(0, distance) + self.below * np.maximum(0, -distance)
        return worth
