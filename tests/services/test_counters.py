"""Counters: inside one's own order's limits freely, outside them by consent; the other side sees terms and no flag."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from marketplace.contracts import queries, services
from marketplace.contracts.models import Contract, Proposal
from marketplace.contracts.rules.answers import MOST_REVISIONS, StaleRevision, TooLate, TooManyRevisions
from marketplace.shared.database import db
from marketplace.shared.errors import InvalidInput
from tests.conftest import NOW
from tests.factories.catalogue import make_grade
from tests.factories.contracts import accept, make_proposal, party
from tests.factories.indices import make_index
from tests.factories.rounds import MONTHS, make_open_order, make_round, make_trader

pytestmark = pytest.mark.usefixtures("session")

DAY = timedelta(days=1)


def counter(
    proposal: Proposal,
    side: str,
    changes: Mapping[str, Any],
    *,
    consent: Sequence[str] = (),
    now: Any = NOW,
    revision: int | None = None,
) -> Proposal:
    return services.counter_proposal(
        proposal.id,
        revision=proposal.revision if revision is None else revision,
        changes=changes,
        consent=consent,
        actor=party(proposal, side),
        now=now,
    )


def months(volume: str = "100", reference: str = "100000", floor: str = "99000", cap: str = "101000") -> dict[str, Any]:
    """All months alike."""
    one = {"volume": volume, "reference": reference, "floor": floor, "cap": cap}
    return {"periods": [{"period": month, **one} for month in MONTHS]}


def faults(proposal: Proposal, side: str, changes: Mapping[str, Any], **options: Any) -> list[tuple[str, Any]]:
    """Pointer and limit of everything that is refused."""
    with pytest.raises(InvalidInput) as refused:
        counter(proposal, side, changes, **options)
    assert proposal.revision == 1
    return [(fault.pointer, fault.limit) for fault in refused.value.faults]


def test_a_counter_is_a_further_revision_that_voids_what_was_accepted() -> None:
    proposal = make_proposal()
    first = proposal.terms
    accept(proposal, "buyer")
    counter(proposal, "seller", months("90"))
    assert (proposal.status, proposal.revision, proposal.seller_accepted, proposal.buyer_accepted) == (
        "proposed",
        2,
        2,
        None,
    )
    assert proposal.answer_by == NOW + 3 * DAY
    assert proposal.terms["volume"]["expected"] == "270"
    assert proposal.terms["value"]["expected"] == "27000000"
    assert [
        (each.number, each.author, each.terms["volume"]["expected"]) for each in queries.revisions_of(proposal)
    ] == [
        (1, "round", first["volume"]["expected"]),
        (2, "seller", "270"),
    ]
    with pytest.raises(StaleRevision):
        services.accept_proposal(
            proposal.id, revision=1, terms_hash=proposal.terms_hash, actor=party(proposal, "buyer"), now=NOW
        )
    accept(proposal, "buyer")
    contract = db.session.scalars(sa.select(Contract)).one()
    assert queries.present_version(contract).terms == proposal.terms


def test_a_counter_is_answered_or_expires() -> None:
    proposal = make_proposal()
    counter(proposal, "seller", months("90"))
    with pytest.raises(TooLate):
        accept(proposal, "buyer", now=NOW + 3 * DAY)
    services.settle_bundle(proposal.bundle_id, now=NOW + 3 * DAY)
    assert proposal.status == "expired"


def test_a_counter_late_in_the_window_does_not_lengthen_it() -> None:
    proposal = make_proposal()
    counter(proposal, "seller", months("90"), now=NOW + 9 * DAY)
    assert proposal.answer_by == NOW + 10 * DAY


def test_haggling_has_an_end() -> None:
    proposal = make_proposal()
    for turn in range(1, MOST_REVISIONS):
        counter(proposal, ("seller", "buyer")[turn % 2], months(str(50 + turn)))
    with pytest.raises(TooManyRevisions):
        counter(proposal, "seller", months("99"))


# The seller asks 96,000 at least; the buyer pays 104,000 at most, freight included.


@pytest.mark.parametrize(
    ("side", "changes", "left"),
    [
        ("seller", months(floor="96000"), []),
        ("seller", months(floor="95999.99"), ["limit_price"]),
        ("buyer", months(floor="90000", cap="101000"), []),
        ("buyer", months(cap="110000"), ["limit_price"]),
        ("seller", months("100.001"), ["volumes"]),
        ("seller", months("0.001"), []),
        ("seller", {"buyer_option": {"down": "0.1", "up": "0"}}, ["flexibility"]),
        ("seller", {"seller_option": {"down": "0.1", "up": "0"}}, []),
        ("seller", {"buyer_option": {"down": "0", "up": "0.1"}}, ["volumes", "flexibility"]),
        ("buyer", {"payment": {"days": 0, "prepaid_fraction": "0.3", "prepaid_offset_months": 1}}, ["payment"]),
        ("buyer", {"incoterm": "DAP"}, []),
    ],
)
def test_what_leaves_ones_own_order_needs_consent_by_name(
    side: str, changes: Mapping[str, Any], left: list[str]
) -> None:
    proposal = make_proposal()
    if left:
        assert faults(proposal, side, changes) == [("/consent", name) for name in left]
    counter(proposal, side, changes, consent=left)
    assert queries.revisions_of(proposal)[-1].outside == left


@pytest.mark.parametrize(
    ("terms", "volume", "left"),
    [
        ({"minimum_contract": "270"}, "89", ["minimum_contract"]),
        ({"minimum_contract": "270"}, "90", []),
        ({"maximum_contract": "300"}, "90", []),
        ({"lot": "10"}, "95", ["lot"]),
        ({"lot": "10"}, "90", []),
        ({"minimum_per_period": "60"}, "59", ["minimum_per_period"]),
        ({"delivery": {"incoterms": ["EXW", "FCA"]}}, "90", []),
    ],
)
def test_sizes_of_ones_own_order_are_kept(terms: dict[str, Any], volume: str, left: list[str]) -> None:
    proposal = make_proposal(**terms)
    if left:
        assert faults(proposal, "seller", months(volume)) == [("/consent", name) for name in left]
    else:
        counter(proposal, "seller", months(volume))


def test_an_incoterm_outside_ones_own_list_needs_consent() -> None:
    proposal = make_proposal(delivery={"incoterms": ["EXW", "FCA"]})
    assert faults(proposal, "seller", {"incoterm": "DAP"}) == [("/consent", "delivery")]
    counter(proposal, "seller", {"incoterm": "FCA"})
    assert proposal.terms["delivery"]["freight_paid_by"] == "buyer"


def test_consent_to_what_is_not_left_is_refused() -> None:
    proposal = make_proposal()
    assert faults(proposal, "seller", months("90"), consent=["lot"]) == [("/consent", "none")]


def test_the_volume_of_other_proposals_is_not_sold_twice() -> None:
    """A seller of 200 a month sells 100 to each of two buyers; one may get more only as the other gets less."""
    grade = make_grade()
    make_open_order(make_trader(), "offer", grade, price="96000", volume="200")
    for price in ("104000", "103000"):
        make_open_order(make_trader(), "need", grade, price=price)
    one, two = queries.proposals_of_round(make_round(grade, until="published").id)
    assert faults(one, "seller", months("101")) == [("/consent", "volumes")]
    services.reject_proposal(two.id, revision=1, reason="无货", actor=party(two, "seller"), now=NOW)
    counter(one, "seller", months("101"))


def test_volume_that_was_opened_again_is_not_sold_twice_either() -> None:
    grade = make_grade()
    offer = make_open_order(make_trader(), "offer", grade, price="96000", volume="200")
    make_open_order(make_trader(), "need", grade, price="104000")
    (proposal,) = queries.proposals_of_round(make_round(grade, until="published").id)
    services.open_order(offer.id, actor=party(proposal, "seller"), now=NOW)
    assert faults(proposal, "seller", months("101")) == [("/consent", "volumes")]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({}, ""),
        ({"volume": "1"}, "/volume"),
        (months("90.0001"), "/periods/0/volume"),
        (months("-1"), "/periods/0/volume"),
        (months("0"), "/periods"),
        (months(floor="101000"), "/periods/0/cap"),
        ({"periods": []}, "/periods"),
        (
            {"periods": [{"period": "2027-04", "volume": "1", "reference": "1", "floor": "1", "cap": "1"}]},
            "/periods/0/period",
        ),
        ({"periods": months()["periods"][::-1]}, "/periods/1/period"),
        ({"periods": [{"period": "2027-01", "volume": "1"}]}, "/periods/0/floor"),
        ({"buyer_option": {"down": "1.1", "up": "0"}}, "/buyer_option/down"),
        ({"buyer_option": {"down": "0", "up": "0", "per": "week"}}, "/buyer_option/per"),
        ({"payment": {"days": 400}}, "/payment/days"),
        ({"payment": None}, "/payment"),
        ({"incoterm": "XYZ"}, "/incoterm"),
        ({"formula": {"index": "LC-XX", "coefficient": "1", "premium_cny_per_unit": "0"}}, "/formula/index"),
        ({"payment": {"days": 0}}, ""),  # as it stands
    ],
)
def test_bad_counters_are_refused_by_field(changes: Mapping[str, Any], pointer: str) -> None:
    proposal = make_proposal()
    found = [at for at, _ in faults(proposal, "seller", changes)]
    assert pointer in found
    assert proposal.terms_hash == queries.revisions_of(proposal)[-1].hash


def test_the_other_side_sees_terms_and_no_flag() -> None:
    proposal = make_proposal()
    counter(proposal, "seller", months(floor="95000"), consent=["limit_price"])
    assert "limit_price" not in str(proposal.terms)
    assert "outside" not in str(proposal.terms)


def test_a_smaller_volume_that_misses_a_minimum_fill_lapses_though_both_accept() -> None:
    grade = make_grade()
    make_open_order(make_trader(), "offer", grade, price="96000")
    make_open_order(make_trader(), "need", grade, price="104000", minimum_fill="0.95")
    (proposal,) = queries.proposals_of_round(make_round(grade, until="published").id)
    counter(proposal, "seller", months("90"))
    accept(proposal, "buyer")
    assert proposal.status == "lapsed"
    assert proposal.missed == {proposal.need_id: ["3.6 minimum fill"]}


@pytest.fixture
def indexed() -> tuple[Proposal, str]:
    """The seller asks 96 % of an index that stands at 100,000 and is tested from 70,000 on, the buyer pays 104 %."""
    index = make_index().id
    grade = make_grade()
    for side, coefficient in (("offer", "0.96"), ("need", "1.04")):
        limit = {"components": [{"index": index, "coefficient": coefficient}]}
        make_open_order(make_trader(), side, grade, price="0", limit_price=limit)
    round_ = make_round(grade, until="published", index_paths={index: ["100000"] * len(MONTHS)})
    (proposal,) = queries.proposals_of_round(round_.id)
    return proposal, index


@pytest.mark.parametrize(
    ("coefficient", "premium", "seller_left", "buyer_left"),
    [
        ("1", "0", [], []),
        ("0.96", "0", [], []),
        ("0.95", "0", ["limit_price"], []),
        ("1", "-2800", [], []),
        ("1", "-2800.01", ["limit_price"], []),  # 67,199.99 where the index stands at 70,000 and 67,200 is asked
        ("1", "2800", [], []),
        ("1", "2800.01", [], ["limit_price"]),
    ],
)
@pytest.mark.parametrize("side", ["seller", "buyer"])
def test_a_formula_keeps_ones_limit_wherever_the_round_tests_it(
    indexed: tuple[Proposal, str],
    side: str,
    coefficient: str,
    premium: str,
    seller_left: list[str],
    buyer_left: list[str],
) -> None:
    proposal, index = indexed
    formula = {"index": index, "coefficient": coefficient, "premium_cny_per_unit": premium}
    wide = [{"period": month, "volume": "90", "floor": "0", "cap": "1000000"} for month in MONTHS]
    changes, left = {"formula": formula, "periods": wide}, seller_left if side == "seller" else buyer_left
    if left:
        assert faults(proposal, side, changes) == [("/consent", name) for name in left]
    counter(proposal, side, changes, consent=left)
    stated = proposal.terms["price"]["formula"]
    assert (stated["coefficient"], stated["index_reference"]) == (coefficient, "100000")
    reference = Decimal(coefficient) * 100000 + Decimal(premium)
    assert {Decimal(each["reference"]) for each in proposal.terms["periods"]} == {reference}


def test_a_reference_beside_a_formula_and_one_outside_the_band_are_refused(indexed: tuple[Proposal, str]) -> None:
    proposal, index = indexed
    formula = {"index": index, "coefficient": "1", "premium_cny_per_unit": "0"}
    for changes, pointer in (
        ({"formula": formula, **months()}, "/periods/0/reference"),
        ({"formula": formula, "periods": [{"period": "2027-01", "volume": "1", "floor": "1", "cap": "2"}]}, "/formula"),
        ({"formula": formula, "without_formula": True}, "/formula"),
    ):
        assert pointer in [at for at, _ in faults(proposal, "seller", changes)]


def test_clauses_are_countered_and_ended_by_name() -> None:
    proposal = make_proposal()
    assert proposal.terms["clauses"]["take_or_pay"] is None
    counter(proposal, "seller", {"clauses": {"take_or_pay": {"fraction": "0.8"}, "cure_days": 20}})
    clauses = proposal.terms["clauses"]
    assert (clauses["take_or_pay"], clauses["cure_days"]) == ({"fraction": "0.8", "make_up_months": 0}, 20)
    counter(proposal, "buyer", {"clauses": {"none": ["take_or_pay"]}})
    assert proposal.terms["clauses"]["take_or_pay"] is None
    assert proposal.terms["clauses"]["cure_days"] == 20


@pytest.mark.parametrize(
    ("clauses", "pointer"),
    [
        ({"take_or_pay": {"fraction": "1.1"}}, "/clauses/take_or_pay/fraction"),
        ({"vat_rate": "2"}, "/clauses/vat_rate"),
        ({"cure_days": 0}, "/clauses/cure_days"),
        ({"none": ["cure_days"]}, "/clauses/none/0"),
        ({"none": ["resale_ban"], "resale_ban": True}, "/clauses/none"),
        ({"penalty": "1"}, "/clauses/penalty"),
    ],
)
def test_bad_clauses_are_refused_by_field(clauses: dict[str, Any], pointer: str) -> None:
    assert pointer in [at for at, _ in faults(make_proposal(), "seller", {"clauses": clauses})]
