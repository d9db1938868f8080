"""Reading the order book.  An organisation reads its own orders; rounds read those they freeze."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.accounts.models import Organisation
from marketplace.catalogue.queries import units_of
from marketplace.orders.models import Disclosure, Order, OrderPause, OrderRevision, OrderUpload, OrderUploadRows
from marketplace.orders.rules.kinds import Side
from marketplace.orders.rules.lifecycle import LIVE
from marketplace.orders.rules.uploads.rows import RowReport
from marketplace.shared.actor import Actor, Role
from marketplace.shared.database import HELD, chunks, db
from marketplace.shared.errors import NotFound
from marketplace.shared.paging import Page, page

SORTS: dict[str, InstrumentedAttribute[object]] = {"created_at": Order.created_at, "valid_to": Order.valid_to}


@dataclass(frozen=True)
class FrozenPlace:
    """Where an order stood when a round froze it: its site, and the line behind it if it named one."""

    moment: datetime
    site_id: str
    line_id: str | None


def own_order(order_id: str, actor: Actor) -> Order:
    """An order of the actor's organisation; raises NotFound."""
    found = db.session.get(Order, order_id)
    if found is None or found.organisation_id != actor.organisation_id:
        raise NotFound("order", order_id)
    return found


def own_orders(
    actor: Actor,
    *,
    side: str | None = None,
    grade: str | None = None,
    status: str | None = None,
    site: str | None = None,
    external_reference: str | None = None,
    sort: str = "created_at",
    descending: bool = True,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Order]:
    """The orders of the actor's organisation; ``sort`` is one of SORTS."""
    query = sa.select(Order).where(Order.organisation_id == actor.organisation_id)
    given = (
        (Order.side, side),
        (Order.grade_id, grade),
        (Order.status, status),
        (Order.site_id, site),
        (Order.external_reference, external_reference),
    )
    query = query.where(*(column == value for column, value in given if value is not None))
    found = page(query, key=SORTS[sort], unique=Order.id, descending=descending, cursor=cursor, limit=limit)
    units = units_of(order.grade_id for order in found.items)
    for order in found.items:
        order.unit_code = units[order.grade_id]
    return found


def revisions(
    order_id: str, actor: Actor, *, descending: bool = True, cursor: str | None = None, limit: int = 50
) -> Page[OrderRevision]:
    """Every state that an order of the actor's organisation has been in; raises NotFound."""
    query = sa.select(OrderRevision).where(OrderRevision.order_id == own_order(order_id, actor).id)
    key = OrderRevision.number
    return page(query, key=key, unique=key, descending=descending, cursor=cursor, limit=limit)


def open_orders(grade_ids: Collection[str], *, on: date, months: Collection[str] | None = None) -> list[Order]:
    """What a round of these grades may freeze: open orders of verified organisations, valid on a day, by id.

    ``months`` leaves out orders without volume in any of them.  For rounds alone: whose orders these are is sealed.
    """
    query = (
        sa.select(Order)
        .join(Organisation, Order.organisation_id == Organisation.id)
        .where(Order.status == "open", Order.grade_id.in_(grade_ids), Organisation.status == "verified")
        .where(Order.valid_from <= on, Order.valid_to >= on)
        .order_by(Order.id)
    )
    found = db.session.scalars(query).all()
    return [order for order in found if months is None or not order.terms["volumes"].keys().isdisjoint(months)]


def orders_by_id(order_ids: Iterable[str], *, lock: bool = False) -> list[Order]:
    """These orders, whoever asks, by id; ``lock`` keeps others from changing them.  Raises NotFound."""
    wanted = sorted(set(order_ids))
    found: dict[str, Order] = {}
    for chunk in chunks(wanted):
        query = sa.select(Order).where(Order.id.in_(chunk)).order_by(Order.id)
        if lock:
            query = query.with_for_update(of=Order, **HELD).execution_options(populate_existing=True)
        found |= {order.id: order for order in db.session.scalars(query)}
    for order_id in wanted:
        if order_id not in found:
            raise NotFound("order", order_id)
    return [found[order_id] for order_id in wanted]


def taken_references(references: Iterable[str], actor: Actor) -> set[str]:
    """Which of these external references the actor's organisation has used already."""
    taken: set[str] = set()
    for chunk in chunks(references):
        query = sa.select(Order.external_reference).where(
            Order.organisation_id == actor.organisation_id, Order.external_reference.in_(chunk)
        )
        taken |= {reference for reference in db.session.scalars(query) if reference is not None}
    return taken


def frozen_revision(order_id: str, *, by: datetime) -> OrderRevision | None:
    """How an order stood when a round last froze it, not later than ``by``; None while it is sealed."""
    query = (
        sa.select(OrderRevision)
        .where(OrderRevision.order_id == order_id, OrderRevision.status == "frozen", OrderRevision.moment <= by)
        .order_by(OrderRevision.number.desc())
        .limit(1)
    )
    return db.session.scalar(query)


