"""How a contract runs over the periods: least volume while it runs (3.12), ramp (3.17); what is owed (3.18)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from fractions import Fraction

from solver.form.market import Order
from solver.verify.accounts import accounts
from solver.verify.days import first_and_last_day
from solver.verify.ground import Ground, party
from solver.verify.matches import Deal
from solver.verify.payments import contract_payment, waiting
from solver.verify.tiers import mean_discount
from solver.verify.violation import Violation


def course_faults(deal: Deal) -> Iterator[Violation]:
    """Faults of one contract's volumes from period to period."""
    sides = (deal.offer, deal.met)
    least = max(Fraction(order.minimum_per_period or 0) for order in sides)
    on = [t for t, volume in enumerate(deal.volumes) if volume > 0]
    for t in range(on[0], on[-1] + 1) if on else ():
        if deal.volumes[t] < least:
            text = f"{float(deal.volumes[t]):.9g} while the contract runs, least {float(least):.9g}"
            yield Violation("3.12 minimum per period", f"{deal.pointer}/volumes/{t}", text)
    ramps = [Fraction(order.ramp) for order in sides if order.ramp is not None]
    possible = [t for t, greatest in enumerate(deal.facts.greatest) if greatest > 0]
    if not ramps or not possible:
        return
    most = min(ramps) * deal.volume / len(possible)
    for t in possible:
        if t - 1 in possible and abs(deal.volumes[t] - deal.volumes[t - 1]) > most:
            change = float(abs(deal.volumes[t] - deal.volumes[t - 1]))
            yield Violation(
                "3.17 ramp", f"{deal.pointer}/volumes/{t}", f"changes by {change:.9g}, most {float(most):.9g}"
            )


def credit_faults(ground: Ground, deals: Sequence[Deal]) -> Iterator[Violation]:
    """Periods in which one counterparty would owe more than an order lets it (3.18)."""
    for account in accounts(ground, deals):
        limit, order = account.order.credit_limit, account.order
        if limit is None:
            continue
        owed: dict[str, list[Fraction]] = {}
        for own, other, deal in account.deals:
            of_party = owed.setdefault(party(other), [Fraction(0)] * ground.periods)
            values = _own_values(ground, deal, own)
            for s, volume in enumerate(deal.volumes):
                for t, part in _open_parts(ground, deal, own, s).items():
                    of_party[t] += part * values[s] * volume
        for name, amounts in owed.items():
            for t, amount in enumerate(amounts):
                if amount > Fraction(limit.exposure_cny):
                    text = f"{name} would owe {order.id} {float(amount):.2f} CNY, most {limit.exposure_cny}"
                    yield Violation("3.18 credit limit", f"{account.pointer}/volumes/{t}", text)


def _own_values(ground: Ground, deal: Deal, own: Order) -> list[Fraction]:
    """An order's own limit in each period with what stands beside it, at its own place, the greatest on any path.

    Without the discount that is in a deal's asks.
    """
    facts = deal.facts
    if own.side == "offer":
        on_paths, added = facts.asks, mean_discount(ground.market, deal.offer, deal.volumes)
    else:
        on_paths, added = facts.bids, facts.freight - facts.quality
    return [max(Fraction(0), *(series[t] + added for series in on_paths)) for t in range(ground.periods)]


def _open_parts(ground: Ground, deal: Deal, own: Order, delivered: int) -> dict[int, Fraction]:
    """By period: the part of what is delivered in one period that one side has given the other and not yet had back."""
    terms = contract_payment(ground.market, deal.offer, deal.need)
    days = [first_and_last_day(period) for period in ground.market.calendar]
    prepaid, deposit = Fraction(terms.prepaid_fraction or 0), Fraction(terms.deposit_fraction or 0)
    parts: dict[int, Fraction] = {}
    if own.side == "offer":  # goods, until the money comes
        due = days[delivered][1] + timedelta(days=waiting(terms))
        for t in range(delivered, ground.periods if waiting(terms) else delivered):
            if days[t][0] <= due:
                parts[t] = 1 - prepaid - deposit
        return parts
    first, ahead = days[delivered][0], terms.prepaid_offset_months or 0
    for t in range(delivered + 1):  # money, until the goods come
        parts[t] = deposit
        months_left = 12 * (first.year - days[t][1].year) + first.month - days[t][1].month
        if ahead > 0 and months_left <= ahead:
            parts[t] += prepaid
    return parts
