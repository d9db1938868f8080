"""Files of orders that are stored in the background: the same as at once, taken by one, whatever happens to it."""

from __future__ import annotations

import json
import time
import zlib
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from marketplace.accounts import errands
from marketplace.accounts.models import Member, Site
from marketplace.config import Settings
from marketplace.jobs import engine
from marketplace.jobs.kinds import KINDS
from marketplace.jobs.store_upload import STORE_UPLOAD
from marketplace.notifications.models import Message
from marketplace.orders import services
from marketplace.orders.models import Order, OrderUpload, OrderUploadRows
from marketplace.orders.rules.uploads.files import OrderFile, UploadFormat, UploadMode
from marketplace.orders.services.uploads import waiting
from marketplace.shared import audit
from marketplace.shared.actor import Role
from marketplace.shared.database import database_now, db, unit_of_work
from marketplace.shared.errors import InvalidInput, LimitReached, NotAllowed, Superseded
from tests.conftest import NOW
from tests.factories.accounts import make_member, signed_in
from tests.factories.orders import entry_of, make_trader

URL = "/api/v1/orders/uploads"
LINES = {"Content-Type": "application/x-ndjson"}
LEASE = errands.LEASE


@pytest.fixture
def trader(served_app: Flask) -> tuple[dict[str, str], dict[str, Any]]:
    """A trader's headers, and an order document that it could enter."""
    with served_app.app_context(), unit_of_work():
        member = make_trader()
        return signed_in(served_app.test_client(), member), entry_of(member)


def lines(*documents: dict[str, Any]) -> bytes:
    """Orders as JSON Lines."""
    return b"\n".join(json.dumps(document).encode() for document in documents)


def received(documents: list[dict[str, Any]], **wishes: Any) -> tuple[str, str]:
    """A file that waits, and who sent it."""
    with unit_of_work():
        member = make_trader()
        head = entry_of(member)
        body = lines(*({**head, **each} for each in documents))
        given: dict[str, Any] = {"mode": UploadMode.ALL, "open_at_once": False, **wishes}
        upload = services.receive_upload(OrderFile(body, UploadFormat.JSON_LINES), **given, actor=member.actor, now=NOW)
        return upload.id, member.id


def upload(upload_id: str) -> OrderUpload:
    """As it stands now."""
    return db.session.get_one(OrderUpload, upload_id, populate_existing=True)


def orders_of(upload_: OrderUpload) -> int:
    """How many orders its organisation has."""
    query = sa.select(sa.func.count()).select_from(Order).filter_by(organisation_id=upload_.organisation_id)
    return db.session.scalar(query) or 0


def told(upload_: OrderUpload) -> list[str]:
    """What its organisation was told of it."""
    query = sa.select(Message).filter_by(subject_id=upload_.id)
    return [message.kind for message in db.session.scalars(query)]


def ended(app: Flask, url: str, headers: dict[str, str]) -> Any:
    """The upload once it has ended."""
    for _ in range(600):
        found = app.test_client().get(url, headers=headers).json
        if found["ended_at"] is not None:
            return found
        time.sleep(0.05)
    raise AssertionError(found)


def test_a_file_is_taken_at_once_and_stored_in_the_background(served_app: Flask, trader: Any) -> None:
    headers, document = trader
    documents = [{**document, "external_reference": f"R{number}"} for number in range(2500)]
    documents[1700]["lot"] = "x"
    body = lines(*documents)
    client = served_app.test_client()
    answer = client.post(f"{URL}?wait=false&mode=partial&open=true", data=body, headers={**headers, **LINES})
    assert answer.status_code == 202, answer.text
    assert (answer.json["status"], answer.json["rows"], answer.json["size_bytes"]) == ("waiting", 2500, len(body))
    found = ended(served_app, answer.headers["Location"], headers)
    assert (found["status"], found["judged"], found["stored"], found["refused"]) == ("stored", 2500, 2499, 1)
    rows, cursor, pages = [], None, 0
    while cursor is not None or not rows:
        page = client.get(
            f"{URL}/{found['id']}/rows", headers=headers, query_string={"cursor": cursor} if cursor else {}
        ).json
        rows, cursor, pages = rows + page["items"], page["next_cursor"], pages + 1
    assert (pages, [row["row"] for row in rows]) == (3, list(range(1, 2501)))
    assert [(row["row"], row["errors"][0]["code"]) for row in rows if row["errors"]] == [(1701, "not-a-number")]
    order = client.get(f"/api/v1/orders/{rows[-1]['order_id']}", headers=headers).json
    assert (order["external_reference"], order["status"]) == ("R2499", "open")
    refused = client.get(f"{URL}/{found['id']}/rows?status=refused", headers=headers).json
    assert ([row["row"] for row in refused["items"]], refused["next_cursor"]) == ([1701], None)
    assert [each["id"] for each in client.get(URL, headers=headers).json["items"]] == [found["id"]]
    with served_app.app_context():
        row = upload(found["id"])
        assert (row.file, row.leased_until, told(row)) == (None, None, ["orders-upload-stored"])
        assert not list(audit.broken_entries(row.organisation_id))


