"""Markets with one term tightened under a clearing that was true before: see :mod:`tests.unit.solver.corruptions`.

The clearing takes the new market's hash, so that only the row of the tightened term is broken.  Each kind names
the term that the verifier must report.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any

from msgspec.structs import replace

from solver.form.clearing import Clearing, Match
from solver.form.market import Market, Order, content_hash
from solver.form.terms import (
    AcceptedRange,
    Approved,
    Component,
    Counterparties,
    Exclusion,
    Flexibility,
    LimitPrice,
    MaximumShare,
    Option,
    Validity,
)

D = Decimal
Tightening = Callable[[Random, Market, Order, list[Match]], dict[str, Any] | None]


def falsified(kind: str, random: Random, market: Market, clearing: Clearing) -> tuple[Market, Clearing] | None:
    """The market with one term of a random matched order tightened, and the clearing with that market's hash."""
    matched = [order for order in market.orders if any(order.id in (m.offer, m.need) for m in clearing.matches)]
    if not matched:
        return None
    order = random.choice(matched)
    matches = [match for match in clearing.matches if order.id in (match.offer, match.need)]
    changes = OF_THE_MARKET[kind][1](random, market, order, matches)
    if changes is None:
        return None
    orders = tuple(replace(order, **changes) if each is order else each for each in market.orders)
    tighter = replace(market, orders=orders)
    return tighter, replace(clearing, market_hash=content_hash(tighter))


def _total(matches: list[Match]) -> Decimal:
    return sum((volume for match in matches for volume in match.volumes), D(0))


def _other(market: Market, order: Order, match: Match) -> Order:
    name = match.need if order.id == match.offer else match.offer
    return next(each for each in market.orders if each.id == name)


def _capacity(random: Random, market: Market, order: Order, matches: list[Match]) -> dict[str, Any] | None:
    used = [sum((match.volumes[t] for match in matches), D(0)) for t in range(len(market.calendar))]
    period = random.choice([t for t, volume in enumerate(used) if volume > 0])
    quantum = next(grade.quantum for grade in market.grades if grade.id == order.grade)
    volumes = list(order.volumes)
    volumes[period] = used[period] - quantum
    return {"volumes": tuple(volumes)}


def _limit(random: Random, market: Market, order: Order, matches: list[Match]) -> dict[str, Any]:
    return {"limit_price": LimitPrice(components=(Component(fixed=D(10**6) if order.side == "offer" else D(1)),))}


def _minimum_contract(random: Random, market: Market, order: Order, matches: list[Match]) -> dict[str, Any]:
    least = min(sum(match.volumes, D(0)) for match in matches)
    return {"minimum_contract": least * random.choice((2, 10)), "lot": None}


def _maximum_contract(random: Random, market: Market, order: Order, matches: list[Match]) -> dict[str, Any]:
    return {"maximum_contract": max(sum(match.volumes, D(0)) for match in matches) - D("0.001")}


def _lot(random: Random, market: Market, order: Order, matches: list[Match]) -> dict[str, Any]:
    return {"lot": max(max(match.volumes) for match in matches) * random.choice((2, 3, D("1.5")))}


def _minimum_fill(random: Random, market: Market, order: Order, matches: list[Match]) -> dict[str, Any] | None:
    stated = sum(order.volumes, D(0))  # type: ignore[arg-type]
    return {"minimum_fill": D(1)} if _total(matches) < stated else None


def _most(random: Random, market: Market, order: Order, matches: list[Match]) -> dict[str, Any] | None:
    parties = {_party(_other(market, order, match)) for match in matches}
    return {"counterparties": Counterparties(most=len(parties) - 1)} if len(parties) > 1 else None


def _least(random: Random, market: Market, order: Order, matches: list[Match]) -> dict[str, Any]:
    return {"counterparties": Counterparties(least=len(matches) + 1)}


def _party(order: Order) -> str:
    return order.organisation if order.group_parent is None else order.group_parent


def _requested_share(random: Random, market: Market, order: Order, matches: list[Match]) -> dict[str, Any]:
    stated = sum(order.volumes, D(0))  # type: ignore[arg-type]
    share = max(sum(match.volumes, D(0)) for match in matches) / stated
    return {"maximum_share": MaximumShare(fraction=share - D("0.01"), of="requested")}


