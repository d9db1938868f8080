"""Conditions of a contract that both orders state: papers, tolling, wishes; what they agree on (docs/model.md 1.3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from solver.form.clearing import TollingConditions, WishNames
from solver.form.market import Order
from solver.form.wishes import ContractWishes


def invoice_form(offer: Order, need: Order) -> str | None:
    """The form of invoice that either side asks for; both ask for the same if they may trade."""
    return _either(offer.delivery.invoice_form, need.delivery.invoice_form)


def dangerous_goods_class(offer: Order, need: Order) -> str | None:
    """The class of dangerous goods that either side states."""
    return _either(offer.delivery.dangerous_goods_class, need.delivery.dangerous_goods_class)


def tolling_conditions(offer: Order) -> TollingConditions | None:
    """What the offer guarantees where the buyer supplies the material."""
    tolling = offer.tolling
    if tolling is None:
        return None
    return TollingConditions(
        grade=tolling.grade,
        yield_fraction=tolling.yield_fraction,
        loss_limit=tolling.loss_limit,
        title=tolling.title,
    )


def wish_names(offer: Order, need: Order) -> WishNames | None:
    """Which wishes both state alike, one states alone, and in which they differ; None where there is no wish."""
    sold, bought = stated_wishes(offer.contract_wishes), stated_wishes(need.contract_wishes)
    if not sold and not bought:
        return None
    both = sorted(sold.keys() & bought.keys())
    return WishNames(
        agreed=tuple(name for name in both if sold[name] == bought[name]),
        seller_only=tuple(sorted(sold.keys() - bought.keys())),
        buyer_only=tuple(sorted(bought.keys() - sold.keys())),
        conflicts=tuple(name for name in both if sold[name] != bought[name]),
    )


def stated_wishes(wishes: ContractWishes) -> dict[str, Any]:
    """Every single wish by its name.

    >>> from decimal import Decimal; from solver.form.wishes import PayOrTake
    >>> stated_wishes(ContractWishes(resale_ban=False, take_or_pay=PayOrTake(fraction=Decimal("0.8"))))
    {'take_or_pay/fraction': Decimal('0.8'), 'resale_ban': False}
    """
    return dict(_leaves(wishes, ""))


def _leaves(wish: msgspec.Struct, path: str) -> Iterator[tuple[str, Any]]:
    for name, value in msgspec.structs.asdict(wish).items():
        if isinstance(value, msgspec.Struct):
            yield from _leaves(value, f"{path}{name}/")
        elif value is not None:
            yield path + name, value


def _either(sold: str | None, bought: str | None) -> str | None:
    return bought if sold is None else sold