def test_a_file_that_must_be_right_as_a_whole_leaves_nothing(served_app: Flask, trader: Any) -> None:
    headers, document = trader
    body = lines(document, {**document, "lot": "x"}, document)
    client = served_app.test_client()
    at_once = client.post(URL, data=body, headers={**headers, **LINES})
    later = client.post(f"{URL}?wait=false", data=body, headers={**headers, **LINES})
    found = ended(served_app, later.headers["Location"], headers)
    assert (found["status"], found["stored"], found["refused"]) == ("refused", 0, 3)
    assert found["errors"] == at_once.json["errors"]
    with served_app.app_context():
        row = upload(found["id"])
        assert (orders_of(row), told(row)) == (0, ["orders-upload-refused"])


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"{}\n" * 100_001])
def test_what_is_no_such_file_is_refused_before_it_is_taken(served_app: Flask, trader: Any, body: bytes) -> None:
    headers, _ = trader
    client = served_app.test_client()
    answer = client.post(f"{URL}?wait=false", data=body, headers={**headers, **LINES})
    assert answer.status_code == 422
    assert client.get(URL, headers=headers).json["items"] == []


def test_more_rows_may_come_in_the_background_than_while_the_caller_waits(served_app: Flask, trader: Any) -> None:
    headers, _ = trader
    refused = served_app.test_client().post(URL, data=b"{}\n" * 5001, headers={**headers, **LINES})
    assert [(e["code"], e["value"], e["limit"]) for e in refused.json["errors"]] == [("too-many-rows", 5001, 5000)]
    assert OrderFile(b"{}\n" * 100_000, UploadFormat.JSON_LINES, most_rows=100_000).count() == 100_000


def test_one_has_a_file_until_it_gives_no_sign_of_life(served_app: Flask) -> None:
    with served_app.app_context():
        upload_id, _ = received([{}])
        with unit_of_work():
            now = database_now()
            assert upload_id in errands.due(OrderUpload, now=now)
            first = errands.claim(OrderUpload, upload_id, now=now)
            assert first is not None
            assert errands.claim(OrderUpload, upload_id, now=now + LEASE / 2) is None
            errands.renew(first, 1, now=now + LEASE / 2)
            assert upload_id not in errands.due(OrderUpload, now=now + LEASE)
            assert errands.claim(OrderUpload, upload_id, now=now + LEASE) is None
            second = errands.claim(OrderUpload, upload_id, now=now + 2 * LEASE)
            assert second is not None
            assert second.token == first.token + 1
        judged = services.judge_upload(second, lambda _: None, now=NOW)
        with pytest.raises(Superseded):
            services.judge_upload(first, lambda _: None, now=NOW)
        for late in (
            lambda: errands.renew(first, 1, now=now),
            lambda: services.store_upload(first, judged, now=NOW),
            lambda: services.refuse_upload(first, InvalidInput([]), now=NOW),
            lambda: services.fail_upload(first, "late", now=NOW),
        ):
            with pytest.raises(Superseded), unit_of_work():
                late()
        with unit_of_work():
            report = services.store_upload(second, judged, now=NOW)
        assert report is not None
        assert report.stored == 1
        assert orders_of(upload(upload_id)) == 1
        assert STORE_UPLOAD.run(upload_id) == "nothing to do"


