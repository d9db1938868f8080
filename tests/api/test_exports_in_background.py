"""Exports that are made in the background: the same bytes as at once, for who may read them."""

from __future__ import annotations

import hashlib
import threading
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.accounts.models import Member
from marketplace.contracts.models import Contract, ExportPiece
from marketplace.contracts.queries import exports as export_queries
from marketplace.contracts.queries import publication as publication_queries
from marketplace.contracts.queries import reading
from marketplace.contracts.rules.exports import Months, Wish
from marketplace.contracts.rules.open_contracting import package_json
from marketplace.contracts.services import exporting
from marketplace.jobs.make_export import MAKE_EXPORT
from marketplace.shared import audit
from marketplace.shared.database import db, unit_of_work
from tests.conftest import NOW
from tests.factories.accounts import make_member, signed_in
from tests.factories.contracts import make_contract_in_force
from tests.factories.kept_exports import (
    PUBLISHER,
    URL,
    asked,
    call,
    delivered,
    ended,
    export,
    fetched,
    pieces,
    told,
)
from tests.factories.novations import make_contract_in_force as make_transferable
from tests.factories.novations import novate
from tests.factories.publications import consent, publish


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("what", ["schedules", "deliveries", "settlements"])
def test_the_same_bytes_as_at_once(served_app: Flask, what: str, form: str) -> None:
    with served_app.app_context(), unit_of_work():
        contract, member = delivered()
        client = served_app.test_client()
        headers = signed_in(client, member)
        number, contract_id = contract.number, contract.id
    for chosen, at_once, name in (
        ({}, f"/api/v1/contract-exports/{what}", f"contracts-{what}.{form}"),
        ({"contract": contract_id}, f"/api/v1/contracts/{contract_id}/exports/{what}", f"{number}-{what}.{form}"),
    ):
        months = {"from_month": "2027-01", "to_month": "2027-02"}
        answer = client.post(URL, json={"what": what, "form": form, **chosen, **months}, headers=headers)
        assert (answer.status_code, answer.json["status"]) == (202, "waiting"), answer.text
        found = ended(served_app, answer.headers["Location"], headers)
        expected = client.get(at_once, headers=headers, query_string={"form": form, **months})
        file = client.get(f"{answer.headers['Location']}/file", headers=headers)
        assert (file.status_code, file.data) == (200, expected.data)
        assert (file.content_type, file.headers["Content-Disposition"]) == (
            expected.content_type,
            f'attachment; filename="{name}"',
        )
        assert file.headers["Content-Disposition"] == expected.headers["Content-Disposition"]
        digest = hashlib.sha256(file.data).hexdigest()
        assert (found["status"], found["name"], found["sha256"]) == ("made", name, digest)
        assert (found["size_bytes"], file.headers["ETag"]) == (len(file.data), f'"{digest}"')
        assert found["rows"] == {"schedules": 2, "deliveries": 2, "settlements": 0}[what]
        assert found["kept_until"] == (NOW + timedelta(days=7)).isoformat()
    with served_app.app_context():
        assert told(found["id"]) == ["contracts-export-made"]
        row = export(found["id"])
        assert (row.leased_until, list(audit.broken_entries(row.organisation_id))) == (None, [])
        entries = sa.select(audit.AuditEntry.action).filter_by(subject_id=row.id).order_by(audit.AuditEntry.number)
        assert list(db.session.scalars(entries)) == ["contracts:export:asked", "contracts:export:made"]
    if (what, form) == ("deliveries", "csv"):
        assert b"'=HYPERLINK(1)" in file.data


