"""Markets of any size whose best clearing is known, because it was planted together with the multipliers that prove it.

First the contracts, then a price that each side has in each period; an order's volume is what its contracts take where
its multiplier is positive, and more where it is 0.  A planted contract gains what its two multipliers, its contract
cost and its two places among the counterparties come to, and no other pair gains as much: by docs/model.md 4.1 nothing
better is possible.  ``python -m tests.unit.solver.planted 500 0`` clears one market of each kind.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from fractions import Fraction
from random import Random
from typing import Any

from solver.clear import clear
from solver.form.clearing import WorkLimits
from solver.form.market import Freight, Grade, Lane, Market, Order, Policy
from solver.form.terms import Component, Counterparties, LimitPrice, Site

D = Decimal
CENT = D("0.01")
PERIODS, LOT, LANES = 3, 5, 8  # lanes per offer: pairs that may trade
KINDS = ("volumes", "costs", "sizes", "counterparties")  # each with the terms of those before it

Pair = tuple[int, int]


@dataclass(frozen=True)
class Planted:
    """A market, its best contracts and what proves that they are.  Units: CNY."""

    market: Market
    volumes: dict[tuple[str, str], tuple[Fraction, ...]]
    welfare: Decimal  # of the contracts
    multipliers: dict[str, Decimal]  # by row name
    bound: Decimal  # 4.1 at these


def planted(size: int, seed: int, kind: str) -> Planted:
    """As many offers as needs, of organisations of their own.

    ``volumes``: what is scarce alone decides; ``costs``: every contract costs something and has a greatest size;
    ``sizes``: whole lots and least contracts, which the best contracts keep; ``counterparties``: some orders deal with
    no more than they do, and would like to.
    """
    return _Planting(Random(f"{seed} {kind}"), size, KINDS.index(kind)).planted()


class _Planting:
    def __init__(self, random: Random, size: int, level: int) -> None:
        self.random, self.size, self.level = random, size, level
        self.cost = D(500) if level >= 1 else D(0)
        self.sizes = [LOT * random.randint(2, 12) for _ in range(size)]  # of a need's contracts, each
        self.contracts: dict[Pair, list[int]] = {}
        for need in range(size):
            for offer in random.sample(range(size), random.randint(1, 3)):
                self.contracts[offer, need] = self._volumes(self.sizes[need])
        self.multipliers = [[[self._amount(40) for _ in range(PERIODS)] for _ in range(size)] for _ in range(2)]
        places = [[self._amount(300) if level >= 3 else D(0) for _ in range(size)] for _ in range(2)]
        dealing = [{pair[side] for pair in self.contracts} for side in (0, 1)]  # else a place is to spare
        self.places = [[d * (k in of) for k, d in enumerate(each)] for each, of in zip(places, dealing, strict=True)]
        self.level_of = [self._cents(0, 50), self._cents(300, 400)]  # of asks and of bids, above each period's price
        self.prices = [self._cents(900, 1100)[0] for _ in range(PERIODS)]

    def planted(self) -> Planted:
        gains, lanes, bound = D(0), [], D(0)
        for offer in range(self.size):
            mine = {need for seller, need in self.contracts if seller == offer}
            for need in sorted(mine | set(self.random.sample(range(self.size), min(self.size, LANES)))):
                worth = self._worth(offer, need)
                freight = self.level_of[1][need] - self.level_of[0][offer] - worth
                lanes.append(Lane(origin=f"o{offer}", destination=f"n{need}", cny_per_unit=freight))
                for t, volume in enumerate(self.contracts.get((offer, need), ())):
                    both = self.multipliers[0][offer][t] + self.multipliers[1][need][t]
                    gains += volume * (both + worth)
                    bound += volume * worth
                bound -= self._due(offer, need) if need in mine else 0
        orders = [self._order(side, number) for side in (0, 1) for number in range(self.size)]
        for side, order, number in ((k // self.size, order, k % self.size) for k, order in enumerate(orders)):
            bound += sum(v * d for v, d in zip(order.volumes, self.multipliers[side][number], strict=True))
            if order.counterparties is not None:
                bound += self.places[side][number] * (order.counterparties.most or 0)
        market = Market(
            format="changdan-market/1",
            grades=(Grade(id="G", unit="t", quantum=D(1)),),
            calendar=tuple(f"2027-{t + 1:02d}" for t in range(PERIODS)),
            freight=Freight(kind="lanes", lanes=tuple(lanes)),
            policy=Policy(contract_cost=self.cost),
            orders=tuple(orders),
        )
        volumes = {(f"o{o}", f"n{n}"): tuple(map(Fraction, row)) for (o, n), row in self.contracts.items()}
        return Planted(market, volumes, gains - self.cost * len(self.contracts), self._named(), bound)

    def _named(self) -> dict[str, Decimal]:
        found: dict[str, Decimal] = {}
        for side, letter in enumerate("on"):
            for number, (places, of_periods) in enumerate(zip(self.places[side], self.multipliers[side], strict=True)):
                found[f"counterparties:{letter}{number}"] = places
                found |= {f"capacity:{letter}{number}:{t}": value for t, value in enumerate(of_periods)}
        return {name: value for name, value in found.items() if value > 0}

    def _due(self, offer: int, need: int) -> Decimal:
        """What a contract has to gain beyond its volumes' multipliers."""
        return self.cost + self.places[0][offer] + self.places[1][need]

    def _worth(self, offer: int, need: int) -> Decimal:
        """What a unit gains beyond its multipliers: enough for what is due, or at most nine tenths of that."""
        due, size = self._due(offer, need), self.sizes[need]
        if (offer, need) in self.contracts:
            return (due / size).quantize(CENT, ROUND_CEILING)
        return (due / size * self.random.randint(0, 9) / 10).quantize(CENT, ROUND_FLOOR) - self._amount(30)

    def _order(self, side: int, number: int) -> Order:
        own = [row for pair, row in self.contracts.items() if pair[side] == number]
        used = [sum(row[t] for row in own) for t in range(PERIODS)]
        multipliers, sign = self.multipliers[side][number], -1 if side == 0 else 1
        spare = [0 if each > 0 else LOT * self.random.randint(0, 6) for each in multipliers]
        limits = [p + self.level_of[side][number] + sign * d for p, d in zip(self.prices, multipliers, strict=True)]
        terms: dict[str, Any] = {}
        if self.level >= 1 and side == 1:
            terms["maximum_contract"] = D(self.sizes[number])
        if self.level >= 2:
            terms["lot"] = D(LOT)
            terms["minimum_contract"] = D(min((sum(row) for row in own), default=LOT))
        if self.places[side][number] > 0:
            terms["counterparties"] = Counterparties(most=len(own))
        name = f"{'on'[side]}{number}"
        return Order(
            id=name,
            side="offer" if side == 0 else "need",
            organisation=name,
            grade="G",
            volumes=tuple(D(u + more) for u, more in zip(used, spare, strict=True)),
            site=Site(id=name),
            limit_price=LimitPrice(components=(Component(fixed=D(0)),), premium_by_period=tuple(limits)),
            **terms,
        )

    def _volumes(self, size: int) -> list[int]:
        """Whole lots that come to a size, in any periods."""
        volumes = [0] * PERIODS
        for _ in range(size // LOT):
            volumes[self.random.randrange(PERIODS)] += LOT
        return volumes

    def _amount(self, most: int) -> Decimal:
        """Nothing, or some whole cents."""
        return self.random.choice((D(0), *(D(self.random.randint(1, 100 * most)) * CENT for _ in range(3))))

    def _cents(self, least: int, most: int) -> list[Decimal]:
        return [D(self.random.randint(100 * least, 100 * most)) * CENT for _ in range(self.size)]


def main(size: int, seed: int) -> int:
    """How many kinds are not solved to the planted optimum."""
    wrong = 0
    for kind in KINDS:
        of, began = planted(size, seed, kind), time.monotonic()
        clearing = clear(of.market, WorkLimits(gap=0.0))
        right = clearing.status == "optimal" and clearing.objective == clearing.bound == of.welfare == of.bound
        wrong += not right
        text = f"{kind}: planted {of.welfare} and {of.bound}, {clearing.status} {clearing.objective} {clearing.bound}"
        sys.stdout.write(f"{text} {clearing.bound_kind}, {time.monotonic() - began:.1f} s\n")
        sys.stdout.flush()
    return wrong


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])) > 0)
