"""What became of one order, in words for its owner: Chinese first, then English."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from solver.explaining.reasons import WORDS, sentence, told
from solver.form.clearing import Formula
from solver.form.decimals import plain
from solver.form.series import PLAIN, series_name
from solver.pairs.accounts import account_key

if TYPE_CHECKING:
    from solver.form.clearing import Clearing, Match, MatchPrice, OrderOutcome
    from solver.form.market import Market

STATUS = {
    "matched": ("全部成交", "matched"),
    "partly_matched": ("部分成交", "partly matched"),
    "unmatched": ("未成交", "unmatched"),
}
SIDE = {"offer": ("供应", "offer"), "need": ("需求", "need")}


class Untold(LookupError):
    """What nobody can be told: the market, or the clearing, has no such order, or it states no reason that there is."""


class UnknownOrder(Untold):
    """The market, or the clearing, has no order of that id."""

    def __init__(self, order_id: str) -> None:
        super().__init__(f"no order {order_id!r} in this market and clearing")
        self.order_id = order_id


class UnknownReason(Untold):
    """The clearing gives a reason that docs/model.md 7 does not know."""

    def __init__(self, order_id: str, code: str) -> None:
        super().__init__(f"order {order_id!r} has the reason {code!r}, which docs/model.md 7 does not know")


def describe(market: Market, clearing: Clearing, order_id: str) -> str:
    """Outcome, proposals and reasons of one order, told as its owner may know them.

    Names no other organisation.  Raises: UnknownOrder; UnknownReason.
    """
    order = next((order for order in market.orders if order.id == order_id), None)
    outcome = next((outcome for outcome in clearing.orders if outcome.order == order_id), None)
    if order is None or outcome is None:
        raise UnknownOrder(order_id)
    unknown = next((reason.code for reason in outcome.reasons if reason.code not in WORDS), None)
    if unknown is not None:
        raise UnknownReason(order_id, unknown)
    relaxed = _relaxed(market, clearing, outcome)
    outcome = told(outcome)
    unit = next(grade.unit for grade in market.grades if grade.id == order.grade)
    partly = outcome.status == "partly_matched"
    own = [match for match in clearing.matches if order_id in (match.offer, match.need)]
    zh = [
        f"{SIDE[order.side][0]} {order.id}（{order.grade}）：{STATUS[outcome.status][0]}，"
        f"{plain(outcome.filled)} / {plain(outcome.requested)} {unit}",
        *(f"  合同 {text}" for text in _proposals(market, own, unit, ("参考价", "下限", "上限", "其中确定量"))),
        *(f"  放宽：{rule}，{plain(asked)} {unit} 中缺 {plain(missing)}" for rule, asked, missing in relaxed),
        *(f"  原因：{sentence(reason, partly=partly)[0]}" for reason in outcome.reasons),
    ]
    en = [
        f"{SIDE[order.side][1]} {order.id} ({order.grade}): {STATUS[outcome.status][1]}, "
        f"{plain(outcome.filled)} of {plain(outcome.requested)} {unit}",
        *(f"  contract {text}" for text in _proposals(market, own, unit, ("reference", "floor", "cap", "firm"))),
        *(f"  relaxed: {rule} by {plain(missing)} of {plain(asked)} {unit}" for rule, asked, missing in relaxed),
        *(f"  reason: {sentence(reason, partly=partly)[1]}" for reason in outcome.reasons),
    ]
    return "\n".join([*zh, *en])


def _relaxed(market: Market, clearing: Clearing, outcome: OrderOutcome) -> list[tuple[str, Decimal, Decimal]]:
    """Rules about an order, or about its family as a whole, that had to be relaxed: name, volume asked for, missing."""
    family = {order.id: account_key(order) for order in market.orders}
    return [
        (each.rule, each.asked, each.missing)
        for each in clearing.relaxations
        if each.rule in outcome.relaxed and each.order is not None and family[each.order] == family[outcome.order]
    ]


def _proposals(market: Market, matches: Sequence[Match], unit: str, words: tuple[str, ...]) -> Iterator[str]:
    for match in matches:
        volume = f"{match.id}: {plain(sum(match.volumes, Decimal(0)))} {unit}"
        if match.firm is not None:
            volume += f", {words[3]} {plain(sum(match.firm, Decimal(0)))} {unit}"
        yield volume if match.price is None else f"{volume}, {_price(match.price, unit, words)}"


def _price(price: MatchPrice, unit: str, words: tuple[str, ...]) -> str:
    parts = [
        f"{word} {_span(amounts)} CNY/{unit}"
        for word, amounts in zip(words[:3], (price.reference, price.floor, price.cap), strict=True)
    ]
    if price.formula is not None:
        sign, premium = "-" if price.formula.premium < 0 else "+", plain(abs(price.formula.premium))
        parts.append(f"= {plain(price.formula.coefficient)} x {_quoted(price.formula)} {sign} {premium}")
    return ", ".join(parts)


def _quoted(formula: Formula) -> str:
    """The index as it is quoted.

    >>> from solver.form.terms import Quotation
    >>> said = {"coefficient": Decimal(1), "premium": Decimal(0), "index_reference": Decimal(1)}
    >>> _quoted(Formula(index="LC-CN", quotation=Quotation(month="M-1", basis="settlement"), **said))
    'LC-CN@settlement (M-1)'
    """
    quotation = formula.quotation or PLAIN
    series = series_name(formula.index, quotation)
    return series if quotation.month == "M" else f"{series} ({quotation.month})"


def _span(amounts: Sequence[Decimal | None]) -> str:
    """One price, or the lowest and the highest of the term.

    >>> _span([None, Decimal("97500.0000"), Decimal("98000.5")])
    '97500 – 98000.5'
    """
    known = [amount for amount in amounts if amount is not None]
    lowest, highest = min(known), max(known)
    return plain(lowest) if lowest == highest else f"{plain(lowest)} – {plain(highest)}"
