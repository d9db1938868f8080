"""The market as the verifier looks things up in it: orders by name, volumes and limits as exact fractions."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, lru_cache

from solver.form.market import Grade, Lane, Market, Order, PricePath
from solver.form.terms import Payment, Site, SplitVolume
from solver.verify.alternates import faces_of
from solver.verify.days import first_and_last_day
from solver.verify.limits import exchange_rate, stated_limits, tax_exclusive
from solver.verify.payments import restating_factors
from solver.verify.sums import total


class Ground:
    """Look-ups in one market.  Volumes in grade units, money in CNY, all exact."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.periods = len(market.calendar)
        self.orders: dict[str, Order] = {order.id: order for order in market.orders}
        self.position: dict[str, int] = {order.id: i for i, order in enumerate(market.orders)}
        self.grades: dict[str, Grade] = {grade.id: grade for grade in market.grades}
        faces = faces_of(market)
        self.faces = {face.order.id: face for face in faces}  # needs as other grades' offers meet them (3.22)
        self._faces = {(face.need.id, face.order.grade): face.order for face in faces}
        self.position |= {name: self.position[face.need.id] for name, face in self.faces.items()}
        self._seen = self.orders | {name: face.order for name, face in self.faces.items()}
        days = [first_and_last_day(period) for period in market.calendar]
        self.first_days: tuple[date, ...] = tuple(first for first, _ in days)
        self.last_day: date = max(last for _, last in days)
        self.paths: tuple[PricePath | None, ...] = market.paths or (None,)
        self.weights = [Fraction(1) if path is None else Fraction(path.weight) for path in self.paths]
        self._limits = lru_cache(maxsize=None)(self._stated)
        self.factors = lru_cache(maxsize=None)(self._factors)

    @cached_property
    def volumes(self) -> dict[str, tuple[Fraction, ...]]:
        """Volume that counts per order and period, V_it (1.4); a face's in the units of its grade."""
        own = {order.id: tuple(map(self._counted, order.volumes)) for order in self.market.orders}
        faces = self.faces.items()
        return own | {name: tuple(volume * face.ratio for volume in own[face.need.id]) for name, face in faces}

    @cached_property
    def totals(self) -> dict[str, Fraction]:
        """Volume that counts per order over the calendar, V_i."""
        return {name: total(volumes) for name, volumes in self.volumes.items()}

    @cached_property
    def parties_of(self) -> dict[str, set[str]]:
        """The party that each organisation with an order counts to."""
        found: dict[str, set[str]] = {}
        for order in self.market.orders:
            found.setdefault(order.organisation, set()).add(party(order))
        return found

    @cached_property
    def lanes(self) -> dict[tuple[str, str], Lane]:
        """Freight lanes by origin and destination; the first of a pair counts."""
        found: dict[tuple[str, str], Lane] = {}
        for lane in self.market.freight.lanes:
            found.setdefault((lane.origin, lane.destination), lane)
        return found

    def facing(self, need: Order, offer: Order) -> Order | None:
        """A need as an offer meets it: itself, its face in the offer's grade, or None if it does not accept that."""
        return need if need.grade == offer.grade else self._faces.get((need.id, offer.grade))

    def ratio(self, name: str) -> Fraction:
        """Units that a face counts for one unit of its need; 1 for every order."""
        return self.faces[name].ratio if name in self.faces else Fraction(1)

    def least_volume(self, order: Order) -> Fraction:
        """One quantum of the order's grade, of a face: of the offer's and of the need's, the larger (3.4)."""
        quantum = self.quantum(order.grade)
        return max(quantum, self.faces[order.id].least) if order.id in self.faces else quantum

    def added(self, name: str) -> Fraction:
        """What is added to an order's stated limit, in CNY, before tax is taken out: a face's adjustment."""
        if name not in self.faces:
            return Fraction(0)
        return self.faces[name].adjustment * exchange_rate(self.market, self._seen[name].limit_price)

    def quantum(self, grade: str) -> Fraction:
        """Quantum of a grade."""
        return Fraction(self.grades[grade].quantum)

    def _counted(self, volume: Decimal | SplitVolume) -> Fraction:
        if not isinstance(volume, SplitVolume):
            return Fraction(volume)
        planned = Fraction(volume.planned) if self.market.policy.planned_capacity == "counted" else Fraction(0)
        return Fraction(volume.firm) + planned

    def limits(self, name: str, offer: Order, path: int) -> tuple[Fraction, ...]:
        """Limit of an order per period against an offer's goods, tax exclusive, for its own payment (1.1a, 1.1b)."""
        return self._limits(name, offer.id if depends_on_assay(self._seen[name]) else name, path)

    def _stated(self, name: str, offer: str, path: int) -> tuple[Fraction, ...]:
        order = self._seen[name]
        limits = stated_limits(self.market, order, self._seen[offer], self.paths[path])
        if name not in self.faces:
            return limits
        added = tax_exclusive(order.limit_price, self.added(name))
        return tuple((limit + added) / self.ratio(name) for limit in limits)

    def _factors(self, name: str, contract: Payment) -> tuple[Fraction, ...]:
        """What an order's limit is multiplied by per period to stand for a contract's payment (1.1c)."""
        return restating_factors(self.market, self._seen[name], contract)


def depends_on_assay(order: Order) -> bool:
    """Whether an order's limit is another for every offer's assay (1.1j); an offer's own is one."""
    parts = order.limit_price.components
    return order.side == "need" and any(component.content_attribute is not None for component in parts)


def party(order: Order) -> str:
    """The party an order counts to: its group, else its organisation (section 3)."""
    return order.organisation if order.group_parent is None else order.group_parent


def place(order: Order) -> Site:
    """The named place an order's limit stands at (1.1e)."""
    return order.site if order.delivery.place is None else order.delivery.place
