"""The sample markets hold the published facts, and every assumption stands in the documentation."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from marketplace.samples import cell_plants, retired_batteries
from marketplace.samples.model import SampleMarket, assumptions, table
from marketplace.shared.identifiers import is_credit_code

DOCUMENT = (Path(__file__).parents[3] / "docs" / "sample-markets.md").read_text(encoding="utf-8")
MARKETS = [retired_batteries.build(2027), cell_plants.build(2027)]


def total(market: SampleMarket, side: str) -> Decimal:
    return sum(
        (Decimal(v) for order in market.orders if order.side == side for v in order.terms["volumes"].values()),
        Decimal(0),
    )


def test_retired_batteries_hold_the_published_totals() -> None:
    market = MARKETS[0]
    assert sum(order.side == "offer" for order in market.orders) == 364
    assert sum(order.side == "need" for order in market.orders) == 69
    published = sum(Decimal(row["retired_t"]) for row in table(market.name, "cities"))
    assert round(published) == 441_894
    assert abs(total(market, "offer") - published) <= Decimal("0.0005") * 364  # each city to the nearest kilogram
    assert total(market, "need") == 1_977_078


def test_cell_plants_hold_the_announced_capacity() -> None:
    rows = table("cell_plants_2023", "plants")
    assert len(rows) == 64
    assert sum(Decimal(row["announced_gwh_2023"]) for row in rows) == Decimal("799.1")


def test_chinese_names_belong_to_companies_of_the_source() -> None:
    companies = {row["company"] for row in table("cell_plants_2023", "plants")}
    named = {row["company"]: row["name_zh"] for row in table("cell_plants_2023", "companies")}
    assert named.keys() <= companies
    assert len(set(named.values())) == len(named)
    shown = {o.name_latin: o.name_zh for o in MARKETS[1].organisations}
    assert shown["CATL (sample)"] == "宁德时代（样例）"
    assert shown["KORE Power (sample)"] == "KORE Power（样例）"


@pytest.mark.parametrize("market", MARKETS, ids=lambda m: m.name)
def test_sample_organisations_are_valid_in_form_and_marked(market: SampleMarket) -> None:
    codes = [organisation.credit_code for organisation in market.organisations]
    assert len(set(codes)) == len(codes)
    for organisation in market.organisations:
        assert is_credit_code(organisation.credit_code)
        assert "XXXX" in organisation.credit_code
        assert organisation.name_zh.endswith("（样例）")
        assert organisation.name_latin.endswith("(sample)")


@pytest.mark.parametrize("market", MARKETS, ids=lambda m: m.name)
def test_every_order_names_a_site_of_its_organisation(market: SampleMarket) -> None:
    sites = {o.credit_code: {site.key for site in o.sites} for o in market.organisations}
    for order in market.orders:
        assert order.site in sites[order.credit_code]
        assert order.grade in market.grades


@pytest.mark.parametrize("market", MARKETS, ids=lambda m: m.name)
def test_every_assumption_stands_in_the_documentation(market: SampleMarket) -> None:
    for key, given in assumptions(market.name).items():
        if key == "source":
            assert given["where"] in DOCUMENT
            continue
        assert f"| `{key}` | {given['value']}" in DOCUMENT
        assert given["en"] in DOCUMENT
        assert given["zh"] in DOCUMENT
