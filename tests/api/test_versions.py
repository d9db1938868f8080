"""ETag and If-Match."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.factories.accounts import make_member, make_site, signed_in


@pytest.fixture
def site(client: FlaskClient) -> tuple[str, dict[str, str]]:
    """A site's address and its administrator's headers."""
    admin = make_member(roles=["organisation_admin"])
    return f"/api/v1/sites/{make_site(admin.organisation).id}", signed_in(client, admin)


def test_a_change_needs_the_version_that_was_seen(client: FlaskClient, site: tuple[str, dict[str, str]]) -> None:
    """428 without If-Match, 412 with an old one; the reply to a change has the new one."""
    url, headers = site
    seen = client.get(url, headers=headers).headers["ETag"]
    assert client.patch(url, json={"name": "甲"}, headers=headers).status_code == 428
    changed = client.patch(url, json={"name": "乙"}, headers={**headers, "If-Match": seen})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != seen
    stale = client.patch(url, json={"name": "丙"}, headers={**headers, "If-Match": seen})
    assert stale.status_code == 412
    assert stale.json["type"] == "urn:changdan:problem:stale-version"
    now = client.get(url, headers=headers)
    assert now.json["name"] == "乙"
    assert now.headers["ETag"] == changed.headers["ETag"]


@pytest.mark.parametrize("sent", ['"99"', '"1", "99"', "*", 'W/"1"', "1", "nonsense"])
def test_forms_of_if_match(client: FlaskClient, site: tuple[str, dict[str, str]], sent: str) -> None:
    """Any of several tags will do, or the star; weak and unknown tags will not (RFC 9110, 13.1.1)."""
    url, headers = site
    reply = client.patch(url, json={"name": "甲"}, headers={**headers, "If-Match": sent})
    assert reply.status_code == (200 if sent in ('"1", "99"', "*", "1") else 412)


def test_a_foreign_thing_has_no_version(client: FlaskClient, site: tuple[str, dict[str, str]]) -> None:
    """404 comes before 428: nobody learns that it is there."""
    url, _ = site
    stranger = signed_in(client, make_member(roles=["organisation_admin"]))
    assert client.patch(url, json={"name": "甲"}, headers=stranger).status_code == 404


def test_where_a_version_is_not_required_a_wrong_one_still_counts(client: FlaskClient) -> None:
    """Lifecycle steps take If-Match if it is sent."""
    operator = signed_in(client, make_member(roles=["operator"]))
    pending = make_member(roles=["organisation_admin"])
    pending.organisation.status = "pending"
    url = f"/api/v1/organisations/{pending.organisation_id}/verification"
    body = {"decision": "verify"}
    assert client.post(url, json=body, headers={**operator, "If-Match": '"77"'}).status_code == 412
    assert client.post(url, json=body, headers=operator).status_code == 200
