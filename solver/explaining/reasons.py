"""Reasons in words, Chinese and English, and how much of them an order's owner is told (docs/model.md 7.5)."""

from __future__ import annotations

from collections.abc import Iterator

from solver.form.clearing import OrderOutcome, Reason

STEP_OF_COUNTS = 5  # numbers are told in multiples of it
POINTS_AT_SOMEBODY = frozenset({"exclusion", "approval"})  # an other's own choice against this order

Words = tuple[str, str]  # Chinese, English

WORDS: dict[str, Words] = {
    "grade": ("牌号不同", "another grade"),
    "same_party": ("对手方与本方为同一组织或关联方", "the counterparty is the same or a related organisation"),
    "validity": ("不在有效期内", "outside the validity"),
    "exclusion": ("已被排除的组织", "an excluded organisation"),
    "approval": ("不在合格供应商（客户）名单内", "not on the list of approved counterparties"),
    "incoterm": ("交货方式不一致", "no Incoterm in common"),
    "invoice_form": ("发票形式不一致", "another form of invoice"),
    "dangerous_goods": ("危险货物类别不一致", "another class of dangerous goods"),
    "tolling": (
        "来料加工条件不一致（来料牌号、货权、收率或损耗），或仅一方为来料加工",
        "the tolling conditions do not fit (material, title, yield or loss), or only one side is tolling",
    ),
    "specification": ("质量指标不在要求范围内", "the specification is outside the required range"),
    "certificate": (
        "缺少要求的证书，或证书未覆盖整个合同期",
        "a required certificate is missing or does not last the term",
    ),
    "flexibility": ("一方要求的数量浮动超出另一方所能给予", "more volume flexibility is required than granted"),
    "wishes": ("合同意愿相互冲突", "the wishes for the contract are in conflict"),
    "lane": ("没有运价", "no freight for the route"),
    "price": ("扣除运费后价格没有交集", "the limit prices do not meet after freight"),
    "quantity": ("最小合同量或批量无法满足", "the least contract or the lot does not fit the volumes"),
    "no_counterparty": ("没有合适的对手方", "no suitable counterparty"),
    "counterparties": ("对手方数量的限制", "the number of counterparties"),
    "maximum_share": ("单一对手方最高份额的限制", "the greatest share of one counterparty"),
    "approval_share": (
        "未认证对手方的试用份额已用完",
        "the trial share for counterparties not yet approved is used up",
    ),
    "maximum_contract": ("单个合同的最高量已达到", "the greatest volume of one contract is reached"),
    "own_volume": ("本单数量已全部用完", "the order's own volume is used up"),
    "outbid": ("对手方的数量给了价格更优者", "the counterparty's volume went to better prices"),
    "capacity": ("对手方的数量已用完", "the counterparty's volume is used up"),
    "lot": ("剩余数量不足一个批量", "less than one lot is left"),
    "minimum_contract": ("剩余数量不足最小合同量", "less than the least contract is left"),
    "minimum_fill": ("剩余数量不足以达到最低成交比例", "what is left does not reach the minimum fill"),
    "contract_cost": ("收益不足以覆盖每份合同的固定成本", "the gain does not cover the fixed cost of a contract"),
    "source": ("货源产线的产能已用完", "the producer's line is used up"),
    "minimum_per_period": ("合同期内每月最小量的限制", "the least volume in each period of a contract"),
    "incumbent": ("现有伙伴最低份额的限制", "the least share of a present partner"),
    "group": ("对手方分组规则的限制", "a rule on groups of counterparties"),
    "linked_to": ("关联订单未成交", "the order that it is linked to is not filled"),
    "exclusive": ("互斥订单已成交", "another order of the exclusive set is filled"),
    "ramp": ("相邻月变幅的限制", "the greatest change from one period to the next"),
    "credit_limit": ("信用额度已用完", "the credit limit is used up"),
    "tiers": ("数量未达到相应折扣档位", "the volume does not reach the discount that the months ask for"),
    "storage": ("期末库存不足", "the closing stock would be missed"),
    "small_supplier_share": ("本轮须留给小微企业的份额的限制", "the round's share for small suppliers"),
    "input": ("投入品不足", "too little of an input is there"),
    "hard_rule": (
        "本次没有撮合结果：必须满足的硬性规则未能全部满足，因此没有任何一对成交",
        "there is no clearing, since the rules that must hold do not all hold; nobody trades",
    ),
    "unfinished": (
        "搜索在证明的误差范围内结束，未作此调整",
        "the search ended within its proven gap before trying this",
    ),
}

# A partly filled order does not use all it stated: what the band of its contracts may call is kept free (3.1, 3.2).
OWN_VOLUME_OF_A_PART: Words = (
    "本单在可成交月份的数量已全部用完（含为对手方数量浮动预留的部分）",
    "the order's own volume is used up in every month that could trade, "
    "counting what is kept free for its counterparties' volume options",
)

SIDES: dict[str, Words] = {
    "own": ("本方条件", "own term"),
    "other": ("对方条件", "counterparty's term"),
    "market": ("双方", "both sides"),
}


def told(outcome: OrderOutcome) -> OrderOutcome:
    """What an order's owner may read of its outcome: coarse numbers, and nothing that points at one organisation.

    Maths: docs/model.md 7.5.
    """
    return OrderOutcome(
        order=outcome.order,
        status=outcome.status,
        requested=outcome.requested,
        filled=outcome.filled,
        reasons=tuple(_told(outcome.reasons)) or (Reason(code="no_counterparty", side="market"),),
    )


def sentence(reason: Reason, *, partly: bool = False) -> Words:
    """A reason in Chinese and in English; ``partly``: of an order that is partly filled.

    >>> sentence(Reason(code="price", side="market", counterparties=10))[1]
    'the limit prices do not meet after freight (at least 10 counterparties)'
    """
    zh, en = OWN_VOLUME_OF_A_PART if partly and reason.code == "own_volume" else WORDS[reason.code]
    if reason.side != "market" and reason.code not in ("own_volume", "same_party", "capacity"):
        zh, en = f"{SIDES[reason.side][0]}：{zh}", f"{SIDES[reason.side][1]}: {en}"
    if reason.counterparties:
        zh = f"{zh}（至少 {reason.counterparties} 个对手方）"
        en = f"{en} (at least {reason.counterparties} counterparties)"
    if reason.amount is not None:
        zh = f"{zh}；限价再让约 {reason.amount} {reason.unit} 或有机会成交"
        en = f"{en}; a limit better by about {reason.amount} {reason.unit} might have matched"
    return zh, en


def _told(reasons: tuple[Reason, ...]) -> Iterator[Reason]:
    for reason in reasons:
        count = reason.counterparties // STEP_OF_COUNTS * STEP_OF_COUNTS
        if reason.code in POINTS_AT_SOMEBODY and reason.side != "own" and count == 0:
            continue
        yield Reason(code=reason.code, side=reason.side, counterparties=count, amount=reason.amount, unit=reason.unit)
