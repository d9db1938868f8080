"""Sample market 1: retired traction batteries of 364 Chinese cities, offered to 69 authorised recyclers."""

from __future__ import annotations

from decimal import Decimal

from marketplace.samples.credit_codes import sample_credit_code
from marketplace.samples.model import (
    SampleCertificate,
    SampleMarket,
    SampleOrder,
    SampleOrganisation,
    SampleSite,
    assumptions,
    degrees,
    held_through,
    months_of,
    spread_evenly,
    table,
)

NAME = "retired_batteries_2023"
TITLE_ZH = "退役动力电池（样例：2023年364城供给，69家回收企业）"
TITLE_EN = "Retired traction batteries (sample: 364 cities of 2023, 69 recyclers)"
GRADE = "retired-traction-batteries"
QUANTUM_T = Decimal("0.001")


def build(year: int) -> SampleMarket:
    """The market with deliveries over the calendar year ``year``."""
    months, given = months_of(year), assumptions(NAME)
    organisations: list[SampleOrganisation] = []
    orders: list[SampleOrder] = []
    for number, row in enumerate(table(NAME, "cities")):
        organisation = _organisation(row, number, "distributor", "退役电池回收点", "battery collection centre", ())
        ask = Decimal(given["ask_cny_per_t"]["value"]) + Decimal(given["ask_cny_per_t"]["step"]) * (number * 7 % 11 - 5)
        terms = {
            "volumes": spread_evenly(Decimal(row["retired_t"]), months, QUANTUM_T),
            "limit_price": {"components": [{"fixed": str(ask)}]},
            "counterparties": {"most": int(given["most_recyclers_per_city"]["value"])},
            "certificates": [given["whitelist"]["value"]],
        }
        organisations.append(organisation)
        orders.append(_order(f"CITY-{row['region_code']}", organisation, "offer", terms))
    for number, row in enumerate(table(NAME, "recyclers")):
        organisation = _organisation(
            row, 500 + number, "recycler", f"回收企业{number + 1:02d}", f"recycler {number + 1:02d}",
            held_through((given["whitelist"]["value"],), months),
        )  # fmt: skip
        bid = Decimal(given["bid_cny_per_t"]["value"]) + Decimal(given["bid_cny_per_t"]["step"]) * (number * 5 % 9 - 4)
        terms = {
            "volumes": spread_evenly(Decimal(row["capacity_t_per_year"]), months, QUANTUM_T),
            "limit_price": {"components": [{"fixed": str(bid)}]},
            "minimum_contract": given["truckload_t"]["value"],
        }
        organisations.append(organisation)
        orders.append(_order(f"RECYCLER-{number + 1:02d}", organisation, "need", terms))
    return SampleMarket(
        name=NAME,
        title_zh=TITLE_ZH,
        title_en=TITLE_EN,
        organisations=tuple(organisations),
        orders=tuple(orders),
        grades=(GRADE,),
        calendar=months,
        policy={"contract_cost": given["contract_cost_cny"]["value"], "price_tick": "10", "price_band": "0.05"},
        freight={
            "kind": "lanes",
            "cny_per_unit_km": given["freight_cny_per_t_km"]["value"],
            "lanes": [
                {"origin": row["region_code"], "destination": to, "distance_km": km}
                for row in table(NAME, "road_km")
                for to, km in row.items()
                if to != "region_code"
            ],
        },
    )


def _organisation(
    row: dict[str, str],
    number: int,
    kind: str,
    suffix_zh: str,
    suffix: str,
    certificates: tuple[SampleCertificate, ...],
) -> SampleOrganisation:
    code = sample_credit_code(row["region_code"], number)
    city_zh = row["name_zh"].removesuffix("市")
    site = SampleSite(
        key=code,
        name=f"{city_zh}{suffix_zh}",
        address=f"{row['name_zh']}（样例地址）",
        region_code=row["region_code"],
        latitude_deg=degrees(row["latitude_deg"]),
        longitude_deg=degrees(row["longitude_deg"]),
    )
    city = row["name_latin"].removesuffix(" City")
    return SampleOrganisation(
        code, f"{city_zh}{suffix_zh}（样例）", f"{city} {suffix} (sample)", kind, (site,), certificates
    )


def _order(reference: str, organisation: SampleOrganisation, side: str, terms: dict[str, object]) -> SampleOrder:
    return SampleOrder(reference, organisation.credit_code, side, organisation.sites[0].key, GRADE, terms)
