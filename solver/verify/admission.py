"""One pair judged exactly: may it trade, what does it gain, how much may it carry (sections 1 to 3.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import lcm

from solver.form.market import Order
from solver.form.terms import MinimumContract
from solver.verify import conditions, losses, relations
from solver.verify.additions import added_to_ask, added_to_bid, cost_of_inputs
from solver.verify.draws import priced_alone
from solver.verify.freight import freights
from solver.verify.ground import Ground
from solver.verify.limits import quality_adjustment
from solver.verify.payments import contract_payment
from solver.verify.storage import greatest_deliveries, greatest_total
from solver.verify.sums import total, total_of_products
from solver.verify.tiers import Ladder, best_gain, ladder, opens_at_best

NOTHING = Fraction(0)


@dataclass(frozen=True, slots=True)
class PairFacts:
    """Exact figures of a pair.  Units: CNY per unit, grade units; one entry per period."""

    freight: Fraction
    quality: Fraction
    asks: tuple[tuple[Fraction, ...], ...]  # per price path: the offer's restated limit (1.1c) with 1.1h and 1.1l
    bids: tuple[tuple[Fraction, ...], ...]  # the need's, brought to the offer's place (section 5)
    consent: losses.Consent | None  # what both sides may lose on a path (1.1g)
    loses: tuple[bool, ...]  # on some path more than both sides consent to (1.1g)
    barred: tuple[bool, ...]  # no volume whatever the mean gain (1.1g, 3.9, 5.4)
    gains: tuple[Fraction, ...]  # g_pt (1.1f)
    greatest: tuple[Fraction, ...]  # u_pt (3.3)
    best_gain: Fraction  # total best gain (2, price)
    ladder: Ladder | None  # the offer's discounts (3.21)
    contract_least: Fraction  # m_p (3.4)
    contract_most: Fraction  # M_p (3.4)
    step: Fraction  # common lot, else the quantum (3.5)
    most_steps: int  # greatest contract in whole steps, every part of it rounded down (2, quantity)
    cost: Fraction  # F (3.0)


def first_failing_test(ground: Ground, offer: Order, need: Order) -> str | None:
    """The test of section 2 that keeps two orders apart, None if they may trade."""
    judgement = judge(ground, offer, need)
    return judgement if isinstance(judgement, str) else None


def judge(ground: Ground, offer: Order, need: Order) -> PairFacts | str:
    """The figures of a pair that may trade, else the first test of section 2 that it fails."""
    face = ground.facing(need, offer)
    if face is None:
        return "grade"
    need = face
    if relations.same_party(offer, need):
        return "same_party"
    if not (relations.valid(offer, ground.market.as_of) and relations.valid(need, ground.market.as_of)):
        return "validity"
    if relations.excludes(offer, need) or relations.excludes(need, offer):
        return "exclusion"
    for order, other in ((offer, need), (need, offer)):
        if not relations.ever_admitted(ground, order, other):
            return "approval"
    if not relations.incoterms_meet(offer, need):
        return "incoterm"
    if not conditions.alike(offer.delivery.invoice_form, need.delivery.invoice_form):
        return "invoice_form"
    if not conditions.alike(offer.delivery.dangerous_goods_class, need.delivery.dangerous_goods_class):
        return "dangerous_goods"
    if not conditions.tolling_fits(offer, need):
        return "tolling"
    if not relations.specification_met(offer, need):
        return "specification"
    if not (relations.certified(ground, offer, need) and relations.certified(ground, need, offer)):
        return "certificate"
    calendar = ground.market.calendar
    if not (relations.option_granted(offer, need, calendar) and relations.option_granted(need, offer, calendar)):
        return "flexibility"
    if ground.market.policy.wish_conflicts == "screen" and conditions.wishes_clash(offer, need):
        return "wishes"
    possible = freights(ground, offer, need)
    if not possible:
        return "lane"
    facts = pair_facts(ground, offer, need, possible[-1])
    return figures_fail(facts) or facts


def figures_fail(facts: PairFacts) -> str | None:
    """The last two tests of section 2, ``price`` and ``quantity``, on a pair's figures."""
    if facts.best_gain <= facts.cost:
        return "price"
    return "quantity" if facts.most_steps < 1 or facts.most_steps * facts.step < facts.contract_least else None


