"""The clearing's head: hash, objective, bound, gap, status and the table of components (3.0, 4, 6)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction

from solver.form.clearing import Clearing, ComponentResult
from solver.form.market import content_hash
from solver.verify.bound import Component, Recomputed
from solver.verify.ground import Ground
from solver.verify.matches import Deal
from solver.verify.orders import called, deals_by_order
from solver.verify.storage import storage_cost
from solver.verify.sums import total
from solver.verify.violation import Violation

CENT = Fraction(1, 100)
MICRO = Fraction(1, 10**6)
OPTIMAL_GAP = MICRO
HASH = re.compile(r"sha256:[0-9a-f]{64}")


def head_faults(ground: Ground, clearing: Clearing) -> Iterator[Violation]:
    """The market it says it is of, and figures that are numbers at all."""
    due = content_hash(ground.market)
    if clearing.market_hash != due:
        yield Violation("market hash", "/market_hash", f"{clearing.market_hash}, the market's is {due}")
    for name in ("objective", "bound", "gap"):
        value: Decimal = getattr(clearing, name)
        if not value.is_finite():
            yield Violation("number", f"/{name}", f"{value} is no number")
        elif name != "gap":
            yield from _cent_faults(f"/{name}", value)
    if not 0 <= clearing.limits.gap <= 1:
        yield Violation("limits", "/limits/gap", f"{clearing.limits.gap} does not lie between 0 and 1")
    if clearing.limits.nodes < 1:
        yield Violation("limits", "/limits/nodes", f"{clearing.limits.nodes} is less than 1")
    if clearing.warm_start is not None and not HASH.fullmatch(clearing.warm_start):
        yield Violation("warm start", "/warm_start", f"{clearing.warm_start} is no SHA-256 hash")
    if not all(clearing.solver.get(name) for name in ("model", "language", "backend")):
        yield Violation("solver", "/solver", "does not name model, language and backend")


def _cent_faults(pointer: str, value: Decimal) -> Iterator[Violation]:
    if Fraction(value) % CENT:
        yield Violation("number", pointer, f"{value} is not in hundredths of CNY")


def welfare(ground: Ground, deals: Sequence[Deal]) -> Fraction:
    """Exact welfare of a set of deals (3.0), less what their orders' stocks cost (3.20)."""
    stored = (
        storage_cost(ground, ground.orders[name], called(ground.orders[name], own))
        for name, own in deals_by_order(deals).items()
        if ground.orders[name].storage is not None
    )
    return total(deal.gain - deal.facts.cost for deal in deals) - total(stored)


def total_faults(ground: Ground, clearing: Clearing, deals: Sequence[Deal], every: Recomputed) -> Iterator[Violation]:
    """Objective, bound, gap and status against the matches and the multipliers."""
    exact = welfare(ground, deals)
    if Fraction(clearing.objective) != exact // CENT * CENT:
        text = f"{clearing.objective}, the matches come to {float(exact):.6f}"
        yield Violation("3.0 objective", "/objective", text)
    yield from _bound_faults("", clearing, exact, every.bound, every.margin)
    yield from _gap_faults(clearing)
    yield from _status_faults(clearing, every)


def _bound_faults(
    at: str, stated: Clearing | ComponentResult, exact: Fraction, recomputed: float, margin: float
) -> Iterator[Violation]:
    """A bound not under the objective; if recomputed then 4.1's, else not above 4.1's."""
    bound, pointer = float(stated.bound), f"{at}/bound"
    if not math.isfinite(bound) or stated.bound < stated.objective:
        yield Violation("4 bound", pointer, f"{stated.bound} is under the objective, {stated.objective}")
        return
    slack = margin + float(CENT)
    closed = stated.bound == stated.objective and recomputed < float(exact) + slack
    if stated.bound_kind == "recomputed" and bound < recomputed - margin and not closed:
        yield Violation("4.1 bound", pointer, f"{stated.bound}, the multipliers prove no less than {recomputed:.4f}")
    if bound > recomputed + slack:
        yield Violation("4.1 bound", pointer, f"{stated.bound}, the multipliers prove {recomputed:.4f}")


