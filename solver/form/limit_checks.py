"""What must hold in one order's limit price, the terms of its payment and its consent to losses."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, localcontext

from solver.form import calendar
from solver.form.assay import content_by_assay, divisor_of
from solver.form.faults import Fault, date_faults, pointer, repeated, shown, within
from solver.form.market import Market, Order
from solver.form.series import quotation_of, series_name
from solver.form.terms import Component, LimitPrice

GREATEST_PRICE = Decimal(10) ** 9  # per unit; gains are kept to 1e-6 in 64 bits
GREATEST_INDEX = Decimal(10) ** 7  # CNY per unit, on any path
MOST_DAYS = 1000  # of payment, and of an acceptance's tenor
MOST_MONTHS_AHEAD = 36
MOST_DAYS_OF_DEPOSIT = 3660  # from signing to the last delivery
Place = tuple[str | int, ...]


def limit_faults(market: Market, order: Order, place: Place) -> Iterator[Fault]:
    """Every fault of an order's limit price."""
    limit, at = order.limit_price, (*place, "limit_price")
    for c, component in enumerate(limit.components):
        yield from _component_faults(market, order, component, (*at, "components", c))
    if not limit.components:
        yield Fault(pointer(*at, "components"), "[]", "must have at least one component")
    if limit.premium_by_period is not None and len(limit.premium_by_period) != len(market.calendar):
        wanted = f"must have {len(market.calendar)}, one a period of the calendar"
        yield Fault(pointer(*at, "premium_by_period"), f"{len(limit.premium_by_period)} premiums", wanted)
    if limit.collar is not None:
        floor, cap = limit.collar.floor, limit.collar.cap
        if floor is not None and cap is not None and floor > cap:
            yield Fault(pointer(*at, "collar"), f"floor {floor}, cap {cap}", "the floor must not be above the cap")
    yield from _quotation_faults(market, limit, (*at, "quotation"))
    if limit.currency != "CNY" and limit.currency not in market.policy.exchange_rates:
        wanted = "must be CNY, or have a rate among the policy's exchange_rates"
        yield Fault(pointer(*at, "currency"), shown(limit.currency), wanted)
    magnitude = greatest_limit(limit)
    if magnitude > GREATEST_PRICE:
        wanted = f"must stay below {GREATEST_PRICE:.0e} CNY per unit, an index counted as {GREATEST_INDEX:.0e}"
        yield Fault(pointer(*at), shown(f"{magnitude:.4g}"), wanted)
    yield from within(limit.tax.rate, 0, 1, *at, "tax", "rate")


def payment_faults(market: Market, order: Order, place: Place) -> Iterator[Fault]:
    """Every fault of an order's payment terms, and of its consent to losses."""
    payment, at = order.payment, (*place, "payment")
    yield from within(payment.days, 0, MOST_DAYS, *at, "days")
    for name in ("prepaid_fraction", "deposit_fraction"):
        yield from within(getattr(payment, name), 0, 1, *at, name)
    prepaid, deposit = payment.prepaid_fraction or Decimal(0), payment.deposit_fraction or Decimal(0)
    if prepaid <= 1 and deposit <= 1 and prepaid + deposit > 1:
        wanted = f"must be at most {1 - prepaid}, together with prepaid_fraction the whole price"
        yield Fault(pointer(*at, "deposit_fraction"), shown(deposit), wanted)
    yield from within(payment.prepaid_offset_months, 0, MOST_MONTHS_AHEAD, *at, "prepaid_offset_months")
    if payment.prepaid_offset_months is not None and payment.prepaid_fraction is None:
        wanted = "goes with a prepaid_fraction"
        yield Fault(pointer(*at, "prepaid_offset_months"), shown(payment.prepaid_offset_months), wanted)
    if deposit > 0 and _days_of(market) > MOST_DAYS_OF_DEPOSIT:
        wanted = f"goes with a calendar of at most {MOST_DAYS_OF_DEPOSIT} days"
        yield Fault(pointer(*at, "deposit_fraction"), shown(deposit), wanted)
    if payment.instrument in market.policy.refused_instruments:
        wanted = "must be an instrument that the policy does not refuse"
        yield Fault(pointer(*at, "instrument"), shown(payment.instrument), wanted)
    yield from within(payment.tenor_days, 1, MOST_DAYS, *at, "tenor_days")
    if payment.instrument in (None, "transfer"):
        for name in ("tenor_days", "discount_borne_by"):
            if getattr(payment, name) is not None:
                yield Fault(pointer(*at, name), shown(getattr(payment, name)), "goes with an acceptance as instrument")
    elif payment.tenor_days is None:
        yield Fault(pointer(*at, "tenor_days"), "missing", f"must be the tenor of the {payment.instrument}")
    if order.loss_consent is not None:
        yield from within(
            order.loss_consent.most_cny_per_unit, 0, GREATEST_PRICE, *place, "loss_consent", "most_cny_per_unit"
        )


