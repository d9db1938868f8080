"""The contract document section by section: pairs of Chinese and English, values as the terms state them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from marketplace.contracts.rules.document.conditions import (
    claims,
    delivery,
    ending,
    further,
    payment,
    price,
    promises,
)
from marketplace.contracts.rules.document.facts import Facts, Row
from marketplace.contracts.rules.document.novation import party_changes, signing
from marketplace.contracts.rules.document.wording import SPANS, Text, amount, days, money, months, percent

_STATED = (
    ("guaranteed", "保证值", "guaranteed"),
    ("at_least", "不低于", "at least"),
    ("at_most", "不高于", "at most"),
)


def contents(facts: Facts, terms: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that the template sets: title, sections of rows, the table of months, what stands at the foot.

    Units are written behind every amount.
    """
    clauses = terms["clauses"]
    sections = [
        _section("当事人", "Parties", _parties(facts)),
        _section("主体变更", "Change of a party", party_changes(facts)),
        _section("标的物", "Goods", _goods(facts, terms)),
        _section("数量", "Volume", _volume(facts, terms)),
        _section("价格", "Price", price(facts, terms, clauses)),
        _section("付款", "Payment", payment(terms["payment"])),
        _section("交付", "Delivery", delivery(facts, terms["delivery"])),
        _section("照付照供与违约", "Take or pay, ship or pay, deviation", promises(facts, clauses)),
        _section("质量与计量异议", "Claims about quality and weight", claims(clauses["quality_claim"])),
        _section("其他约定", "Further clauses", further(terms, clauses)),
        _section("不可抗力与解除", "Force majeure and termination", ending(clauses)),
    ]
    return {
        "number": facts.number,
        "version": facts.version,
        "concluded_on": facts.concluded_on,
        "sections": [each for each in sections if each["rows"]],
        "unit": facts.unit,
        "months": [_month(each) for each in terms["periods"]],
        "terms_hash": facts.terms_hash,
        "code": facts.code,
        "signing": signing(facts),
    }


def _section(zh: str, en: str, rows: Sequence[Row]) -> dict[str, Any]:
    return {"zh": zh, "en": en, "rows": [[list(name), list(value)] for name, value in rows]}


def _parties(facts: Facts) -> list[Row]:
    return [
        (name, (f"{side.name_zh}（统一社会信用代码 {side.credit_code}）", f"{side.name_latin} ({side.credit_code})"))
        for name, side in ((("卖方", "Seller"), facts.seller), (("买方", "Buyer"), facts.buyer))
    ]


def _goods(facts: Facts, terms: Mapping[str, Any]) -> list[Row]:
    rows: list[Row] = [(("牌号", "Grade"), (facts.grade_zh, facts.grade_en))]
    if facts.standard is not None:
        rows.append((("标准", "Standard"), (facts.standard, facts.standard)))
    for each in terms["specification"]:
        unit = facts.attribute_units.get(each["attribute"], "")
        stated = [
            (f"{chinese} {amount(each[name])} {unit}".strip(), f"{english} {amount(each[name])} {unit}".strip())
            for name, chinese, english in _STATED
            if each[name] is not None
        ]
        value = ("，".join(zh for zh, _ in stated), ", ".join(en for _, en in stated))
        rows.append(((each["attribute"], each["attribute"]), value))
    if (alternate := terms["alternate"]) is not None:
        ratio = f"1 : {amount(alternate['ratio'])}"
        asked = alternate["asked_grade_id"]
        rows.append((("替代", "In place of"), (f"替代 {asked}，折算 {ratio}", f"in place of {asked}, at {ratio}")))
    if (tolling := terms["tolling"]) is not None:
        got, lost = percent(tolling["yield_fraction"]), percent(tolling["loss_limit"])
        zh = f"来料 {tolling['grade']}，收率 {got}，损耗不超过 {lost}"
        en = f"buyer's material {tolling['grade']}, yield {got}, loss at most {lost}; title: {tolling['title']}"
        rows.append((("来料加工", "Tolling"), (zh, en)))
    return rows


def _volume(facts: Facts, terms: Mapping[str, Any]) -> list[Row]:
    volume, value, unit = terms["volume"], terms["value"], facts.unit
    rows: list[Row] = [
        (("合同总量", "Volume of the term"), _range(volume, f" {unit}", amount)),
        (("合同总值（不含税）", "Value of the term, tax exclusive"), _range(value, " CNY", money)),
    ]
    for name, zh, en in (
        ("buyer_option", "买方浮动权", "Buyer's option"),
        ("seller_option", "卖方浮动权", "Seller's option"),
    ):
        option = terms["volume_band"][name]
        if Decimal(option["down"]) == 0 and Decimal(option["up"]) == 0:
            rows.append(((zh, en), ("无", "none")))
            continue
        span = SPANS[option["per"]]
        down, up = percent(option["down"]), percent(option["up"])
        made_up = option["make_up_months"] or 0
        more = (f"，{made_up} 个月内可补提", f", made up within {months(made_up)}") if made_up else ("", "")
        if notice := option.get("notice_days", 0):
            more = (f"{more[0]}，提前 {notice} 天通知", f"{more[1]}, with {days(notice)[1]} of notice")
        rows.append(
            (
                (zh, en),
                (
                    f"{span[0]}下浮 {down}，每月上浮 {up}{more[0]}",
                    f"{down} down per {span[1]}, {up} up in any month{more[1]}",
                ),
            )
        )
        if option["spans"]:
            least = "; ".join(
                f"{each['first']} – {each['last']} {amount(each['minimum'])} {unit}" for each in option["spans"]
            )
            rows.append(((f"{zh}：{span[0]}最低量", f"{en}: least of each {span[1]}, firm"), (least, least)))
    return rows


def _range(given: Mapping[str, Any], unit: str, shown: Any) -> Text:
    least, expected, most = (f"{shown(given[name])}{unit}" for name in ("minimum", "expected", "maximum"))
    return (
        f"最低 {least}（确定义务），预期 {expected}，最高 {most}",
        f"minimum {least} (firm), expected {expected}, maximum {most}",
    )


def _month(each: Mapping[str, Any]) -> list[str]:
    volume = each["volume"]
    return [
        each["period"],
        *(amount(volume[name]) for name in ("minimum", "expected", "maximum")),
        *(money(each[name]) for name in ("reference", "floor", "cap")),
    ]
