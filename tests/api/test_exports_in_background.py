"""Exports that are made in the background: the same bytes as at once, for who may read them, made by one alone."""

from __future__ import annotations

import hashlib
import threading
import time
import zlib
from collections.abc import Iterator
from contextvars import Context
from datetime import timedelta
from functools import partial
from typing import Any

import flask_migrate
import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.accounts.models import Member
from marketplace.app import create_app
from marketplace.config import Settings
from marketplace.contracts import services
from marketplace.contracts.models import Contract, Export, ExportPiece
from marketplace.contracts.queries import exports as export_queries
from marketplace.contracts.queries import publication as publication_queries
from marketplace.contracts.queries import reading
from marketplace.contracts.queries.kept_exports import own_export
from marketplace.contracts.rules.exports import Months, Spool, Wish
from marketplace.contracts.rules.open_contracting import Publisher, package_json
from marketplace.contracts.services import exporting
from marketplace.jobs import engine
from marketplace.jobs import make_export as jobs
from marketplace.jobs.kinds import KINDS
from marketplace.notifications.models import Message
from marketplace.shared import audit
from marketplace.shared.database import database_now, db, unit_of_work
from marketplace.shared.errors import InvalidInput, LimitReached, NotFound, Superseded
from tests.conftest import NOW
from tests.databases import database_urls, prepare
from tests.factories.accounts import make_member, signed_in
from tests.factories.contracts import make_contract_in_force
from tests.factories.novations import make_contract_in_force as make_transferable
from tests.factories.novations import novate
from tests.factories.publications import consent, publish
from tests.factories.settlement import deliver

URL = "/api/v1/exports"
LEASE = exporting.LEASE
PUBLISHER = Publisher("ocds-000000", "http://127.0.0.1:8000")


