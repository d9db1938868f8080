"""What is stated of a contract beside volume and price: delivery, papers, tolling, validity, wishes."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from solver.form.terms import Delivery, Site, Tolling, Validity
from solver.form.wishes import ContractWishes, PayOrTake, QualityClaim, Reopener
from solver.generate_terms.drawing import METRE, Drawing, Fields, Random, Term, rounded

AS_OF = "2026-12-01"
INCOTERMS = (("EXW",), ("DAP",), ("EXW", "DAP"), ("FCA", "DAP"))
WISHES = (
    ContractWishes(take_or_pay=PayOrTake(fraction=Decimal("0.8"), make_up_months=3)),
    ContractWishes(take_or_pay=PayOrTake(fraction=Decimal("0.9")), resale_ban=True),
    ContractWishes(ship_or_pay=PayOrTake(fraction=Decimal("0.9")), exclusivity=False),
    ContractWishes(
        reopener=Reopener(
            trigger=Decimal("0.15"), consecutive_months=3, negotiation_days=30, result_if_none="unchanged"
        ),
        most_favoured=True,
    ),
    ContractWishes(quality_claim=QualityClaim(objection_days=10, retained_sample=True, assay_split=Decimal("0.1"))),
)


def _delivery(drawing: Drawing, k: int) -> Delivery:
    return drawing.orders[k].delivery


def _incoterms(drawing: Drawing, k: int, random: Random) -> Fields:
    chosen = INCOTERMS[int(random.integers(len(INCOTERMS)))]
    return {"delivery": replace(_delivery(drawing, k), incoterms=chosen)}


def _place(drawing: Drawing, k: int, random: Random) -> Fields:
    """The limit stands at a place up to 200 km away from the site."""
    site, (east, north) = drawing.orders[k].site, random.uniform(-200, 200, 2)
    place = Site(
        x_km=(site.x_km or Decimal(0)) + rounded(east, METRE), y_km=(site.y_km or Decimal(0)) + rounded(north, METRE)
    )
    return {"delivery": replace(_delivery(drawing, k), place=place)}


def _papers(drawing: Drawing, k: int, random: Random) -> Fields:
    """Most take the same form of invoice and the same class; one in ten another."""
    invoice, dangerous = ("special", "ordinary")[int(random.random() < 0.1)], ("9", "8")[int(random.random() < 0.1)]
    return {"delivery": replace(_delivery(drawing, k), invoice_form=invoice, dangerous_goods_class=dangerous)}


def _tolling(drawing: Drawing, k: int, random: Random) -> Fields:
    """The limit in two parts: a fee of 5 %, and the rest, which is settled beside it."""
    order, fee = drawing.orders[k], drawing.money(k, 0.05)
    offer = drawing.is_offer(k)
    tolling = Tolling(
        grade=f"material of {order.grade}",
        yield_fraction=Decimal("0.95") if offer else Decimal("0.94"),
        loss_limit=Decimal("0.02") if offer else Decimal("0.03"),
        fee=fee,
        title="buyer",
    )
    return {"tolling": tolling, "limit_price": replace(order.limit_price, premium=order.limit_price.premium - fee)}


def _today(drawing: Drawing, random: Random) -> None:
    drawing.market = replace(drawing.market, as_of=AS_OF)


def _validity(drawing: Drawing, k: int, random: Random) -> Fields:
    """One in ten is over."""
    over = random.random() < 0.1
    return {"validity": Validity(valid_from="2026-11-01", valid_to="2026-11-30" if over else "2026-12-31")}


def _wishes(drawing: Drawing, k: int, random: Random) -> Fields:
    return {"contract_wishes": WISHES[int(random.integers(len(WISHES)))]}


TERMS = {
    "incoterms": Term(_incoterms),
    "place": Term(_place),
    "papers": Term(_papers),
    "tolling": Term(_tolling),
    "validity": Term(_validity, prepare=_today),
    "contract_wishes": Term(_wishes),
}
