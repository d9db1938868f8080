"""Idempotency-Key: one effect and one reply, however often and by how many hands a request is sent."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from marketplace.accounts.models import ApiToken, Member, Organisation, Site
from marketplace.shared.audit import AuditEntry, AuditHead
from marketplace.shared.database import db
from marketplace.shared.kept_replies import FORGOTTEN_AT_ONCE, KeptReply, forget_replies
from tests.conftest import NOW
from tests.factories.accounts import PASSWORD, credit_code, in_session, make_member, make_token, signed_in

SITE = {"name": "一号工厂", "address": "四川省成都市测试路1号", "region_code": "510100"}
URL = "/api/v1/sites"
ORGANISATIONS = "/api/v1/organisations"


def count(kind: type = Site) -> int:
    """How many rows there are."""
    return db.session.scalar(sa.select(sa.func.count()).select_from(kind)) or 0


def with_key(headers: dict[str, str], key: str = "key-1") -> dict[str, str]:
    """The headers and an Idempotency-Key."""
    return {**headers, "Idempotency-Key": key}


@pytest.fixture
def admin(client: FlaskClient) -> dict[str, str]:
    """Headers of an administrator."""
    return signed_in(client, make_member(roles=["organisation_admin"]))


def test_a_repeat_gets_the_first_reply(client: FlaskClient, admin: dict[str, str]) -> None:
    """Status, body, Location and ETag, and nothing is made again."""
    first = client.post(URL, json=SITE, headers=with_key(admin))
    again = client.post(URL, json=SITE, headers=with_key(admin))
    assert first.status_code == again.status_code == 201
    assert again.data == first.data
    assert again.content_type == first.content_type
    for name in ("Location", "ETag"):
        assert again.headers[name] == first.headers[name]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert count() == 1


def test_a_changed_body_is_refused(client: FlaskClient, admin: dict[str, str]) -> None:
    """One key means one request."""
    client.post(URL, json=SITE, headers=with_key(admin))
    reply = client.post(URL, json={**SITE, "name": "二号工厂"}, headers=with_key(admin))
    assert reply.status_code == 409
    assert count() == 1


def test_another_route_is_another_request(client: FlaskClient, admin: dict[str, str]) -> None:
    """The same key and body elsewhere are refused as well."""
    client.post(URL, json=SITE, headers=with_key(admin))
    assert client.post("/api/v1/certificates", json=SITE, headers=with_key(admin)).status_code == 409


def test_nothing_is_kept_of_a_refused_request(client: FlaskClient, admin: dict[str, str]) -> None:
    """After a 422 the corrected body goes through under the same key."""
    assert client.post(URL, json={**SITE, "region_code": "000000"}, headers=with_key(admin)).status_code == 422
    assert count(KeptReply) == 0
    assert client.post(URL, json=SITE, headers=with_key(admin)).status_code == 201


def test_keys_belong_to_their_member(client: FlaskClient, admin: dict[str, str]) -> None:
    """Another member's equal key is another key."""
    other = signed_in(client, make_member(roles=["organisation_admin"]))
    first = client.post(URL, json=SITE, headers=with_key(admin))
    second = client.post(URL, json=SITE, headers=with_key(other))
    assert second.status_code == 201
    assert second.json["id"] != first.json["id"]


def registration(number: int, **changes: object) -> dict[str, object]:
    """An organisation that a stranger registers."""
    person = {"email": f"stranger{number}@example.com", "name": "A", "password": "a guessable secret"}
    names = {"name_zh": "企业", "name_latin": "Company", "kind": "cell"}
    return {**names, "credit_code": credit_code(70_000_000 + number), "first_member": person, **changes}


def test_strangers_do_not_stand_in_each_others_way(client: FlaskClient) -> None:
    """They cannot know each other's keys: with another body an equal key is another key."""
    first = client.post(ORGANISATIONS, json=registration(1), headers={"Idempotency-Key": "1"})
    second = client.post(ORGANISATIONS, json=registration(2), headers={"Idempotency-Key": "1"})
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json["organisation"]["id"] != first.json["organisation"]["id"]
    for number, reply in ((1, first), (2, second)):
        again = client.post(ORGANISATIONS, json=registration(number), headers={"Idempotency-Key": "1"})
        assert again.headers["Idempotency-Replayed"] == "true"
        assert again.data == reply.data
    other_key = client.post(ORGANISATIONS, json=registration(1), headers={"Idempotency-Key": "2"})
    assert other_key.status_code == 409
    assert other_key.headers.get("Idempotency-Replayed") is None


def test_a_strangers_key_is_described(client: FlaskClient) -> None:
    """Where a stranger may call, OpenAPI says what an equal key means."""
    operations = client.get("/api/v1/openapi.json").json["paths"]

    def text(path: str) -> str:
        (header,) = [each for each in operations[path]["post"]["parameters"] if each["name"] == "Idempotency-Key"]
        return str(header["description"])

    assert "another body is another request" in text(ORGANISATIONS)
    assert "409" in text(URL)


def kept_at(moment: datetime, count: int) -> None:
    """Replies that were kept at this moment."""
    rows = [KeptReply(member_id="mem_1", key=f"{moment}{n}", request_hash="", moment=moment) for n in range(count)]
    db.session.add_all(rows)
    db.session.flush()


