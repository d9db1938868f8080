"""Entering and revising orders."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import make_transient_to_detached

from marketplace.orders.models import Order, OrderRevision, validity_of
from marketplace.orders.queries import own_order, taken_references
from marketplace.orders.rules.entry import read_entry
from marketplace.orders.rules.honoured import uncleared_faults
from marketplace.orders.rules.kinds import Side
from marketplace.orders.rules.lifecycle import ORDER
from marketplace.orders.rules.prices import unpriced_indices
from marketplace.orders.rules.terms import missing_terms, read_terms
from marketplace.orders.services.changes import must_trade, take_step, write_trail
from marketplace.orders.services.facts import Surroundings
from marketplace.shared.actor import Actor
from marketplace.shared.database import Both, JsonText, db, execute, insert_named, prefixed
from marketplace.shared.errors import Fault, InvalidInput, NotFound
from marketplace.shared.identifiers import new_id


@dataclass(frozen=True)
class ReadyOrder:
    """An entered order in which the rules found no fault."""

    side: Side
    grade_id: str
    unit_code: str
    site_id: str
    external_reference: str | None
    terms: dict[str, Any] | JsonText
    validity: tuple[date, date] = field(init=False)  # the first and the last day

    def __post_init__(self) -> None:
        if isinstance(self.terms, dict):
            object.__setattr__(self, "validity", validity_of(self.terms))

    def written(self) -> ReadyOrder:
        """The same with its terms as they are stored."""
        made = replace(self, terms=JsonText.of(self.terms))
        object.__setattr__(made, "validity", self.validity)
        return made


def create_order(document: Mapping[str, Any], *, actor: Actor, now: datetime) -> Order:
    """Enter an order as a draft.

    ``document``: head and terms in one object (see ``orders.rules.entry``), amounts as decimal strings.
    Allowed: sellers for offers, buyers for needs.  Raises: InvalidInput with every fault, NotAllowed.
    """
    order, store = new_order(document, actor=actor, now=now)
    store()
    db.session.add(order)
    return order


def new_order(document: Mapping[str, Any], *, actor: Actor, now: datetime) -> tuple[Order, Callable[[], None]]:
    """The same in two steps: the draft as it will be, of which no session knows, and what stores it.

    So a reply can be written before the first row is, and SQLite's one lock is held for the storing alone.
    """
    surroundings = Surroundings(actor, now)
    surroundings.look_up(document.get("site"), document.get("grade"))
    reference = document.get("external_reference")
    taken = taken_references([reference] if isinstance(reference, str) else [], actor)
    ready, faults = judge(document, surroundings, taken)
    if ready is None:
        raise InvalidInput(faults)
    rows = _rows([ready], opened=False, actor=actor, now=now)
    order = Order(**rows.orders[0])
    make_transient_to_detached(order)  # as it would have been loaded
    order.unit_code = ready.unit_code

    def store() -> None:
        rows.insert()
        write_trail(order, "created", actor=actor, now=now)

    return order, store


def judge(document: Any, surroundings: Surroundings, taken: Collection[str]) -> tuple[ReadyOrder | None, list[Fault]]:
    """Read one entered order; ready only if nothing at all is wrong.  ``taken``: external references in use."""
    entry, faults = read_entry(document)
    if entry.external_reference is not None and entry.external_reference in taken:
        message = "another order of your organisation has this reference"
        faults.append(
            Fault("/external_reference", message, entry.external_reference, "a reference not used yet", "duplicate")
        )
    if entry.site is not None and entry.site not in surroundings.sites:
        faults.append(Fault("/site", "is no active site of yours", entry.site, "a site of your own", "foreign-site"))
    if entry.grade is not None and entry.grade not in surroundings.grades:
        message = "is no grade of the catalogue"
        faults.append(Fault("/grade", message, entry.grade, "a grade of the catalogue", "unknown-reference"))
    if entry.side is None or entry.grade is None or entry.grade not in surroundings.grades:
        return None, faults
    facts = surroundings.of(entry.side, entry.grade)
    if entry.unit is not None and entry.unit != facts.grade.unit_code:
        faults.append(Fault("/unit", "is not the grade's unit", entry.unit, facts.grade.unit_code, "wrong-unit"))
    reading = read_terms(entry.terms, facts)
    faults += reading.faults
    if faults or entry.site is None:
        return None, faults
    return ReadyOrder(
        entry.side, entry.grade, facts.grade.unit_code, entry.site, entry.external_reference, reading.terms
    ), []


def store_many(ready: Iterable[ReadyOrder], *, opened: bool, actor: Actor, now: datetime) -> list[str]:
    """Add judged orders to the book, as drafts or opened; their identifiers, in the same order.

    The caller writes the trail.  Raises: NotAllowed; IntegrityError for a reference that is taken meanwhile.
    """
    rows = _rows(ready, opened=opened, actor=actor, now=now)
    rows.insert()
    return [row["id"] for row in rows.orders]


@dataclass(frozen=True)
class _Rows:
    """Rows of new orders and of their revisions, inserted as statements, which cost a part of objects."""

    orders: list[dict[str, Any]]
    revisions: list[dict[str, Any]]

    def insert(self) -> None:
        if len(self.orders) == len(self.revisions) == 1:  # as most are entered
            _ORDER_AND_REVISION.execute(prefixed("order_", self.orders[0]), prefixed("revision_", self.revisions[0]))
        elif self.orders:
            execute(_ORDERS, self.orders)
            execute(_REVISIONS, self.revisions)


def _rows(ready: Iterable[ReadyOrder], *, opened: bool, actor: Actor, now: datetime) -> _Rows:
    """What new orders are stored as, with a revision for each step."""
    orders: list[dict[str, Any]] = []
    revisions: list[dict[str, Any]] = []
    by = {"member_id": actor.member_id, "moment": now}
    for each in ready:
        must_trade(each.side, actor)
        steps = [("create", ORDER.initial)] + [("open", ORDER.next(ORDER.initial, "open"))] * opened
        shared = {"site_id": each.site_id, "terms": each.terms}
        order = {
            "id": new_id("ord", now),
            "organisation_id": actor.organisation_id,
            "side": each.side,
            "grade_id": each.grade_id,
            "external_reference": each.external_reference,
            "status": steps[-1][1],
            "valid_from": each.validity[0],
            "valid_to": each.validity[1],
            "revision": len(steps),
            "version": 1,
            "created_at": now,
            "updated_at": now,
        }
        orders.append(order | shared)
        for number, (action, status) in enumerate(steps, start=1):
            step = {"order_id": order["id"], "number": number, "action": action, "status": status}
            revisions.append(step | shared | by)
    return _Rows(orders, revisions)


_ORDERS = sa.insert(Order.__table__).inline()  # type: ignore[arg-type]
_ORDER_AND_REVISION = Both(insert_named(Order, "order_"), insert_named(OrderRevision, "revision_"))
_REVISIONS = sa.insert(OrderRevision.__table__).inline()  # type: ignore[arg-type]


def revise_order(order_id: str, changes: Mapping[str, Any], *, actor: Actor, now: datetime) -> Order:
    """Change some terms of a draft or an open order; the others stay.

    ``changes``: whole terms by name, None takes a term away; ``site`` moves the order to another own site.
    Raises: NotFound, NotAllowed, TransitionNotAllowed (frozen, ended), InvalidInput.
    """
    order = own_order(order_id, actor)
    must_trade(order.side, actor)
    status = ORDER.next(order.status, "revise")
    wanted = dict(changes)
    surroundings = Surroundings(actor, now)
    site = wanted.pop("site", order.site_id)
    faults = []
    if site not in surroundings.sites:
        faults.append(Fault("/site", "is no active site of yours", site, "a site of your own", "foreign-site"))
    terms = {name: value for name, value in (order.terms | wanted).items() if value is not None}
    reading = read_terms(terms, surroundings.of(Side(order.side), order.grade_id, order.id))
    faults += reading.faults
    if status == "open":
        faults += obstacles_to_opening(reading.terms, surroundings)
    if faults:
        raise InvalidInput(faults)
    order.site_id = site
    order.put_terms(reading.terms)
    take_step(order, "revise", actor=actor, now=now)
    write_trail(order, "revised", actor=actor, now=now, payload={"terms": sorted(wanted)})
    db.session.flush()
    return order


def obstacles_to_opening(terms: Mapping[str, Any], surroundings: Surroundings) -> list[Fault]:
    """What keeps terms from being matched: one that is missing, that no clearing honours yet, an index without price.

    An index that is not known at all is a fault of the terms themselves.
    """
    known = surroundings.indices
    unpriced = unpriced_indices(terms, lambda index: surroundings.why_unpriced(index) if index in known else None)
    return [*missing_terms(terms), *uncleared_faults(terms), *unpriced]


def faults_of_order(order: Order, surroundings: Surroundings, terms: Mapping[str, Any] | None = None) -> list[Fault]:
    """Every fault that a stored order has today: time passes, sites close.  ``terms``: in place of its own."""
    terms = order.terms if terms is None else terms
    faults: list[Fault] = []
    if order.site_id not in surroundings.sites:
        faults.append(Fault("/site", "is no active site of yours", order.site_id, "an active site", "foreign-site"))
    try:
        facts = surroundings.of(Side(order.side), order.grade_id, order.id)
    except NotFound:
        message = "is no grade of the catalogue any more"
        return [*faults, Fault("/grade", message, order.grade_id, "a grade of the catalogue", "unknown-reference")]
    return [*faults, *read_terms(terms, facts).faults, *obstacles_to_opening(terms, surroundings)]
