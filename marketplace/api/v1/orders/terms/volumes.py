"""Terms of quantity."""

from __future__ import annotations

from marketplace.api.http.schemas import Schema
from marketplace.api.v1.orders.fields import AmountOr, AmountText, Text, Whole, below, by_month
from marketplace.orders.rules.kinds import OPTION_SPANS, PARTIES
from marketplace.orders.rules.limits import (
    GREATEST_PRICE,
    GREATEST_VOLUME,
    LONGEST_NAME,
    MOST_DAYS,
    MOST_MAKE_UP_MONTHS,
    ONE,
    ZERO,
)


class SplitVolumeSchema(Schema):
    """One month's offered volume, split into what the site can make now and what it plans to."""

    firm = AmountText("确定量 / firm", example="80", least=ZERO, most=GREATEST_VOLUME, required=True)
    planned = AmountText("计划量 / planned", example="40", least=ZERO, most=GREATEST_VOLUME, required=True)


class OptionSchema(Schema):
    """How far the volume called may leave the agreed one, as fractions of it."""

    down = AmountText("可下浮比例 / fraction downwards", example="0.1", least=ZERO, most=ONE)
    up = AmountText("可上浮比例 / fraction upwards", example="0.05", least=ZERO, most=ONE)
    per = Text("计算周期 / over which span", example="period", choices=OPTION_SPANS)
    notice_days = Whole("提前通知天数 / days of notice", least=0, most=MOST_DAYS, example=30)
    make_up_months = Whole("补量期（月） / months to make it up", least=0, most=MOST_MAKE_UP_MONTHS, example=3)


class FlexibilitySchema(Schema):
    """The option this side holds, and the one it gives the other side."""

    requires = below(OptionSchema, "要求对方给予的浮动权 / the option this side requires")
    grants = below(OptionSchema, "给予对方的浮动权 / the option this side grants")


class MinimumContractSchema(Schema):
    """Least volume of one contract, at most a fraction of what the pair could trade at all."""

    volume = AmountText("数量 / volume", example="60", above=ZERO, required=True)
    pair_fraction = AmountText("双方可成交量的比例 / fraction", example="0.9", above=ZERO, most=ONE, required=True)


class StorageSchema(Schema):
    """Volume carried from one month to the next."""

    owner = Text("库存归属 / whose stock", example="seller", choices=PARTIES, required=True)
    place = Text("地点 / place", example="成都仓", longest=LONGEST_NAME, required=True)
    opening = AmountText("期初库存 / opening stock", example="0", least=ZERO, required=True)
    closing = AmountText("期末库存 / closing stock", example="0", least=ZERO, required=True)
    capacity = AmountText("库容 / capacity", example="200", above=ZERO, required=True)
    cost = AmountText("每单位每月费用 / cost", example="15", least=ZERO, most=GREATEST_PRICE, required=True)


class VolumeTermsSchema(Schema):
    """How much, when, in which portions."""

    volumes = by_month(
        AmountOr(
            SplitVolumeSchema,
            AmountText("数量 / volume", example="120", least=ZERO, most=GREATEST_VOLUME),
            "数量，供应可分确定与计划 / volume; an offer may split it",
        ),
        "各月数量，按牌号单位，为最小计量单位的整数倍 / volume per month in the grade's unit, whole multiples of its "
        "quantum; a month not named is zero",
        example={"2027-01": "120", "2027-02": "120"},
    )
    flexibility = below(FlexibilitySchema, "数量浮动 / volume flexibility")
    minimum_contract = AmountOr(
        MinimumContractSchema,
        AmountText("数量 / volume", example="60", above=ZERO),
        "单一对手全期最小合同量 / least volume with one counterparty over the term, or nothing",
    )
    maximum_contract = AmountText("单一对手全期最大合同量 / most with one counterparty", example="600", above=ZERO)
    minimum_per_period = AmountText("合同期内每月最小量 / least in each month of a contract", example="20", above=ZERO)
    lot = AmountText("批量：各月数量为其整数倍 / lot that each month is a multiple of", example="10", above=ZERO)
    minimum_fill = AmountText(
        "最低成交比例，1为全成或不成 / filled at least so far, or not at all", example="0.5", above=ZERO, most=ONE
    )
    ramp = AmountText(
        "相邻月变幅上限 / greatest change between months, of the monthly mean", example="0.2", least=ZERO, most=ONE
    )
    storage = below(StorageSchema, "库存结转 / storage")
