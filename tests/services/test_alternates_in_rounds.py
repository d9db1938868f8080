"""Other grades that a need accepts, from the order book through a round to the proposal and the rest."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from marketplace.catalogue.models import Grade
from marketplace.contracts import services
from marketplace.contracts.queries import proposals_of_round
from marketplace.rounds.models import Round
from tests.conftest import NOW
from tests.factories.catalogue import make_grade
from tests.factories.rounds import POLICY, make_open_order, make_round, make_trader
from tests.services.test_round_snapshots import order_in

pytestmark = pytest.mark.usefixtures("session")

LATER = NOW + timedelta(days=1)
ADJUSTMENT = "-1234.56"


def accepting(grade: Grade, **terms: Any) -> dict[str, Any]:
    return {"alternates": [{"grade": grade.id, "ratio": "1.25", "adjustment": ADJUSTMENT}], **terms}


def round_of(*grades: Grade, until: str = "published") -> Round:
    plan = {"policy": {**POLICY, "contract_cost": "0"}, "freight": {"kind": "none"}}
    return make_round(grades[0], until=until, grade_ids=[grade.id for grade in grades], **plan)


def test_a_proposal_states_grade_and_ratio_and_the_rest_is_in_the_needs_own_units() -> None:
    asked, other = make_grade(), make_grade(quantum=Decimal("0.01"))
    seller, buyer = make_trader(), make_trader()
    make_open_order(seller, "offer", other, price="70000", volume="50")
    need = make_open_order(buyer, "need", asked, price="104000", volume="100", **accepting(other))
    round_ = round_of(asked, other)
    (proposal,) = proposals_of_round(round_.id)
    assert proposal.grade_id == other.id
    assert proposal.terms["alternate"] == {"asked_grade_id": asked.id, "ratio": "1.25"}
    assert {each["volume"]["expected"] for each in proposal.terms["periods"]} == {"50"}
    assert 70000 <= float(proposal.terms["periods"][0]["reference"]) <= (104000 - 1234.56) / 1.25
    assert ADJUSTMENT not in str(proposal.terms)
    services.open_order(need.id, actor=buyer.actor, now=LATER)
    assert set(need.terms["volumes"].values()) == {"60"}  # 100 - 50 / 1.25


def test_a_grade_that_the_round_does_not_trade_does_nothing_there() -> None:
    asked, other = make_grade(), make_grade()
    make_open_order(make_trader(), "offer", other, price="70000", volume="50")
    make_open_order(make_trader(), "offer", asked, price="96000", volume="50")
    need = make_open_order(make_trader(), "need", asked, price="104000", volume="100", **accepting(other))
    round_ = round_of(asked)
    assert "alternates" not in order_in(round_, need.id)
    (proposal,) = proposals_of_round(round_.id)
    assert proposal.grade_id == asked.id
    assert proposal.terms["alternate"] is None


def test_a_need_enters_no_round_for_a_grade_that_it_only_accepts() -> None:
    asked, other = make_grade(), make_grade()
    make_open_order(make_trader(), "offer", other, price="70000", volume="50")
    need = make_open_order(make_trader(), "need", asked, price="104000", volume="100", **accepting(other))
    round_of(other)
    assert need.status == "open"