def pair_facts(ground: Ground, offer: Order, need: Order, freight: Fraction) -> PairFacts:
    """Gains, greatest volumes and contract sizes of a pair at its freight (1.1c to 3.4)."""
    market, grade = ground.market, ground.grades[offer.grade]
    need = ground.facing(need, offer) or need
    quality = quality_adjustment(offer, need)
    delivery = freight - quality
    asks, bids = both_limits(ground, offer, need, delivery)
    gains = tuple(
        round_half_even(mean(ground.weights, above) - mean(ground.weights, below))
        for below, above in zip(zip(*asks, strict=True), zip(*bids, strict=True), strict=True)
    )
    quantum = Fraction(grade.quantum)
    agreed = losses.consent(market, offer, need)
    barred, loses = list(barred_periods(ground, offer, need)), list[bool]()
    for period in range(ground.periods):
        ends = [(below[period], above[period]) for below, above in zip(asks, bids, strict=True)]
        loses.append(len(ends) > 1 and losses.bars(market, agreed, ground.weights, ends))
        barred[period] |= loses[period]
        if not barred[period] and gains[period] >= 0:
            barred[period] = not priced_alone(market.policy, agreed, ends, delivery)
    buyer_up = 1 + Fraction(relations.required(need.flexibility).up)
    seller_up = 1 + Fraction(relations.required(offer.flexibility).up)
    offered, needed = greatest_deliveries(ground, offer), greatest_deliveries(ground, need)
    opening = opens_at_best(market, offer)
    greatest = tuple(
        NOTHING
        if gain + opening < 0 or bar
        else min(v / buyer_up if buyer_up != 1 else v, w / seller_up if seller_up != 1 else w)
        for gain, bar, v, w in zip(gains, barred, offered, needed, strict=True)
    )
    cost = market.policy.contract_cost if grade.contract_cost is None else grade.contract_cost
    step = common_lot(offer, need, quantum)
    most = contract_most(ground, offer, need, greatest)
    return PairFacts(
        freight=freight,
        quality=quality,
        asks=asks,
        bids=bids,
        consent=agreed,
        loses=tuple(loses),
        barred=tuple(barred),
        gains=gains,
        greatest=greatest,
        best_gain=best_gain(market, offer, gains, greatest),
        ladder=ladder(market, offer),
        contract_least=contract_least(ground, offer, need, quantum),
        contract_most=most,
        step=step,
        most_steps=most_steps(ground, offer, need, greatest, most, step),
        cost=Fraction(cost),
    )


def both_limits(
    ground: Ground, offer: Order, need: Order, delivery: Fraction
) -> tuple[tuple[tuple[Fraction, ...], ...], tuple[tuple[Fraction, ...], ...]]:
    """Asks and bids of a pair at the offer's place, per path and period, under the contract's payment.

    Maths: 1.1c, 1.1h, 1.1l.
    """
    contract = contract_payment(ground.market, offer, need)
    ask_factors, bid_factors = ground.factors(offer.id, contract), ground.factors(need.id, contract)
    to_ask, to_bid = added_to_ask(ground, offer, need), added_to_bid(ground, offer, need) - delivery
    asks, bids = [], []
    for path in range(len(ground.paths)):
        sold, bought = ground.limits(offer.id, offer, path), ground.limits(need.id, offer, path)
        restated = [limit * f if f != 1 else limit for limit, f in zip(sold, ask_factors, strict=True)]
        costs = cost_of_inputs(ground, offer, path)
        asks.append(tuple(limit + to_ask + cost for limit, cost in zip(restated, costs, strict=True)))
        bids.append(
            tuple((limit * f if f != 1 else limit) + to_bid for limit, f in zip(bought, bid_factors, strict=True))
        )
    return tuple(asks), tuple(bids)


def mean(weights: Sequence[Fraction], amounts: Sequence[Fraction]) -> Fraction:
    """The mean of one amount per path (1.1f)."""
    return amounts[0] if len(amounts) == 1 else total_of_products(weights, amounts)


def round_half_even(exact: Fraction) -> Fraction:
    """Rounded half-even to 1e-6 CNY (1.1f).

    >>> round_half_even(Fraction(5, 10_000_000)), round_half_even(Fraction(15, 10_000_000))
    (Fraction(0, 1), Fraction(1, 500000))
    """
    return Fraction(round(exact * 10**6), 10**6)


