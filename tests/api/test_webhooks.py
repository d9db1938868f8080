"""Webhooks over HTTP: secrets shown once, versions, refusals; what is sent is what its administrator may read."""

from __future__ import annotations

import base64
import json
from typing import Any

import hypothesis
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck
from hypothesis import strategies as st
from standardwebhooks import Webhook

from marketplace.accounts.models import Member
from marketplace.jobs.send_webhooks import send_webhooks
from marketplace.notifications.services import tell
from marketplace.shared import audit
from marketplace.shared.actor import SYSTEM, Role
from marketplace.shared.database import db
from marketplace.webhooks.rules.endpoints import is_wanted
from marketplace.webhooks.services import Outcome
from tests.conftest import NOW
from tests.factories.accounts import in_session, make_member, make_organisation, signed_in
from tests.factories.webhooks import Notebook, at

URL = "/api/v1/webhooks"
HOOK = {"url": "https://hooks.example.com/in", "description": "到 ERP", "kinds": ["orders.*", "proposal.received"]}


@pytest.fixture
def admin() -> Member:
    """An administrator."""
    return make_member(roles=[Role.ORGANISATION_ADMIN])


@pytest.fixture
def headers(client: FlaskClient, admin: Member) -> dict[str, str]:
    """Its session's."""
    return in_session(client, admin)


@pytest.fixture
def hook(client: FlaskClient, headers: dict[str, str]) -> dict[str, Any]:
    """An endpoint as it was shown when it was registered, its ETag with it."""
    reply = client.post(URL, json=HOOK, headers=headers)
    assert reply.status_code == 201, reply.text
    return {**reply.json, "etag": reply.headers["ETag"], "at": reply.headers["Location"]}


def test_the_secret_is_shown_once(client: FlaskClient, headers: dict[str, str], hook: dict[str, Any]) -> None:
    secret, shown = hook["secret"], hook["webhook"]
    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
    assert {name: shown[name] for name in HOOK} == HOOK
    assert (shown["status"], shown["disabled_reason"], shown["failing_since"]) == ("enabled", None, None)
    one, all_ = client.get(hook["at"], headers=headers), client.get(URL, headers=headers)
    assert one.headers["ETag"] == hook["etag"]
    assert all_.json["items"] == [one.json] == [shown]
    trail = client.get("/api/v1/audit", headers=headers)
    for reply in (one, all_, trail):
        assert secret.removeprefix("whsec_") not in reply.text
    assert "webhooks:endpoint:registered" in trail.text


def test_a_secret_is_not_kept_for_a_repeat(client: FlaskClient, headers: dict[str, str], hook: dict[str, Any]) -> None:
    for url, body in ((URL, HOOK), (f"{hook['at']}/rotation", None)):
        reply = client.post(url, json=body, headers={**headers, "Idempotency-Key": "1"})
        assert (reply.status_code, reply.json["errors"][0]["pointer"]) == (422, "/Idempotency-Key")


def test_rotation(client: FlaskClient, headers: dict[str, str], hook: dict[str, Any]) -> None:
    rotated = client.post(f"{hook['at']}/rotation", headers=headers)
    assert rotated.status_code == 200
    assert rotated.headers["Cache-Control"] == "no-store"
    assert rotated.json["secret"] != hook["secret"]
    assert rotated.json["webhook"]["old_secret_until"] == "2026-12-02T02:00:00+00:00"
    assert rotated.headers["ETag"] != hook["etag"]
    stale = client.post(f"{hook['at']}/rotation", headers={**headers, "If-Match": hook["etag"]})
    assert stale.status_code == 412


def test_changing_and_removing_need_the_version(
    client: FlaskClient, headers: dict[str, str], hook: dict[str, Any]
) -> None:
    at, seen = hook["at"], {**headers, "If-Match": hook["etag"]}
    assert client.patch(at, json={"active": False}, headers=headers).status_code == 428
    assert client.delete(at, headers=headers).status_code == 428
    changed = client.patch(at, json={"active": False, "kinds": None}, headers=seen)
    assert (changed.json["status"], changed.json["disabled_reason"], changed.json["kinds"]) == (
        "disabled",
        "asked",
        None,
    )
    assert client.patch(at, json={"active": True}, headers=seen).status_code == 412
    refused = client.post(f"{at}/ping", headers=headers)
    assert (refused.status_code, refused.json["detail_zh"]) == (409, "当前状态为“disabled”，不允许此操作（ping）")
    seen["If-Match"] = changed.headers["ETag"]
    enabled = client.patch(at, json={"active": True}, headers=seen)
    assert (enabled.json["status"], enabled.json["disabled_reason"]) == ("enabled", None)
    assert client.delete(at, headers=seen).status_code == 412
    seen["If-Match"] = enabled.headers["ETag"]
    assert client.delete(at, headers=seen).status_code == 204
    assert client.get(at, headers=headers).status_code == 404


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/url", "missing"),
        ({"url": "https://127.0.0.1/"}, "/url", "out-of-range"),
        ({"url": "http://hooks.example.com/"}, "/url", "wrong-form"),
        ({"url": "https://hooks.example.com/", "kinds": []}, "/kinds", "missing"),
        ({"url": "https://hooks.example.com/", "kinds": ["?"]}, "/kinds/0", "unknown-reference"),
        (
            {"url": "https://hooks.example.com/", "kinds": ["proposal.*", "recieved.*"]},
            "/kinds/1",
            "unknown-reference",
        ),
        ({"url": "https://hooks.example.com/", "description": " x"}, "/description", "not-printable"),
        ({"url": "https://hooks.example.com/", "secret": "whsec_AAAA"}, "/secret", "unknown-field"),
    ],
)
def test_refusals(client: FlaskClient, headers: dict[str, str], body: dict[str, Any], pointer: str, code: str) -> None:
    reply = client.post(URL, json=body, headers=headers)
    assert reply.status_code == 422
    assert [(error["pointer"], error["code"]) for error in reply.json["errors"]] == [(pointer, code)]


