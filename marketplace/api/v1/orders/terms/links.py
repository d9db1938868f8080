"""Terms that tie orders together, validity, and what is wished of the contract."""

from __future__ import annotations

from decimal import Decimal

from marshmallow import fields

from marketplace.api.http.schemas import Schema
from marketplace.api.v1.orders.fields import AmountText, Flag, Text, Whole, below, list_of
from marketplace.orders.rules.kinds import PRIORITY_CLASSES, RELAXABLE_TERMS, REOPENER_RESULTS
from marketplace.orders.rules.limits import (
    GREATEST_FACTOR,
    GREATEST_PRICE,
    GREATEST_VOLUME,
    LONGEST_NAME,
    MOST_DAYS,
    MOST_ENTRIES,
    MOST_MAKE_UP_MONTHS,
    ONE,
    ZERO,
)


class InputSchema(Schema):
    """One entry of the bill of materials: the offer exists only as far as this need is filled or stocked."""

    need = Text("自有需求 / a need of your own", example="ord_01kdvd…", longest=LONGEST_NAME, required=True)
    units_per_unit = AmountText(
        "单耗 / units per unit", example="0.25", above=ZERO, most=GREATEST_FACTOR, required=True
    )
    lead_periods = Whole("提前期（月） / lead time in months", least=0, most=MOST_MAKE_UP_MONTHS, example=1)
    stocked = AmountText("现有库存 / in stock", example="50", least=ZERO, most=GREATEST_VOLUME)
    cost_in_limit = Flag("限价是否已含其成本 / whether the limit contains its cost")


class PromiseSchema(Schema):
    """A part of the volume that is paid or delivered in any case."""

    fraction = AmountText("比例 / fraction", example="0.8", above=ZERO, most=ONE, required=True)
    make_up_months = Whole("补量期（月） / months to make it up", least=0, most=MOST_MAKE_UP_MONTHS, example=6)


class ReopenerSchema(Schema):
    """The price is negotiated anew when the index has moved far enough for long enough."""

    trigger = AmountText("触发幅度 / move of the index", example="0.15", above=ZERO, most=ONE, required=True)
    consecutive_months = Whole("连续月数 / months on end", least=1, most=MOST_MAKE_UP_MONTHS, example=2, required=True)
    negotiation_days = Whole("协商天数 / days to agree", least=1, most=MOST_DAYS, example=30, required=True)
    result_if_none = Text("协商不成 / if none is found", example="unchanged", choices=REOPENER_RESULTS, required=True)


class QualityClaimSchema(Schema):
    """How a quality claim is settled."""

    objection_days = Whole("异议期（日） / days to object", least=1, most=MOST_DAYS, example=15)
    retained_sample = Flag("是否留样 / whether a sample is retained")
    umpire_laboratory = Text(
        "仲裁检测机构 / umpire laboratory", example="国家有色金属质量检验检测中心", longest=LONGEST_NAME
    )
    assay_split = AmountText(
        "化验差限 / splitting limit, in the attribute's unit", example="0.1", above=ZERO, most=Decimal(100)
    )
    weighing_tolerance = AmountText("过磅允差 / weighing tolerance", example="0.003", least=ZERO, most=ONE)


class ContractWishesSchema(Schema):
    """Clauses carried to the proposal."""

    reservation_fee = AmountText("预留费 / reservation fee per unit", example="200", least=ZERO, most=GREATEST_PRICE)
    take_or_pay = below(PromiseSchema, "照付不议 / take or pay")
    ship_or_pay = below(PromiseSchema, "照供不误 / ship or pay")
    reopener = below(ReopenerSchema, "重新议价 / re-opener")
    exclusivity = Flag("独家 / exclusivity")
    resale_ban = Flag("禁止转售 / no resale")
    most_favoured = Flag("最惠条款 / most favoured")
    quality_claim = below(QualityClaimSchema, "质量异议 / quality claims")


class ValiditySchema(Schema):
    """First and last day on which the order may be matched, Beijing time."""

    valid_from = Text("起 / from", example="2026-12-01", form="date")
    valid_to = Text("止 / to", example="2027-03-31", form="date")


class LinkTermsSchema(Schema):
    """With which other orders, how long, how firmly."""

    family = Text("订单组：共用限额 / orders that share limits", example="2027-电池级", longest=LONGEST_NAME)
    linked_to = Text("仅当该单成交 / only if that order is filled", example="ord_01kdvd…", longest=LONGEST_NAME)
    exclusive = Text("互斥组：至多成交其一 / at most one of the set", example="A-or-B", longest=LONGEST_NAME)
    inputs = list_of(InputSchema, "投入品 / bill of materials (offers)", most=MOST_ENTRIES)
    contract_wishes = below(ContractWishesSchema, "合同意愿 / wishes for the contract")
    validity = below(ValiditySchema, "有效期 / validity")
    priority = fields.Dict(
        keys=fields.String(metadata={"enum": list(RELAXABLE_TERMS)}),
        values=Text("等级 / class", example="commercial_1", choices=PRIORITY_CLASSES),
        metadata={"description": "条款等级 / class per term", "example": {"minimum_fill": "commercial_1"}},
    )
    must_serve = Flag("必须满足 / must be served (needs)")
