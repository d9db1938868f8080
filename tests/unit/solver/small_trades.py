"""Markets of a few orders with their matches made by hand, for the tests of prices and reasons."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from solver.form.clearing import Match
from solver.form.market import Grade, Market, Order, Policy, PricePath
from solver.form.terms import Collar, Component, LimitPrice, Site
from solver.pairs.trades import Trade, trades_of

D = Decimal


def fixed(amount: str, **terms: Any) -> LimitPrice:
    return LimitPrice(components=(Component(fixed=D(amount)),), **terms)


def indexed(coefficient: str = "1", premium: str = "0", collar: Collar | None = None, **terms: Any) -> LimitPrice:
    component = Component(index="LC", coefficient=D(coefficient))
    return LimitPrice(components=(component,), premium=D(premium), collar=collar, **terms)


def offer(name: str, limit: LimitPrice, volumes: tuple[str, ...] = ("100",), **terms: Any) -> Order:
    return order(name, "offer", limit, volumes, **terms)


def need(name: str, limit: LimitPrice, volumes: tuple[str, ...] = ("100",), **terms: Any) -> Order:
    return order(name, "need", limit, volumes, **terms)


def order(
    name: str, side: Any, limit: LimitPrice, volumes: tuple[str, ...], region: str | None = None, **terms: Any
) -> Order:
    terms = {"organisation": f"org-{name}", "grade": "G", "site": Site(region=region), **terms}
    return Order(id=name, side=side, volumes=tuple(map(D, volumes)), limit_price=limit, **terms)


def market_of(*orders: Order, path: tuple[str, ...] = (), **policy: Any) -> Market:
    periods = len(orders[0].volumes)
    amounts = {
        name: D(value) if isinstance(value, str) and name != "sealed_seed" and name != "exceptions" else value
        for name, value in policy.items()
    }
    values = tuple(map(D, path))
    return Market(
        format="changdan-market/1",
        grades=tuple(Grade(id=grade, unit="t", quantum=D("0.001")) for grade in sorted({o.grade for o in orders})),
        calendar=tuple(f"2027-{month:02}" for month in range(1, periods + 1)),
        orders=orders,
        paths=(PricePath(weight=D(1), indices={"LC": values}),) if path else (),
        policy=msgspec.structs.replace(Policy(), **amounts),
    )


def match_of(
    sold: Order, bought: Order, volumes: tuple[str, ...] = ("10",), freight: str = "0", quality: str = "0"
) -> Match:
    return Match(
        id=f"{sold.id}:{bought.id}",
        offer=sold.id,
        need=bought.id,
        grade=sold.grade,
        volumes=tuple(map(D, volumes)),
        incoterm=None,
        payment_days=sold.payment.days,
        freight_cny_per_unit=D(freight),
        quality_cny_per_unit=D(quality),
        band_down=D(0),
        band_up=D(0),
        seller_band_down=D(0),
        seller_band_up=D(0),
        gain_cny=D(0),
    )


def trade_of(market: Market, match: Match) -> Trade:
    return trades_of(market, (match,))[0]
