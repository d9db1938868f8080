"""Every feasible clearing of tiny markets, as enumeration knows them, put into a clearing: the verifier accepts it.

``python -m tests.unit.solver.feasible_clearings 0 2000 50``: of each market of these seeds up to 50 clearings, the best
and the worst of them and others at random; the suite does some of them.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from random import Random

from solver.clear import _clearing
from solver.form.clearing import Clearing, WorkLimits
from solver.form.market import Market
from solver.pairs.counted import counted
from solver.screening.decompose import components
from solver.screening.screen import screen
from solver.search.component import Component, component_of
from solver.search.exact import ExactVolumes
from solver.search.rules.demand import missing_by_class
from solver.search.whole import Guard, search_all
from solver.verify import verify
from solver.verify.ground import Ground
from tests.unit.solver.enumerated_markets import CENT, markets
from tests.unit.solver.enumeration import Volumes, enumerate_market
from tests.unit.solver.enumeration_demands import missing

Chosen = dict[tuple[str, str], Volumes]
LIMITS = WorkLimits(gap=0.0)
MOST_SEEN = 1000  # clearings of a market that others are drawn from


class Searched:
    """A market with its multipliers and bound, for any volumes to be put in."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.screened = screen(counted(market))
        parts = [component_of(self.screened, positions) for positions in components(self.screened)]
        self.found = search_all(
            parts,
            LIMITS,
            Guard(),
            threads=1,
            tell=lambda k, gap: None,
            done=lambda objective, bound: objective == bound,
        )

    def clearing(self, chosen: Chosen) -> Clearing:
        """These contracts, priced and explained as any others are."""
        found = [dataclasses.replace(each, best=in_component(each.component, chosen)) for each in self.found]
        return _clearing(self.market, self.screened, LIMITS, found)

    def lacks_more(self, chosen: Chosen) -> bool:
        """Whether these contracts lack more than they have to: whatever their welfare, they are no optimum (3.23)."""
        return any(
            missing_by_class(each.component.demands, in_component(each.component, chosen))
            > missing_by_class(each.component.demands, each.best)
            for each in self.found
        )


def in_component(component: Component, chosen: Chosen) -> ExactVolumes:
    """What a component has of these contracts."""
    exact = ExactVolumes(component)
    for p in range(len(component)):
        offer, need = exact.both(p)
        for t, volume in enumerate(chosen.get((offer.id, need.id), ())):
            quanta = volume / exact.unit(p)
            assert quanta.denominator == 1
            exact.change(p, t, int(quanta))
    return exact


class _EnoughError(Exception):
    """As many clearings as are asked for have been seen."""


def feasible(market: Market, most: int, random: Random) -> list[tuple[Fraction, Chosen]]:
    """Welfare and contracts of feasible clearings: all, or some of ``MOST_SEEN``, best and worst among them."""
    ground, seen = Ground(market), list[tuple[Fraction, Chosen]]()

    def visit(welfare: Fraction, chosen: Chosen) -> None:
        if chosen and not missing(ground, chosen)[0]:
            seen.append((welfare, chosen))
        if len(seen) == MOST_SEEN:
            raise _EnoughError

    with suppress(_EnoughError):
        enumerate_market(market, visit)
    if len(seen) <= most:
        return seen
    ranked = sorted(seen, key=lambda each: each[0])
    return [ranked[0], ranked[-1], *random.sample(ranked[1:-1], most - 2)]


def judged(first: int, beyond: int, most: int) -> Iterator[tuple[str, list[str]]]:
    """Of each feasible clearing the market's name, and what is said against it."""
    for name, market in markets(first, beyond):
        every = feasible(market, most, Random(name))
        if not every:
            continue
        searched = Searched(market)
        for welfare, chosen in every:
            clearing = searched.clearing(chosen)
            if clearing.status == "optimal" and searched.lacks_more(chosen):
                continue
            faults = [str(violation) for violation in verify(market, clearing)]
            if Fraction(clearing.objective) != welfare // CENT * CENT or len(clearing.matches) != len(chosen):
                faults.append(f"{clearing.status}, objective {clearing.objective}, not {float(welfare)}")
            where = f"{name}, {[(pair, list(map(str, volumes))) for pair, volumes in chosen.items()]}"
            yield name, [f"{where}: {fault}" for fault in faults]


def main(first: int, beyond: int, most: int) -> int:
    """How many feasible clearings are rejected; each is printed."""
    names, made, wrong = set[str](), 0, 0
    for name, faults in judged(first, beyond, most):
        names.add(name)
        made, wrong = made + 1, wrong + bool(faults)
        sys.stdout.write("".join(f"{fault}\n" for fault in faults))
        sys.stdout.flush()
    sys.stdout.write(f"{made} feasible clearings of {len(names)} markets, {wrong} rejected\n")
    return wrong


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:4])) > 0)
