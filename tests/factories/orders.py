"""Orders and disclosures for tests: added and flushed, never committed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from marketplace.accounts.models import Member, Organisation, Site
from marketplace.catalogue.models import Grade
from marketplace.orders.models import Disclosure, Order
from marketplace.orders.services.changes import keep_revision
from marketplace.shared.actor import SYSTEM, Role
from marketplace.shared.database import db
from marketplace.shared.identifiers import new_id
from tests.conftest import NOW
from tests.factories.accounts import make_member, make_organisation, make_site
from tests.factories.catalogue import make_grade
from tests.factories.order_terms import plain_terms


def make_order(
    organisation: Organisation | None = None,
    *,
    side: str = "offer",
    status: str = "draft",
    site: Site | None = None,
    grade: Grade | None = None,
    terms: dict[str, Any] | None = None,
    **columns: Any,
) -> Order:
    """An offer of 200 t over two months at 98,000 CNY/t unless said otherwise, with its first revision."""
    organisation = organisation or make_organisation()
    site = site or make_site(organisation)
    grade = grade or make_grade()
    given = {"id": new_id("ord", NOW), "side": side, "status": status, "created_at": NOW, "updated_at": NOW}
    order = Order(organisation=organisation, site=site, grade=grade, **{**given, **columns})
    order.organisation_id, order.site_id, order.grade_id = organisation.id, site.id, grade.id
    order.put_terms(plain_terms() if terms is None else terms)
    db.session.add(order)
    keep_revision(order, "create", actor=SYSTEM, now=NOW)
    db.session.flush()
    return order


def entry_of(member: Member, side: str = "offer", *, grade: Grade | None = None, **terms: Any) -> dict[str, Any]:
    """An order document that this member could enter: at a site of its own, in a grade of its own."""
    head = {"side": side, "grade": (grade or make_grade()).id, "site": make_site(member.organisation).id}
    return {**head, **plain_terms(**terms)}


def make_trader(roles: Iterable[Role] = (Role.SELLER, Role.BUYER), **columns: Any) -> Member:
    """A member that sells and buys for a verified organisation."""
    return make_member(roles=roles, **columns)


def make_disclosure(requester: Member, order: Order | None = None, *, status: str = "requested") -> Disclosure:
    """A request to read an order, a frozen one unless said otherwise; if approved, then by another operator."""
    order = order or make_order(status="frozen")
    decided = status != "requested"
    disclosure = Disclosure(
        id=new_id("dis", NOW),
        order=order,
        order_id=order.id,
        reason="核查异常报价举报, 需要比对双方的限价与条款",
        status=status,
        requested_by=requester.id,
        requester_organisation_id=requester.organisation_id,
        requested_at=NOW,
        decided_by=make_member(roles=[Role.OPERATOR]).id if decided else None,
        decided_at=NOW if decided else None,
        readable_until=NOW + timedelta(hours=24) if decided else None,
    )
    db.session.add(disclosure)
    db.session.flush()
    return disclosure
