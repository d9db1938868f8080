"""Terms of the limit price and of payment.  Each leaves the limit about where it was drawn, however it is stated."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from solver.form.market import PricePath
from solver.form.terms import (
    AcceptedRange,
    Collar,
    Component,
    LimitPrice,
    LossConsent,
    Payment,
    Quotation,
    Tax,
)
from solver.generate_terms.drawing import CENT, Drawing, Fields, Random, Term, rounded

RATE, VAT, FINANCING = Decimal("7.1"), Decimal("0.13"), Decimal("0.05")
ATTRIBUTE = "purity_pct"
PAYMENTS = (
    Payment(days=30),
    Payment(days=60),
    Payment(days=90),
    Payment(prepaid_fraction=Decimal("0.3"), prepaid_offset_months=1),
    Payment(days=30, deposit_fraction=Decimal("0.1")),
    Payment(days=30, instrument="bank_acceptance", tenor_days=180),
    Payment(days=0, instrument="commercial_acceptance", tenor_days=90, discount_borne_by="buyer"),
)


def _limit(drawing: Drawing, k: int) -> LimitPrice:
    return drawing.orders[k].limit_price


def _follows_index(drawing: Drawing, k: int) -> bool:
    return _limit(drawing, k).components[0].index is not None


def _has_index(drawing: Drawing, k: int) -> bool:
    return bool(drawing.market.paths)


def _premium_by_period(drawing: Drawing, k: int, random: Random) -> Fields:
    """Up to half a per cent up or down in each period."""
    by_period = tuple(drawing.money(k, part) for part in random.uniform(-0.005, 0.005, drawing.periods))
    return {"limit_price": replace(_limit(drawing, k), premium_by_period=by_period)}


def _collar(drawing: Drawing, k: int, random: Random) -> Fields:
    """A seller's floor, a buyer's cap, near where the limit stands."""
    part = random.uniform(0, 0.05)
    offer = drawing.is_offer(k)
    collar = Collar(floor=drawing.money(k, 1 - part)) if offer else Collar(cap=drawing.money(k, 1 + part))
    return {"limit_price": replace(_limit(drawing, k), collar=collar)}


def _accepted_indices(drawing: Drawing, k: int, random: Random) -> Fields:
    """A fixed limit whose owner would sign a formula."""
    grade = drawing.orders[k].grade
    return {"limit_price": replace(_limit(drawing, k), accepted_indices=(f"I{grade[1:]}",))}


def _outside(drawing: Drawing, random: Random) -> None:
    """What the indices were a month before the calendar, and will be a month after it: as at its ends."""
    paths = tuple(
        replace(
            path,
            before={name: values[0] for name, values in path.indices.items()},
            after={name: values[-1] for name, values in path.indices.items()},
        )
        for path in drawing.market.paths
    )
    drawing.market = replace(drawing.market, paths=paths)


def _quotation(drawing: Drawing, k: int, random: Random) -> Fields:
    month = ("M-1", "M+1")[int(random.integers(2))]
    return {"limit_price": replace(_limit(drawing, k), quotation=Quotation(month=month))}  # type: ignore[arg-type]


def _guarantee(drawing: Drawing, random: Random) -> None:
    """Every offer guarantees a purity."""
    for k in range(len(drawing.orders)):
        purity = rounded(random.normal(99.5, 0.2), CENT)
        if drawing.is_offer(k):
            drawing.change(k, {"specification": {ATTRIBUTE: min(purity, Decimal("99.99"))}})


def _quality(drawing: Drawing, k: int, random: Random) -> Fields:
    """A need that takes no less than some purity, pays for more of it, and less for less."""
    asked = AcceptedRange(
        at_least=Decimal("99.2"),
        target=Decimal("99.5"),
        above_cny_per_unit=drawing.money(k, 0.01),
        below_cny_per_unit=-drawing.money(k, 0.02),
    )
    return {"specification": {ATTRIBUTE: asked}}


def _assay(drawing: Drawing, k: int, random: Random) -> Fields:
    """The price is that of what the offer guarantees to be in it."""
    components = tuple(replace(each, content_attribute=ATTRIBUTE) for each in _limit(drawing, k).components)
    return {"limit_price": replace(_limit(drawing, k), components=components)}


def _tax(drawing: Drawing, k: int, random: Random) -> Fields:
    """The same limit stated with tax."""
    limit = _times(_limit(drawing, k), 1 + VAT, index=True)
    return {"limit_price": replace(limit, tax=Tax(basis="inclusive", rate=VAT))}


def _exchange(drawing: Drawing, random: Random) -> None:
    policy = replace(drawing.market.policy, exchange_rates={"USD": RATE})
    drawing.market = replace(drawing.market, policy=policy)


def _currency(drawing: Drawing, k: int, random: Random) -> Fields:
    """The same limit in dollars; indices stay in CNY."""
    return {"limit_price": replace(_times(_limit(drawing, k), 1 / RATE, index=False), currency="USD")}


def _times(limit: LimitPrice, factor: Decimal, *, index: bool) -> LimitPrice:
    """All amounts of a limit times a factor, rounded to the cent; what follows an index too, or not."""

    def amount(value: Decimal | None) -> Decimal | None:
        return None if value is None else (value * factor).quantize(CENT)

    def component(each: Component) -> Component:
        if each.index is None:
            return replace(each, fixed=amount(each.fixed))
        return replace(each, coefficient=each.coefficient * factor) if index else each

    by_period, collar = limit.premium_by_period, limit.collar
    return replace(
        limit,
        components=tuple(map(component, limit.components)),
        premium=amount(limit.premium),
        premium_by_period=None if by_period is None else tuple(map(amount, by_period)),
        collar=None if collar is None else Collar(floor=amount(collar.floor), cap=amount(collar.cap)),
    )


def _finance(drawing: Drawing, random: Random) -> None:
    """A day of payment has its price, and small suppliers are looked after."""
    policy = replace(drawing.market.policy, financing_rate_per_year=FINANCING, small_supplier_days=60)
    drawing.market = replace(drawing.market, policy=policy)
    for k in range(len(drawing.orders)):
        if random.random() < 0.1:
            drawing.change(k, {"small_supplier": True})


def _payment(drawing: Drawing, k: int, random: Random) -> Fields:
    return {"payment": PAYMENTS[int(random.integers(len(PAYMENTS)))]}


def _more_paths(drawing: Drawing, random: Random) -> None:
    """Beside the path that was drawn a dearer and a cheaper one, which leave it by up to 5 % over the calendar."""
    (path,) = drawing.market.paths
    away = [random.uniform(0.02, 0.05), -random.uniform(0.02, 0.05)]
    others = tuple(
        PricePath(
            weight=Decimal("0.25"),
            indices={
                name: tuple(
                    rounded(float(value) * (1 + part * t / drawing.periods), CENT) for t, value in enumerate(values)
                )
                for name, values in path.indices.items()
            },
        )
        for part in away
    )
    drawing.market = replace(
        drawing.market,
        paths=(replace(path, weight=Decimal("0.5")), *others),
        policy=replace(drawing.market.policy, paths_required=Decimal("0.75")),
    )


def _loss_consent(drawing: Drawing, k: int, random: Random) -> Fields:
    """Consents to a loss of up to 3 % on one of the outer paths."""
    return {"loss_consent": LossConsent(most_cny_per_unit=drawing.money(k, random.uniform(0.005, 0.03)))}


TERMS = {
    "paths": Term(_loss_consent, _has_index, _more_paths),
    "premium_by_period": Term(_premium_by_period),
    "collar": Term(_collar, lambda drawing, k: _follows_index(drawing, k) and drawing.orders[k].tolling is None),
    "accepted_indices": Term(
        _accepted_indices, lambda drawing, k: _has_index(drawing, k) and not _follows_index(drawing, k)
    ),
    "quotation": Term(_quotation, _follows_index, _outside),
    "quality": Term(_quality, lambda drawing, k: not drawing.is_offer(k), _guarantee),
    "assay": Term(_assay, prepare=_guarantee),
    "tax": Term(_tax),
    "currency": Term(_currency, prepare=_exchange),
    "payment": Term(_payment, prepare=_finance),
}