def gap(stated: Clearing | ComponentResult) -> Fraction:
    """Gap between a stated bound and objective, rounded up to 1e-6 (4.2)."""
    bound = Fraction(stated.bound)
    exact = (bound - Fraction(stated.objective)) / max(abs(bound), Fraction(1))
    return -(-exact // MICRO) * MICRO


def _gap_faults(clearing: Clearing) -> Iterator[Violation]:
    due = gap(clearing)
    if Fraction(clearing.gap) != due:
        yield Violation("4.2 gap", "/gap", f"{clearing.gap}, due {float(due):.6f}")


def _status_faults(clearing: Clearing, every: Recomputed) -> Iterator[Violation]:
    """The status that the figures allow (6)."""
    if clearing.status in ("failed", "infeasible"):
        if clearing.matches:
            yield Violation("6 status", "/status", f"{clearing.status}, yet it has matches")
        if not clearing.note:
            yield Violation("6 status", "/note", f"{clearing.status} without saying why")
        return
    proven = all(component.status == "optimal" for component in clearing.components)
    if not every.components:
        due = "empty"
    elif Fraction(clearing.gap) <= OPTIMAL_GAP and proven:
        due = "optimal"
    else:
        due = "feasible"
    if clearing.status != due:
        yield Violation("6 status", "/status", f"{clearing.status}, due {due}")
    if clearing.status == "empty" and not clearing.note:
        yield Violation("6 status", "/note", "empty without saying why")


def component_faults(
    ground: Ground, clearing: Clearing, deals: Sequence[Deal], every: Recomputed
) -> Iterator[Violation]:
    """The table of components: each counted, its welfare and bound recomputed, and all of them adding up."""
    if len(clearing.components) != len(every.components):
        text = f"{len(clearing.components)} stated, the market has {len(every.components)}"
        yield Violation("3 components", "/components", text)
        return
    home = {order: number for number, part in enumerate(every.components) for order in part.orders}
    deals_of: list[list[Deal]] = [[] for _ in every.components]
    for deal in deals:
        if ground.position[deal.offer.id] in home:
            deals_of[home[ground.position[deal.offer.id]]].append(deal)
    for number, (stated, due) in enumerate(zip(clearing.components, every.components, strict=True)):
        yield from _component_faults(number, stated, due, welfare(ground, deals_of[number]))
    yield from _sum_faults(clearing)


def _component_faults(number: int, stated: ComponentResult, due: Component, exact: Fraction) -> Iterator[Violation]:
    at = f"/components/{number}"
    for name, found, right in (
        ("number", stated.number, number + 1),
        ("offers", stated.offers, due.offers),
        ("needs", stated.needs, due.needs),
        ("pairs", stated.pairs, due.pairs),
    ):
        if found != right:
            yield Violation("3 components", f"{at}/{name}", f"{found}, due {right}")
    if not stated.objective.is_finite() or Fraction(stated.objective) != exact // CENT * CENT:
        text = f"{stated.objective}, its matches come to {float(exact):.6f}"
        yield Violation("3.0 objective", f"{at}/objective", text)
        return
    if stated.bound.is_finite():
        yield from _cent_faults(f"{at}/bound", stated.bound)
    yield from _bound_faults(at, stated, exact, due.bound, due.margin)
    if stated.status == "failed" and not exact:
        return
    if stated.status not in ("optimal", "feasible"):
        yield Violation("6 status", f"{at}/status", f"{stated.status} for a component that has pairs")
        return
    if stated.status == "optimal" and gap(stated) > OPTIMAL_GAP:
        yield Violation("6 status", f"{at}/status", f"optimal with {stated.objective} under a bound of {stated.bound}")


def _sum_faults(clearing: Clearing) -> Iterator[Violation]:
    """The whole bound is the components' together, but for each one's rounding up."""
    total = sum((Fraction(component.bound) for component in clearing.components), Fraction(0))
    rounding = CENT * (len(clearing.components) + 1)  # each rounded up by itself; 4.2 takes a cent of the whole
    stated = Fraction(clearing.bound)
    if not total - rounding <= stated <= total + rounding:
        yield Violation("4 bound", "/bound", f"{clearing.bound}, the components' come to {float(total):.2f}")
    kinds = {component.bound_kind for component in clearing.components}
    due = "solver" if "solver" in kinds else "recomputed"
    if clearing.bound_kind != due:
        yield Violation("4 bound", "/bound_kind", f"{clearing.bound_kind}, due {due}")