@pytest.fixture(scope="module", params=database_urls())
def own_app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application whose transactions are real, so that threads see what others have committed."""
    with prepare(request.param, tmp_path_factory) as url:
        app = create_app(Settings(database_url=url, secret_key="0123456789abcdef", testing=True), clock=lambda: NOW)
        with app.app_context():
            flask_migrate.upgrade()
            if engine.uses_engine():
                engine.prepare_engine()
        yield app
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def context(own_app: Flask) -> Iterator[None]:
    """An application context."""
    with own_app.app_context():
        yield


def delivered() -> tuple[Contract, Member]:
    """A contract with deliveries, one of a lot whose number would be a formula, and a member of its seller."""
    contract = make_contract_in_force()
    deliver(contract, "2027-01", "33.333", lot="L1")
    deliver(contract, "2027-01", "20.5", lot="=HYPERLINK(1)", rejected="1.001")
    return contract, make_member(organisation=contract.seller)


def asked(member: Member, wish: Wish) -> str:
    """An export that waits; committed."""
    with unit_of_work():
        return services.ask_for_export(wish, actor=member.actor, now=NOW).id


def export(export_id: str) -> Export:
    """As it stands now."""
    db.session.rollback()
    return db.session.get_one(Export, export_id, populate_existing=True)


def told(export_id: str) -> list[str]:
    """What its organisation was told of it."""
    return [each.kind for each in db.session.scalars(sa.select(Message).filter_by(subject_id=export_id))]


def pieces(export_id: str) -> list[bytes]:
    """Its file as it is kept."""
    query = sa.select(ExportPiece.body).filter_by(export_id=export_id).order_by(ExportPiece.number)
    return [zlib.decompress(body) for body in db.session.scalars(query)]


def ended(app: Flask, url: str, headers: dict[str, str]) -> Any:
    """The export once it has ended."""
    for _ in range(600):
        found = app.test_client().get(url, headers=headers).json
        if found["ended_at"] is not None:
            return found
        time.sleep(0.05)
    raise AssertionError(found)


def call(app: Flask, member: Member, url: str, *, headers: dict[str, str] | None = None, **given: Any) -> Any:
    """The answer to a member, outside of the context that the test is in; with ``json`` it is a POST."""
    with unit_of_work():
        sent = {**signed_in(app.test_client(), member), **(headers or {})}
    method = "POST" if "json" in given else "GET"
    return Context().run(partial(app.test_client().open, url, method=method, headers=sent, buffered=True, **given))


def fetched(app: Flask, member: Member, export_id: str, **more: str) -> Any:
    """The answer to a member who asks for the file."""
    return call(app, member, f"{URL}/{export_id}/file", headers=more)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("what", ["schedules", "deliveries", "settlements"])
def test_the_same_bytes_as_at_once(own_app: Flask, what: str, form: str) -> None:
    with own_app.app_context(), unit_of_work():
        contract, member = delivered()
        client = own_app.test_client()
        headers = signed_in(client, member)
        number, contract_id = contract.number, contract.id
    for chosen, at_once, name in (
        ({}, f"/api/v1/contract-exports/{what}", f"contracts-{what}.{form}"),
        ({"contract": contract_id}, f"/api/v1/contracts/{contract_id}/exports/{what}", f"{number}-{what}.{form}"),
    ):
        months = {"from_month": "2027-01", "to_month": "2027-02"}
        answer = client.post(URL, json={"what": what, "form": form, **chosen, **months}, headers=headers)
        assert (answer.status_code, answer.json["status"]) == (202, "waiting"), answer.text
        found = ended(own_app, answer.headers["Location"], headers)
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
    with own_app.app_context():
        assert told(found["id"]) == ["contracts-export-made"]
        row = export(found["id"])
        assert (row.leased_until, list(audit.broken_entries(row.organisation_id))) == (None, [])
        entries = sa.select(audit.AuditEntry.action).filter_by(subject_id=row.id).order_by(audit.AuditEntry.number)
        assert list(db.session.scalars(entries)) == ["contracts:export:asked", "contracts:export:made"]
    if (what, form) == ("deliveries", "csv"):
        assert b"'=HYPERLINK(1)" in file.data


def test_parts_and_repeats_of_a_download(own_app: Flask, context: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "PIECE_BYTES", 100)
    with unit_of_work():
        _, member = delivered()
    export_id = asked(member, Wish("deliveries", "csv"))
    assert jobs.make_export(export_id).startswith("made, 2 rows")
    kept = pieces(export_id)
    assert {len(piece) for piece in kept[:-1]} == {100}
    whole = fetched(own_app, member, export_id)
    assert whole.data == b"".join(kept)
    assert len(kept) == -(-len(whole.data) // 100)
    assert whole.headers["Accept-Ranges"] == "bytes"
    part = fetched(own_app, member, export_id, Range="bytes=150-349")
    assert (part.status_code, part.data) == (206, whole.data[150:350])
    again = fetched(own_app, member, export_id, **{"If-None-Match": whole.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_file_that_is_forgotten_while_it_is_sent_is_cut_off(
    own_app: Flask, context: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "PIECE_BYTES", 100)
    with unit_of_work():
        _, member = delivered()
    export_id = asked(member, Wish("deliveries", "csv"))
    jobs.make_export(export_id)
    with unit_of_work():
        db.session.execute(sa.delete(ExportPiece).filter_by(export_id=export_id, number=2))
    with pytest.raises(EOFError, match="piece 2"):
        _ = fetched(own_app, member, export_id).data


def test_nobody_else_reads_it_not_even_a_colleague(own_app: Flask, context: None) -> None:
    with unit_of_work():
        contract, member = delivered()
        others = [make_member(organisation=contract.seller), make_member(organisation=contract.buyer), make_member()]
    export_id = asked(member, Wish("deliveries", "csv"))
    jobs.make_export(export_id)
    for other in others:
        assert fetched(own_app, other, export_id).status_code == 404
        assert call(own_app, other, f"{URL}/{export_id}").status_code == 404
        assert call(own_app, other, URL).json["items"] == []
    listed = call(own_app, member, URL).json["items"]
    assert [each["id"] for each in listed] == [export_id]


def test_a_contract_of_others_is_none(own_app: Flask, context: None) -> None:
    with unit_of_work():
        contract, _ = delivered()
        stranger = make_member()
    assert call(own_app, stranger, URL, json={"what": "deliveries", "contract": contract.id}).status_code == 404
    export_id = asked(stranger, Wish("deliveries", "csv"))
    assert jobs.make_export(export_id).startswith("made, 0 rows")
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
def test_what_is_no_export_is_refused(own_app: Flask, context: None, body: dict[str, Any], pointers: list[str]) -> None:
    with unit_of_work():
        member = make_member()
    answer = call(own_app, member, URL, json=body)
    assert (answer.status_code, [each["pointer"] for each in answer.json["errors"]]) == (422, pointers)
    assert all(each["detail_zh"] for each in answer.json["errors"])


def test_a_file_is_given_out_as_long_as_all_of_it_may_be_read(own_app: Flask, context: None) -> None:
    """Who has left a contract may not read its later months; a file from before still tells them."""
    with unit_of_work():
        contract = make_transferable()
        member = make_member(organisation=contract.seller)
        stays = make_member(organisation=contract.buyer)
    made = {who.id: asked(who, Wish("schedules", "csv")) for who in (member, stays)}
    one = asked(member, Wish("schedules", "csv", contract.id))
    for export_id in (*made.values(), one):
        jobs.make_export(export_id)
    assert fetched(own_app, member, made[member.id]).status_code == 200
    with unit_of_work():
        novate(db.session.get_one(Contract, contract.id))
    for export_id in (made[member.id], one):
        refused = fetched(own_app, member, export_id)
        assert (refused.status_code, refused.json["type"]) == (409, "urn:changdan:problem:export-outdated")
    assert fetched(own_app, stays, made[stays.id]).status_code == 200
    again = asked(member, Wish("schedules", "csv"))
    jobs.make_export(again)
    assert fetched(own_app, member, again).status_code == 200


def test_published_contracts_until_a_consent_changes(own_app: Flask, context: None) -> None:
    with unit_of_work():
        first, second = publish(make_contract_in_force()), publish(make_contract_in_force(), "volume")
        member = make_member()
    export_id = asked(member, Wish("open-contracting", "json"))
    assert jobs.make_export(export_id).startswith("made")
    expected = package_json(publication_queries.whole_package(PUBLISHER))
    assert first.number.encode() in expected
    assert second.number.encode() in expected
    file = fetched(own_app, member, export_id)
    assert (file.status_code, file.data, file.content_type) == (200, expected, "application/json")
    with unit_of_work():
        consent(db.session.get_one(Contract, second.id), "buyer")
    assert fetched(own_app, member, export_id).status_code == 409


def test_the_rights_are_those_of_the_moment_at_which_it_is_made(own_app: Flask, context: None) -> None:
    with unit_of_work():
        contract = make_transferable()
        member = make_member(organisation=contract.seller)
    before = asked(member, Wish("schedules", "csv"))
    with unit_of_work():
        novate(db.session.get_one(Contract, contract.id))
    jobs.make_export(before)
    now = export_queries.contracts_table("schedules", Months(), form="csv", actor=member.actor)[0]
    assert b"".join(pieces(before)) == now
    suspended = asked(member, Wish("schedules", "csv"))
    with unit_of_work():
        db.session.get_one(Member, member.id).active = False
    assert jobs.make_export(suspended) == "failed"
    row = export(suspended)
    assert (row.failure, row.sha256, pieces(suspended)) == ("whoever asked may not act any more", None, [])
    assert told(suspended) == ["contracts-export-failed"]


def test_all_of_it_is_of_one_moment(own_app: Flask, context: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A contract that is concluded while the file is written is not in it, nor half of what changed."""
    with unit_of_work():
        contract = make_contract_in_force()
        member = make_member(organisation=contract.seller)
        make_contract_in_force(seller=contract.seller)
    before = export_queries.contracts_table("schedules", Months(), form="csv", actor=member.actor)[0]
    export_id = asked(member, Wish("schedules", "csv"))
    head, begun = export_queries._head, list[str]()

    def meanwhile() -> None:
        with own_app.app_context(), unit_of_work():
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
    assert jobs.make_export(export_id).startswith("made, 6 rows")
    assert begun == ["once"]
    assert b"".join(pieces(export_id)) == before
    after = export_queries.contracts_table("schedules", Months(), form="csv", actor=member.actor)[0]
    assert after != before


