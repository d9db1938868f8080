"""What the benches of failing databases call a violation: a judge that finds nothing shows nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest
from flask import Flask

from bench.deployment.marked import Marked, compare
from bench.deployment.traders import Trader
from bench.deployment.watched import BUSY, Heard
from marketplace.shared.actor import Role
from marketplace.shared.database import unit_of_work
from tests.factories.accounts import make_member, signed_in
from tests.factories.orders import entry_of

PROBLEM = {"Content-Type": "application/problem+json"}
COME_AGAIN = {**PROBLEM, "Retry-After": "1"}


@pytest.mark.parametrize(
    ("status", "said", "headers", "clean"),
    [
        (201, {}, {}, True),
        (503, {"type": BUSY}, COME_AGAIN, True),
        (503, {"type": BUSY}, PROBLEM, False),
        (503, {"type": BUSY}, {"Retry-After": "1"}, False),
        (503, {"type": "about:blank"}, COME_AGAIN, False),
        (503, "Service Unavailable", COME_AGAIN, False),
        (500, {"type": "urn:changdan:problem:internal"}, COME_AGAIN, False),
        (409, {"type": "urn:changdan:problem:conflict"}, PROBLEM, False),
        (0, "RemoteDisconnected()", {}, False),
    ],
)
def test_clean_answers(status: int, said: object, headers: dict[str, str], clean: bool) -> None:
    heard = Heard()
    heard.note(status, said, headers, 0.1)
    assert (heard.unclean == []) == clean
    assert (heard.last_success > 0) == (status == 201)
    assert (heard.last_refusal > 0) == (status != 201)


def test_what_is_lost_twice_or_unasked_is_found(own_app: Flask) -> None:
    """Of three orders stored one is acknowledged, one is stored twice; another was acknowledged and is not there."""
    with own_app.app_context(), unit_of_work():
        member = make_member(roles=[Role.SELLER])
        headers, order = signed_in(own_app.test_client(), member), entry_of(member, "offer")
    client = Marked(0, Trader(member.organisation_id, "", ""), 0, of=1)
    ids = []
    for price in ("60000.00", "60000.01", "60000.01"):
        terms = {**order, "limit_price": {"components": [{"fixed": price}]}}
        posted = own_app.test_client().post("/api/v1/orders", json=terms, headers=headers)
        assert posted.status_code == 201, posted.text
        ids.append(posted.json["id"])
    client.asked, client.acknowledged = 2, {Decimal("60000.00"): ids[0]}
    found = compare(own_app, [client])
    assert (found.acknowledged, found.orders, found.lost, found.wrong) == (1, 3, [], [])
    assert len(found.twice) == 1
    client.asked = 1
    assert compare(own_app, [client]).wrong == ["nobody asked for an order at 60000.01"]
    client.asked, client.acknowledged = 3, {Decimal("60000.02"): "ord_gone", Decimal("60000.00"): ids[1]}
    found = compare(own_app, [client])
    assert len(found.lost) == 1
    assert len(found.wrong) == 1
    client.acknowledged, client.noted.opened = {}, [ids[0]]
    assert compare(own_app, [client]).lost == [f"order {ids[0]} was opened, which is lost"]
