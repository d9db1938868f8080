"""Which terms this version clears.  Any other is read, and refused by name: no term is ever ignored.

Patterns are JSON pointers below an order; ``*`` stands for one position or name.
"""

from __future__ import annotations

from collections.abc import Iterator

from solver.form.faults import Fault, MarketError
from solver.form.market import Market, Order

HONOURED_TERMS: tuple[str, ...] = (
    "/id",
    "/side",
    "/organisation",
    "/group_parent",
    "/grade",
    "/site",
    "/tags",
    "/small_supplier",
    "/holds",
    "/specification/*",
    "/volumes/*",
    "/limit_price/components/*/index",
    "/limit_price/components/*/fixed",
    "/limit_price/components/*/content",
    "/limit_price/components/*/content_attribute",
    "/limit_price/components/*/coefficient",
    "/limit_price/processing_fee",
    "/limit_price/premium",
    "/limit_price/premium_by_period",
    "/limit_price/collar",
    "/limit_price/accepted_indices",
    "/limit_price/tax",
    "/limit_price/quotation",
    "/limit_price/currency",
    "/flexibility/*/down",
    "/flexibility/*/up",
    "/flexibility/*/per",
    "/flexibility/*/notice_days",
    "/flexibility/*/make_up_months",
    "/delivery/incoterms",
    "/delivery/place",
    "/delivery/invoice_form",
    "/delivery/dangerous_goods_class",
    "/payment/days",
    "/tolling",
    "/incumbents/*/organisation",
    "/incumbents/*/switching_cost",
    "/contract_wishes",
    "/payment/prepaid_fraction",
    "/payment/prepaid_offset_months",
    "/payment/deposit_fraction",
    "/payment/instrument",
    "/payment/tenor_days",
    "/payment/discount_borne_by",
    "/loss_consent",
    "/minimum_contract",
    "/maximum_contract",
    "/lot",
    "/source",
    "/family",
    "/minimum_per_period",
    "/incumbents/*/least_share",
    "/groups",
    "/linked_to",
    "/exclusive",
    "/ramp",
    "/credit_limit",
    "/storage",
    "/tiers",
    "/alternates",
    "/inputs",
    "/minimum_fill",
    "/counterparties",
    "/maximum_share",
    "/approved",
    "/certificates",
    "/exclusions",
    "/validity",
    "/priority/*",
    "/must_serve",
)

_WHOLE: tuple[str, ...] = ()  # refused whenever present

NOT_YET_HONOURED: tuple[str, ...] = (*(f"/{name}" for name in _WHOLE),)


def unhonoured_terms(order: Order) -> list[str]:
    """JSON pointers, below the order, of its terms that this version does not clear.

    >>> from solver.form.market import Order; from solver.form.terms import Alternate, LimitPrice
    >>> unhonoured_terms(Order(id="n", side="need", organisation="A", grade="G", volumes=(),
    ...     limit_price=LimitPrice(components=()), alternates=(Alternate(grade="H", ratio=1),)))
    []
    """
    return [f"/{name}" for name in _WHOLE if _is_given(getattr(order, name))]


def _is_given(value: object) -> bool:
    """Whether a term is there; an amount of 0 is."""
    return value is not None and value is not False and value != () and value != {}


def unhonoured_in_market(market: Market) -> Iterator[Fault]:
    """Every term of a market that this version does not clear, with its place and value."""
    for position, order in enumerate(market.orders):
        for term in unhonoured_terms(order):
            yield Fault(f"/orders/{position}{term}", order.id, "this version does not clear this term")


def refuse_unhonoured(market: Market) -> None:
    """Refuse a market with any term that would otherwise be ignored.  Raises: MarketError with all of them."""
    faults = list(unhonoured_in_market(market))
    if faults:
        raise MarketError(faults)
