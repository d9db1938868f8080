"""What the tables hold: their columns, Chinese first.  Codes in cells are those of the API."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

Cell = str | Decimal | int | date | None
Assay = tuple[str, str]  # an attribute's code and the unit it is stated in

_CONTRACT = (
    ("contract_number", "合同编号"),
    ("side", "本方"),
    ("counterparty", "对方"),
    ("counterparty_credit_code", "对方统一社会信用代码"),
    ("grade", "牌号"),
    ("unit", "单位"),
)

COLUMNS: dict[str, tuple[tuple[str, str], ...]] = {
    "schedules": (
        *_CONTRACT,
        ("month", "月份"),
        ("agreed_least", "约定最少"),
        ("agreed", "约定数量"),
        ("agreed_most", "约定最多"),
        ("called", "要货数量"),
        ("call_by", "要货截止日"),
        ("under_way", "在途"),
        ("accepted", "已接收"),
        ("rejected", "已拒收"),
        ("contested", "拒收有争议"),
    ),
    "deliveries": (
        *_CONTRACT,
        ("month", "月份"),
        ("shipment", "发运序号"),
        ("lot", "批号"),
        ("status", "状态"),
        ("shipped_on", "发运日"),
        ("shipped", "发运数量"),
        ("carrier", "承运人"),
        ("waybill", "运单号"),
        ("replaces", "补发所替发运序号"),
        ("received_on", "签收日"),
        ("weighed", "买方过磅"),
        ("counted", "计量数量"),
        ("rejected", "拒收数量"),
        ("accepted", "接收数量"),
        ("rejection", "拒收状态"),
        ("certificate", "质量证明序号"),
        ("laboratory", "检测机构"),
        ("certified_on", "质量证明日期"),
        ("outside", "超出买方接受范围的指标"),
    ),
    "settlements": (
        *_CONTRACT,
        ("statement", "结算单序号"),
        ("statement_kind", "结算单类型"),
        ("statement_status", "结算单状态"),
        ("drawn_on", "出具日"),
        ("month", "月份"),
        ("record", "行类别"),  # line, reversal, invoice
        ("kind", "科目"),
        ("description_zh", "科目名称"),
        ("description_en", "科目英文名称"),
        ("working", "计算过程"),
        ("amount_cny", "金额（元）"),
        ("tax_rate", "税率"),
        ("tax_cny", "税额（元）"),
        ("total_cny", "价税合计（元）"),
    ),
}


def headings(what: str, assays: Iterable[Assay] = ()) -> list[str]:
    """The first row of a table; of deliveries with a column for every assay that any lot has.

    >>> headings("schedules")[6:8], headings("deliveries", [("purity_pct", "%")])[-1]
    (['月份 month', '约定最少 agreed_least'], '检测值 purity_pct（%） assay.purity_pct')
    """
    listed = [f"{zh} {name}" for name, zh in COLUMNS[what]]
    return listed + [f"检测值 {code}（{unit}） assay.{code}" for code, unit in assays]
