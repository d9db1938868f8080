"""Two requests that change the same order at the same moment: what the one that lost is told.

On SQLite writers stand in a queue, so there the later one is simply later.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from marketplace.shared import audit
from marketplace.shared.database import unit_of_work
from tests.databases import database_urls
from tests.factories.accounts import signed_in
from tests.factories.orders import entry_of, make_trader

ORDERS = "/api/v1/orders"

pytestmark = pytest.mark.parametrize("own_app", set(database_urls()) - {"sqlite"}, indirect=True)

Post = Callable[..., TestResponse]
Interleaved = Callable[..., tuple[TestResponse, TestResponse]]


@pytest.fixture
def post(own_app: Flask) -> Post:
    """The owner's POST of a step of its draft."""
    with own_app.app_context(), unit_of_work():
        member = make_trader()
        headers, document = signed_in(own_app.test_client(), member), entry_of(member)
    order = own_app.test_client().post(ORDERS, json=document, headers=headers)
    assert order.status_code == 201

    def call(step: str, **more: str) -> TestResponse:
        path = f"{order.headers['Location']}/{step}"
        return own_app.test_client().post(path, headers={**headers, **more})

    return call


@pytest.fixture
def interleaved(post: Post, monkeypatch: pytest.MonkeyPatch) -> Interleaved:
    """Two steps at once: the second is taken from beginning to end when the first has read and is about to write."""
    record, waiting, winners = audit.record, [], []

    def overtaken(*args: Any, **options: Any) -> object:  # the trail is written before the order
        if waiting:
            with ThreadPoolExecutor(1) as hand:
                winners.append(hand.submit(post, waiting.pop()).result())
        return record(*args, **options)

    monkeypatch.setattr(audit, "record", overtaken)

    def take(first: str, second: str, **headers: str) -> tuple[TestResponse, TestResponse]:
        waiting.append(second)
        loser = post(first, **headers)
        return loser, winners.pop()

    return take


@pytest.mark.parametrize(("first", "second"), [("opening", "opening"), ("opening", "withdrawal")])
def test_who_named_no_version_is_told_of_the_status(interleaved: Interleaved, first: str, second: str) -> None:
    loser, winner = interleaved(first, second)
    assert winner.status_code == 200
    assert (loser.status_code, loser.json["type"]) == (409, "urn:changdan:problem:transition-not-allowed")
    assert loser.json["detail"].startswith(f"order is {winner.json['status']}:")


def test_a_step_that_is_still_allowed_is_taken_afterwards(interleaved: Interleaved) -> None:
    loser, winner = interleaved("withdrawal", "opening")
    assert (winner.status_code, winner.json["status"]) == (200, "open")
    assert (loser.status_code, loser.json["status"]) == (200, "withdrawn")
    assert loser.json["revision"] == winner.json["revision"] + 1


def test_who_named_a_version_is_told_that_it_is_gone(interleaved: Interleaved) -> None:
    loser, winner = interleaved("opening", "withdrawal", **{"If-Match": '"1"'})
    assert winner.status_code == 200
    assert (loser.status_code, loser.json["type"]) == (412, "urn:changdan:problem:stale-version")