def _component_faults(market: Market, order: Order, component: Component, here: Place) -> Iterator[Fault]:
    if (component.index is None) == (component.fixed is None):
        yield Fault(pointer(*here), "component", "must have either an index or a fixed price")
    elif component.index is not None and not _on_every_path(
        market, series_name(component.index, quotation_of(order.limit_price))
    ):
        series = series_name(component.index, quotation_of(order.limit_price))
        at = (*here, "index") if series == component.index else (*here[:-2], "quotation")
        yield Fault(pointer(*at), shown(series), "must be an index of every price path")
    attribute = component.content_attribute
    if attribute is None:
        return
    at = (*here, "content_attribute")
    if component.content != 1:
        yield Fault(pointer(*at), shown(attribute), "stands instead of content, not beside it")
    if divisor_of(attribute) is None:
        yield Fault(pointer(*at), shown(attribute), "must be an attribute in per cent (_pct) or parts a million (_ppm)")
    elif order.side == "offer" and content_by_assay(attribute, order) is None:
        wanted = "must be an attribute that the offer guarantees, between nothing and the whole"
        yield Fault(pointer(*at), shown(attribute), wanted)


def _quotation_faults(market: Market, limit: LimitPrice, at: Place) -> Iterator[Fault]:
    stated = limit.quotation
    if stated is None:
        return
    followed = [component.index for component in limit.components if component.index is not None]
    if not followed and not limit.accepted_indices:
        yield Fault(pointer(*at), "quotation", "must be of an index that the limit follows or accepts")
    for i, day in enumerate(stated.dates or ()):
        yield from date_faults(day, *at, "dates", i)
    if stated.dates is not None and (not stated.dates or repeated(stated.dates)):
        yield Fault(pointer(*at, "dates"), shown(list(stated.dates)), "must be at least one day, each named once")
    if stated.month == "M":
        return
    if stated.dates is not None:
        yield Fault(pointer(*at, "month"), stated.month, "must be left out where days are named")
    if not _consecutive_months(market.calendar):
        yield Fault(pointer(*at, "month"), stated.month, "needs a calendar of months without a gap")
    beyond = "before" if stated.month == "M-1" else "after"
    for index in dict.fromkeys(followed):
        series = series_name(index, quotation_of(limit))
        if any(series in path.indices and series not in getattr(path, beyond) for path in market.paths):
            wanted = f"needs the value of {shown(series)} {beyond} the calendar on every price path"
            yield Fault(pointer(*at, "month"), stated.month, wanted)


def _on_every_path(market: Market, series: str) -> bool:
    return bool(market.paths) and all(series in path.indices for path in market.paths)


def _consecutive_months(periods: tuple[str, ...]) -> bool:
    try:
        firsts = [calendar.first_day(period) for period in periods if calendar.kind(period) == "month"]
    except ValueError:
        return True  # a fault of the calendar's own
    months = [12 * day.year + day.month for day in firsts]
    return len(months) == len(periods) and months == list(range(months[0], months[0] + len(months)))


def _days_of(market: Market) -> int:
    try:
        return (calendar.last_day(market.calendar[-1]) - calendar.first_day(market.calendar[0])).days
    except (ValueError, IndexError):
        return 0  # a fault of the calendar's own


def greatest_in_cny(market: Market, limit: LimitPrice, added: Decimal) -> Decimal:
    """The most that a limit and an amount beside it may come to in CNY per unit, on any path; 1 to 1 without a rate."""
    with localcontext() as context:
        context.prec = 100
        return (greatest_limit(limit) + max(added, Decimal(0))) * market.policy.exchange_rates.get(
            limit.currency, Decimal(1)
        )


def least_known_limit(limit: LimitPrice) -> Decimal | None:
    """The least that a limit comes to in any period, in its own currency; None where an index or an assay makes it.

    >>> half = Component(fixed=Decimal(100), coefficient=Decimal("0.5"))
    >>> least_known_limit(LimitPrice(components=(half,), premium_by_period=(Decimal(3), Decimal(-2))))
    Decimal('48.0')
    """
    with localcontext() as context:
        context.prec = 100
        least = limit.processing_fee + limit.premium + min(limit.premium_by_period or (Decimal(0),))
        for component in limit.components:
            if component.fixed is None or component.content_attribute is not None:
                return None
            least += component.fixed * component.content * component.coefficient
    if limit.collar is not None and limit.collar.floor is not None:
        least = max(least, limit.collar.floor)
    if limit.collar is not None and limit.collar.cap is not None:
        least = min(least, limit.collar.cap)
    return least


def greatest_limit(limit: LimitPrice) -> Decimal:
    """The most that a limit may come to in its own currency, whatever stands on the paths.

    An assay counts as the whole.  It depends on the order alone: were it
    refused for a path's values, whoever states these could bisect its limit.
    """
    with localcontext() as context:
        context.prec = 100  # exact: the book makes the same sum in another order
        magnitude = abs(limit.processing_fee) + abs(limit.premium)
        for component in limit.components:
            base = abs(component.fixed or Decimal(0)) if component.index is None else GREATEST_INDEX
            magnitude += base * abs(component.content * component.coefficient)
        magnitude += max((abs(premium) for premium in limit.premium_by_period or ()), default=Decimal(0))
        if limit.collar is not None:
            magnitude = max(magnitude, abs(limit.collar.floor or Decimal(0)), abs(limit.collar.cap or Decimal(0)))
        return magnitude
