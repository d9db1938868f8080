"""A falsified head: status, bound and its proof, components, support."""

from __future__ import annotations

from decimal import Decimal
from random import Random

from msgspec.structs import replace

from solver.form.clearing import Clearing, Multipliers
from solver.form.market import Market
from tests.unit.solver.corruptions.falsifying import D, Kind, of_total, picked, with_row


def _bound(random: Random, market: Market, clearing: Clearing) -> Clearing | None:
    wrong = random.choice((clearing.objective - 1, clearing.bound * 2 + 100, clearing.bound - clearing.bound / 3 - 1))
    return replace(clearing, bound=wrong, gap=_gap(clearing.objective, wrong))


def _gap(objective: Decimal, bound: Decimal) -> Decimal:
    """The gap that belongs to a false bound, so that the bound alone is wrong."""
    return ((bound - objective) / max(abs(bound), D(1))).quantize(D("0.000001"), rounding="ROUND_CEILING")


def _closed_gap(random: Random, market: Market, clearing: Clearing) -> Clearing | None:
    """A head that claims the optimum while its own components leave a gap."""
    if clearing.bound - clearing.objective <= D("0.01") * (len(clearing.components) + 1):
        return None
    proven = all(part.status == "optimal" for part in clearing.components)
    return replace(clearing, bound=clearing.objective, gap=D(0), status="optimal" if proven else "feasible")


def _bound_kind(random: Random, market: Market, clearing: Clearing) -> Clearing | None:
    return replace(clearing, bound_kind="solver" if clearing.bound_kind == "recomputed" else "recomputed")


def _status(random: Random, market: Market, clearing: Clearing) -> Clearing | None:
    others = [s for s in ("optimal", "feasible", "empty", "infeasible", "failed") if s != clearing.status]
    return replace(clearing, status=random.choice(others))


def _hash(random: Random, market: Market, clearing: Clearing) -> Clearing | None:
    digit = random.randrange(len("sha256:"), len(clearing.market_hash))
    wrong = random.choice([c for c in "0123456789abcdef" if c != clearing.market_hash[digit]])
    return replace(clearing, market_hash=clearing.market_hash[:digit] + wrong + clearing.market_hash[digit + 1 :])


def _multipliers(random: Random, market: Market, clearing: Clearing) -> Clearing | None:
    """A multiplier that is negative, of no row, or no number."""
    order = random.choice(market.orders).id
    name, value = random.choice(
        (
            (f"capacity:{order}:0", D(-1)),
            (f"capacity:{order}:{len(market.calendar)}", D(1)),
            ("capacity:nobody:0", D(1)),
            (f"share:{order}:nobody", D(1)),
            (f"volume:{order}", D(1)),
            (f"capacity:{order}:0", D("NaN")),
        )
    )
    return replace(clearing, multipliers=Multipliers(values={**clearing.multipliers.values, name: value}))


def _multiplier_of_a_billion(random: Random, market: Market, clearing: Clearing) -> Clearing | None:
    """A multiplier that proves far less than is claimed: nothing but 4.1 itself can tell."""
    if clearing.bound_kind != "recomputed" or not clearing.matches:
        return None
    match = random.choice(clearing.matches)
    period = random.choice([t for t, volume in enumerate(match.volumes) if volume > 0])
    values = {**clearing.multipliers.values, f"capacity:{match.offer}:{period}": D(10**9)}
    return replace(clearing, multipliers=Multipliers(values=values))


def _components(random: Random, market: Market, clearing: Clearing) -> Clearing | None:
    if not clearing.components:
        return None
    position = picked(random, clearing.components)
    part = clearing.components[position]
    name = random.choice(("number", "offers", "needs", "pairs", "objective", "bound", "status", "missing", "twice"))
    if name == "missing":
        return replace(clearing, components=clearing.components[:position] + clearing.components[position + 1 :])
    if name == "twice":
        return replace(clearing, components=(*clearing.components, part))
    if name == "status":
        return replace(clearing, components=with_row(clearing.components, position, replace(part, status="empty")))
    value = getattr(part, name)
    wrong = value + 1 if isinstance(value, int) else random.choice((value * 2 + 100, part.objective - 1))
    return replace(clearing, components=with_row(clearing.components, position, replace(part, **{name: wrong})))


def _support(random: Random, market: Market, clearing: Clearing) -> Clearing | None:
    if clearing.support is None:
        return None
    name = random.choice(("matches", "supported", "without_width", "uniform"))
    wrong = random.choice((-1, 10**6))
    return replace(clearing, support=replace(clearing.support, **{name: wrong}))


KINDS: dict[str, Kind] = {
    "objective": of_total("objective"),
    "bound": _bound,
    "closed gap": _closed_gap,
    "bound kind": _bound_kind,
    "gap": of_total("gap"),
    "status": _status,
    "market hash": _hash,
    "multipliers": _multipliers,
    "a multiplier of a billion": _multiplier_of_a_billion,
    "components": _components,
    "support": _support,
}
