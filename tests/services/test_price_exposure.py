"""What one's own contracts come to along given and historical paths, over real contracts and quotes."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from marketplace.contracts import queries, services
from marketplace.contracts.models import Contract
from marketplace.contracts.queries import exposure
from marketplace.contracts.queries.exposure import PriceExposure, price_exposure
from marketplace.contracts.rules.exposure import PathExposure
from marketplace.indices.models import PriceIndex
from marketplace.shared.actor import Actor, Role
from marketplace.shared.audit import AuditEntry
from marketplace.shared.database import db
from marketplace.shared.errors import InvalidInput
from tests.conftest import NOW
from tests.factories.accounts import make_member
from tests.factories.contracts import confirm, make_contract, make_contract_by_index
from tests.factories.indices import make_index, make_quote
from tests.factories.rounds import MONTHS

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture
def index(session: None) -> PriceIndex:
    return make_index()


def trader(contract: Contract, side: str) -> Actor:
    organisation = contract.seller if side == "seller" else contract.buyer
    return make_member(organisation=organisation, roles=(Role.SELLER, Role.BUYER)).actor


def asked(contract: Contract, side: str, *paths: dict[str, Any], now: datetime = NOW, **options: Any) -> PriceExposure:
    return price_exposure(side, paths, actor=trader(contract, side), now=now, **options)  # type: ignore[arg-type]


def stated(index: PriceIndex, *prices: str, months: tuple[str, ...] = MONTHS) -> dict[str, Any]:
    return {"indices": {index.id: dict(zip(months, prices, strict=True))}}


def faults(contract: Contract, *paths: dict[str, Any], **options: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as refused:
        asked(contract, "buyer", *paths, **options)
    return [(fault.pointer, fault.code) for fault in refused.value.faults]


def prices(found: PathExposure) -> list[tuple[str, str, str | None]]:
    (only,) = found.contracts
    return [(each.period, f"{each.price.normalize():f}", each.limited_by) for each in only.months]


def test_both_parties_read_the_same_sums_by_hand(index: PriceIndex) -> None:
    """100 t a month at the index, held between 95 000 and 105 000: 10 000 000 + 9 500 000 + 10 500 000."""
    contract = make_contract_by_index(index.id)
    for side in ("buyer", "seller"):
        (found,) = asked(contract, side, stated(index, "100000", "90000", "105000.01")).paths
        assert prices(found) == [
            ("2027-01", "100000", None),
            ("2027-02", "95000", "floor"),
            ("2027-03", "105000", "cap"),
        ]
        assert (found.total.value.expected, found.total.difference) == (Decimal(30_000_000), Decimal(0))
        assert found.by_month["2027-02"].difference == Decimal(-500_000)
        assert list(found.by_grade) == [contract.grade_id]
        other = "seller" if side == "buyer" else "buyer"
        assert asked(contract, side, stated(index, "1", "1", "1")).side == side
        assert price_exposure(other, [{"indices": {}}], actor=trader(contract, side), now=NOW).paths[0].contracts == []


def test_history_is_the_indexs_own_past_from_a_month_on_as_settlement_reads_it(index: PriceIndex) -> None:
    """December 2026 is taken to be November 2025, so that January to March 2027 follow December to February: a mean of
    two quotes, one corrected, and a month without quotes, for which the index falls back on another."""
    spare = make_index()
    index.fallback_id = spare.id
    make_quote(index, "2025-12-01", "99000")
    make_quote(index, "2025-12-31", "101000.03")
    make_quote(index, "2026-01-15", "1")
    make_quote(index, "2026-01-15", "102000", vintage=2)
    make_quote(spare, "2026-02-10", "96000")
    contract = make_contract_by_index(index.id)
    (found,) = asked(contract, "buyer", {"name": "重演", "history_from": "2025-11"}).paths
    assert prices(found) == [
        ("2027-01", "100000.02", None),  # 100 000.015, half up to the index's cent
        ("2027-02", "102000", None),
        ("2027-03", "96000", None),
    ]
    assert list(found.path.taken_from.values()).count("2025-12") == 1
    assert found.total.value.expected == Decimal("29800002")
    assert faults(contract, {"history_from": "2025-12"}) == [("/paths/0/history_from", "no-price")]  # March 2026


def test_history_ends_with_the_last_month_that_is_over(index: PriceIndex) -> None:
    """Of December 2026 a quote is there, but the month still runs."""
    for day in ("2026-09-15", "2026-10-15", "2026-11-15", "2026-12-01"):
        make_quote(index, day, "100000")
    contract = make_contract_by_index(index.id)
    (found,) = asked(contract, "buyer", {"history_from": "2026-08"}).paths
    assert found.total.value.expected == Decimal(30_000_000)
    assert faults(contract, {"history_from": "2026-09"}) == [("/paths/0/history_from", "no-price")]


def test_a_withheld_index_has_no_history_for_anybody(index: PriceIndex) -> None:
    for day in ("2026-09-15", "2026-10-15", "2026-11-15"):
        make_quote(index, day, "100000")
    contract = make_contract_by_index(index.id)
    index.contributors = 2
    db.session.flush()
    assert faults(contract, {"history_from": "2026-08"}) == [("/paths/0/history_from", "no-price")]


@pytest.mark.parametrize(
    ("month", "needed"),
    [
        ("M-1", ("2026-12", "2027-01", "2027-02")),
        ("M+1", ("2027-02", "2027-03", "2027-04")),
    ],
)
def test_a_path_states_the_months_that_contracts_quote(index: PriceIndex, month: str, needed: tuple[str, ...]) -> None:
    contract = make_contract_by_index(index.id, month=month)
    (found,) = asked(contract, "seller", stated(index, "96000", "97000", "98000", months=needed)).paths
    assert [price for _, price, _ in prices(found)] == ["96000", "97000", "98000"]
    lacking = sorted(set(needed) - set(MONTHS))
    whole = stated(index, "100000", "100000", "100000")
    assert faults(contract, whole, stated(index, "1", "1", "1", months=needed)) == [
        (f"/paths/0/indices/{index.id}/{each}", "missing") for each in lacking
    ]
    make_quote(index, "2026-06-15", "100000")
    make_quote(index, "2026-07-15", "101000")
    make_quote(index, "2026-08-15", "102000")
    start = "2026-06" if month == "M-1" else "2026-04"
    (found,) = asked(contract, "seller", {"history_from": start}).paths
    assert [price for _, price, _ in prices(found)] == ["100000", "101000", "102000"]


def test_unknown_indices_are_refused(index: PriceIndex) -> None:
    contract = make_contract_by_index(index.id)
    unknown = {"indices": {"LC-XX": {"2027-01": "1"}}}
    assert faults(contract, unknown) == [("/paths/0/indices/LC-XX", "unknown-reference")]


def test_only_months_and_grades_that_are_asked_about(index: PriceIndex) -> None:
    contract = make_contract_by_index(index.id)
    path = stated(index, "100000", "100000", months=MONTHS[:2])
    (found,) = asked(contract, "buyer", path, months=3).paths  # December, January, February
    assert [period for period, *_ in prices(found)] == ["2027-01", "2027-02"]
    in_february = datetime(2027, 1, 31, 16, tzinfo=UTC)
    path = stated(index, "100000", "100000", months=MONTHS[1:])
    (found,) = asked(contract, "buyer", path, now=in_february).paths
    assert [period for period, *_ in prices(found)] == ["2027-02", "2027-03"]
    (found,) = asked(contract, "buyer", {"indices": {}}, grade_id="another").paths
    assert found.contracts == []


def test_a_fixed_price_needs_no_index_and_never_differs() -> None:
    contract = make_contract()
    (found,) = asked(contract, "buyer", {"indices": {}}).paths
    assert found.total.difference == 0
    assert found.total.value.expected == Decimal(queries.present_version(contract).terms["value"]["expected"])


def test_the_version_in_force_counts_and_contracts_that_ended_do_not(index: PriceIndex) -> None:
    contract = make_contract_by_index(index.id)
    for side in ("seller", "buyer"):
        confirm(contract, side)
    periods = [{"period": each, "volume": "50", "floor": "95000", "cap": "105000"} for each in MONTHS]
    formula = {"index": index.id, "coefficient": "1", "premium_cny_per_unit": "0"}
    changes = {"periods": periods, "formula": formula}
    services.propose_amendment(contract.id, changes=changes, reason="减量", actor=trader(contract, "buyer"), now=NOW)
    path = stated(index, *["100000"] * 3)
    assert asked(contract, "buyer", path).paths[0].total.value.expected == Decimal(30_000_000)
    for side in ("seller", "buyer"):
        confirm(contract, side, number=2)
    assert asked(contract, "buyer", path).paths[0].total.value.expected == Decimal(15_000_000)
    signatories = [
        make_member(organisation=each, roles=(Role.SIGNATORY,)).actor for each in (contract.seller, contract.buyer)
    ]
    told = {"kind": "termination", "ground": "agreed", "reason": "双方商定"}
    services.give_notice(contract.id, **told, actor=signatories[0], now=NOW)
    services.consent_to_notice(contract.id, 1, actor=signatories[1], now=NOW)
    assert asked(contract, "buyer", path).paths[0].contracts == []


def test_nobody_reads_anothers_contracts_and_nothing_is_written(index: PriceIndex) -> None:
    contract = make_contract_by_index(index.id)
    written = db.session.scalar(sa.select(sa.func.count()).select_from(AuditEntry))
    for roles in ((Role.SELLER, Role.BUYER), (Role.OPERATOR,)):
        stranger = make_member(roles=roles).actor
        for side in ("seller", "buyer"):
            found = price_exposure(side, [{"indices": {}}], actor=stranger, now=NOW)  # type: ignore[arg-type]
            assert found.paths[0].contracts == []
    asked(contract, "buyer", stated(index, "1", "1", "1"))
    assert db.session.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) == written
    assert not db.session.new
    assert not db.session.dirty


def test_too_much_at_once_is_refused(index: PriceIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    contract = make_contract_by_index(index.id)
    monkeypatch.setattr(exposure, "MOST_PRICED", 5)
    path = stated(index, "100000", "100000", "100000")
    assert len(asked(contract, "buyer", path).paths) == 1
    assert faults(contract, path, path) == [("/paths", "too-many")]