def test_parts_and_repeats_of_a_download(
    served_app: Flask, served_context: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "PIECE_BYTES", 100)
    with unit_of_work():
        _, member = delivered()
    export_id = asked(member, Wish("deliveries", "csv"))
    assert MAKE_EXPORT.run(export_id).startswith("made, 2 rows")
    kept = pieces(export_id)
    assert {len(piece) for piece in kept[:-1]} == {100}
    whole = fetched(served_app, member, export_id)
    assert whole.data == b"".join(kept)
    assert len(kept) == -(-len(whole.data) // 100)
    assert whole.headers["Accept-Ranges"] == "bytes"
    part = fetched(served_app, member, export_id, Range="bytes=150-349")
    assert (part.status_code, part.data) == (206, whole.data[150:350])
    again = fetched(served_app, member, export_id, **{"If-None-Match": whole.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_file_that_is_forgotten_while_it_is_sent_is_cut_off(
    served_app: Flask, served_context: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "PIECE_BYTES", 100)
    with unit_of_work():
        _, member = delivered()
    export_id = asked(member, Wish("deliveries", "csv"))
    MAKE_EXPORT.run(export_id)
    with unit_of_work():
        db.session.execute(sa.delete(ExportPiece).filter_by(export_id=export_id, number=2))
    with pytest.raises(EOFError, match="piece 2"):
        _ = fetched(served_app, member, export_id).data


def test_nobody_else_reads_it_not_even_a_colleague(served_app: Flask, served_context: None) -> None:
    with unit_of_work():
        contract, member = delivered()
        others = [make_member(organisation=contract.seller), make_member(organisation=contract.buyer), make_member()]
    export_id = asked(member, Wish("deliveries", "csv"))
    MAKE_EXPORT.run(export_id)
    for other in others:
        assert fetched(served_app, other, export_id).status_code == 404
        assert call(served_app, other, f"{URL}/{export_id}").status_code == 404
        assert call(served_app, other, URL).json["items"] == []
    listed = call(served_app, member, URL).json["items"]
    assert [each["id"] for each in listed] == [export_id]


def test_a_contract_of_others_is_none(served_app: Flask, served_context: None) -> None:
    with unit_of_work():
        contract, _ = delivered()
        stranger = make_member()
    assert call(served_app, stranger, URL, json={"what": "deliveries", "contract": contract.id}).status_code == 404
    export_id = asked(stranger, Wish("deliveries", "csv"))
    assert MAKE_EXPORT.run(export_id).startswith("made, 0 rows")
    assert b"".join(pieces(export_id)).count(b"\r\n") == 1  # the headings


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"what": "orders"}, ["/what"]),
        ({"what": "deliveries", "form": "json"}, ["/form"]),
        ({"what": "open-contracting", "form": "csv", "contract": "ctr_1"}, ["/form", "/contract"]),
        ({"what": "open-contracting", "from_month": "2027-01"}, ["/from_month"]),
        ({"what": "schedules", "from_month": "2027-02", "to_month": "2027-01"}, ["/to_month"]),
        ({"what": "schedules", "rows": 1}, ["/rows"]),
    ],
)
def test_what_is_no_export_is_refused(
    served_app: Flask, served_context: None, body: dict[str, Any], pointers: list[str]
) -> None:
    with unit_of_work():
        member = make_member()
    answer = call(served_app, member, URL, json=body)
    assert (answer.status_code, [each["pointer"] for each in answer.json["errors"]]) == (422, pointers)
    assert all(each["detail_zh"] for each in answer.json["errors"])


def test_a_file_is_given_out_as_long_as_all_of_it_may_be_read(served_app: Flask, served_context: None) -> None:
    """Who has left a contract may not read its later months; a file from before still tells them."""
    with unit_of_work():
        contract = make_transferable()
        member = make_member(organisation=contract.seller)
        stays = make_member(organisation=contract.buyer)
    made = {who.id: asked(who, Wish("schedules", "csv")) for who in (member, stays)}
    one = asked(member, Wish("schedules", "csv", contract.id))
    for export_id in (*made.values(), one):
        MAKE_EXPORT.run(export_id)
    assert fetched(served_app, member, made[member.id]).status_code == 200
    with unit_of_work():
        novate(db.session.get_one(Contract, contract.id))
    for export_id in (made[member.id], one):
        refused = fetched(served_app, member, export_id)
        assert (refused.status_code, refused.json["type"]) == (409, "urn:changdan:problem:export-outdated")
    assert fetched(served_app, stays, made[stays.id]).status_code == 200
    again = asked(member, Wish("schedules", "csv"))
    MAKE_EXPORT.run(again)
    assert fetched(served_app, member, again).status_code == 200


