"""Terms of money laid over a tiny random market: price paths, quotations, assays, currencies, payment, consent."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

from msgspec.structs import replace

from solver.form.market import Market, Order, PricePath
from solver.form.terms import Collar, Component, LimitPrice, LossConsent, Payment, Quotation

D = Decimal
RATE = D("7.1")
WEIGHTS = ((D("0.5"), D("0.5")), (D("0.7"), D("0.3")), (D("0.2"), D("0.3"), D("0.5")))
QUOTATIONS = (
    Quotation(month="M-1"),
    Quotation(month="M+1"),
    Quotation(basis="settlement"),
    Quotation(basis="settlement", month="M-1"),
    Quotation(dates=("2027-01-12", "2027-01-05")),
    Quotation(month="M"),
)
SERIES = ("", "@settlement", "@2027-01-05,2027-01-12")
PAYMENTS = (
    Payment(days=60, instrument="bank_acceptance", tenor_days=180),
    Payment(days=0, instrument="commercial_acceptance", tenor_days=90, discount_borne_by="buyer"),
    Payment(days=30, prepaid_fraction=D("0.3"), prepaid_offset_months=2),
    Payment(days=30, deposit_fraction=D("0.1"), instrument="transfer"),
    Payment(
        prepaid_fraction=D("0.2"), deposit_fraction=D("0.15"), days=45, instrument="bank_acceptance", tenor_days=30
    ),
)


def with_terms_of_money(random: Random, market: Market) -> Market:
    """The market with some of these terms, each switched on at random."""
    on = {name for name in ("paths", "quotation", "assay", "currency", "payment") if random.random() < 0.35}
    monthly = market.calendar[0].count("-") == 1 and "Q" not in market.calendar[0]
    policy = market.policy
    if "paths" in on:
        policy = replace(policy, paths_required=random.choice((D(1), D("0.5"), D("0.7"))))
    if "currency" in on:
        policy = replace(policy, exchange_rates={"USD": RATE})
    if "payment" in on:
        policy = replace(policy, small_supplier_days=60)
    orders = tuple(_order(random, on, monthly, order) for order in market.orders)
    return replace(market, paths=_paths(random, on, market), policy=policy, orders=orders)


def _paths(random: Random, on: set[str], market: Market) -> tuple[PricePath, ...]:
    (given,) = market.paths
    paths = [replace(given, weight=weight) for weight in (random.choice(WEIGHTS) if "paths" in on else (D(1),))]
    for k, path in enumerate(paths):
        moved = random.choice((-12, -4, 3, 9)) if k else 0
        indices = {name: tuple(value + moved for value in values) for name, values in path.indices.items()}
        before = after = {}
        if "quotation" in on:
            indices = {
                f"{name}{tail}": tuple(value + random.randint(-6, 6) if tail else value for value in values)
                for name, values in indices.items()
                for tail in SERIES
            }
            before, after = ({name: D(random.randint(80, 120)) for name in indices} for _ in range(2))
        paths[k] = replace(path, indices=indices, before=before, after=after)
    return tuple(paths)


def _order(random: Random, on: set[str], monthly: bool, order: Order) -> Order:
    changes: dict[str, Any] = {}
    limit = order.limit_price
    if "quotation" in on and (limit.accepted_indices or any(part.index for part in limit.components)):
        quotation = random.choice(QUOTATIONS)
        limit = replace(limit, quotation=quotation if monthly or quotation.month == "M" else None)
    if "assay" in on:
        guaranteed = random.random() < 0.8
        if order.side == "offer" and guaranteed:
            changes["specification"] = {**order.specification, "ni_pct": D(random.randint(15, 25))}
        if random.random() < 0.5 and (order.side == "need" or guaranteed):
            parts = tuple(_by_assay(part) for part in limit.components)
            limit = replace(limit, components=parts)
    if "currency" in on and random.random() < 0.5:
        limit = _in_dollars(limit)
    if "payment" in on and random.random() < 0.7:
        changes["payment"] = random.choice(PAYMENTS)
        changes["small_supplier"] = random.random() < 0.5
    if "paths" in on and random.random() < 0.7:
        changes["loss_consent"] = LossConsent(most_cny_per_unit=D(random.choice((0, 3, 8, 20))))
    return replace(order, limit_price=limit, **changes)


def _by_assay(part: Component) -> Component:
    """A component that keeps its worth about where it was: a content of 0.2 becomes the assay of nickel."""
    if part.content == 1:
        return replace(part, content_attribute="ni_pct", coefficient=part.coefficient * 5)
    return replace(part, content=D(1), content_attribute="ni_pct")


def _in_dollars(limit: LimitPrice) -> LimitPrice:
    def dollars(amount: Decimal | None) -> Decimal | None:
        return None if amount is None else (amount / RATE).quantize(D("0.01"))

    collar, premiums = limit.collar, limit.premium_by_period
    return replace(
        limit,
        currency="USD",
        components=tuple(replace(part, fixed=dollars(part.fixed)) for part in limit.components),
        processing_fee=dollars(limit.processing_fee),
        premium=dollars(limit.premium),
        premium_by_period=None if premiums is None else tuple(dollars(premium) for premium in premiums),
        collar=None if collar is None else Collar(floor=dollars(collar.floor), cap=dollars(collar.cap)),
    )