def test_expired_replies_melt_away(client: FlaskClient, admin: dict[str, str]) -> None:
    """Each reply that is kept takes a bounded number of expired ones with it; none stays for ever."""
    kept_at(NOW - timedelta(hours=25), FORGOTTEN_AT_ONCE + 5)
    kept_at(NOW - timedelta(hours=24), 3)
    client.post(URL, json=SITE, headers=with_key(admin, "a"))
    assert count(KeptReply) == 5 + 3 + 1
    client.post(URL, json=SITE, headers=with_key(admin, "b"))
    assert count(KeptReply) == 3 + 2


def test_forgetting_takes_all_that_have_expired(session: None) -> None:
    """And nothing else."""
    kept_at(NOW - timedelta(hours=24, seconds=1), 30)
    kept_at(NOW - timedelta(hours=24), 3)
    assert forget_replies(NOW, most=7) == 7
    assert forget_replies(NOW) == 23
    assert forget_replies(NOW) == 0
    assert count(KeptReply) == 3


def test_who_lost_the_role_gets_no_kept_reply(client: FlaskClient) -> None:
    """Access is judged before the reply is looked for."""
    member = make_member(roles=["organisation_admin"])
    headers = signed_in(client, member)
    client.post(URL, json=SITE, headers=with_key(headers))
    member.roles = ["seller"]
    db.session.flush()
    assert client.post(URL, json=SITE, headers=with_key(headers)).status_code == 403


def test_a_key_may_be_used_anew_after_a_day(client: FlaskClient, admin: dict[str, str]) -> None:
    """Replies are kept for 24 hours."""
    client.post(URL, json=SITE, headers=with_key(admin))
    db.session.execute(sa.update(KeptReply).values(moment=NOW - timedelta(hours=24)))
    assert client.post(URL, json=SITE, headers=with_key(admin)).headers.get("Idempotency-Replayed") == "true"
    db.session.execute(sa.update(KeptReply).values(moment=NOW - timedelta(hours=24, seconds=1)))
    assert client.post(URL, json=SITE, headers=with_key(admin)).headers.get("Idempotency-Replayed") is None
    assert count() == 2


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_keys_of_a_wrong_length(client: FlaskClient, admin: dict[str, str], key: str) -> None:
    """1 to 255 characters."""
    reply = client.post(URL, json=SITE, headers=with_key(admin, key))
    assert reply.status_code == 422
    assert reply.json["errors"][0]["pointer"] == "/Idempotency-Key"
    assert client.post(URL, json=SITE, headers=with_key(admin, "x" * 255)).status_code == 201


def test_replies_that_hold_a_secret_are_never_kept(client: FlaskClient) -> None:
    """Sign-in, a new password and a new token take no key and say so."""
    member = make_member()
    headers = in_session(client, member)
    calls = [
        ("/api/v1/tokens", {"name": "ERP", "scopes": ["orders:read"], "valid_days": 1}),
        ("/api/v1/session/password", {"current_password": PASSWORD, "new_password": "another long secret"}),
        ("/api/v1/session", {"email": member.email, "password": PASSWORD}),
    ]
    for url, body in calls:
        reply = client.post(url, json=body, headers=with_key(headers))
        assert reply.status_code == 422
        assert reply.json["errors"][0]["pointer"] == "/Idempotency-Key"
        assert count(KeptReply) == 0
    assert client.post(url, json=body, headers=headers).status_code == 200


def test_a_kept_request_cannot_be_searched_for_its_password(client: FlaskClient) -> None:
    """What is kept of a request is a keyed hash; of a registration's password nothing can be found in it."""
    text = json.dumps(registration(78))
    reply = client.post(ORGANISATIONS, data=text, content_type="application/json", headers={"Idempotency-Key": "k"})
    assert reply.status_code == 201
    kept = db.session.scalars(sa.select(KeptReply)).one()
    guess = hashlib.sha256(b"POST /api/v1/organisations?\n" + text.encode()).hexdigest()
    assert kept.request_hash != guess
    assert b"guessable" not in (kept.body or b"")


@pytest.fixture
def committed(app: Flask) -> Iterator[dict[str, str]]:
    """Headers of an administrator who is really committed; afterwards all that the test made is deleted."""
    with app.app_context():
        headers = {"Authorization": f"Bearer {make_token(make_member(roles=['organisation_admin']))}"}
        db.session.commit()
    yield headers
    with app.app_context():
        for kind in (KeptReply, AuditEntry, AuditHead, Site, ApiToken, Member, Organisation):
            db.session.execute(sa.delete(kind))
        db.session.commit()


def test_equal_requests_at_the_same_moment(app: Flask, committed: dict[str, str]) -> None:
    """Eight hands, six keys: each key has one effect, and all hands get the same reply."""

    def post(key: str) -> tuple[int, bytes]:
        reply = FlaskClient(app, app.response_class).post(URL, json=SITE, headers=with_key(committed, key))
        return reply.status_code, reply.data

    with ThreadPoolExecutor(8) as hands:
        for number in range(6):
            replies = set(hands.map(post, [f"key-{number}"] * 8))
            assert len(replies) == 1
            assert {status for status, _ in replies} == {201}
    with app.app_context():
        assert count() == 6
