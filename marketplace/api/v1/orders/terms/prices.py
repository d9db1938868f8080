"""Terms of money."""

from __future__ import annotations

from marketplace.api.http.schemas import Schema
from marketplace.api.v1.orders.fields import AmountText, Text, Whole, below, by_month, list_of
from marketplace.orders.rules.kinds import (
    INSTRUMENTS,
    PARTIES,
    QUOTATION_BASES,
    QUOTATION_MONTHS,
    TAX_BASES,
    TIER_KINDS,
)
from marketplace.orders.rules.limits import (
    GREATEST_AMOUNT_CNY,
    GREATEST_FACTOR,
    GREATEST_PRICE,
    LONGEST_NAME,
    MOST_COMPONENTS,
    MOST_DAYS,
    MOST_MAKE_UP_MONTHS,
    MOST_STEPS,
    ONE,
    ZERO,
)


class ComponentSchema(Schema):
    """One component of a limit: (index or fixed price) x content x coefficient."""

    index = Text("价格指数 / price index", example="lithium-carbonate-china", longest=LONGEST_NAME)
    fixed = AmountText("固定价 / fixed price", example="98000", least=-GREATEST_PRICE, most=GREATEST_PRICE)
    content = AmountText("含量折算 / content, t per t", example="0.188", above=ZERO, most=GREATEST_FACTOR)
    content_attribute = Text(
        "按化验指标折算 / attribute whose assay gives the content", example="Li_pct", longest=LONGEST_NAME
    )
    coefficient = AmountText("系数 / coefficient", example="0.98", least=-GREATEST_FACTOR, most=GREATEST_FACTOR)


class QuotationSchema(Schema):
    """Which quotations of the index make the month's price."""

    month = Text("取价月 / month", example="M", choices=QUOTATION_MONTHS)
    basis = Text("取价方式 / basis", example="mean", choices=QUOTATION_BASES)
    dates = list_of(Text("日期 / date", example="2027-01-15", form="date"), "指定日 / these days alone", most=62)


class CollarSchema(Schema):
    """The price never leaves these, whatever the index does."""

    floor = AmountText("价格下限 / floor", example="70000", least=-GREATEST_PRICE, most=GREATEST_PRICE)
    cap = AmountText("价格上限 / cap", example="120000", least=-GREATEST_PRICE, most=GREATEST_PRICE)


class TaxSchema(Schema):
    """Whether the stated price contains value-added tax."""

    basis = Text("计税口径 / basis", example="inclusive", choices=TAX_BASES)
    rate = AmountText("税率 / rate", example="0.13", least=ZERO, most=ONE)


class LimitPriceSchema(Schema):
    """The worst price this side accepts: components + processing fee + premium, held by the collar.

    It is seen by its owner alone.
    """

    components = list_of(ComponentSchema, "价格构成 / components, added up", most=MOST_COMPONENTS, required=True)
    processing_fee = AmountText("加工费 / processing fee", example="12000", least=ZERO, most=GREATEST_PRICE)
    premium = AmountText("升贴水 / premium", example="-500", least=-GREATEST_PRICE, most=GREATEST_PRICE)
    premium_by_period = by_month(
        AmountText("升贴水 / premium", example="200", least=-GREATEST_PRICE, most=GREATEST_PRICE),
        "各月另加升贴水 / added to the premium in a month",
        example={"2027-06": "200"},
    )
    quotation = below(QuotationSchema, "取价规则 / quotation")
    collar = below(CollarSchema, "价格上下限 / collar")
    accepted_indices = list_of(
        Text("价格指数 / price index", example="lithium-carbonate-china", longest=LONGEST_NAME),
        "合同可采用的指数 / indices a contract may follow; left out: those of the components",
        most=MOST_COMPONENTS,
    )
    tax = below(TaxSchema, "税 / tax; left out: exclusive")
    currency = Text("币种 ISO 4217 / currency", example="CNY", longest=3)


class PaymentSchema(Schema):
    """When and how it is paid, the terms that the limit price is stated for (docs/model.md 1.1c)."""

    days = Whole("交货后付款天数 / days after delivery", least=0, most=MOST_DAYS, example=30)
    prepaid_fraction = AmountText("预付比例 / prepaid fraction", example="0.3", least=ZERO, most=ONE)
    prepaid_offset_months = Whole("预付提前月数 / months ahead", least=0, most=MOST_MAKE_UP_MONTHS, example=1)
    deposit_fraction = AmountText("保证金比例 / deposit", example="0.1", least=ZERO, most=ONE)
    instrument = Text("结算工具 / instrument", example="bank_acceptance", choices=INSTRUMENTS)
    tenor_days = Whole("票据期限 / tenor of the acceptance", least=1, most=MOST_DAYS, example=180)
    discount_borne_by = Text("贴息承担方 / who bears the discount", example="seller", choices=PARTIES)


class LossConsentSchema(Schema):
    """The owner accepts that the match loses on some of the round's price paths (docs/model.md 1.1g)."""

    most_cny_per_unit = AmountText(
        "任一路径上可接受的最大亏损 / greatest loss on any path, CNY per unit",
        example="500",
        least=ZERO,
        most=GREATEST_PRICE,
        required=True,
    )


class TierSchema(Schema):
    """One step of a volume discount."""

    from_volume = AmountText("起始量 / from this volume", example="500", above=ZERO, required=True)
    discount = AmountText("每单位折扣 / CNY off per unit", example="300", above=ZERO, required=True)


class TiersSchema(Schema):
    """An offer's discounts by one contract's volume over its term."""

    kind = Text("计算方式 / on all units or on each step's", example="all_unit", choices=TIER_KINDS, required=True)
    steps = list_of(TierSchema, "档位，逐档递增 / steps, rising", most=MOST_STEPS, required=True)


class CreditLimitSchema(Schema):
    """Greatest exposure to one counterparty."""

    exposure_cny = AmountText(
        "敞口（元） / exposure in CNY", example="50000000", above=ZERO, most=GREATEST_AMOUNT_CNY - ONE, required=True
    )


class PriceTermsSchema(Schema):
    """At which price, paid how."""

    limit_price = below(LimitPriceSchema, "限价，仅本单位可见 / limit price, seen by its owner alone")
    payment = below(PaymentSchema, "付款条件 / payment")
    loss_consent = below(
        LossConsentSchema,
        "同意部分价格路径亏损，仅本单位可见 / consent to losses on some paths, seen by its owner alone",
    )
    tiers = below(TiersSchema, "阶梯折扣 / volume discounts (offers)")
    credit_limit = below(CreditLimitSchema, "信用额度 / credit limit")
