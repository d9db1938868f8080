"""Markets with a term over several contracts tightened under a clearing that was true before: as in ``tightened``.

Most kinds state a term that was not there at all, just beyond what the clearing does.  Each names the term that the
verifier must report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import ROUND_DOWN, Decimal
from random import Random
from typing import Any

from msgspec.structs import replace

from solver.form.clearing import Clearing, Match
from solver.form.market import Market, Order, content_hash, party_of
from solver.form.terms import Counterparties, CreditLimit, Group, Incumbent, Input, MaximumShare, Source
from solver.pairs.amounts import volume
from solver.pairs.counted import counted

D = Decimal
HUNDREDTH = D("0.01")
Changes = dict[str, dict[str, Any]]  # order -> terms


class Filled:
    """A market, its clearing, and what one order of it has."""

    def __init__(self, random: Random, market: Market, clearing: Clearing) -> None:
        self.random, self.market, self.matches = random, market, clearing.matches
        self.orders = {order.id: order for order in market.orders}
        self.names = sorted({name for match in clearing.matches for name in (match.offer, match.need)})
        self.order = self.orders[random.choice(self.names)]

    def quantum(self, order: Order) -> Decimal:
        return next(grade.quantum for grade in self.market.grades if grade.id == order.grade)

    def own(self, *orders: Order) -> list[Match]:
        names = {order.id for order in orders}
        return [match for match in self.matches if names & {match.offer, match.need}]

    def other(self, match: Match, *own: Order) -> Order:
        return self.orders[match.need if match.offer in {order.id for order in own} else match.offer]

    def volume(self, match: Match, *own: Order) -> Decimal:
        """In the units of its own side: of an alternate divided by its ratio, rounded to many digits."""
        volume = sum(match.volumes, D(0))
        of_need = match.need in {order.id for order in own}
        return volume / match.ratio if match.ratio is not None and of_need else volume

    def filled(self, *orders: Order) -> Decimal:
        return sum((self.volume(match, *orders) for match in self.own(*orders)), D(0))

    def by_party(self, *orders: Order) -> dict[str, Decimal]:
        found: dict[str, Decimal] = {}
        for match in self.own(*orders):
            name = party_of(self.other(match, *orders))
            found[name] = found.get(name, D(0)) + self.volume(match, *orders)
        return found

    def two(self) -> tuple[Order, Order] | None:
        """The order and another of its side and grade that is filled too: from now on of one organisation."""
        alike = [
            self.orders[name]
            for name in self.names
            if name != self.order.id
            and (self.orders[name].side, self.orders[name].grade) == (self.order.side, self.order.grade)
        ]
        return (self.order, self.random.choice(alike)) if alike else None


Kind = Callable[[Filled], Changes | None]


def falsified(kind: str, random: Random, market: Market, clearing: Clearing) -> tuple[Market, Clearing] | None:
    """The market with a term tightened, and the clearing with that market's hash."""
    of = Filled(random, market, clearing)
    if of.order.family is not None:
        return None  # all of a family would have to state it
    changes = OF_SEVERAL[kind][1](of)
    if changes is None:
        return None
    tighter = replace(market, orders=tuple(replace(o, **changes.get(o.id, {})) for o in market.orders))
    return tighter, replace(clearing, market_hash=content_hash(tighter))


def _source(of: Filled) -> Changes | None:
    offers = {match.offer for match in of.matches if of.orders[match.offer].grade == of.order.grade}
    used = [sum((m.volumes[t] for m in of.matches if m.offer in offers), D(0)) for t in range(len(of.market.calendar))]
    if not offers:
        return None  # the need's own grade, of which it has none
    period = of.random.choice([t for t, volume in enumerate(used) if volume > 0])
    capacity = tuple(u - of.quantum(of.order) if t == period else 10 * u for t, u in enumerate(used))
    return {offer: {"source": Source(site="mine", line="1", capacity=capacity)} for offer in offers}


def _family(change: Callable[[Filled, tuple[Order, Order]], dict[str, Any] | None]) -> Kind:
    """Two filled orders become a family that states a term too tight for both together."""

    def kind(of: Filled) -> Changes | None:
        both = of.two()
        terms = None if both is None else change(of, both)
        if both is None or terms is None:
            return None
        alike = {"family": "f", "organisation": both[0].organisation, "group_parent": both[0].group_parent}
        none = {"counterparties": None, "maximum_share": None, "minimum_fill": None, "groups": (), "incumbents": ()}
        return {order.id: {**none, **alike, **terms} for order in both}

    return kind


def _family_fill(of: Filled, both: tuple[Order, Order]) -> dict[str, Any] | None:
    names = {order.id for order in both}
    stated = sum((volume(order) for order in counted(of.market).orders if order.id in names), D(0))
    return {"minimum_fill": D(1)} if of.filled(*both) < stated else None


def _family_most(of: Filled, both: tuple[Order, Order]) -> dict[str, Any] | None:
    parties = of.by_party(*both)
    return {"counterparties": Counterparties(most=len(parties) - 1)} if len(parties) > 1 else None


def _family_least(of: Filled, both: tuple[Order, Order]) -> dict[str, Any]:
    return {"counterparties": Counterparties(least=len(of.by_party(*both)) + 1)}


