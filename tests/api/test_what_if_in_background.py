"""A what-if run in the background of the process, with real commits."""

from __future__ import annotations

import time

from flask import Flask

from marketplace.shared.actor import Role
from marketplace.shared.database import unit_of_work
from tests.factories.accounts import make_member, signed_in
from tests.factories.rounds import make_market, make_round

PATIENCE_SECONDS = 120
SCENARIOS = {"scenarios": [{"id": "dear", "changes": [{"freight": {"scale": "2"}}]}]}


def test_it_is_answered_at_once_and_read_later(own_app: Flask) -> None:
    with own_app.app_context(), unit_of_work():
        round_id = make_round(make_market().grade, until="frozen").id
        headers = signed_in(own_app.test_client(), make_member(roles=[Role.OPERATOR]))
    client = own_app.test_client()
    begun = client.post(f"/api/v1/rounds/{round_id}/what-if", json=SCENARIOS, headers=headers)
    assert (begun.status_code, begun.json["status"], begun.json["results"]) == (202, "running", None)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (run := client.get(begun.headers["Location"], headers=headers).json)["status"] == "running":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert (run["status"], run["cleared"], run["failure"]) == ("done", 2, None)
    assert [result["id"] for result in run["results"]] == ["base", "dear"]
    assert client.get(f"/api/v1/rounds/{round_id}", headers=headers).json["status"] == "frozen"
