"""Falsified clearings, kind by kind: what the verifier has to notice.

A kind takes a random source, a market and its true clearing and returns a false pair of both, or None where the
clearing has nothing of that kind to falsify.  :data:`OF_THE_CLEARING` changes what the clearing says;
:data:`OF_THE_MARKET` (in :mod:`tests.unit.solver.tightened`) tightens one term of a matched order instead, so
that everything in the clearing agrees with itself and only that one row is broken.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any

from msgspec.structs import replace

from solver.form.clearing import Clearing, Formula, Match, MatchPrice, Multipliers, OrderOutcome
from solver.form.market import Market

D = Decimal
Kind = Callable[[Random, Market, Clearing], Clearing | None]


def _pick(random: Random, rows: tuple[Any, ...]) -> int:
    return random.randrange(len(rows))


def _with(rows: tuple[Any, ...], position: int, row: Any) -> tuple[Any, ...]:
    return (*rows[:position], row, *rows[position + 1 :])


def changed(random: Random, value: Decimal) -> Decimal:
    """Another amount: a little or a lot, up or down, or with its sign turned."""
    return random.choice([value + D("0.01"), value - D("0.01"), value + 1, value * 2 + 1, -value - 1])


def of_match(change: Callable[[Random, Market, Match], Match | None]) -> Kind:
    """A kind that falsifies one match."""

    def kind(random: Random, market: Market, clearing: Clearing) -> Clearing | None:
        if not clearing.matches:
            return None
        position = _pick(random, clearing.matches)
        match = change(random, market, clearing.matches[position])
        return None if match is None else replace(clearing, matches=_with(clearing.matches, position, match))

    return kind


def of_price(change: Callable[[Random, Market, MatchPrice], MatchPrice | None]) -> Kind:
    """A kind that falsifies the price of one match."""

    def falsified(random: Random, market: Market, match: Match) -> Match | None:
        price = None if match.price is None else change(random, market, match.price)
        return None if price is None else replace(match, price=price)

    return of_match(falsified)


def of_outcome(change: Callable[[Random, OrderOutcome], OrderOutcome | None]) -> Kind:
    """A kind that falsifies what is said of one order."""

    def kind(random: Random, market: Market, clearing: Clearing) -> Clearing | None:
        position = _pick(random, clearing.orders)
        outcome = change(random, clearing.orders[position])
        return None if outcome is None else replace(clearing, orders=_with(clearing.orders, position, outcome))

    return kind


def of_total(name: str) -> Kind:
    """A kind that falsifies one figure of the head."""
    return lambda random, market, clearing: replace(clearing, **{name: changed(random, getattr(clearing, name))})


def of_amount(name: str) -> Kind:
    """A kind that falsifies one amount of a match."""
    return of_match(lambda random, market, match: replace(match, **{name: changed(random, getattr(match, name))}))


def _volume(random: Random, market: Market, match: Match) -> Match:
    quantum = next(grade.quantum for grade in market.grades if grade.id == match.grade)
    period = _pick(random, match.volumes)
    change = random.choice((quantum, -quantum, quantum / 2, 10 * quantum, -match.volumes[period] - quantum))
    return replace(match, volumes=_with(match.volumes, period, match.volumes[period] + change))


def _volumes_swapped(random: Random, market: Market, clearing: Clearing) -> Clearing | None:
    return _swapped(random, clearing, ("volumes",))


def _orders_swapped(random: Random, market: Market, clearing: Clearing) -> Clearing | None:
    return _swapped(random, clearing, random.choice((("offer",), ("need",), ("offer", "need"))))


def _swapped(random: Random, clearing: Clearing, names: tuple[str, ...]) -> Clearing | None:
    """Two matches with some of their fields exchanged, if they differ in them."""
    if len(clearing.matches) < 2:
        return None
    one, other = random.sample(range(len(clearing.matches)), 2)
    first, second = clearing.matches[one], clearing.matches[other]
    if all(getattr(first, name) == getattr(second, name) for name in names):
        return None
    matches = _with(clearing.matches, one, replace(first, **{name: getattr(second, name) for name in names}))
    matches = _with(matches, other, replace(second, **{name: getattr(first, name) for name in names}))
    return replace(clearing, matches=matches)


def _unknown_order(random: Random, market: Market, match: Match) -> Match:
    name = random.choice(("offer", "need"))
    return replace(match, **{name: random.choice((match.need if name == "offer" else match.offer, "nobody", ""))})


def _incoterm(random: Random, market: Market, match: Match) -> Match:
    return replace(match, incoterm=random.choice([t for t in ("EXW", "DDP", None) if t != match.incoterm]))


def _payment_days(random: Random, market: Market, match: Match) -> Match:
    return replace(match, payment_days=match.payment_days + random.choice((-1, 1, 30)))


def _band(random: Random, market: Market, match: Match) -> Match:
    name = random.choice(("band_down", "band_up", "seller_band_down", "seller_band_up"))
    return replace(match, **{name: getattr(match, name) + D("0.05")})


def _grade(random: Random, market: Market, match: Match) -> Match:
    return replace(match, grade=random.choice([g.id for g in market.grades if g.id != match.grade] or ["none"]))


def _match_missing(random: Random, market: Market, clearing: Clearing) -> Clearing | None:
    if not clearing.matches:
        return None
    position = _pick(random, clearing.matches)
    return replace(clearing, matches=clearing.matches[:position] + clearing.matches[position + 1 :])


def _match_twice(random: Random, market: Market, clearing: Clearing) -> Clearing | None:
    if not clearing.matches:
        return None
    again = random.choice(clearing.matches)
    return replace(clearing, matches=(*clearing.matches, replace(again, id=f"m{len(clearing.matches) + 1}")))


def series(name: str) -> Kind:
    """A kind that falsifies one period of a reference, floor or cap."""

    def change(random: Random, market: Market, price: MatchPrice) -> MatchPrice:
        stated = getattr(price, name)
        period = random.choice([t for t, value in enumerate(stated) if value is not None])
        tick = market.policy.price_tick
        wrong = random.choice((stated[period] + tick, stated[period] - tick, stated[period] + tick / 2, None))
        return replace(price, **{name: _with(stated, period, wrong)})

    return of_price(change)


def _formula(random: Random, market: Market, price: MatchPrice) -> MatchPrice:
    """A formula made up, left out, or with another figure."""
    if price.formula is None:
        made_up = Formula(index="LC", coefficient=D(1), premium=D(0), index_reference=D(100))
        return replace(price, formula=made_up)
    name = random.choice(("coefficient", "premium", "index_reference", "index", "all"))
    if name == "all":
        return replace(price, formula=None)
    value = getattr(price.formula, name)
    wrong = "another" if name == "index" else value + random.choice((D("0.01"), D(-1), D("0.2")))
    return replace(price, formula=replace(price.formula, **{name: wrong}))


def _uniform(random: Random, market: Market, price: MatchPrice) -> MatchPrice:
    return replace(price, uniform=not price.uniform)


def _exception(random: Random, market: Market, price: MatchPrice) -> MatchPrice:
    if price.exception_gap is None:
        return replace(price, exception_gap=random.choice((D(0), D(1), market.policy.price_tick)))
    return replace(price, exception_gap=random.choice((None, price.exception_gap + 1)))


def _price_missing(random: Random, market: Market, match: Match) -> Match:
    return replace(match, price=None)


def _bound(random: Random, market: Market, clearing: Clearing) -> Clearing | None:
    wrong = random.choice((clearing.objective - 1, clearing.bound * 2 + 100, clearing.bound - clearing.bound / 3 - 1))
    return replace(clearing, bound=wrong, gap=_gap(clearing.objective, wrong))


def _gap(objective: Decimal, bound: Decimal) -> Decimal:
    """The gap that belongs to a false bound, so that the bound alone is wrong."""
    return ((bound - objective) / max(abs(bound), D(1))).quantize(D("0.000001"), rounding="ROUND_CEILING")


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
    position = _pick(random, clearing.components)
    part = clearing.components[position]
    name = random.choice(("number", "offers", "needs", "pairs", "objective", "bound", "status", "missing", "twice"))
    if name == "missing":
        return replace(clearing, components=clearing.components[:position] + clearing.components[position + 1 :])
    if name == "twice":
        return replace(clearing, components=(*clearing.components, part))
    if name == "status":
        return replace(clearing, components=_with(clearing.components, position, replace(part, status="empty")))
    value = getattr(part, name)
    wrong = value + 1 if isinstance(value, int) else random.choice((value * 2 + 100, part.objective - 1))
    return replace(clearing, components=_with(clearing.components, position, replace(part, **{name: wrong})))


def _outcome_amount(random: Random, outcome: OrderOutcome) -> OrderOutcome:
    name = random.choice(("filled", "requested"))
    return replace(outcome, **{name: getattr(outcome, name) + random.choice((D(1), D("-0.5"), D("0.001")))})


def _outcome_status(random: Random, outcome: OrderOutcome) -> OrderOutcome:
    others = [s for s in ("matched", "partly_matched", "unmatched") if s != outcome.status]
    return replace(outcome, status=random.choice(others))  # type: ignore[arg-type]


def _outcome_order(random: Random, outcome: OrderOutcome) -> OrderOutcome:
    return replace(outcome, order="nobody")


def _outcome_reasons(random: Random, outcome: OrderOutcome) -> OrderOutcome | None:
    if random.random() < 0.3:
        return replace(outcome, reasons=())
    reason = random.choice(outcome.reasons)
    position = outcome.reasons.index(reason)
    if reason.code == "own_volume" and len(outcome.reasons) == 1:
        wrong = replace(reason, code="specification", counterparties=1)
    else:
        wrong = random.choice((replace(reason, counterparties=reason.counterparties + 1), replace(reason, code="mood")))
    return replace(outcome, reasons=_with(outcome.reasons, position, wrong))


def _orders_listed(random: Random, market: Market, clearing: Clearing) -> Clearing | None:
    position = _pick(random, clearing.orders)
    one = clearing.orders[position]
    rest = clearing.orders[:position] + clearing.orders[position + 1 :]
    return replace(clearing, orders=random.choice((rest, (*clearing.orders, one), (*rest[::-1], one)[::-1][1:])))


def _support(random: Random, market: Market, clearing: Clearing) -> Clearing | None:
    if clearing.support is None:
        return None
    name = random.choice(("matches", "supported", "without_width", "uniform"))
    wrong = random.choice((-1, 10**6))
    return replace(clearing, support=replace(clearing.support, **{name: wrong}))


def _match_id(random: Random, market: Market, match: Match) -> Match:
    return replace(match, id=match.id + "0")


def _periods(random: Random, market: Market, match: Match) -> Match:
    return replace(match, volumes=random.choice((match.volumes[:-1], (*match.volumes, D(0)))))


OF_THE_CLEARING: dict[str, Kind] = {
    "volume": of_match(_volume),
    "volumes swapped": _volumes_swapped,
    "orders swapped": _orders_swapped,
    "unknown order": of_match(_unknown_order),
    "objective": of_total("objective"),
    "bound": _bound,
    "bound kind": _bound_kind,
    "gap": of_total("gap"),
    "status": _status,
    "market hash": _hash,
    "missing match": _match_missing,
    "duplicated match": _match_twice,
    "match id": of_match(_match_id),
    "number of periods": of_match(_periods),
    "grade": of_match(_grade),
    "payment days": of_match(_payment_days),
    "incoterm": of_match(_incoterm),
    "freight": of_amount("freight_cny_per_unit"),
    "quality": of_amount("quality_cny_per_unit"),
    "gain": of_amount("gain_cny"),
    "volume band": of_match(_band),
    "reference": series("reference"),
    "floor": series("floor"),
    "cap": series("cap"),
    "formula": of_price(_formula),
    "uniform": of_price(_uniform),
    "exception": of_price(_exception),
    "price missing": of_match(_price_missing),
    "multipliers": _multipliers,
    "a multiplier of a billion": _multiplier_of_a_billion,
    "components": _components,
    "filled or requested": of_outcome(_outcome_amount),
    "outcome status": of_outcome(_outcome_status),
    "outcome order": of_outcome(_outcome_order),
    "reasons": of_outcome(_outcome_reasons),
    "orders listed": _orders_listed,
    "support": _support,
}