def frozen_places(order_ids: Iterable[str]) -> dict[str, list[FrozenPlace]]:
    """Where each order stood whenever a round froze it, the first one first, for the domains above."""
    line = OrderRevision.terms["source"]["line"].as_string()
    found: dict[str, list[FrozenPlace]] = {}
    for some in chunks(order_ids):
        query = (
            sa.select(OrderRevision.order_id, OrderRevision.moment, OrderRevision.site_id, line)
            .where(OrderRevision.order_id.in_(some), OrderRevision.status == "frozen")
            .order_by(OrderRevision.order_id, OrderRevision.number)
        )
        for order_id, *place in db.session.execute(query):
            found.setdefault(order_id, []).append(FrozenPlace(*place))
    return found


def live_orders(
    side: str,
    *,
    on: date,
    organisation_id: str | None = None,
    grade_id: str | None = None,
    statuses: Collection[str] = LIVE,
) -> list[Order]:
    """The orders of a side that are still traded or may be again, by id; open ones whose validity is over are not.

    For the domains above, which say who may know of them: open and frozen ones are sealed.
    """
    query = sa.select(Order).where(
        Order.side == side, Order.status.in_(statuses), sa.or_(Order.status != "open", Order.valid_to >= on)
    )
    for column, value in ((Order.organisation_id, organisation_id), (Order.grade_id, grade_id)):
        if value is not None:
            query = query.where(column == value)
    return list(db.session.scalars(query.order_by(Order.id)))


def needs_at(organisation_id: str, grade_id: str, site_id: str) -> list[Order]:
    """An organisation's needs of a grade at a site that were ever in the book, by id, for the services."""
    query = sa.select(Order).filter_by(
        organisation_id=organisation_id, grade_id=grade_id, site_id=site_id, side=str(Side.NEED)
    )
    return [each for each in db.session.scalars(query.order_by(Order.id)) if each.status != "draft"]


def stated_volumes(order_ids: Iterable[str]) -> dict[str, list[tuple[str, dict[str, Any]]]]:
    """Of each order, whoever asks: what was done to it, and the volumes that it stated then, revision by revision."""
    found: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for chunk in chunks(order_ids):
        query = sa.select(OrderRevision).where(OrderRevision.order_id.in_(chunk))
        for each in db.session.scalars(query.order_by(OrderRevision.order_id, OrderRevision.number)):
            found.setdefault(each.order_id, []).append((each.action, each.terms.get("volumes", {})))
    return found


def paused_until(organisation_id: str, grade_id: str) -> datetime | None:
    """Until when an organisation may not open orders of a grade, past or to come; None: it always might."""
    found = db.session.get(OrderPause, (organisation_id, grade_id))
    return None if found is None else found.until


def disclosure(disclosure_id: str, actor: Actor) -> Disclosure:
    """A disclosure: any for operators, one's own request for an authority; raises NotFound."""
    found = db.session.get(Disclosure, disclosure_id)
    if found is None or not (actor.is_a(Role.OPERATOR) or found.requested_by == actor.member_id):
        raise NotFound("disclosure", disclosure_id)
    return found


def disclosures(
    actor: Actor, *, status: str | None = None, cursor: str | None = None, limit: int = 50
) -> Page[Disclosure]:
    """Disclosures that the actor may see, newest first."""
    query = sa.select(Disclosure)
    if not actor.is_a(Role.OPERATOR):
        query = query.where(Disclosure.requested_by == actor.member_id)
    if status is not None:
        query = query.where(Disclosure.status == status)
    return page(query, key=Disclosure.id, unique=Disclosure.id, descending=True, cursor=cursor, limit=limit)


def own_upload(upload_id: str, actor: Actor) -> OrderUpload:
    """A file that the actor's organisation has stored in the background; raises NotFound."""
    found = db.session.get(OrderUpload, upload_id)
    if found is None or found.organisation_id != actor.organisation_id:
        raise NotFound("upload", upload_id)
    return found


def own_uploads(actor: Actor, *, cursor: str | None = None, limit: int = 50) -> Page[OrderUpload]:
    """Files that the actor's organisation has stored in the background, latest first."""
    query = sa.select(OrderUpload).where(OrderUpload.organisation_id == actor.organisation_id)
    return page(query, key=OrderUpload.id, unique=OrderUpload.id, descending=True, cursor=cursor, limit=limit)


def upload_rows(
    upload_id: str, actor: Actor, *, only_refused: bool = False, cursor: str | None = None
) -> Page[RowReport]:
    """What became of the rows of a file, a thousand of them a page, in the file's order; raises NotFound."""
    query = sa.select(OrderUploadRows).where(OrderUploadRows.upload_id == own_upload(upload_id, actor).id)
    if only_refused:
        query = query.where(OrderUploadRows.refused > 0)
    found = page(query, key=OrderUploadRows.number, unique=OrderUploadRows.number, cursor=cursor, limit=1)
    reports = [RowReport.of_document(report) for part in found.items for report in part.reports]
    return Page([each for each in reports if not only_refused or each.status == "refused"], found.next_cursor)
