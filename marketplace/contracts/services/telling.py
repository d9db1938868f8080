"""What parties are told of a proposal between them: the one who did not act, or both."""

from __future__ import annotations

from datetime import datetime

from marketplace.accounts.models import Organisation
from marketplace.contracts import queries
from marketplace.contracts.models import Contract, ContractNovation, Proposal
from marketplace.contracts.rules.answers import Party
from marketplace.notifications import services as notifications
from marketplace.shared.actor import Actor
from marketplace.shared.clock import beijing_date
from marketplace.shared.database import db
from marketplace.shared.months import month_of

# Of each piece of news: Chinese, English; the counterparty's names before it.
_WORDS = {
    "accepted": ("已接受方案，待贵方答复", "accepted the proposal; your answer is awaited"),
    "agreed": ("已接受方案，双方达成一致", "accepted the proposal, and both are agreed"),
    "taken-back": ("收回了对方案的接受", "took its acceptance of the proposal back"),
    "countered": ("提出了新的条款，待贵方答复", "put other terms on the table; your answer is awaited"),
    "rejected": ("拒绝了方案，理由见方案页", "rejected the proposal; its reason stands with it"),
    "expired": (
        "方案逾期未获双方接受，已失效；相关数量退回订单",
        "not both accepted in time: the proposal has expired and its volume returned",
    ),
    "lapsed": (
        "方案虽经双方接受，但所关联的订单条款未能满足，已失效；相关数量退回订单",
        "both accepted, but a term over several contracts does not hold: the proposal lapsed and its volume returned",
    ),
    "concluded": ("方案已成为合同", "the proposal has become a contract"),
}


