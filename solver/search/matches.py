"""Matches from exact volumes: the figures that stand in a clearing."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from solver.form.clearing import Match
from solver.form.market import Market, Order
from solver.form.terms import SPANS, Option, Payment, Span
from solver.pairs.alternates import ratio_in
from solver.pairs.amounts import up_of
from solver.pairs.conditions import dangerous_goods_class, invoice_form, tolling_conditions, wish_names
from solver.pairs.gains import micro
from solver.pairs.limits import quality
from solver.pairs.payment import contract_payment, late_for_small_supplier
from solver.search.exact import ExactVolumes


def matches_of(market: Market, cleared: Iterable[ExactVolumes]) -> tuple[Match, ...]:
    """All contracts as matches, in the order of (offer position, need position), numbered from 1."""
    place = {order.id: i for i, order in enumerate(market.orders)}
    found = [(exact, p) for exact in cleared for p in exact.quanta]
    found.sort(key=lambda each: tuple(place[order.id] for order in each[0].both(each[1])))
    return tuple(_match(f"m{number}", exact, p) for number, (exact, p) in enumerate(found, start=1))


def _match(name: str, exact: ExactVolumes, p: int) -> Match:
    market, pairs = exact.component.market, exact.component.pairs
    offer, need = exact.both(p)
    volumes = tuple(n * exact.quantum(p) for n in exact.quanta[p])
    gain = sum((Decimal(micro(pairs.gain[p, t])) * volume for t, volume in enumerate(volumes)), Decimal(0))
    if p in exact.component.tiers:
        gain = (exact.pair_welfare(p) + exact.contract_cost(p)).scaleb(6)
    buyer, seller = need.flexibility.requires, offer.flexibility.requires
    payment = contract_payment(market, offer, need)
    return Match(
        id=name,
        offer=offer.id,
        need=need.id,
        grade=offer.grade,
        volumes=volumes,
        incoterm=common_incoterm(market, offer, need),
        payment_days=payment.days,
        freight_cny_per_unit=Decimal(round(pairs.freight[p] * 100)).scaleb(-2),
        quality_cny_per_unit=quality(offer, need),
        band_down=Decimal(0) if buyer is None else buyer.down,
        band_up=up_of(buyer),
        seller_band_down=Decimal(0) if seller is None else seller.down,
        seller_band_up=up_of(seller),
        band_per=_span(buyer),
        band_make_up_months=None if buyer is None else buyer.make_up_months,
        seller_band_per=_span(seller),
        seller_band_make_up_months=None if seller is None else seller.make_up_months,
        invoice_form=invoice_form(offer, need),
        dangerous_goods_class=dangerous_goods_class(offer, need),
        tolling=tolling_conditions(offer),
        wishes=wish_names(offer, need),
        gain_cny=gain.scaleb(-6),
        payment=None if payment == Payment(days=payment.days) else payment,
        late_for_small_supplier=late_for_small_supplier(market, offer, payment),
        ratio=ratio_in(market.orders[int(pairs.need[p])], offer.grade),
    )


def _span(option: Option | None) -> Span:
    """Over which span an option is counted: the default itself, not another text like it, for that would be written."""
    return next((span for span in SPANS if option is not None and span == option.per), SPANS[0])


def common_incoterm(market: Market, offer: Order, need: Order) -> str | None:
    """The first Incoterm, in the policy's order, that both sides accept; None where neither names any."""
    named = [set(order.delivery.incoterms) for order in (offer, need) if order.delivery.incoterms is not None]
    if not named:
        return None
    both = set.intersection(*named)
    return next((incoterm for incoterm in market.policy.incoterm_order if incoterm in both), None)
