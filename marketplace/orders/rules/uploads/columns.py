"""The columns of an order table: heading in English or Chinese, the term it fills, what its cells hold.

Beside those listed: a month (``2027-01``, ``2027-01.firm``, ``2027-01.planned``) for its volume, and
``specification.CODE`` or ``指标.CODE`` for an attribute, followed by ``.at_least`` ... for a need.
``terms_json`` takes every other term as one JSON object.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from marketplace.orders.rules.fields import step_of
from marketplace.shared.months import is_month

Path = tuple[str | int, ...]


class Kind(StrEnum):
    """What a cell holds."""

    TEXT = "text"
    AMOUNT = "amount"
    WHOLE = "whole number"
    FLAG = "true or false"
    LIST = "texts separated by ;"
    JSON = "a JSON object"


@dataclass(frozen=True)
class Column:
    """One column; ``words`` are Chinese words for its choices."""

    heading: str
    heading_zh: str
    path: Path
    kind: Kind = Kind.TEXT
    words: dict[str, str] = field(default_factory=dict)
    example: str = ""

    @cached_property
    def pointer(self) -> str:
        """Where its value stands in the order's document."""
        return "".join(map(step_of, self.path)) or "/terms_json"


_COMPONENT: Path = ("limit_price", "components", 0)
_A, _W = Kind.AMOUNT, Kind.WHOLE

COLUMNS: tuple[Column, ...] = (
    Column("side", "方向", ("side",), words={"供应": "offer", "需求": "need"}, example="offer"),
    Column("grade", "牌号", ("grade",), example="lithium-carbonate-battery"),
    Column("site", "厂址", ("site",), example="sit_…"),
    Column("unit", "单位", ("unit",), example="TNE"),
    Column("external_reference", "外部编号", ("external_reference",), example="2027-LC-01"),
    Column("limit_price.fixed", "固定价", (*_COMPONENT, "fixed"), _A),
    Column("limit_price.index", "价格指数", (*_COMPONENT, "index")),
    Column("limit_price.coefficient", "价格系数", (*_COMPONENT, "coefficient"), _A),
    Column("limit_price.content", "含量折算", (*_COMPONENT, "content"), _A),
    Column("limit_price.processing_fee", "加工费", ("limit_price", "processing_fee"), _A),
    Column("limit_price.premium", "升贴水", ("limit_price", "premium"), _A),
    Column("limit_price.floor", "价格下限", ("limit_price", "collar", "floor"), _A),
    Column("limit_price.cap", "价格上限", ("limit_price", "collar", "cap"), _A),
    Column("limit_price.accepted_indices", "接受的指数", ("limit_price", "accepted_indices"), Kind.LIST),
    Column(
        "limit_price.tax_basis",
        "计税口径",
        ("limit_price", "tax", "basis"),
        words={"含税": "inclusive", "不含税": "exclusive"},
    ),
    Column("limit_price.tax_rate", "税率", ("limit_price", "tax", "rate"), _A),
    Column("limit_price.currency", "币种", ("limit_price", "currency")),
    Column("minimum_contract", "最小合同量", ("minimum_contract",), _A),
    Column("minimum_contract.volume", "最小合同量.数量", ("minimum_contract", "volume"), _A),
    Column("minimum_contract.pair_fraction", "最小合同量.比例", ("minimum_contract", "pair_fraction"), _A),
    Column("maximum_contract", "最大合同量", ("maximum_contract",), _A),
    Column("minimum_per_period", "每月最小量", ("minimum_per_period",), _A),
    Column("lot", "批量", ("lot",), _A),
    Column("minimum_fill", "最低成交比例", ("minimum_fill",), _A),
    Column("counterparties.least", "最少对手数", ("counterparties", "least"), _W),
    Column("counterparties.most", "最多对手数", ("counterparties", "most"), _W),
    Column("maximum_share.fraction", "单一对手最大份额", ("maximum_share", "fraction"), _A),
    Column(
        "maximum_share.of",
        "份额基准",
        ("maximum_share", "of"),
        words={"申报量": "requested", "成交量": "awarded"},
    ),
    Column("flexibility.requires.down", "要求下浮", ("flexibility", "requires", "down"), _A),
    Column("flexibility.requires.up", "要求上浮", ("flexibility", "requires", "up"), _A),
    Column("flexibility.requires.notice_days", "要求提前通知天数", ("flexibility", "requires", "notice_days"), _W),
    Column("flexibility.grants.down", "允许下浮", ("flexibility", "grants", "down"), _A),
    Column("flexibility.grants.up", "允许上浮", ("flexibility", "grants", "up"), _A),
    Column("flexibility.grants.notice_days", "允许提前通知天数", ("flexibility", "grants", "notice_days"), _W),
    Column("delivery.incoterms", "交货方式", ("delivery", "incoterms"), Kind.LIST),
    Column("payment.days", "账期天数", ("payment", "days"), _W),
    Column("certificates", "要求的证书", ("certificates",), Kind.LIST),
    Column("family", "订单组", ("family",)),
    Column("linked_to", "关联订单", ("linked_to",)),
    Column("exclusive", "互斥组", ("exclusive",)),
    Column("ramp", "月间变幅", ("ramp",), _A),
    Column("credit_limit.exposure_cny", "信用额度", ("credit_limit", "exposure_cny"), _A),
    Column("must_serve", "必须满足", ("must_serve",), Kind.FLAG),
    Column("validity.valid_from", "有效期起", ("validity", "valid_from")),
    Column("validity.valid_to", "有效期止", ("validity", "valid_to")),
    Column("terms_json", "其他条款", (), Kind.JSON),
)

_BY_HEADING = {heading: column for column in COLUMNS for heading in (column.heading, column.heading_zh)}

# What a template offers; the others are known all the same.
TEMPLATE = (
    *("side", "grade", "site", "unit", "external_reference"),
    *("limit_price.fixed", "limit_price.index", "limit_price.coefficient", "limit_price.premium"),
    *("limit_price.floor", "limit_price.cap", "limit_price.tax_basis", "limit_price.tax_rate"),
    *("minimum_contract", "lot", "minimum_fill", "counterparties.most", "maximum_share.fraction"),
    *("delivery.incoterms", "payment.days", "certificates", "validity.valid_to", "terms_json"),
)

_SPECIFICATION = re.compile(
    r"(?:specification|指标)\.(?P<code>[A-Za-z0-9_]+)"
    r"(?:\.(?P<end>at_least|at_most|target|above_cny_per_unit|below_cny_per_unit))?",
    re.ASCII,
)


def column_of(heading: str) -> Column | None:
    """The column that a heading names, in either language; None for an unknown one.

    >>> column_of("价格下限").path
    ('limit_price', 'collar', 'floor')
    >>> column_of("specification.Fe_ppm.at_most").path
    ('specification', 'Fe_ppm', 'at_most')
    >>> column_of("price") is None
    True
    """
    if heading in _BY_HEADING:
        return _BY_HEADING[heading]
    month, _, part = heading.partition(".")
    if is_month(month) and heading in (month, f"{month}.firm", f"{month}.planned"):
        path: Path = ("volumes", month, part) if part else ("volumes", month)
        return Column(heading, heading, path, Kind.AMOUNT)
    found = _SPECIFICATION.fullmatch(heading)
    if found is None:
        return None
    path = ("specification", found["code"]) + ((found["end"],) if found["end"] else ())
    return Column(heading, heading, path, Kind.AMOUNT)


def heading_of(name: str, *, chinese: bool) -> str:
    """The heading of a listed column in one language."""
    column = _BY_HEADING[name]
    return column.heading_zh if chinese else column.heading
