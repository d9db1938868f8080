"""The sections about money, delivery and whatever may go wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marketplace.contracts.rules.document.facts import Facts, Row
from marketplace.contracts.rules.document.formulas import base_text, formula_text, quotation_text
from marketplace.contracts.rules.document.wording import (
    BEARERS,
    FORCE_MAJEURE,
    INDEX_RULES,
    INSTRUMENTS,
    REOPENED,
    TERMINATION,
    Text,
    amount,
    days,
    months,
    per_unit,
    percent,
    yes,
)


def price(facts: Facts, terms: Mapping[str, Any], clauses: Mapping[str, Any]) -> list[Row]:
    """How the price comes about, what is added to it, and when it is negotiated anew."""
    formula = terms["price"]["formula"]
    if formula is None:
        how: Text = ("逐月固定价，见月度表参考价", "fixed month by month: the reference of the table of months")
    else:
        stated, quoted = formula_text(formula, facts.unit), quotation_text(formula["quotation"])
        how = (
            f"{stated[0]}；{quoted[0]}；不低于当月保底价，不高于当月封顶价",
            f"{stated[1]}; {quoted[1]}; within each month's floor and cap",
        )
    rate = percent(clauses["vat_rate"])
    rows: list[Row] = [
        (("定价", "Formula"), how),
        (("计税", "Tax"), (f"价格不含税，另加增值税 {rate}", f"exclusive of tax; VAT of {rate} is added")),
        (("修约", "Rounding"), ("单价与金额四舍五入至 0.01 元", "prices and amounts half up to 0.01 CNY")),
    ]
    if formula is not None:
        rows.append((("指数缺失或调整", "Index without price"), INDEX_RULES))
    if (reopener := clauses["reopener"]) is not None:
        rows.append((("重新议价", "Re-opener"), _reopened(reopener, formula)))
    return rows


def _reopened(reopener: Mapping[str, Any], formula: Mapping[str, Any] | None) -> Text:
    if formula is None:
        return "价格不随指数，本条不会触发", "the price follows no index: never triggered"
    base = base_text(formula)
    trigger, count, within = (reopener[name] for name in ("trigger", "consecutive_months", "negotiation_days"))
    zh, en = REOPENED[reopener["result_if_none"]]
    return (
        f"指数连续 {count} 个月同向偏离基准（{base}）达到 {percent(trigger)} 时重新议价，"
        f"{within} 日内未达成一致的，{zh}",
        f"when the index is {percent(trigger)} or more off its base ({base}), to one side, for {months(count)} on end; "
        f"without agreement within {days(within)[1]} {en}",
    )


def payment(payment: Mapping[str, Any]) -> list[Row]:
    """What is paid when, and by what."""
    rows: list[Row] = []
    if payment["prepaid_fraction"] is not None:
        part, ahead = percent(payment["prepaid_fraction"]), payment["prepaid_offset_months"] or 0
        rows.append(
            (
                ("预付", "Prepayment"),
                (
                    f"每批交付前 {ahead} 个月预付 {part}，到货抵扣",
                    f"{part}, {months(ahead)} before each delivery, offset on it",
                ),
            )
        )
    if payment["deposit_fraction"] is not None:
        part = percent(payment["deposit_fraction"])
        rows.append(
            (
                ("定金", "Deposit"),
                (f"签约时 {part}，按交付比例抵扣", f"{part} at signing, offset on all deliveries alike"),
            )
        )
    zh, en = INSTRUMENTS[payment["instrument"]]
    if payment["tenor_days"] is not None:
        bearer = BEARERS[payment["discount_borne_by"]]
        zh += f"，期限 {payment['tenor_days']} 日，贴现费用由{bearer[0]}承担"
        en += f", tenor {payment['tenor_days']} days, discount borne by the {bearer[1]}"
    rows.append(
        (("余款", "Balance"), (f"交付后 {payment['days']} 日，{zh}", f"{payment['days']} days after delivery, by {en}"))
    )
    if payment["late_for_small_supplier"]:
        rows.append((("提示", "Notice"), _late(payment.get("small_supplier"))))
    return rows


def _late(counted: Mapping[str, Any] | None) -> Text:
    """That a small supplier waits too long; versions of before this was counted do not say how long."""
    zh = "卖方为中小微企业，收款期限超过本轮规定天数"
    en = "the seller is a small supplier and waits longer than the round's days for its money"
    if counted is None:
        return zh, en
    wait, limit = counted["wait_days"], counted["limit_days"]
    return f"{zh}：自交付起 {wait} 日，规定 {limit} 日", f"{en}: {days(wait)[1]} from delivery, not {limit}"


def delivery(facts: Facts, delivery: Mapping[str, Any]) -> list[Row]:
    """From where to where, by whom and at whose cost."""
    payer = BEARERS[delivery["freight_paid_by"]]
    rows: list[Row] = [
        (("起运地", "From"), (f"{facts.seller.site}，{facts.seller.address}",) * 2),
        (("目的地", "To"), (f"{facts.buyer.site}，{facts.buyer.address}",) * 2),
        (
            ("贸易术语", "Incoterm (2020)"),
            (delivery["incoterm"] or "自提", delivery["incoterm"] or "the buyer fetches the goods"),
        ),
        (
            ("运费", "Freight"),
            (
                f"{per_unit(delivery['freight_cny_per_unit'], facts.unit)}，由{payer[0]}承担",
                f"{per_unit(delivery['freight_cny_per_unit'], facts.unit)}, paid by the {payer[1]}",
            ),
        ),
    ]
    if delivery["dangerous_goods_class"] is not None:
        rows.append((("危险货物类别", "Dangerous goods class"), (delivery["dangerous_goods_class"],) * 2))
    if delivery["invoice_form"] is not None:
        rows.append((("发票", "Invoice"), (delivery["invoice_form"],) * 2))
    return rows


def promises(facts: Facts, clauses: Mapping[str, Any]) -> list[Row]:
    """What is paid for or delivered in any case, and what missing it costs."""
    rows: list[Row] = []
    for name, zh, en in (("take_or_pay", "照付不议", "Take or pay"), ("ship_or_pay", "照供不误", "Ship or pay")):
        if (promise := clauses[name]) is not None:
            part, late = percent(promise["fraction"]), promise["make_up_months"]
            more = (f"，{late} 个月内可补", f", made up within {months(late)}") if late else ("", "")
            what = {
                "take_or_pay": (
                    f"当月预期数量的 {part}，未要货部分按当月价格支付",
                    f"{part} of a month's expected volume; what is not called is paid at the month's price",
                ),
                "ship_or_pay": (
                    f"当月要货数量的 {part}，欠供部分计偏差费用",
                    f"{part} of what is called in a month; what is short bears the deviation charge",
                ),
            }[name]
            rows.append(((zh, en), (what[0] + more[0], what[1] + more[1])))
    if clauses["reservation_fee"] is not None:
        fee = per_unit(clauses["reservation_fee"], facts.unit)
        rows.append((("预留费", "Reservation fee"), (fee, fee)))
    part = percent(clauses["deviation_charge"])
    rows.append(
        (
            ("偏差费用", "Deviation charge"),
            (
                f"超出浮动范围的短供、短提数量，按当月价格的 {part} 计",
                f"{part} of the month's price on volume short of the band",
            ),
        )
    )
    return rows


def claims(claim: Mapping[str, Any]) -> list[Row]:
    """How quality and weight are objected to."""
    rows: list[Row] = [(("异议期", "To be made within"), days(claim["objection_days"]))]
    if "retained_sample" in claim:
        rows.append((("留样", "Retained sample"), yes(claim["retained_sample"])))
    if "umpire_laboratory" in claim:
        rows.append((("仲裁检测机构", "Umpire laboratory"), (claim["umpire_laboratory"],) * 2))
    if "assay_split" in claim:
        rows.append((("化验差限", "Splitting limit"), (amount(claim["assay_split"]),) * 2))
    if "weighing_tolerance" in claim:
        rows.append((("过磅允差", "Weighing tolerance"), (percent(claim["weighing_tolerance"]),) * 2))
    return rows


def further(terms: Mapping[str, Any], clauses: Mapping[str, Any]) -> list[Row]:
    """What else both agreed on."""
    rows: list[Row] = [
        ((zh, en), yes(True))
        for name, zh, en in (
            ("exclusivity", "独家", "Exclusivity"),
            ("resale_ban", "禁止转售", "No resale"),
            ("most_favoured", "最惠条款", "Most favoured"),
        )
        if clauses[name]
    ]
    if clauses["certificates"]:
        rows.append((("须持有的证书", "Certificates required"), (", ".join(clauses["certificates"]),) * 2))
    if terms["relaxed"]:
        rows.append((("本轮放宽的规则", "Rules relaxed in the round"), (", ".join(terms["relaxed"]),) * 2))
    return rows


def ending(clauses: Mapping[str, Any]) -> list[Row]:
    """What excuses, and what ends the contract."""
    notice, longest, cure = (
        clauses[name] for name in ("force_majeure_notice_days", "force_majeure_longest_days", "cure_days")
    )
    return [
        (("不可抗力", "Force majeure"), tuple(text.format(notice=notice, longest=longest) for text in FORCE_MAJEURE)),  # type: ignore[list-item]
        (("违约解除", "Termination for breach"), tuple(text.format(cure=cure) for text in TERMINATION)),  # type: ignore[list-item]
    ]
