"""Files of orders: all or none, or as many as are right."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
import sqlalchemy as sa

from marketplace.accounts.models import Member
from marketplace.orders import services
from marketplace.orders.models import Order, OrderRevision
from marketplace.orders.rules import honoured
from marketplace.orders.rules.kinds import Side
from marketplace.orders.rules.uploads.files import OrderFile, UploadFormat, UploadMode
from marketplace.orders.services import UploadReport
from marketplace.orders.services.changes import keep_revision, take_step
from marketplace.orders.services.entry import ReadyOrder, store_many
from marketplace.shared import audit
from marketplace.shared.actor import Role
from marketplace.shared.database import db
from marketplace.shared.errors import InvalidInput, NotAllowed
from tests.conftest import NOW
from tests.factories.accounts import make_organisation, make_site
from tests.factories.catalogue import make_grade
from tests.factories.order_terms import plain_terms
from tests.factories.orders import make_trader

pytestmark = pytest.mark.usefixtures("session")


def upload(member: Member, body: bytes, format: UploadFormat = UploadFormat.JSON_LINES, **wishes: Any) -> UploadReport:
    """Upload a file as this member."""
    return services.upload_orders(OrderFile(body, format), actor=member.actor, now=NOW, **wishes)


def lines(*documents: dict[str, Any]) -> bytes:
    """Orders as JSON Lines."""
    return b"\n".join(json.dumps(document).encode() for document in documents)


def stored() -> int:
    """How many orders there are."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(Order)) or 0


@pytest.fixture
def member() -> Member:
    """Who uploads."""
    return make_trader()


@pytest.fixture
def head(member: Member) -> dict[str, str]:
    """The head of an order that the member could enter."""
    return {"side": "offer", "grade": make_grade().id, "site": make_site(member.organisation).id}


def test_all_rows_or_none(member: Member, head: dict[str, str]) -> None:
    good = {**head, **plain_terms()}
    bad = {**head, **plain_terms(volumes={"2027-01": "-1"}, lot="x"), "site": "sit_foreign"}
    with pytest.raises(InvalidInput) as error:
        upload(member, lines(good, bad, good, {}))
    assert [(fault.pointer, fault.code) for fault in error.value.faults] == [
        ("/rows/2/site", "foreign-site"),
        ("/rows/2/volumes/2027-01", "below-limit"),
        ("/rows/2/lot", "not-a-number"),
        ("/rows/4/side", "missing"),
        ("/rows/4/grade", "missing"),
        ("/rows/4/site", "missing"),
    ]
    assert stored() == 0
    report = upload(member, lines(good, good))
    assert (report.stored, report.refused, [row.status for row in report.rows]) == (2, 0, ["stored", "stored"])
    assert stored() == 2


def test_partial_stores_what_is_right(member: Member, head: dict[str, str]) -> None:
    good = {**head, **plain_terms(), "external_reference": "A-1"}
    need = {**head, **plain_terms(), "side": "need"}
    report = upload(member, lines(good, {**head, "lot": "0"}, good, need) + b"\n{", mode=UploadMode.PARTIAL)
    assert [(row.row, row.status, [fault.pointer for fault in row.faults]) for row in report.rows] == [
        (1, "stored", []),
        (2, "refused", ["/lot"]),
        (3, "refused", ["/external_reference"]),
        (4, "stored", []),
        (5, "refused", [""]),
    ]
    assert (report.stored, report.refused, stored()) == (2, 3, 2)
    assert list(audit.broken_entries(member.organisation_id)) == []