def test_too_many_rows_are_refused(own_app: Flask, context: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with unit_of_work():
        _, member = delivered()
    export_id = asked(member, Wish("schedules", "csv"))
    monkeypatch.setattr(exporting, "MOST_ROWS_LATER", 2)
    assert jobs.make_export(export_id) == "refused"
    found = call(own_app, member, f"{URL}/{export_id}").json
    assert found["status"] == "refused"
    assert [(e["pointer"], e["code"], e["limit"]) for e in found["errors"]] == [
        ("/from_month", "too-many-rows", "at most 2")
    ]
    answer = fetched(own_app, member, export_id)
    assert (answer.status_code, answer.json["type"]) == (409, "urn:changdan:problem:export-not-made")
    assert "refused" in answer.json["detail_zh"]
    assert told(export_id) == ["contracts-export-refused"]


def test_more_rows_may_come_in_the_background_than_at_once(context: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with unit_of_work():
        _, member = delivered()
    monkeypatch.setattr(export_queries, "MOST_ROWS", 2)
    with pytest.raises(InvalidInput):
        export_queries.contracts_table("schedules", Months(), form="csv", actor=member.actor)
    assert jobs.make_export(asked(member, Wish("schedules", "csv"))).startswith("made, 3 rows")


def test_so_many_wait_and_no_more(own_app: Flask, context: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with unit_of_work():
        member = make_member()
        colleague = make_member(organisation=member.organisation)
    waiting = [asked(each, Wish("schedules", "csv")) for each in (member, colleague, member, member, member)]
    answer = call(own_app, member, URL, json={"what": "schedules"})
    assert (answer.status_code, answer.json["type"]) == (409, "urn:changdan:problem:limit-reached")
    assert [(e["pointer"], e["value"], e["limit"], e["code"]) for e in answer.json["errors"]] == [
        ("/what", 6, "at most 5", "too-many")
    ]
    assert answer.json["detail_zh"] == "数量将达 6，至多 5，请稍后再试"
    jobs.make_export(waiting[0])
    asked(member, Wish("schedules", "csv"))
    monkeypatch.setattr(exporting, "MOST_WAITING", 100)
    monkeypatch.setattr(exporting, "MOST_A_DAY", 6)
    with pytest.raises(LimitReached, match="exports within a day: 7, at most 6"):
        asked(colleague, Wish("schedules", "csv"))
    with unit_of_work():
        services.ask_for_export(Wish("schedules", "csv"), actor=member.actor, now=NOW + timedelta(days=1))


def test_one_has_it_until_it_gives_no_sign_of_life(context: None) -> None:
    with unit_of_work():
        _, member = delivered()
    export_id = asked(member, Wish("deliveries", "csv"))
    with unit_of_work():
        now = database_now()
        assert export_id in services.due_exports(now=now)
        first = services.claim_export(export_id, now=now)
        assert first is not None
        assert services.claim_export(export_id, now=now + LEASE / 2) is None
        services.renew_export(first, 1, now=now + LEASE / 2)
        assert export_id not in services.due_exports(now=now + LEASE)
        assert services.claim_export(export_id, now=now + LEASE) is None
        second = services.claim_export(export_id, now=now + 2 * LEASE)
        assert second is not None
        assert second.token == first.token + 1

    def made(claim: services.ExportClaim, packed: Spool) -> exporting.MadeFile:
        return services.make_export(claim, packed, publisher=PUBLISHER, progress=lambda _: None)

    with Spool(at_once=1) as packed:
        with unit_of_work(writes=False):
            file = made(second, packed)
        for late in (
            lambda: made(first, packed),
            lambda: services.renew_export(first, 1, now=now),
            lambda: services.store_export(first, file, now=NOW),
            lambda: services.refuse_export(first, InvalidInput([]), now=NOW),
            lambda: services.fail_export(first, "late", now=NOW),
        ):
            with pytest.raises(Superseded), unit_of_work():
                late()
        assert pieces(export_id) == []
        with unit_of_work():
            services.store_export(second, file, now=NOW)
    assert hashlib.sha256(b"".join(pieces(export_id))).hexdigest() == export(export_id).sha256
    assert jobs.make_export(export_id) == "nothing to do"


def test_who_is_killed_while_storing_has_stored_nothing(context: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with unit_of_work():
        _, member = delivered()
    export_id = asked(member, Wish("deliveries", "csv"))

    def killed(*_: Any, **__: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(exporting, "tell", killed)  # after all else of the transaction
        with pytest.raises(SystemExit):
            jobs.make_export(export_id)
    assert (export(export_id).status, pieces(export_id)) == ("running", [])
    assert export_id not in jobs.due_exports()
    with unit_of_work():
        export(export_id).leased_until = database_now() - timedelta(seconds=1)
    assert export_id in jobs.due_exports()
    assert jobs.make_due_exports() >= 1
    assert export(export_id).status == "made"


def test_one_that_takes_down_whoever_has_it_is_given_up(context: None) -> None:
    with unit_of_work():
        member = make_member()
    export_id = asked(member, Wish("schedules", "csv"))
    with unit_of_work():
        export(export_id).token = exporting.MOST_LEASES
    assert jobs.make_export(export_id) == "failed"
    assert export(export_id).failure == "given up: 5 times whoever made it was lost"


def test_an_unexpected_error_is_told_by_its_place_alone(context: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_: Any, **__: Any) -> None:
        raise RuntimeError("the price is 98000")

    with unit_of_work():
        member = make_member()
    export_id = asked(member, Wish("schedules", "csv"))
    monkeypatch.setattr(exporting, "write_table", stumble)
    assert jobs.make_export(export_id) == "failed"
    failure = export(export_id).failure or ""
    assert failure.startswith("it could not be made: RuntimeError at test_exports_in_background.py")
    assert "98000" not in failure


def test_workers_are_told(own_app: Flask, context: None) -> None:
    with unit_of_work():
        _, member = delivered()
    settings: Settings = own_app.extensions["changdan-settings"]
    object.__setattr__(settings, "jobs", "workers")
    try:
        answer = call(own_app, member, URL, json={"what": "schedules"})
        refused = call(own_app, member, f"{URL}?wait=true", json={"what": "schedules"})
    finally:
        object.__setattr__(settings, "jobs", "own")
    assert [each["pointer"] for each in refused.json["errors"]] == ["/wait"]
    export_id = answer.json["id"]
    assert (export(export_id).status, export(export_id).form) == ("waiting", "csv")
    if engine.uses_engine():
        query = sa.text("SELECT args->>'subject' FROM procrastinate_jobs WHERE task_name = 'make_export'")
        assert export_id in list(db.session.scalars(query))
    (kind,) = (kind for kind in KINDS if kind.name == "make_export")
    assert export_id in kind.due()
    assert kind.waiting is not None
    assert NOW in kind.waiting()
    assert kind.run(export_id).startswith("made, 3 rows")


def test_exports_are_forgotten_with_their_files(context: None) -> None:
    with unit_of_work():
        member = make_member()
    old, waiting = (asked(member, Wish("schedules", "csv")) for _ in range(2))
    jobs.make_export(old)
    tick = timedelta(microseconds=1)
    with unit_of_work():
        services.forget_exports(NOW + timedelta(days=7) - tick)
    assert pieces(old) != []
    with unit_of_work():
        assert services.forget_exports(NOW + timedelta(days=7)) >= 1
    assert pieces(old) == []
    with pytest.raises(NotFound):
        own_export(old, member.actor)
    assert export(waiting).status == "waiting"