def test_who_is_killed_while_storing_has_stored_nothing(served_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with served_app.app_context():
        upload_id, _ = received([{}, {}])

        def killed(*_: Any, **__: Any) -> None:
            raise SystemExit

        with monkeypatch.context() as patch:
            patch.setattr(waiting, "tell", killed)  # after all else of the transaction
            with pytest.raises(SystemExit):
                STORE_UPLOAD.run(upload_id)
        assert (upload(upload_id).status, orders_of(upload(upload_id))) == ("running", 0)
        assert upload_id not in STORE_UPLOAD.due()
        with unit_of_work():
            upload(upload_id).leased_until = database_now() - timedelta(seconds=1)
        assert upload_id in STORE_UPLOAD.due()
        assert STORE_UPLOAD.run(upload_id) == "stored 2, refused 0"
        assert (
            db.session.scalar(sa.select(sa.func.count()).select_from(OrderUploadRows).filter_by(upload_id=upload_id))
            == 1
        )


def test_a_file_that_takes_down_whoever_has_it_is_given_up(served_app: Flask) -> None:
    with served_app.app_context():
        upload_id, _ = received([{}])
        with unit_of_work():
            upload(upload_id).token = errands.MOST_LEASES
        assert STORE_UPLOAD.run(upload_id) == "failed"
        row = upload(upload_id)
        assert (row.status, orders_of(row), told(row)) == ("failed", 0, ["orders-upload-failed"])
        assert row.failure == "given up: 5 times whoever did it was lost"


def test_an_unexpected_error_is_told_by_its_place_alone(served_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_: Any, **__: Any) -> None:
        raise RuntimeError("the limit is 98000")

    with served_app.app_context():
        upload_id, _ = received([{}])
        monkeypatch.setattr(services.uploads.storing, "store_many", stumble)
        assert STORE_UPLOAD.run(upload_id) == "failed"
        failure = upload(upload_id).failure or ""
        assert failure.startswith("it could not be stored: RuntimeError at test_uploads_in_background.py")
        assert "98000" not in failure


def _suspended(member: Member) -> None:
    member.active = False


def _unverified(member: Member) -> None:
    member.organisation.status = "suspended"


@pytest.mark.parametrize("change", [_suspended, _unverified])
def test_nothing_is_stored_for_who_may_not_any_more(served_app: Flask, change: Any) -> None:
    with served_app.app_context():
        upload_id, member_id = received([{}], open_at_once=True)
        with unit_of_work():
            change(db.session.get_one(Member, member_id))
        assert STORE_UPLOAD.run(upload_id) == "failed"
        assert orders_of(upload(upload_id)) == 0


def test_what_changes_while_a_file_is_judged_is_judged_anew(served_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    judge, times = services.judge_upload, []
    with served_app.app_context():
        upload_id, member_id = received([{}, {}], open_at_once=True, mode=UploadMode.PARTIAL)

        def judged_and_paused(*given: Any, **named: Any) -> Any:
            judged = judge(*given, **named)
            times.append(judged.count)
            if len(times) == 1:
                db.session.rollback()
                with unit_of_work():
                    member = db.session.get_one(Member, member_id)
                    grade = next(iter(judged.judge._paused))
                    until = NOW + timedelta(days=1)
                    services.pause_orders(member.organisation_id, grade, until, actor=member.actor, now=NOW)
            return judged

        monkeypatch.setattr(services, "judge_upload", judged_and_paused)
        assert STORE_UPLOAD.run(upload_id) == "stored 0, refused 2"
        assert times == [2, 2]


def test_a_site_that_is_closed_while_a_file_is_judged_takes_no_order(
    served_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = services.judge_upload
    with served_app.app_context():
        upload_id, _ = received([{}, {}], mode=UploadMode.ALL)

        def judged_and_closed(*given: Any, **named: Any) -> Any:
            judged = judge(*given, **named)
            db.session.rollback()
            with unit_of_work():
                for site_id in judged.judge._surroundings.sites._found:
                    db.session.get_one(Site, site_id).active = False
            return judged

        monkeypatch.setattr(services, "judge_upload", judged_and_closed)
        assert STORE_UPLOAD.run(upload_id) == "refused for 2 faults"
        assert {(fault.pointer, fault.code) for fault in upload(upload_id).all_faults} == {
            ("/rows/1/site", "foreign-site"),
            ("/rows/2/site", "foreign-site"),
        }


def test_of_two_files_with_one_reference_the_second_is_refused(
    served_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge, others = services.judge_upload, list[str]()
    with served_app.app_context():
        upload_id, member_id = received([{"external_reference": "R-1"}], mode=UploadMode.ALL)

        def judged_and_overtaken(*given: Any, **named: Any) -> Any:
            judged = judge(*given, **named)
            if not others:
                db.session.rollback()
                with unit_of_work():
                    others.append(overtaking(upload_id, member_id))
                assert STORE_UPLOAD.run(others[0]) == "stored 1, refused 0"
            return judged

        monkeypatch.setattr(services, "judge_upload", judged_and_overtaken)
        assert STORE_UPLOAD.run(upload_id) == "refused for 1 faults"
        (fault,) = upload(upload_id).all_faults
        assert (fault.pointer, fault.code, fault.value) == ("/rows/1/external_reference", "duplicate", "R-1")


def overtaking(upload_id: str, member_id: str) -> str:
    """The same file once more, sent by the same member."""
    first = db.session.get_one(OrderUpload, upload_id)
    assert first.file is not None
    file = OrderFile(zlib.decompress(first.file), UploadFormat(first.format))
    actor = db.session.get_one(Member, member_id).actor
    return services.receive_upload(file, mode=UploadMode.ALL, open_at_once=False, actor=actor, now=NOW).id


def test_organisations_take_turns(served_app: Flask) -> None:
    with served_app.app_context():
        (first, member_id), (second, _) = received([{}]), received([{}])
        with unit_of_work():
            third = overtaking(first, member_id)
            for minutes, each in ((1, third), (2, second)):
                db.session.get_one(OrderUpload, each).received_at = NOW + timedelta(minutes=minutes)
        with unit_of_work(writes=False):
            due = errands.due(OrderUpload, now=database_now())
        assert [each for each in due if each in (first, second, third)] == [first, second, third]


def test_an_unverified_organisation_has_none_opened(served_app: Flask) -> None:
    with served_app.app_context(), unit_of_work():
        member = make_member(roles=[Role.SELLER])
        member.organisation.status = "pending"
        db.session.flush()
        given: dict[str, Any] = {"mode": UploadMode.ALL, "actor": member.actor, "now": NOW}
        file = OrderFile(b"{}", UploadFormat.JSON_LINES)
        with pytest.raises(NotAllowed):
            services.receive_upload(file, open_at_once=True, **given)
        services.receive_upload(file, open_at_once=False, **given)


def test_so_many_files_of_an_organisation_wait_and_no_more(served_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errands, "MOST_WAITING", 2)
    with served_app.app_context():
        with unit_of_work():
            member, stranger = make_trader(), make_trader()
            given: dict[str, Any] = {"mode": UploadMode.ALL, "open_at_once": False, "now": NOW}
            file = OrderFile(lines(entry_of(member)), UploadFormat.JSON_LINES)
            first = services.receive_upload(file, actor=member.actor, **given).id
            services.receive_upload(file, actor=member.actor, **given)
            with pytest.raises(LimitReached, match="files that wait: 3, at most 2"):
                services.receive_upload(file, actor=member.actor, **given)
            services.receive_upload(file, actor=stranger.actor, **given)  # others have their own
        STORE_UPLOAD.run(first)
        with unit_of_work():
            assert services.receive_upload(file, actor=member.actor, **given).status == "waiting"


def test_workers_are_told(served_app: Flask, trader: Any) -> None:
    headers, document = trader
    settings: Settings = served_app.extensions["changdan-settings"]
    object.__setattr__(settings, "jobs", "workers")
    try:
        answer = served_app.test_client().post(f"{URL}?wait=false", data=lines(document), headers={**headers, **LINES})
    finally:
        object.__setattr__(settings, "jobs", "own")
    with served_app.app_context():
        assert upload(answer.json["id"]).status == "waiting"
        if engine.uses_engine():
            query = sa.text("SELECT args->>'subject' FROM procrastinate_jobs WHERE task_name = 'store_upload'")
            assert answer.json["id"] in list(db.session.scalars(query))
        (kind,) = (kind for kind in KINDS if kind.name == "store_upload")
        assert answer.json["id"] in kind.due()
        assert kind.run(answer.json["id"]) == "stored 1, refused 0"
