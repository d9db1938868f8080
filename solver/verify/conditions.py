"""Conditions that both orders of a contract state, judged order against order: docs/model.md 1.2, 1.3 and section 2."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from solver.form.clearing import TollingConditions, WishNames
from solver.form.market import Order
from solver.form.terms import Option
from solver.form.wishes import ContractWishes

MONTHS_OF_QUARTER, MONTHS_OF_YEAR = 3, 12


def alike(one: str | None, other: str | None) -> bool:
    """Whether two sides' papers agree: a side that states nothing takes any."""
    return one is None or other is None or one == other


def stated_by_either(one: str | None, other: str | None) -> str | None:
    """What stands in the contract of two sides that agree."""
    return one if one is not None else other


def tolling_fits(offer: Order, need: Order) -> bool:
    """Whether both work the buyer's material alike, or neither does."""
    if offer.tolling is None or need.tolling is None:
        return offer.tolling is None and need.tolling is None
    return (
        offer.tolling.grade == need.tolling.grade
        and offer.tolling.title == need.tolling.title
        and offer.tolling.yield_fraction >= need.tolling.yield_fraction
        and offer.tolling.loss_limit <= need.tolling.loss_limit
    )


def tolling_due(offer: Order) -> TollingConditions | None:
    """The conditions of a contract under tolling, as an order states them: the seller's guarantees, never a fee."""
    given = offer.tolling
    if given is None:
        return None
    return TollingConditions(
        grade=given.grade, yield_fraction=given.yield_fraction, loss_limit=given.loss_limit, title=given.title
    )


def period_months(period: str) -> int:
    """Months of one period of the calendar.

    >>> period_months("2027-01"), period_months("2027-Q1"), period_months("2027")
    (1, 3, 12)
    """
    return MONTHS_OF_YEAR if len(period) == 4 else MONTHS_OF_QUARTER if "Q" in period else 1


def option_covers(give: Option, want: Option, months: int) -> bool:
    """Whether a granted option leaves its holder all that the wanted one does; ``months``: of a period.  Maths: 1.2."""
    if want.down > give.down or want.up > give.up:
        return False
    longer = _span(want, months) > _span(give, months)
    if longer and (want.down > 0 or want.up > 0) and give.down < 1:
        return False
    if (want.make_up_months or 0) > (give.make_up_months or 0):
        return False
    return want.notice_days is None or (give.notice_days or 0) <= want.notice_days


def _span(option: Option, months: int) -> int:
    return {"period": months, "quarter": MONTHS_OF_QUARTER, "year": MONTHS_OF_YEAR}[option.per]


def single_wishes(wishes: ContractWishes) -> dict[str, Decimal | int | str | bool]:
    """Every wish that is stated, by its name.  Maths: 1.3."""
    return dict(_single_wishes(wishes))


def _single_wishes(wishes: ContractWishes) -> Iterator[tuple[str, Decimal | int | str | bool]]:
    for clause in wishes.__struct_fields__:
        stated = getattr(wishes, clause)
        if stated is None:
            continue
        if not hasattr(stated, "__struct_fields__"):
            yield clause, stated
            continue
        for detail in stated.__struct_fields__:
            if getattr(stated, detail) is not None:
                yield f"{clause}/{detail}", getattr(stated, detail)


def wishes_clash(one: Order, other: Order) -> bool:
    """Whether any wish is stated by both sides and not alike.  Maths: 1.3."""
    mine, theirs = single_wishes(one.contract_wishes), single_wishes(other.contract_wishes)
    return any(theirs[name] != value for name, value in mine.items() if name in theirs)


def wishes_due(offer: Order, need: Order) -> WishNames | None:
    """The wishes of a contract by name: agreed, one side's alone, in conflict.  Maths: 1.3."""
    sold, bought = single_wishes(offer.contract_wishes), single_wishes(need.contract_wishes)
    names: dict[str, list[str]] = {"agreed": [], "seller_only": [], "buyer_only": [], "conflicts": []}
    for name in sorted({*sold, *bought}):
        if name not in bought:
            kind = "seller_only"
        elif name not in sold:
            kind = "buyer_only"
        else:
            kind = "agreed" if sold[name] == bought[name] else "conflicts"
        names[kind].append(name)
    return WishNames(**{kind: tuple(found) for kind, found in names.items()}) if sold or bought else None
