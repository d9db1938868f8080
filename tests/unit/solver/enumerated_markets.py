"""Thousands of tiny markets over all terms against exhaustive search: objective, what is lacking, and the verifier.

``python -m tests.unit.solver.enumerated_markets 0 2000``; the suite does some of them.  Every seed is a market with
joint terms at random; every fourth one is cleared a second time with demands beside them (docs/model.md 3d).
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

from msgspec import NODEFAULT, Struct
from msgspec.structs import FieldInfo, fields

from solver.clear import clear
from solver.form.clearing import WorkLimits
from solver.form.market import Market, Order, canonical_bytes
from solver.form.reading import read_market
from solver.verify import verify
from tests.unit.solver.enumeration import Best, enumerate_market
from tests.unit.solver.enumeration_demands import CLASSES
from tests.unit.solver.tiny_demands import demanding_market
from tests.unit.solver.tiny_joint import joint_market

EXACT = WorkLimits(gap=0.0)
CENT = Fraction(1, 100)


def disagreements(market: Market, best: Best) -> list[str]:
    """What the clearing to gap 0 and exhaustive search do not agree about, and what the verifier finds in it."""
    clearing = clear(market, EXACT)
    found = [f"verify: {violation}" for violation in verify(market, clearing)]
    if best.missing[0]:
        if (clearing.status, clearing.matches) != ("infeasible", ()):
            found.append(f"{clearing.status}, but hard rules lack {best.missing[0]}")
    else:
        if Fraction(clearing.objective) != best.welfare // CENT * CENT:
            found.append(f"objective {clearing.objective}, best {float(best.welfare)}")
        if clearing.status not in ("optimal", "empty"):
            found.append(f"status {clearing.status}")
        lacks = [sum(Fraction(r.missing) for r in clearing.relaxations if r.priority == name) for name in CLASSES]
        stated = len(clearing.relaxations) * Fraction(1, 2 * 10**6)  # to 1e-6 where a ratio divides (3.22)
        if any(abs(ours - least) > stated for ours, least in zip(lacks, best.missing, strict=True)):
            found.append(f"lacks {lacks}, least {best.missing}")
    ended = {frozenset[str]()}
    for each in clearing.contradictions:
        ended = {one | set(names) for one in ended for names in each.give_up}
    if ended - {frozenset()} != best.least_ended:
        found.append(f"contradictions {ended}, least {best.least_ended}")
    return found


def markets(first: int, beyond: int) -> Iterator[tuple[str, Market]]:
    """Markets as they are read from a file, each with its name."""
    for seed in range(first, beyond):
        yield f"joint {seed}", read_market(canonical_bytes(joint_market(seed)))
        if seed % 4 == 0:
            yield f"demanding {seed}", read_market(canonical_bytes(demanding_market(seed, joint=True)))


def terms_on(market: Market) -> set[str]:
    """Names of the terms that the policy, or some order, states otherwise than by default."""
    found = {f"policy {name}" for name in _stated(market.policy)} | {f"freight {market.freight.kind}"}
    found |= {"several paths"} if len(market.paths) > 1 else set()
    for order in market.orders:
        found |= _stated(order) - {"limit_price", "payment", "delivery", "flexibility"}
        for part in (
            order.limit_price,
            order.payment,
            order.delivery,
            order.flexibility,
            *order.limit_price.components,
        ):
            found |= {f"{type(part).__name__} {name}" for name in _stated(part)}
    return found - set(Order.__struct_fields__[: len(Order.__struct_fields__) - len(Order.__struct_defaults__)])


def _stated(part: Struct) -> set[str]:
    return {each.name for each in fields(part) if getattr(part, each.name) != _default(each)}


def _default(field: FieldInfo) -> object:
    return field.default if field.default_factory is NODEFAULT else field.default_factory()


def main(first: int, beyond: int) -> int:
    """How many markets disagree; each disagreement is printed with its seed."""
    made = traded = wrong = 0
    terms: Counter[str] = Counter()
    for name, market in markets(first, beyond):
        best = enumerate_market(market)
        found = disagreements(market, best)
        made, traded, wrong = made + 1, traded + bool(best.contracts), wrong + bool(found)
        terms.update(terms_on(market))
        sys.stdout.write("".join(f"{name}: {each}\n" for each in found))
        sys.stdout.flush()
    sys.stdout.write(f"{made} markets, {traded} traded, {wrong} disagree; markets with each term:\n")
    sys.stdout.write("".join(f"{count:6} {term}\n" for term, count in terms.most_common()))
    return wrong


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])) > 0)