_OF_CONTRACTS = {
    "confirmed": ("已确认合同 {number}，待贵方确认", "confirmed contract {number}; your confirmation is awaited"),
    "in-force": ("合同 {number} 已经双方确认并生效", "contract {number} is confirmed by both and in force"),
    "withdrawn": (
        "合同 {number} 逾期未获双方确认，已撤销；相关数量退回订单",
        "contract {number} was not confirmed by both in time and is withdrawn; its volume returned",
    ),
    "amendment-proposed": (
        "就合同 {number} 提出变更，待双方确认",
        "proposes to amend contract {number}; both confirmations are awaited",
    ),
    "suspension-given": ("就合同 {number} 发出中止通知", "gives notice to suspend contract {number}"),
    "suspension-effective": ("合同 {number} 已中止履行", "contract {number} is suspended"),
    "suspension-refused": ("未同意中止合同 {number}", "the suspension of contract {number} was not agreed to"),
    "suspension-withdrawn": ("合同 {number} 的中止通知已撤回", "the notice to suspend contract {number} is withdrawn"),
    "resumption-given": ("就合同 {number} 发出恢复履行通知", "gives notice to resume contract {number}"),
    "resumption-effective": ("合同 {number} 已恢复履行", "contract {number} is resumed"),
    "resumption-refused": ("未同意恢复履行合同 {number}", "the resumption of contract {number} was not agreed to"),
    "resumption-withdrawn": ("合同 {number} 的恢复通知已撤回", "the notice to resume contract {number} is withdrawn"),
    "termination-given": ("就合同 {number} 发出解除通知", "gives notice to end contract {number}"),
    "termination-effective": (
        "合同 {number} 已解除；未交付数量退回订单",
        "contract {number} is ended; what was not delivered returned",
    ),
    "termination-refused": ("未同意解除合同 {number}", "the end of contract {number} was not agreed to"),
    "termination-withdrawn": ("合同 {number} 的解除通知已撤回", "the notice to end contract {number} is withdrawn"),
    "completed": ("合同 {number} 已履行期满", "contract {number} has run its term"),
    "reopener-triggered": (
        "合同 {number} 所随指数连续偏离基准，已触发重新议价；请在约定期限内协商，期限与结果见合同",
        "the index of contract {number} is so far off its base that its price is negotiated anew; see the contract",
    ),
    "amendment-refused": ("未同意合同 {number} 的变更", "does not agree to amend contract {number}"),
    "called": ("就合同 {number} 发出要货通知", "calls a volume under contract {number}"),
    "shipped": ("合同 {number} 项下一批货物已发运", "has shipped a lot under contract {number}"),
    "shipment-cancelled": ("取消了合同 {number} 项下的一批发运", "cancels a shipment under contract {number}"),
    "received": ("已签收合同 {number} 项下的一批货物", "has received a lot under contract {number}"),
    "received-by-silence": (
        "合同 {number} 项下一批货物逾期未签收，视为按发运数量收到",
        "a lot under contract {number} was not received in time and counts as received as shipped",
    ),
    "rejected": ("对合同 {number} 项下的一批货物提出异议", "rejects goods of a lot under contract {number}"),
    "rejection-contested": ("不认可合同 {number} 项下的拒收", "contests a rejection under contract {number}"),
    "rejection-conceded": ("认可合同 {number} 项下的拒收", "concedes a rejection under contract {number}"),
    "rejection-lowered": ("减少了合同 {number} 项下的拒收数量", "lowers a rejection under contract {number}"),
    "certified": ("上传了合同 {number} 项下一批货物的质量证明", "has certified a lot under contract {number}"),
    "payment-entered": ("登记了合同 {number} 项下的一笔款项", "has entered a payment under contract {number}"),
    "statement-drawn": ("出具了合同 {number} 的结算单，待确认", "has drawn a statement of contract {number}"),
    "statement-confirmed": ("已确认合同 {number} 的结算单", "has confirmed a statement of contract {number}"),
    "statement-confirmed-by-silence": (
        "合同 {number} 的结算单逾期无异议，视为确认",
        "a statement of contract {number} was not disputed in time and counts as confirmed",
    ),
    "reports-differ": (
        "双方就合同 {number} 填报的履约数量不一致，请核对后更正",
        "both reports of a month of contract {number} differ; check and report anew",
    ),
    "report-due": (
        "合同 {number} 上月履约情况尚未填报，逾期未填报视为未履约",
        "a month of contract {number} is to be reported; what is not reported in time counts as not fulfilled",
    ),
    "fulfilment-missed": (
        "贵方对合同 {number} 的履约率低于轮次规定",
        "your organisation fulfilled less of contract {number} than its round lays down",
    ),
    "publication-consented": (
        "变更了同意公开的合同 {number} 的信息范围；合同各方（含已退出方）均同意的才会公开",
        "changes what it consents to publish of contract {number}; "
        "only what all consent to that are, or were, its parties is shown",
    ),
    "statement-disputed": ("对合同 {number} 的结算单提出异议", "disputes a statement of contract {number}"),
}


_OF_NOVATIONS = {
    "proposed": (
        "{actor}提议：自 {month} 起由{incoming}承继{leaving}在合同 {number} 中的{side_zh}地位",
        "{actor} proposes that {incoming} takes the place of {leaving} as the {side} of contract {number} "
        "from {month} on",
    ),
    "place-named": (
        "{actor}已指明其供货或收货地点，合同 {number} 主体变更的文本可供确认",
        "{actor} has named its place: the document of the novation of contract {number} may be confirmed",
    ),
    "confirmed": ("{actor}已确认合同 {number} 的主体变更", "{actor} confirmed the novation of contract {number}"),
    "refused": (
        "{actor}未同意合同 {number} 的主体变更，变更不再进行",
        "{actor} does not agree to the novation of contract {number}, which is over",
    ),
    "ended": (
        "合同 {number} 已经终止，所提议的主体变更不再进行",
        "contract {number} has ended, and with it the proposed novation",
    ),
    "effective": (
        "自 {month} 起，{incoming}承继{leaving}在合同 {number} 中的{side_zh}地位；此前各月仍归{leaving}",
        "from {month} on {incoming} is the {side} of contract {number} in place of {leaving}, whose months before stay",
    ),
}
_SIDES_ZH = {"seller": "卖方", "buyer": "买方"}


