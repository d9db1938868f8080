"""Three years of a portfolio: every total on the platform against the same reckoned anew, to the cent and the kilogram.

``CHANGDAN_TEST_PORTFOLIO`` sets how many contracts are played: 200 take some ten minutes on each database.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import flask_migrate
import pytest

from marketplace.app import create_app
from marketplace.config import Settings
from marketplace.shared.database import db
from tests.conftest import SECRET_KEY, Caller
from tests.databases import database_urls, prepare
from tests.scenarios.portfolio.ledger import kilograms
from tests.scenarios.portfolio.platform import Run
from tests.scenarios.portfolio.world import World
from tests.scenarios.strangers import MovableClock

CONTRACTS = int(os.environ.get("CHANGDAN_TEST_PORTFOLIO", "60"))
SEED = 1


@pytest.fixture(scope="module", params=database_urls())
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Played to its end, on a migrated database of each kind."""
    with prepare(request.param, tmp_path_factory) as url:
        clock = MovableClock()
        app = create_app(Settings(database_url=url, secret_key=SECRET_KEY, testing=True), clock=clock)
        app.test_client_class = Caller
        with app.app_context():
            flask_migrate.upgrade()
            played = World(app, clock, contracts=CONTRACTS, seed=SEED)
            played.play()
            yield played
            db.session.remove()
            db.engine.dispose()


def pages(world: World, run: Run, name: str) -> list[dict[str, Any]]:
    """All entries of a list of the contract's, as its buyer reads them."""
    found, cursor = [], {}
    while True:
        page = world.get(run.pair.buyer, f"/contracts/{run.id}/{name}", limit=200, **cursor)
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}


def cents(text: str) -> int:
    whole = Fraction(text) * 100
    assert whole.denominator == 1
    return whole.numerator


def test_every_pair_became_one_contract(world: World) -> None:
    assert len(world.runs) == CONTRACTS == len(world.by_id)
    assert sum(len(run.ledger.months) for run in world.runs) > 5 * CONTRACTS


def test_every_statement_comes_to_the_cent(world: World) -> None:
    whole = stated = 0
    for run in world.runs:
        owed = run.ledger.payable(world.index_means(run))
        by_month: dict[str, int] = defaultdict(int)
        for statement in pages(world, run, "statements"):
            assert statement["status"] in ("confirmed", "corrected")
            assert cents(statement["payable"]) == sum(cents(each["payable"]) for each in statement["months"])
            for each in statement["months"]:
                by_month[each["month"]] += cents(each["payable"])
        assert dict(by_month) == owed, run.id
        whole, stated = whole + sum(owed.values()), stated + sum(by_month.values())
    assert whole == stated > 0


def test_every_shipment_comes_to_the_kilogram(world: World) -> None:
    for run in world.runs:
        by_month: dict[str, int] = defaultdict(int)
        for each in pages(world, run, "shipments"):
            by_month[each["month"]] += kilograms(each["counted"]) - kilograms(each["rejected"])
        ours = {month: happened.accepted for month, happened in run.ledger.months.items() if happened.accepted}
        assert dict(by_month) == ours, run.id


def test_what_was_paid_before_is_set_off_or_left(world: World) -> None:
    for run in world.runs:
        run.ledger.payable(world.index_means(run))
        statements = pages(world, run, "statements")
        paid = sum(
            cents(each["amount"]) for each in world.get(run.pair.buyer, f"/contracts/{run.id}/payments")["items"]
        )
        used = 0
        last: dict[str, dict[str, Any]] = {}
        for statement in statements:
            if statement["kind"] != "provisional":
                last |= {each["month"]: each for each in statement["months"]}
        for each in last.values():
            used -= sum(cents(line["amount"]) for line in each["lines"] if line["kind"].endswith("_offset"))
        after = last[max(last)]["after"]
        assert paid == used + cents(after["prepaid"]) + cents(after["deposit"])
        assert run.ledger.left == cents(after["prepaid"]) + cents(after["deposit"])


def test_every_month_is_judged_as_it_was_reported(world: World) -> None:
    judged = 0
    for run in world.runs:
        found = world.get(run.pair.buyer, f"/contracts/{run.id}/fulfilment")["judgements"]
        for each in found:
            if each["per"] == "period" and each["party"] == "seller" and each["basis"] == "agreed":
                judged += 1
                assert each["met"] == (Fraction(each["done"]) >= Fraction(4, 5) * Fraction(each["due"]))
        months = {each["span"] for each in found if each["per"] == "period"}
        assert months == set(run.ledger.months) - {max(run.ledger.months)} or months == set(run.ledger.months)
    assert judged > 4 * CONTRACTS