def _awarded_share(random: Random, market: Market, order: Order, matches: list[Match]) -> dict[str, Any]:
    share = max(sum(match.volumes, D(0)) for match in matches) / _total(matches)
    return {"maximum_share": MaximumShare(fraction=share - D("0.01"), of="awarded")}


def _approved(random: Random, market: Market, order: Order, matches: list[Match]) -> dict[str, Any]:
    return {"approved": Approved(kind="only", counterparties=())}


def _trial_share(random: Random, market: Market, order: Order, matches: list[Match]) -> dict[str, Any]:
    stated = sum(order.volumes, D(0))  # type: ignore[arg-type]
    share = max(D(0), _total(matches) / stated - D("0.01"))
    return {"approved": Approved(kind=random.choice(("only", "preferred")), counterparties=(), trial_share=share)}


def _exclusion(random: Random, market: Market, order: Order, matches: list[Match]) -> dict[str, Any]:
    other = _other(market, order, random.choice(matches))
    return {"exclusions": (Exclusion(organisation=other.organisation, reason="dispute"),)}


def _group(random: Random, market: Market, order: Order, matches: list[Match]) -> dict[str, Any] | None:
    other = _other(market, order, random.choice(matches))
    return {"organisation": other.organisation}


def _certificate(random: Random, market: Market, order: Order, matches: list[Match]) -> dict[str, Any]:
    return {"certificates": ("a certificate nobody holds",)}


def _flexibility(random: Random, market: Market, order: Order, matches: list[Match]) -> dict[str, Any]:
    wanted = random.choice((Option(down=D("0.9")), Option(up=D("0.9")), Option(down=D("0.1"), notice_days=0)))
    if wanted.notice_days == 0:
        grants = [_other(market, order, match).flexibility.grants for match in matches]
        if any(option is not None and option.down >= wanted.down and not option.notice_days for option in grants):
            wanted = Option(down=D("0.9"))
    return {"flexibility": Flexibility(requires=wanted, grants=order.flexibility.grants)}


def _specification(random: Random, market: Market, order: Order, matches: list[Match]) -> dict[str, Any] | None:
    if order.side == "offer":
        return None
    impossible = AcceptedRange(at_least=D("100.5"), at_most=D(101))
    name = random.choice(("purity", "Li2CO3_pct", "moisture"))
    return {"specification": {**order.specification, name: impossible}}


def _validity(random: Random, market: Market, order: Order, matches: list[Match]) -> dict[str, Any] | None:
    return None if market.as_of is None else {"validity": Validity(valid_to="2026-01-01")}


def _incoterms(random: Random, market: Market, order: Order, matches: list[Match]) -> dict[str, Any] | None:
    other = _other(market, order, random.choice(matches)).delivery.incoterms
    return None if other is None else {"delivery": replace(order.delivery, incoterms=("FAS",))}


def _unverifiable(random: Random, market: Market, order: Order, matches: list[Match]) -> dict[str, Any]:
    return random.choice(({"priority": {"lot": "hard"}}, {"must_serve": True}))


OF_THE_MARKET: dict[str, tuple[str, Tightening]] = {
    "capacity": ("3.", _capacity),
    "limit price": ("2 price", _limit),
    "minimum contract": ("2 quantity|3.4", _minimum_contract),
    "maximum contract": ("2 quantity|3.4", _maximum_contract),
    "lot": ("2 quantity|3.5", _lot),
    "minimum fill": ("3.6", _minimum_fill),
    "most counterparties": ("3.7", _most),
    "least counterparties": ("3.7", _least),
    "requested share": ("2 quantity|3.4|3.8", _requested_share),
    "awarded share": ("2 quantity|3.4|3.8", _awarded_share),
    "approved only": ("2 approval", _approved),
    "trial share": ("2 quantity|3.4|3.9", _trial_share),
    "exclusion": ("2 exclusion", _exclusion),
    "same party": ("2 same_party", _group),
    "certificate": ("2 certificate", _certificate),
    "flexibility": ("2 flexibility", _flexibility),
    "specification": ("2 specification", _specification),
    "validity": ("2 validity", _validity),
    "incoterms": ("2 incoterm", _incoterms),
    "a term without check": ("unverified term", _unverifiable),
}
