"""Terms about counterparties."""

from __future__ import annotations

from marketplace.api.http.schemas import Schema
from marketplace.api.v1.orders.fields import AmountText, Flag, Text, Whole, below, list_of
from marketplace.orders.rules.kinds import APPROVAL_KINDS, GROUP_MEASURES, GROUP_RULES, SHARE_BASES
from marketplace.orders.rules.limits import (
    GREATEST_PRICE,
    LONGEST_NAME,
    LONGEST_REASON,
    MOST_COUNTERPARTIES,
    MOST_ENTRIES,
    ONE,
    ZERO,
)

_ORGANISATION = "统一社会信用代码 / unified social credit code"
_CODE = {"example": "91110000600037341L", "longest": 18}


class CounterpartiesSchema(Schema):
    """How many organisations are dealt with; related parties count as one."""

    least = Whole("最少 / least", least=1, most=MOST_COUNTERPARTIES, example=2)
    most = Whole("最多 / most", least=1, most=MOST_COUNTERPARTIES, example=4)


class MaximumShareSchema(Schema):
    """Greatest share of one organisation."""

    fraction = AmountText("份额 / share", example="0.6", above=ZERO, most=ONE, required=True)
    of = Text("申报量或成交量 / of which volume", example="requested", choices=SHARE_BASES)


class IncumbentSchema(Schema):
    """A present partner."""

    organisation = Text(_ORGANISATION, **_CODE, required=True)
    least_share = AmountText("最低份额 / least share", example="0.2", above=ZERO, most=ONE)
    switching_cost = AmountText(
        "每单位更换成本 / CNY per unit dealt with anybody else", example="150", least=ZERO, most=GREATEST_PRICE
    )


class ApprovalSchema(Schema):
    """One qualified counterparty; with site or grade it covers only that."""

    organisation = Text(_ORGANISATION, **_CODE, required=True)
    site = Text("对方的厂址编号 / the counterparty's site id", example="sit_01kdvd…", longest=LONGEST_NAME)
    grade = Text("牌号 / grade", example="lithium-carbonate-battery", longest=LONGEST_NAME)
    since = Text("认可起始日 / since", example="2026-07-01", form="date")


class ApprovedSchema(Schema):
    """Only the qualified, or preferably they."""

    kind = Text("仅限或优先 / only or preferred", example="only", choices=APPROVAL_KINDS, required=True)
    counterparties = list_of(ApprovalSchema, "名单 / the qualified", most=MOST_COUNTERPARTIES, required=True)
    trial_share = AmountText("其余合计上限 / most for all others", example="0.1", least=ZERO, most=ONE)


class ExclusionSchema(Schema):
    """An organisation not dealt with."""

    organisation = Text(_ORGANISATION, **_CODE, required=True)
    reason = Text("原因 / reason", example="曾违约", longest=LONGEST_REASON, required=True)
    technical = Flag("是否技术原因 / whether the reason is technical")


class GroupSchema(Schema):
    """A rule over all counterparties that carry a tag."""

    tag = Text("标签 / tag", example="region:510000", longest=LONGEST_NAME, required=True)
    rule = Text("规则 / rule", example="at_most", choices=GROUP_RULES, required=True)
    measure = Text("计量 / measure", example="share", choices=GROUP_MEASURES, required=True)
    value = AmountText("数值 / value", example="0.4", least=ZERO, required=True)
    tolerance = AmountText("容差 / tolerance of exactly a share", example="0.05", above=ZERO, most=ONE)


class PartyTermsSchema(Schema):
    """With whom."""

    counterparties = below(CounterpartiesSchema, "对手数量 / number of counterparties")
    maximum_share = below(MaximumShareSchema, "单一对手最大份额 / greatest share of one")
    incumbents = list_of(IncumbentSchema, "现有伙伴 / present partners", most=MOST_ENTRIES)
    approved = below(ApprovedSchema, "合格对手 / qualified counterparties")
    exclusions = list_of(ExclusionSchema, "不交易的对手 / not dealt with", most=MOST_COUNTERPARTIES)
    groups = list_of(GroupSchema, "分组规则 / rules over groups", most=MOST_ENTRIES)
