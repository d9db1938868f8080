"""How a contract runs over the periods: least volume while it runs (3.12), ramp (3.17); what is owed (3.18)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from fractions import Fraction

from solver.verify.accounts import accounts
from solver.verify.days import first_and_last_day
from solver.verify.ground import Ground, party
from solver.verify.limits import contract_days, restating_factor
from solver.verify.matches import Deal
from solver.verify.violation import Violation


def course_faults(deal: Deal) -> Iterator[Violation]:
    """Faults of one contract's volumes from period to period."""
    sides = (deal.offer, deal.need)
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
    days = [first_and_last_day(period) for period in ground.market.calendar]
    for account in accounts(ground, deals):
        limit, order = account.order.credit_limit, account.order
        if limit is None or order.side == "need":
            continue
        owed: dict[str, list[Fraction]] = {}
        for own, other, deal in account.deals:
            wait = contract_days(ground.market, deal.offer, deal.need)
            factor = restating_factor(ground.market, own, wait)
            of_party = owed.setdefault(party(other), [Fraction(0)] * ground.periods)
            for s, volume in enumerate(deal.volumes if wait > 0 else ()):
                value = max(Fraction(0), ground.limits(own.id)[s] * factor) * volume
                for t in range(s, ground.periods):
                    if days[s][1] + timedelta(wait) >= days[t][0]:
                        of_party[t] += value
        for name, amounts in owed.items():
            for t, amount in enumerate(amounts):
                if amount > Fraction(limit.exposure_cny):
                    text = f"{name} would owe {order.id} {float(amount):.2f} CNY, most {limit.exposure_cny}"
                    yield Violation("3.18 credit limit", f"{account.pointer}/volumes/{t}", text)