def _family_share(of: Filled, both: tuple[Order, Order]) -> dict[str, Any]:
    share = max(of.by_party(*both).values()) / of.filled(*both)
    return {"maximum_share": MaximumShare(fraction=share - HUNDREDTH, of="awarded")}


def _minimum_per_period(of: Filled) -> Changes:
    own = [(match, volume) for match in of.own(of.order) for volume in match.volumes if volume > 0]
    least = min(volume * of.volume(match, of.order) / sum(match.volumes, D(0)) for match, volume in own)
    return {of.order.id: {"minimum_per_period": least + D("0.001")}}


def _incumbent(of: Filled) -> Changes:
    shares = {party: volume / of.filled(of.order) for party, volume in of.by_party(of.order).items()}
    partner = of.other(of.random.choice(of.own(of.order)), of.order)
    share = shares[party_of(partner)] + HUNDREDTH
    return {of.order.id: {"incumbents": (Incumbent(organisation=partner.organisation, least_share=share),)}}


def _stranger(of: Filled) -> Changes:
    return {of.order.id: {"incumbents": (Incumbent(organisation="nobody", least_share=D("0.001")),)}}


def _group(measure: Any) -> Kind:
    def kind(of: Filled) -> Changes:
        tag = of.random.choice(("local", "state", "a tag that nobody carries"))
        tagged = [m for m in of.own(of.order) if tag in of.other(m, of.order).tags]
        volume = sum((of.volume(match, of.order) for match in tagged), D(0))
        found = {
            "count": D(len({party_of(of.other(match, of.order)) for match in tagged})),
            "volume": volume,
            "share": (volume / of.filled(of.order)).quantize(D("0.0001"), ROUND_DOWN),
        }[measure]
        step = D(1) if measure == "count" else D("0.001")
        rule, value, tolerance = of.random.choice(list(_beyond(measure, found, step)))
        return {of.order.id: {"groups": (Group(tag, rule, measure, value, tolerance),)}}

    return kind


def _beyond(measure: str, found: Decimal, step: Decimal) -> Iterator[tuple[Any, Decimal, Decimal | None]]:
    yield "at_least", found + step, None
    if found > 0:
        yield "at_most", found - step, None
    if measure == "count":
        yield "exactly", found + 1, None
    if measure == "share":
        yield "exactly", found + 2 * step, step


def _linked(of: Filled) -> Changes | None:
    unfilled = [order.id for order in of.market.orders if order.id not in of.names]
    return {of.order.id: {"linked_to": of.random.choice(unfilled)}} if unfilled else None


def _exclusive(of: Filled) -> Changes | None:
    both = of.two()
    owner = of.order.organisation
    return None if both is None else {o.id: {"organisation": owner, "exclusive": "one"} for o in both}


def _ramp(of: Filled) -> Changes | None:
    """Less than the change from the second-last volume to the last one is, where a contract has both."""
    for match in of.own(of.order):
        for before, after in zip(match.volumes, match.volumes[1:], strict=False):
            if before > 0 and after > 0 and before != after:  # then both months are possible
                most = abs(after - before) / sum(match.volumes, D(0))  # the mean is over one month at least
                return {of.order.id: {"ramp": (most * D("0.999")).quantize(D("0.000001"), ROUND_DOWN)}}
    return None


def _credit(of: Filled) -> Changes | None:
    paid_later = [m.offer for m in of.matches if m.payment_days > 0 and of.orders[m.offer].family is None]
    if not paid_later:
        return None
    return {of.random.choice(paid_later): {"credit_limit": CreditLimit(exposure_cny=HUNDREDTH)}}


def _input(of: Filled) -> Changes:
    offer = of.random.choice([match.offer for match in of.matches])
    need = of.random.choice([order for order in of.market.orders if order.side == "need"])
    there = of.filled(need)
    units, lead = of.random.choice(((D("0.5"), 0), (D(1), 1), (D(2), len(of.market.calendar))))
    stocked = units * of.filled(of.orders[offer]) - there - D("0.001")
    if stocked < 0:
        units, stocked = (there + D("0.001")) / of.filled(of.orders[offer]) * 2, D(0)
    one = Input(need=need.id, units_per_unit=units, lead_periods=lead, stocked=stocked, cost_in_limit=True)
    return {offer: {"inputs": (one,)}}


OF_SEVERAL: dict[str, tuple[str, Kind]] = {
    "source": ("3.10", _source),
    "fill of a family": ("3.6", _family(_family_fill)),
    "most counterparties of a family": ("3.7", _family(_family_most)),
    "least counterparties of a family": ("3.7", _family(_family_least)),
    "share of a family": ("3.8", _family(_family_share)),
    "minimum per period": ("3.12", _minimum_per_period),
    "incumbent": ("3.13", _incumbent),
    "incumbent who is not there": ("3.13", _stranger),
    "count of a group": ("3.14", _group("count")),
    "volume of a group": ("3.14", _group("volume")),
    "share of a group": ("3.14", _group("share")),
    "linked": ("3.15", _linked),
    "exclusive": ("3.16", _exclusive),
    "ramp": ("3.17", _ramp),
    "credit limit": ("3.18", _credit),
    "input": ("3.19", _input),
}
