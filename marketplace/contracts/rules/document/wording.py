"""Words and amounts of the contract document, Chinese and English."""

from __future__ import annotations

from decimal import Decimal

Text = tuple[str, str]  # Chinese, English

SPANS: dict[str, Text] = {"period": ("每月", "month"), "quarter": ("每季", "quarter"), "year": ("每年", "year")}
MONTHS_QUOTED: dict[str, Text] = {
    "M-1": ("交付月前一月", "the month before delivery"),
    "M": ("交付当月", "the month of delivery"),
    "M+1": ("交付月后一月", "the month after delivery"),
}
BASES: dict[str, Text] = {
    "mean": ("均价", "mean"),
    "settlement": ("结算价", "settlement price"),
    "futures": ("期货价", "futures price"),
}
INSTRUMENTS: dict[str, Text] = {
    "transfer": ("电汇", "transfer"),
    "bank_acceptance": ("银行承兑汇票", "bank acceptance"),
    "commercial_acceptance": ("商业承兑汇票", "commercial acceptance"),
}
BEARERS: dict[str, Text] = {"seller": ("卖方", "seller"), "buyer": ("买方", "buyer")}
REOPENED: dict[str, Text] = {
    "unchanged": ("维持原价", "the price stays"),
    "index": (
        "自次月起保底价、封顶价按触发各月指数均值与基准之比同比例调整",
        "floor and cap move from the next month on by the ratio of these months' mean to the base",
    ),
    "terminate": ("任一方可通知解除合同", "either party may give notice that the contract ends"),
}
INDEX_RULES: Text = (
    "当月无报价的，依次取未逾期的最近报价、替代指数；与替代指数背离超限的，取替代指数；指数基期调整的，换算至签约时的基期",
    "without quotes the last one if recent, else its fallback; so where it diverges from that; on the base of signing",
)
FORCE_MAJEURE: Text = (
    "受影响方须在 {notice} 日内书面通知并提供证明，受影响数量不计违约；持续超过 {longest} 日的，双方均可解除合同",
    "notice and evidence within {notice} days; what is affected is excused; after {longest} days both may end it",
)
TERMINATION: Text = (
    "一方违约且在书面通知后 {cure} 日内未纠正的，另一方可解除合同；已交付部分照常结算",
    "a breach not mended within {cure} days of notice lets the other party end it; what was delivered is settled",
)


def amount(text: str) -> str:
    """An amount with its thousands set apart.

    >>> amount("1234567.5"), amount("-1200")
    ('1,234,567.5', '-1,200')
    """
    return f"{Decimal(text):,f}"


def money(text: str) -> str:
    """CNY, at least two decimals.

    >>> money("98000"), money("98000.125")
    ('98,000.00', '98,000.125')
    """
    shown = amount(text)
    whole, _, part = shown.partition(".")
    return f"{whole}.{part:0<2}"


def percent(fraction: str) -> str:
    """A fraction as a percentage.

    >>> percent("0.125"), percent("0.8")
    ('12.5 %', '80 %')
    """
    shown = f"{Decimal(fraction) * 100:f}"
    return (shown.rstrip("0").rstrip(".") if "." in shown else shown) + " %"


def per_unit(text: str, unit: str) -> str:
    """CNY for each unit."""
    return f"{money(text)} CNY/{unit}"


def days(count: int) -> Text:
    """So many days.

    >>> days(1)[1], days(15)[1]
    ('1 day', '15 days')
    """
    return f"{count} 日", _counted(count, "day")


def months(count: int) -> str:
    """So many months, in English."""
    return _counted(count, "month")


def _counted(count: int, name: str) -> str:
    return f"{count} {name}" if count == 1 else f"{count} {name}s"


def yes(given: bool) -> Text:
    """Yes or no."""
    return ("是", "yes") if given else ("否", "no")
