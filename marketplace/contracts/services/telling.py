"""What parties are told of a proposal between them: the one who did not act, or both."""

from __future__ import annotations

from datetime import datetime

from marketplace.contracts.models import Contract, Proposal
from marketplace.contracts.rules.answers import Party
from marketplace.notifications import services as notifications

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
    "statement-disputed": ("对合同 {number} 的结算单提出异议", "disputes a statement of contract {number}"),
}


def tell_of_contract(contract: Contract, news: str, *, now: datetime, but: str | None = None) -> None:
    """Tell both parties of a contract, or all but one, what became of it."""
    for party, receiver in (("seller", contract.seller_id), ("buyer", contract.buyer_id)):
        if receiver != but:
            tell_party(contract, party, news, now=now)


def tell_party(contract: Contract, party: str, news: str, *, now: datetime) -> None:
    """Tell one party of a contract what became of it."""
    zh, en = (text.format(number=contract.number) for text in _OF_CONTRACTS[news])
    receiver, other = (
        (contract.seller_id, contract.buyer) if party == "seller" else (contract.buyer_id, contract.seller)
    )
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
