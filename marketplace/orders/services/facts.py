"""Gathers what the rules must know to judge orders of one organisation; each thing is looked up once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

from marketplace.accounts.queries import IS_ACTIVE_SITE, has_active_site, organisation
from marketplace.catalogue.queries import MEASURES, Measures, measures_in, measures_of
from marketplace.indices.queries import index, why_unpriced
from marketplace.orders.models import Order
from marketplace.orders.rules.facts import GradeFacts, OrderFacts
from marketplace.orders.rules.kinds import Side
from marketplace.shared.actor import Actor
from marketplace.shared.clock import beijing_date
from marketplace.shared.database import db, execute
from marketplace.shared.errors import NotFound

_SITE_AND_GRADE = MEASURES.add_columns(IS_ACTIVE_SITE.label("is_active_site"))
_ENDED = ("withdrawn", "expired", "closed")


class Known:
    """Which identifiers exist: a container that asks once for each."""

    def __init__(self, find: Callable[[str], bool]) -> None:
        self._find, self._found = find, dict[str, bool]()

    def __contains__(self, identifier: object) -> bool:
        if not isinstance(identifier, str):
            return False
        if identifier not in self._found:
            self._found[identifier] = self._find(identifier)
        return self._found[identifier]

    def learn(self, identifier: str, exists: bool) -> None:
        """This is known already."""
        self._found[identifier] = exists

    def still_holds(self) -> bool:
        """Whether whoever asks again for what has been asked gets the same answers."""
        return all(self._find(identifier) == exists for identifier, exists in self._found.items())


class Surroundings:
    """The world as seen by one organisation at one moment, for as many orders as are judged together."""

    def __init__(self, actor: Actor, now: datetime) -> None:
        self._actor = actor
        self._grades: dict[str, GradeFacts] = {}
        self._why_unpriced: dict[str, str | None] = {}
        self._sides: dict[str, str | None] = {}
        self.today = beijing_date(now)
        self.own_code = cache(lambda: organisation(actor.organisation_id).credit_code)  # few orders name organisations
        self.sites = Known(lambda site_id: has_active_site(site_id, actor))
        self.grades = Known(lambda grade_id: grade_id in self._grades or _exists(lambda: bool(self.grade(grade_id))))
        self.indices = Known(lambda index_id: _exists(lambda: bool(index(index_id))))

    def look_up(self, site_id: Any, grade_id: Any) -> None:
        """Ask for the site and the grade of one order at once; whatever is not found here is asked for when needed."""
        if isinstance(site_id, str) and isinstance(grade_id, str):
            asked = {"site_id": site_id, "owner": self._actor.organisation_id, "grade_id": grade_id}
            row = execute(_SITE_AND_GRADE, asked).one_or_none()
            if row is not None:
                self.sites.learn(site_id, bool(row.is_active_site))
                self._keep(grade_id, measures_in(row))

    def grade(self, grade_id: str) -> GradeFacts:
        """A grade as the rules see it; raises NotFound."""
        if grade_id not in self._grades:
            self._keep(grade_id, measures_of(grade_id))
        return self._grades[grade_id]

    def _keep(self, grade_id: str, measures: Measures) -> None:
        self._grades[grade_id] = GradeFacts(grade_id, measures.unit_code, measures.quantum, measures.unit_by_attribute)

    def of(self, side: Side, grade_id: str, order_id: str | None = None) -> OrderFacts:
        """What the rules must know to judge one order; raises NotFound for the grade."""
        return OrderFacts(
            side=side,
            grade=self.grade(grade_id),
            own_code=self.own_code,
            today=self.today,
            sites=self.sites,
            grades=self.grades,
            indices=self.indices,
            side_of=self._side_of,
            order_id=order_id,
        )

    def why_unpriced(self, index_id: str) -> str | None:
        """Why no round can value an index that exists, in words; None where one can."""
        if index_id not in self._why_unpriced:
            self._why_unpriced[index_id] = why_unpriced(index_id)
        return self._why_unpriced[index_id]

    def still_hold(self, now: datetime) -> bool:
        """Whether an order that was judged with all this would be judged the same now."""
        again = Surroundings(self._actor, now)
        try:
            return (
                again.today == self.today
                and self.sites.still_holds()
                and self.indices.still_holds()
                and all(again.grade(grade_id) == facts for grade_id, facts in self._grades.items())
                and all(again.why_unpriced(index_id) == why for index_id, why in self._why_unpriced.items())
                and all(again._side_of(order_id) == side for order_id, side in self._sides.items())
            )
        except NotFound:
            return False

    def _side_of(self, order_id: str) -> str | None:
        if order_id not in self._sides:
            self._sides[order_id] = self._side_as_stored(order_id)
        return self._sides[order_id]

    def _side_as_stored(self, order_id: str) -> str | None:
        order = db.session.get(Order, order_id)
        if order is None or order.organisation_id != self._actor.organisation_id or order.status in _ENDED:
            return None
        return order.side


def _exists(find: Callable[[], bool]) -> bool:
    try:
        return find()
    except NotFound:
        return False
