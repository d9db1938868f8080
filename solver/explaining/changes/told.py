"""How much of a smallest change its owner is told, by the round's feedback level (docs/model.md 7.6).

Nothing is told where fewer than five other parties stand on either side of the grade: there a change would point at
somebody.  No level names another organisation, and amounts are round numbers at every level.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from solver.explaining.changes.candidates import unit_of
from solver.explaining.explain import ENOUGH_PARTIES
from solver.form.decimals import plain
from solver.form.market import party_of
from solver.pairs.amounts import volume

if TYPE_CHECKING:
    from solver.form.changes import Change, Changes
    from solver.form.market import Market, Order

Level = Literal["category", "coarse", "exact"]  # those of the marketplace's rounds

KINDS = {"price": ("限价", "limit price"), "volume": ("数量", "volume"), "specification": ("质量指标", "specification")}
BOUNDS = {
    "at_least": ("下限", "at least"),
    "at_most": ("上限", "at most"),
    "guaranteed": ("保证值", "guaranteed"),
}
TOO_FEW = ("同牌号参与方不足，不予说明", "too few parties in the grade: not told")
FILLED = ("本单已全部成交，无需改动", "matched in full: nothing to change")
EMPTY = ("本单没有数量", "the order asks for no volume")
NONE = ("未找到单项改动即可成交的情况", "no single change was found that would have matched it")


def told(market: Market, order: Order, changes: tuple[Change | None, ...]) -> tuple[Change, ...]:
    """The changes of one order that its owner may know of; the same at every level, whose words differ.

    What is only expected, and was not tried, is not told: it might send its owner the wrong way.
    """
    if not enough_rivals(market, order):
        return ()
    return tuple(change for change in changes if change is not None and change.proof != "expected")


def enough_rivals(market: Market, order: Order) -> bool:
    """Whether at least five parties beside its own stand on either side of an order's grade."""
    sides: dict[str, set[str]] = {"offer": set(), "need": set()}
    for other in market.orders:
        if other.grade == order.grade and party_of(other) != party_of(order):
            sides[other.side].add(party_of(other))
    return all(len(parties) >= ENOUGH_PARTIES for parties in sides.values())


def sentences(market: Market, order: Order, changes: tuple[Change, ...], level: Level) -> list[tuple[str, str]]:
    """Told changes in Chinese and in English: their kinds, or with the round numbers that would have done."""
    return [_sentence(change, unit_of(market, order), level) for change in changes]


def _sentence(change: Change, unit: str, level: Level) -> tuple[str, str]:
    zh, en = KINDS[change.kind]
    if level == "category":
        return f"{zh}不同时本可成交（更多）", f"with another {en} it would have had (more) volume"
    to = plain(change.to)
    if change.kind == "specification" and change.bound is not None:
        bound = BOUNDS[change.bound]
        return (
            f"{change.attribute} 的{bound[0]}为 {to} 时本可成交（更多）",
            f"with {change.attribute} {bound[1]} {to} it would have had (more) volume",
        )
    of = f"CNY/{unit}" if change.kind == "price" else unit
    return (
        f"{zh}{'（均值）' if change.kind == 'price' else ''}为 {to} {of} 时本可成交（更多）",
        f"with a {'mean ' if change.kind == 'price' else ''}{en} of {to} {of} it would have had (more) volume",
    )


def told_in_words(market: Market, result: Changes, order_id: str, level: Level = "coarse") -> str:
    """What one order's owner is told, Chinese first."""
    order = next(order for order in market.orders if order.id == order_id)
    found = next((each for each in result.orders if each.order == order_id), None)
    if found is None:  # its own affair, whoever else is there
        return "\n".join(FILLED if volume(order) else EMPTY)
    if not enough_rivals(market, order):
        return "\n".join(TOO_FEW)
    changes = told(market, order, (found.price, found.volume, found.specification))
    both = sentences(market, order, changes, level) or [NONE]
    return "\n".join([*(zh for zh, _ in both), *(en for _, en in both)])


def summary(result: Changes) -> str:
    """How many orders have a change of each kind, for whoever cleared: no order, no amount."""
    lines: tuple[list[str], list[str]] = ([], [])
    for each in result.kinds:
        (zh, en), of = KINDS[each.kind], len(result.orders)
        held = f"{each.guesses_held}/{each.guesses_tried}"
        tried = (f"；抽查成立 {held}", f"; guesses that held {held}") if each.guesses_tried else ("", "")
        lines[0].append(f"{zh}：{of} 个未全部成交的订单中 {each.found} 个{tried[0]}")
        lines[1].append(f"{en}: {each.found} of {of} orders{tried[1]}")
    return "\n".join(lines[0] + lines[1])
