"""Defining indices, entering quotes, the price of a month with its fallback."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa

from marketplace.indices import queries, services
from marketplace.indices.rules.definitions import Definition
from marketplace.indices.services.definitions import CHANGEABLE
from marketplace.shared.actor import Actor, Role
from marketplace.shared.audit import AuditEntry
from marketplace.shared.database import db
from marketplace.shared.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tests.factories.indices import definition, make_index, make_quote

OPERATOR = Actor("mem_op", "org_op", frozenset({Role.OPERATOR}), verified=True)
SELLER = Actor("mem_s", "org_s", frozenset({Role.SELLER}), verified=True)
TODAY = date(2026, 12, 1)

pytestmark = pytest.mark.usefixtures("session")


def rows(*given: tuple[str, str]) -> list[tuple[date, Decimal]]:
    """Quotes by ISO day."""
    return [(date.fromisoformat(day), Decimal(value)) for day, value in given]


def audited(subject: str) -> list[AuditEntry]:
    """The audit entries of one index."""
    return list(db.session.scalars(sa.select(AuditEntry).filter_by(subject_id=subject).order_by(AuditEntry.number)))


def test_an_operator_defines_and_changes_an_index(now: datetime) -> None:
    fallback = make_index()
    given = Definition(**definition(fallback_id=fallback.id, fallback_max_age_days=7))
    created = services.create_index(given, actor=OPERATOR, now=now)
    assert created.definition == given
    with pytest.raises(Conflict, match="exists already"):
        services.create_index(given, actor=OPERATOR, now=now)
    services.change_index(created.id, {"fallback_id": None, "source": "交易所"}, actor=OPERATOR, now=now)
    assert (created.version, created.fallback_id) == (2, None)
    services.change_index(created.id, {"source": "交易所"}, actor=OPERATOR, now=now)
    assert created.version == 2
    assert audited(created.id)[-1].payload == {
        "fallback_id": {"before": fallback.id, "after": None},
        "source": {"before": "测试来源 / made for tests", "after": "交易所"},
    }


def test_what_contracts_stand_on_never_changes(now: datetime) -> None:
    index = make_index()
    for name in set(definition()) - set(CHANGEABLE):
        with pytest.raises(InvalidInput, match=f"/{name}: cannot change"):
            services.change_index(index.id, {name: "x"}, actor=OPERATOR, now=now)


def test_fallbacks_lead_to_a_known_index_and_not_back(now: datetime) -> None:
    first = make_index()
    second = make_index(fallback_id=first.id)
    with pytest.raises(InvalidInput, match="/fallback_id: no index nothing"):
        services.change_index(first.id, {"fallback_id": "nothing"}, actor=OPERATOR, now=now)
    for fallback_id in (first.id, second.id):
        with pytest.raises(InvalidInput, match="falls back on this index itself"):
            services.change_index(first.id, {"fallback_id": fallback_id}, actor=OPERATOR, now=now)
    with pytest.raises(InvalidInput, match="has another currency"):
        services.change_index(first.id, {"fallback_id": make_index(currency="USD").id}, actor=OPERATOR, now=now)


def test_quotes_load_once_and_corrections_keep_vintages(now: datetime) -> None:
    index = make_index()
    given = rows(("2026-11-03", "98000"), ("2026-11-04", "98100.50"))
    load = {"actor": OPERATOR, "now": now}
    assert services.load_quotes(index.id, given, **load) == services.QuoteReport(2, 0, 0)
    assert services.load_quotes(index.id, given, **load) == services.QuoteReport(0, 2, 0)
    changed = rows(("2026-11-03", "97000"), ("2026-11-04", "98100.5"), ("2026-11-05", "98200"))
    with pytest.raises(InvalidInput) as caught:
        services.load_quotes(index.id, changed, **load)
    assert [(f.pointer, f.value, f.limit) for f in caught.value.faults] == [("/quotes/0/value", 97000, 98000)]
    assert services.load_quotes(index.id, changed, corrections=True, **load) == services.QuoteReport(1, 1, 1)
    assert services.load_quotes(index.id, given[:1], corrections=True, **load) == services.QuoteReport(0, 0, 1)
    held = queries.quotes(index.id, ["2026-11"])
    assert [(q.day.day, q.vintage, q.value) for q in held] == [
        (3, 3, 98000),
        (4, 1, Decimal("98100.5")),
        (5, 1, 98200),
    ]
    every = queries.quote_page(index.id, SELLER, all_vintages=True).items
    assert sorted(q.value for q in every if q.day.day == 3) == [97000, 98000, 98000]
    assert [entry.payload["corrected"] for entry in audited(index.id)] == [
        [],
        [["2026-11-03", "98000", "97000"]],
        [["2026-11-03", "97000", "98000"]],
    ]


def test_bad_quotes_store_nothing(now: datetime) -> None:
    index = make_index()
    with pytest.raises(InvalidInput, match="/quotes/1/day"):
        services.load_quotes(index.id, rows(("2026-11-03", "1"), ("2026-12-02", "1")), actor=OPERATOR, now=now)
    with pytest.raises(InvalidInput, match="/quotes: has too many entries"):
        services.load_quotes(index.id, rows(("2026-11-03", "1")) * 10_001, actor=OPERATOR, now=now)
    with pytest.raises(NotFound):
        services.load_quotes("nothing", [], actor=OPERATOR, now=now)
    assert queries.quotes(index.id, ["2026-11", "2026-12"]) == []


def test_quotes_of_some_months() -> None:
    index = make_index()
    for month in ("2026-08", "2026-09", "2026-10", "2026-11"):
        make_quote(index, f"{month}-15", "1")
    assert [quote.day.month for quote in queries.quotes(index.id, ["2026-11", "2026-09"])] == [9, 11]
    assert queries.quotes(index.id, []) == []


def test_the_price_of_a_month_and_its_fallbacks() -> None:
    last = make_index()
    middle = make_index(fallback_id=last.id, fallback_max_age_days=20)
    first = make_index(fallback_id=middle.id)
    make_quote(first, "2026-11-02", "100")
    make_quote(first, "2026-11-03", "101")
    make_quote(first, "2026-11-03", "103", vintage=2)
    make_quote(middle, "2026-09-20", "90")
    make_quote(last, "2026-10-01", "80")
    make_quote(last, "2026-09-01", "70")

    def of(month: str) -> tuple[str, str, Decimal]:
        found = queries.monthly_price(first.id, month, today=TODAY)
        return found.from_index.id, found.price.basis, found.price.value

    assert of("2026-11") == (first.id, "mean", Decimal("101.5"))
    assert of("2026-10") == (middle.id, "carried", 90)
    assert of("2026-09") == (middle.id, "mean", 90)
    middle.fallback_max_age_days = 10
    assert of("2026-10") == (last.id, "mean", 80)
    with pytest.raises(NotFound):
        of("2026-08")
    assert queries.monthly_price(first.id, "2026-11", today=date(2026, 11, 30)).provisional
    assert not queries.monthly_price(first.id, "2026-11", today=TODAY).provisional
    for month, message in (("2027-01", "has not begun"), ("2026-13", "is not a month")):
        with pytest.raises(InvalidInput, match=f"/month: {message}"):
            of(month)


def test_a_withheld_index_prices_nothing_and_shows_its_quotes_to_operators() -> None:
    fallback = make_index()
    thin = make_index(
        contributors=4,
        largest_share=Decimal("0.3"),
        dominance_limit=Decimal("0.4"),
        fallback_id=fallback.id,
    )
    make_quote(thin, "2026-11-02", "100")
    make_quote(fallback, "2026-11-02", "200")
    assert queries.monthly_price(thin.id, "2026-11", today=TODAY).price.value == 200
    assert len(queries.quote_page(thin.id, OPERATOR).items) == 1
    with pytest.raises(NotAllowed, match="withheld"):
        queries.quote_page(thin.id, SELLER)


def test_only_operators_write(now: datetime) -> None:
    index = make_index()
    with pytest.raises(NotAllowed):
        services.create_index(Definition(**definition()), actor=SELLER, now=now)
    with pytest.raises(NotAllowed):
        services.change_index(index.id, {}, actor=SELLER, now=now)
    with pytest.raises(NotAllowed):
        services.load_quotes(index.id, [], actor=SELLER, now=now)
