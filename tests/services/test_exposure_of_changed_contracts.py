"""Price exposure of contracts that were amended, re-opened or taken over: month by month as it will be settled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from marketplace.accounts.models import Organisation
from marketplace.contracts import services
from marketplace.contracts.queries.exposure import price_exposure
from marketplace.shared.actor import Role
from marketplace.shared.database import db
from tests.factories.accounts import make_member
from tests.factories.novations import make_contract_in_force, novate
from tests.factories.rounds import MONTHS
from tests.services.test_reopeners import DAY, FEBRUARY, WIDE, amend, make_indexed_contract, price, quote

pytestmark = pytest.mark.usefixtures("session")

AT_100, AT_130 = ([{"indices": {"LC": dict.fromkeys(MONTHS, price)}}] for price in ("100000", "130000"))


def prices(organisation: Organisation, side: str, paths: Any, now: datetime) -> dict[str, str]:
    """By month, of the only contract that the organisation has a month of."""
    actor = make_member(organisation=organisation, roles=(Role.SELLER, Role.BUYER)).actor
    (path,) = price_exposure(side, paths, actor=actor, now=now).paths  # type: ignore[arg-type]
    return {each.period: str(each.price) for found in path.contracts for each in found.months}


@contextmanager
def counted() -> Iterator[list[str]]:
    """Every statement that is sent to the database meanwhile."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    yield sent
    sa.event.remove(db.engine, "before_cursor_execute", note)


def test_a_month_that_has_begun_keeps_the_price_that_held_when_it_began() -> None:
    """At 100,000: amended in February to 0.9 x 100,000 + 1,000 = 91,000, which is so from March on."""
    contract = make_indexed_contract("unchanged")
    formula = {"index": "LC", "coefficient": "0.9", "premium_cny_per_unit": "1000"}
    amend(contract, {"formula": formula, "periods": [*WIDE[:2], {**WIDE[2], "cap": "115000"}]}, FEBRUARY + DAY)
    for side in ("seller", "buyer"):
        found = prices(getattr(contract, side), side, AT_100, FEBRUARY + DAY)
        assert found == {"2027-02": "100000.00", "2027-03": "91000.00"}


def test_floor_and_cap_move_as_a_reopener_has_moved_them() -> None:
    """Negotiations end on 11 February without a price: from March on 105,000 x 1.16; while they last nothing moves."""
    contract = make_indexed_contract("index")
    quote(jan="116000", feb="130000", mar="130000")
    services.watch_reopeners(now=FEBRUARY)
    asked = (contract.buyer, "buyer", AT_130)
    assert prices(*asked, FEBRUARY + 9 * DAY) == {"2027-02": "105000.00", "2027-03": "105000.00"}
    found = prices(*asked, FEBRUARY + 10 * DAY)
    assert found == {"2027-02": "105000.00", "2027-03": "121800.00"}
    assert found == {month: price(contract, month) for month in found}  # as it will be settled


def test_each_holder_of_a_month_reads_that_month_and_no_other() -> None:
    contract = make_indexed_contract("unchanged")
    first, buyer = contract.seller, contract.buyer
    second = novate(contract, from_month="2027-02").organisation
    third = novate(contract, side="buyer", by="seller", from_month="2027-03").organisation
    now = datetime(2026, 12, 2, tzinfo=UTC)
    assert list(prices(first, "seller", AT_130, now)) == ["2027-01"]
    assert list(prices(second, "seller", AT_130, now)) == ["2027-02", "2027-03"]
    assert list(prices(buyer, "buyer", AT_130, now)) == ["2027-01", "2027-02"]
    assert list(prices(third, "buyer", AT_130, now)) == ["2027-03"]
    assert prices(first, "seller", AT_130, FEBRUARY) == {}
    assert prices(first, "buyer", AT_130, now) == {}


def test_it_asks_no_more_of_the_database_for_more_contracts() -> None:
    """All of one seller: as many statements for three contracts, one of them taken over, as for one."""
    actor = make_member(roles=(Role.SELLER,)).actor
    organisation = db.session.get_one(Organisation, actor.organisation_id)
    sent = []
    for count in (1, 2):
        for _ in range(count):
            contract = make_contract_in_force()
            contract.seller = organisation
        db.session.flush()
        with counted() as statements:
            found = price_exposure("seller", [{"indices": {}}], actor=actor, now=datetime(2026, 12, 2, tzinfo=UTC))
        sent.append(len(statements))
        if count == 1:
            novate(contract)
    assert len(found.paths[0].contracts) == 3
    assert sent[0] == sent[1]
