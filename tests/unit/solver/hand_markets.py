"""Markets small enough to be solved by hand: one grade in whole tonnes, limits fixed, no freight."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from solver.form.market import Grade, Market, Order, Policy
from solver.form.terms import Component, LimitPrice
from solver.screening.decompose import components
from solver.screening.screen import screen
from solver.search.component import Component as Part
from solver.search.component import component_of


def order(name: str, side: str, volumes: list[Any], limit: Any, **terms: Any) -> Order:
    """An order of its own organisation with a fixed limit."""
    terms.setdefault("organisation", f"org-{name}")
    terms.setdefault("limit_price", LimitPrice(components=(Component(fixed=Decimal(str(limit))),)))
    stated = tuple(Decimal(str(volume)) for volume in volumes)
    return Order(id=name, side=side, grade="G", volumes=stated, **terms)  # type: ignore[arg-type]


def offer(name: str, volumes: list[Any], limit: Any, **terms: Any) -> Order:
    return order(name, "offer", volumes, limit, **terms)


def need(name: str, volumes: list[Any], limit: Any, **terms: Any) -> Order:
    return order(name, "need", volumes, limit, **terms)


def market(*orders: Order, quantum: str = "1", contract_cost: str = "0", **fields: Any) -> Market:
    """A market of these orders over as many months as they have volumes."""
    fields.setdefault("policy", Policy(contract_cost=Decimal(contract_cost)))
    months = tuple(f"2027-{t + 1:02d}" for t in range(len(orders[0].volumes)))
    grade = Grade(id="G", unit="t", quantum=Decimal(quantum))
    return Market(format="changdan-market/1", grades=(grade,), calendar=months, orders=orders, **fields)


def only_component(of: Market) -> Part:
    """The one component of a market."""
    screened = screen(of)
    parts = components(screened)
    assert len(parts) == 1, f"{len(parts)} components"
    return component_of(screened, parts[0])
