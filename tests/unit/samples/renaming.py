"""A market with its identifiers renamed by order of appearance: what two markets have in common but for names."""

from __future__ import annotations

from typing import Any

import msgspec

from solver.form.market import Market, Order
from solver.form.terms import Approval, Site


class Names:
    """``organisation-1``, ``organisation-2`` ... for names as they come."""

    def __init__(self, kind: str) -> None:
        self.kind, self.given = kind, dict[str, str]()

    def __call__(self, name: str) -> str:
        return self.given.setdefault(name, f"{self.kind}-{len(self.given) + 1}")


class Renaming:
    """One market's renaming; what a loading settles anew (name, day, order of grades) is left out."""

    def __init__(self, market: Market) -> None:
        self.organisation, self.party = Names("organisation"), Names("party")
        self.site, self.order = Names("site"), Names("order")
        self.market = market

    def renamed(self) -> Market:
        """The market in its common form."""
        orders = tuple(self._order(order) for order in self.market.orders)
        lanes = tuple(
            msgspec.structs.replace(lane, origin=self._end(lane.origin), destination=self._end(lane.destination))
            for lane in self.market.freight.lanes
        )
        return msgspec.structs.replace(
            self.market,
            name=None,
            as_of=None,
            grades=tuple(sorted(self.market.grades, key=lambda grade: grade.id)),
            freight=msgspec.structs.replace(self.market.freight, lanes=lanes),
            orders=orders,
        )

    def _order(self, order: Order) -> Order:
        changes: dict[str, Any] = {
            "id": self.order(order.id),
            "organisation": self.organisation(order.organisation),
            # without a group an organisation is a party of its own
            "group_parent": self.party(order.group_parent or order.organisation),
            "site": self._site(order.site, order.organisation),
            "tags": tuple(sorted(order.tags)),
        }
        place = order.delivery.place
        if place is not None and place.id is not None:
            site = self._site(place, order.organisation)
            changes["delivery"] = msgspec.structs.replace(order.delivery, place=site)
        for name in ("exclusions", "incumbents"):
            changes[name] = tuple(
                msgspec.structs.replace(each, organisation=self.organisation(each.organisation))
                for each in getattr(order, name)
            )
        if order.approved is not None:
            approvals = tuple(self._approval(each) for each in order.approved.counterparties)
            changes["approved"] = msgspec.structs.replace(order.approved, counterparties=approvals)
        changes["holds"] = tuple(
            sorted(
                (
                    msgspec.structs.replace(
                        held, sites=tuple(sorted(map(self.site, held.sites))), grades=tuple(sorted(held.grades))
                    )
                    for held in order.holds
                ),
                key=str,
            )
        )
        return msgspec.structs.replace(order, **changes)

    def _site(self, site: Site, owner: str) -> Site:
        """A site without a name is one by its place; the book names it."""
        return msgspec.structs.replace(site, id=self.site(site.id or f"{owner} {site.lat} {site.lon} {site.region}"))

    def _approval(self, approval: Approval) -> Approval:
        site = None if approval.site is None else self.site(approval.site)
        return msgspec.structs.replace(approval, organisation=self.organisation(approval.organisation), site=site)

    def _end(self, name: str) -> str:
        return self.site.given.get(name, name)