def test_a_row_that_the_database_refuses_leaves_the_others_alone(
    member: Member, head: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another request stores the same reference after this one has looked."""
    upload(member, lines({**head, "external_reference": "A-1"}))
    monkeypatch.setattr("marketplace.orders.services.uploads.judging.taken_references", lambda *_: set())
    twice = lines({**head, "external_reference": "A-1"}, {**head, "external_reference": "A-2"})
    report = upload(member, twice, mode=UploadMode.PARTIAL)
    assert [(row.status, [fault.code for fault in row.faults]) for row in report.rows] == [
        ("refused", ["duplicate"]),
        ("stored", []),
    ]
    assert stored() == 2
    assert list(audit.broken_entries(member.organisation_id)) == []


def test_a_table_names_the_cell(member: Member, head: dict[str, str]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(
        [[*head, "固定价", "2027-01"], [*head.values(), "98000", "120"], [*head.values(), "=1", "-5"]]
    )
    report = upload(member, text.getvalue().encode(), UploadFormat.CSV, mode=UploadMode.PARTIAL)
    good, bad = report.rows
    assert (good.row, good.status, bad.row) == (2, "stored", 3)
    assert [(fault.pointer, fault.code, fault.message.split(":")[0]) for fault in bad.faults] == [
        ("/limit_price/components/0/fixed", "formula-cell", "cell D3"),
        ("/volumes/2027-01", "below-limit", "cell E3"),
    ]
    order = db.session.get(Order, good.order_id)
    assert order is not None
    assert order.terms == {"limit_price": {"components": [{"fixed": "98000"}]}, "volumes": {"2027-01": "120"}}


def test_orders_can_be_opened_at_once(member: Member, head: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(honoured, "NOT_YET_CLEARED", ("/alternates",))
    alternates = [{"grade": make_grade().id, "ratio": "1"}]
    good, not_yet = {**head, **plain_terms()}, {**head, "side": "need", **plain_terms(alternates=alternates)}
    report = upload(member, lines(good, not_yet), mode=UploadMode.PARTIAL, open_at_once=True)
    assert [fault.code for fault in report.rows[1].faults] == ["term-not-cleared-yet"]
    order = db.session.get(Order, report.rows[0].order_id)
    assert order is not None
    assert (order.status, order.revision) == ("open", 2)
    stranger = make_trader(organisation=make_organisation(verified=False))
    with pytest.raises(NotAllowed):
        upload(stranger, lines(good), open_at_once=True)


def test_rows_of_a_side_that_is_not_the_members_are_refused(head: dict[str, str]) -> None:
    seller = make_trader([Role.SELLER])
    own = {**head, **plain_terms(), "site": make_site(seller.organisation).id}
    with pytest.raises(InvalidInput) as error:
        upload(seller, lines(own, {**own, "side": "need"}))
    assert [(fault.pointer, fault.code) for fault in error.value.faults] == [("/rows/2/side", "not-allowed")]


def test_a_wrong_column_in_every_row_is_told_in_bounds(member: Member, head: dict[str, str]) -> None:
    with pytest.raises(InvalidInput) as error:
        upload(member, lines(*[{**head, "lot": "x"}] * 1500))
    assert len(error.value.faults) == 1001
    assert error.value.faults[-1].code == "too-many-faults"


@pytest.mark.parametrize("mode", list(UploadMode))
def test_a_thousand_orders_in_one_upload(member: Member, head: dict[str, str], mode: UploadMode) -> None:
    documents = [{**head, **plain_terms(), "external_reference": f"R-{number}"} for number in range(1000)]
    report = upload(member, lines(*documents), mode=mode)
    assert (report.stored, stored()) == (1000, 1000)
    trail = db.session.scalars(sa.select(audit.AuditEntry).filter_by(subject_id=report.id)).all()
    assert [order_id for entry in trail for order_id in entry.payload["orders"]] == [
        row.order_id for row in report.rows
    ]


def columns_of(rows: list[Any]) -> list[dict[str, Any]]:
    """All columns of some rows, but for the identifiers that every order draws for itself."""
    return [
        {
            column.key: getattr(row, column.key)
            for column in type(row).__mapper__.column_attrs
            if column.key not in ("id", "order_id")
        }
        for row in rows
    ]


@pytest.mark.parametrize("opened", [False, True])
def test_many_orders_are_stored_as_one_is(member: Member, opened: bool) -> None:
    grade, site = make_grade(), make_site(member.organisation)
    terms = {**plain_terms(), "validity": {"valid_from": "2026-12-01", "valid_to": "2027-01-31"}}
    ready = ReadyOrder(Side.OFFER, grade.id, grade.unit_code, site.id, None, terms)
    one = Order(
        id="ord_by_objects",
        organisation_id=member.organisation_id,
        side=ready.side,
        site_id=ready.site_id,
        grade_id=ready.grade_id,
        status="draft",
        revision=0,
        created_at=NOW,
    )
    one.put_terms(terms)
    db.session.add(one)
    keep_revision(one, "create", actor=member.actor, now=NOW)
    if opened:
        take_step(one, "open", actor=member.actor, now=NOW)
    db.session.flush()
    alone, *beside = (
        *store_many([ready], opened=opened, actor=member.actor, now=NOW),
        *store_many([ready, ready.written()], opened=opened, actor=member.actor, now=NOW),
    )
    for other_id in (alone, *beside):
        other = db.session.get_one(Order, other_id)
        assert columns_of([other]) == columns_of([one])
        kept = [
            columns_of(list(db.session.scalars(sa.select(OrderRevision).filter_by(order_id=order_id))))
            for order_id in (one.id, other_id)
        ]
        assert kept[0] == kept[1]
        assert len(kept[0]) == 1 + opened


def test_a_file_with_very_many_faults_is_read_no_further(member: Member, head: dict[str, str]) -> None:
    """Neither is all of it judged, nor does the answer grow with it; in parts it is refused whole as well."""
    row = {**head, **plain_terms(), "lot": "x", "minimum_fill": "x", "ramp": "x"}
    for mode, rows, last in ((UploadMode.ALL, 1000, 334), (UploadMode.PARTIAL, 2000, 1667)):
        good = {**head, **plain_terms()}
        with pytest.raises(InvalidInput) as error:
            upload(member, lines(good, *[row] * rows), mode=mode)
        assert len(error.value.faults) == 1001
        assert error.value.faults[-1].message.endswith(f"nothing was read beyond row {last + 1}")