def test_published_contracts_until_something_is_withdrawn(served_app: Flask, served_context: None) -> None:
    with unit_of_work():
        first, second = publish(make_contract_in_force()), publish(make_contract_in_force(), "volume")
        member = make_member()
    export_id = asked(member, Wish("open-contracting", "json"))
    assert MAKE_EXPORT.run(export_id).startswith("made")
    expected = package_json(publication_queries.whole_package(PUBLISHER))
    assert first.number.encode() in expected
    assert second.number.encode() in expected
    file = fetched(served_app, member, export_id)
    assert (file.status_code, file.data, file.content_type) == (200, expected, "application/json")
    with unit_of_work():
        publish(make_contract_in_force())
        publish(db.session.get_one(Contract, first.id), "value")
    assert fetched(served_app, member, export_id).data == expected  # more is public now, no less
    with unit_of_work():
        consent(db.session.get_one(Contract, second.id), "buyer", "contract")
    assert fetched(served_app, member, export_id).status_code == 409
    with unit_of_work():
        publish(db.session.get_one(Contract, second.id), "volume")
    assert fetched(served_app, member, export_id).status_code == 409  # for good: it was withdrawn in between


def test_the_rights_are_those_of_the_moment_at_which_it_is_made(served_app: Flask, served_context: None) -> None:
    with unit_of_work():
        contract = make_transferable()
        member = make_member(organisation=contract.seller)
    before = asked(member, Wish("schedules", "csv"))
    with unit_of_work():
        novate(db.session.get_one(Contract, contract.id))
    MAKE_EXPORT.run(before)
    now = export_queries.contracts_table("schedules", Months(), form="csv", actor=member.actor)[0]
    assert b"".join(pieces(before)) == now
    suspended = asked(member, Wish("schedules", "csv"))
    with unit_of_work():
        db.session.get_one(Member, member.id).active = False
    assert MAKE_EXPORT.run(suspended) == "failed"
    row = export(suspended)
    assert (row.failure, row.sha256, pieces(suspended)) == ("whoever asked for it may not act any more", None, [])
    assert told(suspended) == ["contracts-export-failed"]


def test_all_of_it_is_of_one_moment(served_app: Flask, served_context: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A contract that is concluded while the file is written is not in it, nor half of what changed."""
    with unit_of_work():
        contract = make_contract_in_force()
        member = make_member(organisation=contract.seller)
        make_contract_in_force(seller=contract.seller)
    before = export_queries.contracts_table("schedules", Months(), form="csv", actor=member.actor)[0]
    export_id = asked(member, Wish("schedules", "csv"))
    head, begun = export_queries._head, list[str]()

    def meanwhile() -> None:
        with served_app.app_context(), unit_of_work():
            make_contract_in_force(seller=db.session.get_one(Contract, contract.id).seller)

    def slowly(*given: Any) -> Any:
        if not begun:
            begun.append("once")
            other = threading.Thread(target=meanwhile)
            other.start()
            other.join()
        return head(*given)

    monkeypatch.setattr(export_queries, "_head", slowly)
    monkeypatch.setattr(reading, "_AT_ONCE", 1)  # so that contracts are read after that
    assert MAKE_EXPORT.run(export_id).startswith("made, 6 rows")
    assert begun == ["once"]
    assert b"".join(pieces(export_id)) == before
    after = export_queries.contracts_table("schedules", Months(), form="csv", actor=member.actor)[0]
    assert after != before