def barred_periods(ground: Ground, offer: Order, need: Order) -> tuple[bool, ...]:
    """Periods before an approval that a side without trial share insists on (3.3, 3.9)."""
    barred = [False] * ground.periods
    for order, other in ((offer, need), (need, offer)):
        if relations.refuses_unapproved(order):
            approved = relations.approved_periods(ground, order, other) or (False,) * ground.periods
            barred = [bar or not ok for bar, ok in zip(barred, approved, strict=True)]
    return tuple(barred)


def common_lot(offer: Order, need: Order, quantum: Fraction) -> Fraction:
    """Least common multiple of both sides' lots, of the quantum where there is none (3.5).

    Decimals have finite expansions, so both lots are whole multiples of one over a common denominator.
    """
    lots = [Fraction(order.lot) for order in (offer, need) if order.lot is not None]
    if not lots:
        return quantum
    denominator = lcm(*(lot.denominator for lot in lots))
    return Fraction(lcm(*(int(lot * denominator) for lot in lots)), denominator)


def requested_share(ground: Ground, order: Order) -> Fraction | None:
    """Greatest volume of one party where its share is of the requested volume (3.8)."""
    share = relations.own_share(order)
    return None if share is None or share.of != "requested" else Fraction(share.fraction) * ground.totals[order.id]


def contract_least(ground: Ground, offer: Order, need: Order, quantum: Fraction) -> Fraction:
    """Least volume of a contract between two orders, m_p (3.4)."""
    both = zip(ground.volumes[offer.id], ground.volumes[need.id], strict=True)
    pair_total = total(min(sold, bought) // quantum * quantum for sold, bought in both)
    shares = [share for share in (requested_share(ground, offer), requested_share(ground, need)) if share is not None]
    possible = min([pair_total, *shares])
    least = ground.least_volume(need)
    for order in (offer, need):
        minimum = order.minimum_contract
        if isinstance(minimum, MinimumContract):
            fraction_of_pair = Fraction(minimum.pair_fraction) * possible // quantum * quantum
            least = max(least, min(Fraction(minimum.volume), fraction_of_pair))
        elif isinstance(minimum, Decimal):
            least = max(least, Fraction(minimum))
    return least


def contract_most(ground: Ground, offer: Order, need: Order, greatest: tuple[Fraction, ...]) -> Fraction:
    """Greatest volume of a contract between two orders, M_p (3.4)."""
    most = whole = total(greatest)
    for order, other in ((offer, need), (need, offer)):
        if order.maximum_contract is not None:
            most = min(most, Fraction(order.maximum_contract))
        over_the_term = greatest_total(ground, order)
        if over_the_term is not None:
            most = min(most, over_the_term / (1 + Fraction(relations.required(other.flexibility).up)))
        share = relations.own_share(order)
        if share is not None:
            awarded = over_the_term if share.of == "awarded" else None
            of = ground.totals[order.id] if awarded is None else awarded
            most = min(most, Fraction(share.fraction) * of)
        if order.approved is not None and relations.trial_share(order) < 1:
            approved = relations.approved_periods(ground, order, other) or (False,) * ground.periods
            free = total(u for u, ok in zip(greatest, approved, strict=True) if ok)
            trial = relations.trial_share(order) * ground.totals[order.id]
            most = min(most, free + min(trial, whole - free))
    return most


def most_steps(
    ground: Ground, offer: Order, need: Order, greatest: tuple[Fraction, ...], most: Fraction, step: Fraction
) -> int:
    """Greatest contract in whole steps: periods, trial shares and caps each rounded down (2, quantity)."""
    steps = [u // step for u in greatest]
    reachable = min(sum(steps), most // step)
    for order, other in ((offer, need), (need, offer)):
        if order.approved is not None and relations.trial_share(order) < 1:
            approved = relations.approved_periods(ground, order, other) or (False,) * ground.periods
            free = sum(n for n, ok in zip(steps, approved, strict=True) if ok)
            trial = relations.trial_share(order) * ground.totals[order.id] // step
            reachable = min(reachable, free + min(trial, sum(steps) - free))
    return reachable
