"""Sample market 2: lithium carbonate and cathode material for the Chinese cell plants announced for 2023."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from marketplace.samples.credit_codes import sample_credit_code
from marketplace.samples.model import (
    SampleIndex,
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

NAME = "cell_plants_2023"
TITLE_ZH = "碳酸锂与正极材料（样例：2023年64座已公布电芯工厂）"
TITLE_EN = "Lithium carbonate and cathode material (sample: 64 cell plants announced for 2023)"
INDEX = "SAMPLE-LC-CN"
QUANTUM_T = Decimal("0.001")
GRADES = {
    "lithium_carbonate": "lithium-carbonate-battery",
    "lfp_cathode": "lfp-cathode",
    "ncm_cathode": "ncm-cathode",
}
KINDS = {"lithium_carbonate": "second_order_material"}
MATERIALS_ZH = {"lithium_carbonate": "碳酸锂", "lfp_cathode": "磷酸铁锂", "ncm_cathode": "三元材料"}


def build(year: int) -> SampleMarket:
    """The market with deliveries over the calendar year ``year``."""
    months, given = months_of(year), assumptions(NAME)
    sellers = [_seller(number, row, months, given) for number, row in enumerate(table(NAME, "sellers"))]
    buyers, needs = _buyers(months, given)
    index_value = given["index_path"]["value"]
    return SampleMarket(
        name=NAME,
        title_zh=TITLE_ZH,
        title_en=TITLE_EN,
        organisations=(*(organisation for organisation, _ in sellers), *buyers),
        orders=(*(order for _, order in sellers), *needs),
        grades=tuple(GRADES.values()),
        calendar=months,
        policy={
            "contract_cost": given["contract_cost_cny"]["value"],
            "price_tick": "50",
            "price_band": "0.04",
            "formula_coefficients": given["formula_coefficients"]["value"].split(", "),
            "financing_rate_per_year": "0.04",
        },
        freight={
            "kind": "distance",
            "cny_per_unit_km": given["freight_cny_per_t_km"]["value"],
            "circuity": given["freight_cny_per_t_km"]["circuity"],
        },
        indices=(
            SampleIndex(
                INDEX,
                "电池级碳酸锂现货（样例）",
                "Battery-grade lithium carbonate, China spot (sample)",
                given["source"]["where"],
                Decimal(given["tax_rate"]["value"]),
                {row["month"]: Decimal(row["price_cny_per_t"]) for row in table(NAME, "lithium_carbonate_monthly")},
            ),
        ),
        index_paths={INDEX: [index_value] * len(months)},
    )


def _limit(material: str, amount: Decimal, given: dict[str, Any]) -> dict[str, Any]:
    """Carbonate: a coefficient on the index.  Cathode: lithium content on the index, and a fee."""
    tax = {"basis": "inclusive", "rate": given["tax_rate"]["value"]}
    if material == "lithium_carbonate":
        return {"components": [{"index": INDEX, "coefficient": str(amount)}], "tax": tax}
    content = given["lfp_lce_content" if material == "lfp_cathode" else "ncm_lce_content"]["value"]
    return {"components": [{"index": INDEX, "content": content}], "processing_fee": str(amount), "tax": tax}


def _seller(
    number: int, row: dict[str, str], months: tuple[str, ...], given: dict[str, Any]
) -> tuple[SampleOrganisation, SampleOrder]:
    material, code = row["material"], sample_credit_code(row["region_code"], 2000 + number)
    city_zh, short = row["city_zh"].removesuffix("市"), MATERIALS_ZH[row["material"]]
    site = _site(code, f"{city_zh}{short}厂", row)
    organisation = SampleOrganisation(
        code,
        f"{city_zh}{short}供应商{number + 1:02d}（样例）",
        f"{row['city_latin']} {material.replace('_', ' ')} supplier {number + 1:02d} (sample)",
        KINDS.get(material, "first_order_material"),
        (site,),
        held_through(("IATF16949" if number % 6 else "ISO9001",), months),
    )
    monthly_t = Decimal(row["volume_t_per_month"])
    terms: dict[str, Any] = {
        "volumes": dict.fromkeys(months, str(monthly_t)),
        "specification": _guaranteed(material, number),
        "limit_price": _limit(material, Decimal(row["ask"]), given),
        "minimum_contract": str(monthly_t / 2),
        "counterparties": {"most": 8},
        "flexibility": {"grants": {"down": "0.1", "up": "0.1"}},
        "payment": {"days": (0, 30, 60)[number % 3]},
    }
    return organisation, SampleOrder(f"OFFER-{row['seller']}", code, "offer", site.key, GRADES[material], terms)


def _guaranteed(material: str, number: int) -> dict[str, str]:
    if material == "lithium_carbonate":
        return {"Li2CO3_pct": "99.2" if number % 5 == 4 else "99.55", "H2O_pct": "0.25"}
    return {"capacity_mAh_per_g": "157" if material == "lfp_cathode" else "183"}


def _buyers(
    months: tuple[str, ...], given: dict[str, Any]
) -> tuple[tuple[SampleOrganisation, ...], tuple[SampleOrder, ...]]:
    """One organisation per company, one site per plant, three needs per plant."""
    rows = table(NAME, "plants")
    name_zh = {row["company"]: row["name_zh"] for row in table(NAME, "companies")}
    companies = list(dict.fromkeys(row["company"] for row in rows))
    organisations, orders = [], []
    for number, company in enumerate(companies):
        plants = [row for row in rows if row["company"] == company]
        code = sample_credit_code(plants[0]["region_code"], 1000 + number)
        sites = tuple(
            _site(f"{code}-{row['plant']}", f"{row['city_zh']}电芯工厂 {row['plant']}", row) for row in plants
        )
        certificates = held_through(("IATF16949",), months)
        organisations.append(
            SampleOrganisation(
                code, f"{name_zh.get(company, company)}（样例）", f"{company} (sample)", "cell", sites, certificates
            )
        )
        for row, site in zip(plants, sites, strict=True):
            orders += _needs(code, site.key, row, months, given)
    return tuple(organisations), tuple(orders)


def _needs(
    code: str, site: str, row: dict[str, str], months: tuple[str, ...], given: dict[str, Any]
) -> list[SampleOrder]:
    def value(key: str) -> Decimal:
        return Decimal(given[key]["value"])

    number, gwh = int(row["plant"][1:]), Decimal(row["announced_gwh_2023"])
    lfp_gwh = gwh * value("utilisation") * value("lfp_share")
    ncm_gwh = gwh * value("utilisation") * (1 - value("lfp_share"))
    bought = value("bought_as_cathode")
    # GWh x kg/kWh = thousand tonnes
    yearly_t = {
        "lithium_carbonate": (1 - bought)
        * (lfp_gwh * value("lfp_lce_kg_per_kwh") + ncm_gwh * value("ncm_lce_kg_per_kwh"))
        * 1000,
        "lfp_cathode": bought * lfp_gwh * value("lfp_cathode_kg_per_kwh") * 1000,
        "ncm_cathode": bought * ncm_gwh * value("ncm_cathode_kg_per_kwh") * 1000,
    }
    accepted = {
        "lithium_carbonate": {"Li2CO3_pct": {"at_least": "99.5"}, "H2O_pct": {"at_most": "0.25"}},
        "lfp_cathode": {"capacity_mAh_per_g": {"at_least": "155"}},
        "ncm_cathode": {"capacity_mAh_per_g": {"at_least": "180"}},
    }
    orders = []
    for position, (material, total_t) in enumerate(yearly_t.items()):
        bid = given[f"{material}_bid"]
        amount = Decimal(bid["value"]) + Decimal(bid["step"]) * ((number * 7 + position * 3) % 11 - 5)
        terms: dict[str, Any] = {
            "volumes": spread_evenly(total_t, months, QUANTUM_T),
            "specification": accepted[material],
            "limit_price": _limit(material, amount, given),
            "counterparties": {"most": 6},
            "flexibility": {"requires": {"down": "0.05", "up": "0.05"}},
            "payment": {"days": 60},
        }
        if gwh >= 10:
            terms["maximum_share"] = {"fraction": "0.6", "of": "requested"}
            terms["certificates"] = ["IATF16949"]
        orders.append(SampleOrder(f"NEED-{row['plant']}-{material}", code, "need", site, GRADES[material], terms))
    return orders


def _site(key: str, name: str, row: dict[str, str]) -> SampleSite:
    return SampleSite(
        key,
        name,
        f"{row['city_zh']}（样例地址）",
        row["region_code"],
        degrees(row["latitude_deg"]),
        degrees(row["longitude_deg"]),
    )
