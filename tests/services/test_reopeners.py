"""Re-openers: triggered once an episode, told, recorded; what an amendment, an index or a notice makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from marketplace.contracts import queries, services
from marketplace.contracts.models import Contract, ContractReopening
from marketplace.contracts.services.pricing import month_price
from marketplace.indices.models import PriceIndex
from marketplace.jobs.maintain import maintain
from marketplace.notifications.models import Message
from marketplace.shared.actor import Actor, Role
from marketplace.shared.audit import AuditEntry
from marketplace.shared.database import db
from marketplace.shared.errors import Conflict, TransitionNotAllowed
from tests.conftest import NOW
from tests.factories.accounts import make_member
from tests.factories.catalogue import make_grade
from tests.factories.contracts import accept, confirm, party
from tests.factories.indices import make_index, make_quote
from tests.factories.rounds import MONTHS, make_open_order, make_round, make_trader

pytestmark = pytest.mark.usefixtures("session")

DAY = timedelta(days=1)
FEBRUARY = datetime(2027, 1, 31, 16, 0, tzinfo=UTC)  # its first minute in Beijing
WIDE = [{"period": month, "volume": "90", "floor": "90000", "cap": "105000"} for month in MONTHS]


def make_indexed_contract(result: str, *, count: int = 1, formula: bool = True) -> Contract:
    """In force: an index LC agreed at 100,000, between 90,000 and 105,000, re-opened by 15 %, 10 days to negotiate."""
    make_index(id="LC")
    grade = make_grade()
    for side, coefficient in (("offer", "0.96"), ("need", "1.04")):
        limit = {"components": [{"index": "LC", "coefficient": coefficient}]}
        make_open_order(make_trader(), side, grade, price="0", limit_price=limit)
    round_ = make_round(grade, until="published", index_paths={"LC": ["100000"] * len(MONTHS)})
    (proposal,) = queries.proposals_of_round(round_.id)
    clause = {"trigger": "0.15", "consecutive_months": count, "negotiation_days": 10, "result_if_none": result}
    price: dict[str, Any] = {
        "formula": {"index": "LC", "coefficient": "1", "premium_cny_per_unit": "0"},
        "periods": WIDE,
    }
    if not formula:
        price = {"without_formula": True, "periods": [{**each, "reference": "100000"} for each in WIDE]}
    services.counter_proposal(
        proposal.id,
        revision=1,
        changes={**price, "clauses": {"reopener": clause}},
        consent=["limit_price"],
        actor=party(proposal, "seller"),
        now=NOW,
    )
    accept(proposal, "buyer")
    contract = db.session.scalars(sa.select(Contract)).one()
    for side in ("seller", "buyer"):
        confirm(contract, side)
    return contract


def quote(**values: str) -> None:
    """What LC was in the middle of some months: jan, feb, mar."""
    index = db.session.get_one(PriceIndex, "LC")
    for place, month in enumerate(("jan", "feb", "mar"), 1):
        if month in values:
            make_quote(index, f"2027-{place:02d}-15", values[month])


def price(contract: Contract, month: str, today: date = date(2027, 4, 1)) -> str:
    """By the version that holds for the month."""
    terms = queries.version_of_month(contract, month).terms
    return str(month_price(contract, terms, month, assays={}, today=today).price)


def amend(contract: Contract, changes: Mapping[str, Any], now: datetime) -> int:
    """Proposed and confirmed by both."""
    actor = make_member(organisation=contract.seller, roles=(Role.SELLER,)).actor
    version = services.propose_amendment(contract.id, changes=changes, reason="重新议价", actor=actor, now=now)
    for side in ("seller", "buyer"):
        confirm(contract, side, number=version.number, now=now)
    return version.number


def signatory(contract: Contract, side: str) -> Actor:
    organisation = contract.seller if side == "seller" else contract.buyer
    return make_member(organisation=organisation, roles=(Role.SIGNATORY,)).actor


def test_it_is_triggered_once_and_both_are_told() -> None:
    contract = make_indexed_contract("unchanged")
    quote(jan="116000")
    assert services.watch_reopeners(now=FEBRUARY - timedelta(minutes=1)) == []  # January has not ended
    assert maintain(now=FEBRUARY).reopened_contracts == 1
    assert services.watch_reopeners(now=FEBRUARY) == []
    (episode,) = queries.reopenings(contract)
    assert (episode.number, episode.version, episode.months) == (1, 1, ["2027-01"])
    assert (episode.reference, episode.level, episode.negotiate_until) == (100000, 116000, FEBRUARY + 10 * DAY)
    told = db.session.scalars(sa.select(Message).filter_by(kind="contract-reopener-triggered")).all()
    assert {message.organisation_id for message in told} == {contract.seller_id, contract.buyer_id}
    entries = db.session.scalars(sa.select(AuditEntry).filter_by(action="contracts:reopener:triggered")).all()
    assert [entry.payload["months"] for entry in entries] == [["2027-01"]] * 2


def test_months_on_end_count_and_one_without_a_final_price_does_not() -> None:
    contract = make_indexed_contract("unchanged", count=2)
    quote(jan="116000", feb="117000")
    assert services.watch_reopeners(now=FEBRUARY + 20 * DAY) == []
    assert services.watch_reopeners(now=FEBRUARY + 28 * DAY) == [contract.id]
    assert queries.reopenings(contract)[0].level == 116500


def test_a_price_without_formula_watches_no_index() -> None:
    contract = make_indexed_contract("index", formula=False)
    quote(jan="200000")
    assert services.watch_reopeners(now=FEBRUARY) == []
    assert "不会触发" in services.document(queries.version(contract, 1), "html").decode()


def test_unchanged_leaves_the_price_and_waits_until_the_index_is_back() -> None:
    contract = make_indexed_contract("unchanged")
    quote(jan="116000", feb="130000", mar="130000")
    services.watch_reopeners(now=FEBRUARY)
    assert services.watch_reopeners(now=FEBRUARY + 59 * DAY) == []
    assert price(contract, "2027-03") == "105000.00"


def test_the_collar_moves_with_the_index_from_the_month_after_the_negotiations() -> None:
    contract = make_indexed_contract("index")
    quote(jan="116000", feb="130000", mar="130000")
    services.watch_reopeners(now=FEBRUARY)
    assert [price(contract, month) for month in MONTHS] == ["105000.00", "105000.00", "121800.00"]  # 105,000 x 1.16
    quoted = month_price(
        contract, queries.version(contract, 1).terms, "2027-03", assays={}, today=date(2027, 4, 1)
    ).to_document()
    assert quoted["collar_factor"] == "29/25"
    assert queries.outcome_of(contract, queries.reopenings(contract)[0], FEBRUARY + 10 * DAY) == "indexed"


def test_after_a_collar_has_moved_its_level_is_the_base() -> None:
    contract = make_indexed_contract("index")
    quote(jan="116000", feb="133000", mar="133400")  # 133,000 is 14.7 % above 116,000, 133,400 is 15 %
    services.watch_reopeners(now=FEBRUARY)
    assert services.watch_reopeners(now=FEBRUARY + 28 * DAY) == []
    assert services.watch_reopeners(now=FEBRUARY + 59 * DAY) == [contract.id]
    assert [(each.reference, each.level) for each in queries.reopenings(contract)] == [
        (100000, 116000),
        (116000, 133400),
    ]


def test_an_amendment_in_time_takes_the_place_of_the_result() -> None:
    contract = make_indexed_contract("index")
    quote(jan="116000", feb="130000", mar="130000")
    services.watch_reopeners(now=FEBRUARY)
    formula = {"index": "LC", "coefficient": "0.9", "premium_cny_per_unit": "1000"}
    raised = [WIDE[0], WIDE[1], {**WIDE[2], "cap": "115000"}]
    assert amend(contract, {"formula": formula, "periods": raised}, FEBRUARY + 9 * DAY) == 2
    assert queries.outcome_of(contract, queries.reopenings(contract)[0], FEBRUARY + 20 * DAY) == "amended"
    assert [queries.version_of_month(contract, month).number for month in MONTHS] == [1, 1, 2]
    # March: 0.9 x 130,000 + 1,000 = 118,000, capped at 115,000
    assert [price(contract, month) for month in MONTHS] == ["105000.00", "105000.00", "115000.00"]
    periods = queries.version(contract, 2).terms["periods"]
    assert [each["reference"] for each in periods] == ["100000", "100000", "91000"]  # begun months keep theirs


@pytest.mark.parametrize(("days", "changes"), [(10, {"periods": WIDE}), (9, {"payment": {"days": 30}})])
def test_one_too_late_or_about_something_else_does_not(days: int, changes: dict[str, Any]) -> None:
    contract = make_indexed_contract("index")
    quote(jan="116000", feb="130000", mar="130000")
    services.watch_reopeners(now=FEBRUARY)
    if "periods" in changes:
        changes = {"periods": [*WIDE[:2], {**WIDE[2], "cap": "106000"}]}
    amend(contract, changes, FEBRUARY + days * DAY)
    assert queries.outcome_of(contract, queries.reopenings(contract)[0], FEBRUARY + 20 * DAY) == "indexed"
    # What is agreed later states its own collar; another term leaves the moved one.
    assert price(contract, "2027-03") == ("106000.00" if days == 10 else "121800.00")


def test_either_party_may_end_a_contract_that_no_price_was_agreed_for() -> None:
    contract = make_indexed_contract("terminate")
    quote(jan="84000")

    def end(day: int) -> None:
        notice = {"kind": "termination", "ground": "reopener", "reason": "未达成一致"}
        services.give_notice(contract.id, **notice, actor=signatory(contract, "buyer"), now=FEBRUARY + day * DAY)

    with pytest.raises(Conflict, match="no re-opener"):
        end(0)
    services.watch_reopeners(now=FEBRUARY)
    for day in (9, 20):
        with pytest.raises(Conflict, match="no re-opener"):
            end(day)
    end(19)
    assert (contract.status, queries.notices(contract)[0].status) == ("terminated", "effective")
    with pytest.raises(TransitionNotAllowed):
        end(19)


def test_what_is_no_contract_in_force_is_not_watched() -> None:
    contract = make_indexed_contract("terminate")
    quote(jan="84000")
    notice = {"kind": "suspension", "ground": "force_majeure", "reason": "洪水"}
    services.give_notice(contract.id, **notice, actor=signatory(contract, "buyer"), now=NOW)
    assert services.watch_reopeners(now=FEBRUARY) == []
    assert db.session.scalars(sa.select(ContractReopening)).all() == []
