"""Limits with nothing left to look up: contents as numbers (docs/model.md 1.1j), stated amounts in CNY (1.1k)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING

from msgspec.structs import replace

from solver.form.assay import content_by_assay
from solver.form.terms import Collar, Component
from solver.pairs.limits import EXACT_DIGITS

if TYPE_CHECKING:
    from solver.form.market import Order
    from solver.form.terms import LimitPrice


def assays_of(limit: LimitPrice) -> tuple[str, ...]:
    """The attributes whose assay gives a content of the limit."""
    return tuple(part.content_attribute for part in limit.components if part.content_attribute is not None)


def plain_limit(limit: LimitPrice, offer: Order, rates: Mapping[str, Decimal]) -> LimitPrice:
    """A limit as it meets an offer's goods, in CNY.  Index values are in CNY already: only what is stated is converted.

    Raises: ValueError where the offer guarantees no content; KeyError where a currency has no rate.
    """
    if limit.currency == "CNY" and not assays_of(limit):
        return limit
    rate = Decimal(1) if limit.currency == "CNY" else rates[limit.currency]
    with localcontext() as context:
        context.prec = EXACT_DIGITS
        premiums = limit.premium_by_period
        collar = limit.collar
        return replace(
            limit,
            components=tuple(_plain(part, offer, rate) for part in limit.components),
            processing_fee=limit.processing_fee * rate,
            premium=limit.premium * rate,
            premium_by_period=None if premiums is None else tuple(premium * rate for premium in premiums),
            collar=None if collar is None else Collar(floor=_times(collar.floor, rate), cap=_times(collar.cap, rate)),
            currency="CNY",
        )


def _plain(part: Component, offer: Order, rate: Decimal) -> Component:
    content: Decimal | None = part.content
    if part.content_attribute is not None:
        content = content_by_assay(part.content_attribute, offer)
        if content is None:
            raise ValueError(f"{offer.id} guarantees no content by {part.content_attribute!r}")
    assert content is not None
    return replace(part, fixed=_times(part.fixed, rate), content=content, content_attribute=None)


def _times(amount: Decimal | None, rate: Decimal) -> Decimal | None:
    return None if amount is None else amount * rate