def test_at_most_ten(client: FlaskClient, headers: dict[str, str]) -> None:
    statuses = [client.post(URL, json=HOOK, headers=headers).status_code for _ in range(11)]
    assert statuses == [201] * 10 + [409]


def test_dead_letters_are_listed_and_sent_again(
    client: FlaskClient, headers: dict[str, str], hook: dict[str, Any], admin: Member
) -> None:
    endpoint_id, at_ = hook["webhook"]["id"], hook["at"]
    pinged = client.post(f"{at_}/ping", headers=headers)
    assert (pinged.status_code, pinged.json["status"], pinged.json["number"]) == (202, "pending", None)
    send_webhooks(endpoint_id, post=Notebook([Outcome(500, "status")]), clock=at(NOW))
    dead = client.get(f"{at_}/deliveries?status=dead", headers=headers).json["items"]
    assert [(each["id"], each["last_status_code"], each["last_error"]) for each in dead] == [
        (pinged.json["id"], 500, "status")
    ]
    again = client.post(f"{at_}/deliveries/{pinged.json['id']}/replay", headers=headers)
    assert (again.status_code, again.json["status"], again.json["attempt"]) == (202, "pending", 0)
    notes = Notebook()
    assert send_webhooks(endpoint_id, post=notes, clock=at(NOW)) == "1 delivered"
    assert notes.names == [pinged.json["id"]]
    for body, status in (
        ({"from_number": 1}, 202),
        ({"dead": True}, 202),
        ({}, 422),
        ({"dead": False}, 422),
        ({"dead": True, "from_number": 1}, 422),
        ({"from_number": 0}, 422),
    ):
        assert client.post(f"{at_}/replay", json=body, headers=headers).status_code == status, body
    foreign = make_member(roles=[Role.ORGANISATION_ADMIN])
    other = client.post(URL, json=HOOK, headers=in_session(client, foreign))
    mixed = f"{other.headers['Location']}/deliveries/{pinged.json['id']}/replay"
    assert client.post(mixed, headers=in_session(client, foreign)).status_code == 404
    assert client.post(mixed, headers=in_session(client, admin)).status_code == 404


ACTIONS = ["orders:offer:created", "orders:need:withdrawn", "contracts:contract:concluded", "accounts:member:added"]
KINDS = ["proposal-received", "round-published"]
PRICE = "98765.4321"
happening = st.tuples(st.booleans(), st.sampled_from([*ACTIONS, *KINDS]), st.booleans())


def happen(organisation_id: str, what: str, number: int) -> None:
    """An organisation does something, or is told something; the entry's payload holds more than is for others."""
    if what in KINDS:
        tell(organisation_id, what, f"prp_{number}", text_zh=PRICE, text_en=PRICE, now=NOW)
    else:
        payload = {"limit": PRICE, "order_id": "ord_01kdvd00000000000000000000", "note_id": PRICE}
        audit.record(what, f"ord_{number}", actor=SYSTEM, now=NOW, organisation_id=organisation_id, payload=payload)


@hypothesis.settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@hypothesis.given(
    happened=st.lists(happening, max_size=14),
    kinds=st.none()
    | st.lists(
        st.sampled_from(["orders.*", "proposal.received", "contracts.contract.concluded"]), min_size=1, unique=True
    ),
    start=st.none() | st.integers(1, 8),
)
def test_what_is_sent_is_what_an_administrator_reads_in_the_feed(
    client: FlaskClient, happened: list[tuple[bool, str, bool]], kinds: list[str] | None, start: int | None
) -> None:
    admin, stranger = make_member(roles=[Role.ORGANISATION_ADMIN]), make_organisation()
    made = client.post(URL, json={"url": HOOK["url"], "kinds": kinds}, headers=in_session(client, admin)).json
    endpoint_id, notes, begun = made["webhook"]["id"], Notebook(), made["webhook"]["last_number"]
    by_token = signed_in(client, admin)
    for number, (is_own, what, sends) in enumerate(happened):
        happen(admin.organisation_id if is_own else stranger.id, what, number)
        db.session.commit()
        if sends:
            send_webhooks(endpoint_id, post=notes, clock=at(NOW))
    if start is not None:
        again = client.post(f"{URL}/{endpoint_id}/replay", json={"from_number": start}, headers=by_token)
        assert again.status_code == 202
    send_webhooks(endpoint_id, post=notes, clock=at(NOW))
    feed = client.get("/api/v1/events?limit=200", headers=by_token).json["items"]
    sent = [json.loads(body) for _, _, body in notes.got]
    for document, (_, headers, body) in zip(sent, notes.got, strict=True):
        event = document["data"]
        assert event in feed
        assert (document["type"], document["timestamp"]) == (event["type"], event["occurred_at"])
        assert headers["webhook-id"] == event["id"]
        assert PRICE.encode() not in body
        assert stranger.id.encode() not in body
        signature = Webhook(made["secret"]).sign(event["id"], NOW, body.decode())
        assert headers["webhook-signature"] == signature
    first = begun + 1 if start is None else min(start, begun + 1)
    wanted = [event["number"] for event in feed if event["number"] >= first and is_wanted(event["type"], kinds)]
    assert sorted({document["data"]["number"] for document in sent}) == wanted
    if start is None:
        assert [document["data"]["number"] for document in sent] == wanted  # each once, in order