def tell_of_novation(
    contract: Contract, novation: ContractNovation, news: str, *, now: datetime, by: Actor | None = None
) -> None:
    """Tell all three whom a novation is about; ``by``: whose act it was, and who knows of it unless all is done."""
    three = {each.id: each for each in (contract.seller, contract.buyer, novation.leaving, novation.incoming)}
    actor = None if by is None else three.get(by.organisation_id)
    words = {"number": contract.number, "month": novation.from_month, "side": novation.side}
    words["side_zh"] = _SIDES_ZH[novation.side]
    zh, en = (
        text.format(
            **words,
            actor="" if actor is None else getattr(actor, name),
            leaving=getattr(novation.leaving, name),
            incoming=getattr(novation.incoming, name),
        )
        for text, name in zip(_OF_NOVATIONS[news], ("name_zh", "name_latin"), strict=True)
    )
    for receiver in sorted(three):
        if news == "effective" or actor is None or receiver != actor.id:
            notifications.tell(receiver, f"novation-{news}", contract.id, text_zh=zh, text_en=en, now=now)


def tell_of_contract(
    contract: Contract,
    news: str,
    *,
    now: datetime,
    but: str | None = None,
    by: str | None = None,
    month: str | None = None,
) -> None:
    """Tell both parties of a contract, or all but one, what became of it; of a month those who hold it.

    ``by``: whose act it was, where that need not be the other party's.

    Who has left it and still has months to deliver or take is told when it is suspended, resumed or ended.
    """
    seller, buyer = (_holder(contract, side, month) for side in ("seller", "buyer"))
    receivers = {seller.id: buyer, buyer.id: seller}
    if news.endswith("-effective"):
        present = month_of(beijing_date(now))
        months = [each["period"] for each in queries.present_version(contract).terms["periods"]]
        for left in queries.former_parties(contract):
            if any(present <= each <= left.until for each in months):
                receivers.setdefault(left.organisation_id, buyer if left.side == "seller" else seller)
    author = None if by is None else db.session.get_one(Organisation, by)
    for receiver, other in receivers.items():
        if receiver != but:
            _tell_of(contract, receiver, author or other, news, now)


def tell_party(contract: Contract, party: str, news: str, *, now: datetime, month: str) -> None:
    """Tell the one who holds a month on one side of a contract what became of it."""
    other = _holder(contract, "buyer" if party == "seller" else "seller", month)
    _tell_of(contract, _holder(contract, party, month).id, other, news, now)


def _holder(contract: Contract, side: str, month: str | None) -> Organisation:
    """Who is on a side of a contract today, or holds a month of it."""
    if month is None:
        return contract.seller if side == "seller" else contract.buyer
    return db.session.get_one(Organisation, queries.party_in_month(contract, side, month))


def _tell_of(contract: Contract, receiver: str, other: Organisation, news: str, now: datetime) -> None:
    zh, en = (text.format(number=contract.number) for text in _OF_CONTRACTS[news])
    notifications.tell(
        receiver,
        f"contract-{news}",
        contract.id,
        text_zh=f"{other.name_zh}：{zh}",
        text_en=f"{other.name_latin}: {en}",
        now=now,
    )


def tell_other(proposal: Proposal, party: Party, news: str, *, now: datetime) -> None:
    """Tell the other party what this one did."""
    _tell(proposal, "buyer" if party == "seller" else "seller", news, now)


def tell_both(proposal: Proposal, news: str, *, now: datetime) -> None:
    """Tell both what became of the proposal."""
    for party in ("seller", "buyer"):
        _tell(proposal, party, news, now)


def _tell(proposal: Proposal, to: str, news: str, now: datetime) -> None:
    receiver, other = (proposal.seller_id, proposal.buyer) if to == "seller" else (proposal.buyer_id, proposal.seller)
    zh, en = _WORDS[news]
    notifications.tell(
        receiver,
        f"proposal-{news}",
        proposal.id,
        text_zh=f"{other.name_zh}：{zh}",
        text_en=f"{other.name_latin}: {en}",
        now=now,
    )
