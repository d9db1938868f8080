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
    Incumbent,
    Input,
    LimitPrice,
    LossConsent,
    MaximumShare,
    Option,
    SplitVolume,
    Tolling,
    Validity,
)
from solver.form.wishes import ContractWishes
from solver.verify import losses
from solver.verify.admission import judge
from solver.verify.ground import Ground

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


def _counted(market: Market, order: Order) -> Decimal:
    """V_i: the volume that counts (docs/model.md 1.4)."""
    counts = market.policy.planned_capacity == "counted"
    return sum(
        (v.firm + counts * v.planned if isinstance(v, SplitVolume) else v for v in order.volumes),
        D(0),
    )


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
    stated = _counted(market, order)
    return {"minimum_fill": D(1)} if _total(matches) < stated else None


def _most(random: Random, market: Market, order: Order, matches: list[Match]) -> dict[str, Any] | None:
    parties = {_party(_other(market, order, match)) for match in matches}
    return {"counterparties": Counterparties(most=len(parties) - 1)} if len(parties) > 1 else None


def _least(random: Random, market: Market, order: Order, matches: list[Match]) -> dict[str, Any]:
    return {"counterparties": Counterparties(least=len(matches) + 1)}


def _party(order: Order) -> str:
    return order.organisation if order.group_parent is None else order.group_parent


def _requested_share(random: Random, market: Market, order: Order, matches: list[Match]) -> dict[str, Any]:
    stated = _counted(market, order)
    share = max(sum(match.volumes, D(0)) for match in matches) / stated
    return {"maximum_share": MaximumShare(fraction=share - D("0.01"), of="requested")}


def _awarded_share(random: Random, market: Market, order: Order, matches: list[Match]) -> dict[str, Any]:
    share = max(sum(match.volumes, D(0)) for match in matches) / _total(matches)
    return {"maximum_share": MaximumShare(fraction=share - D("0.01"), of="awarded")}


def _approved(random: Random, market: Market, order: Order, matches: list[Match]) -> dict[str, Any]:
    return {"approved": Approved(kind="only", counterparties=())}


def _trial_share(random: Random, market: Market, order: Order, matches: list[Match]) -> dict[str, Any]:
    stated = _counted(market, order)
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
    wanted = random.choice(
        (Option(down=D("0.9"), up=D("0.9")), Option(up=D("0.9")), Option(down=D("0.1"), notice_days=0))
    )
    if wanted.notice_days == 0:
        grants = [_other(market, order, match).flexibility.grants for match in matches]
        if any(option is not None and option.down >= wanted.down and not option.notice_days for option in grants):
            wanted = Option(up=D("0.9"))
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


def _another_side(market: Market, order: Order, matches: list[Match]) -> list[Order]:
    return [_other(market, order, match) for match in matches]


def _invoice_form(random: Random, market: Market, order: Order, matches: list[Match]) -> dict[str, Any] | None:
    if all(other.delivery.invoice_form is None for other in _another_side(market, order, matches)):
        return None
    return {"delivery": replace(order.delivery, invoice_form="a form nobody uses")}


def _dangerous_goods(random: Random, market: Market, order: Order, matches: list[Match]) -> dict[str, Any] | None:
    if all(other.delivery.dangerous_goods_class is None for other in _another_side(market, order, matches)):
        return None
    return {"delivery": replace(order.delivery, dangerous_goods_class="1.1")}


def _tolling(random: Random, market: Market, order: Order, matches: list[Match]) -> dict[str, Any]:
    if order.tolling is None:
        ore = Tolling(grade="ore", yield_fraction=D(1), loss_limit=D(0), fee=D(0), title="buyer")
        return {"tolling": ore}
    tighter = (
        {"grade": "slag"},
        {"title": "buyer" if order.tolling.title == "seller" else "seller"},
        {"yield_fraction": D("0.0001") if order.side == "offer" else D(100)},
        {"loss_limit": D(1) if order.side == "offer" else D(0)},
    )
    return {"tolling": random.choice((None, *(replace(order.tolling, **change) for change in tighter)))}


def _span(random: Random, market: Market, order: Order, matches: list[Match]) -> dict[str, Any] | None:
    """The same option over a longer span, or with longer to make up, than one other side grants."""
    wanted = order.flexibility.requires
    if wanted is None or (wanted.down == 0 and wanted.up == 0):
        return None
    if random.random() < 0.5:
        return {"flexibility": replace(order.flexibility, requires=replace(wanted, make_up_months=36))}
    grants = [other.flexibility.grants for other in _another_side(market, order, matches)]
    if len(market.calendar[0]) == 4 or all(g is None or g.per == "year" or g.down == 1 for g in grants):
        return None
    return {"flexibility": replace(order.flexibility, requires=replace(wanted, per="year"))}


def _switching_cost(random: Random, market: Market, order: Order, matches: list[Match]) -> dict[str, Any]:
    return {"incumbents": (Incumbent(organisation="nobody here", switching_cost=D(10**6)),)}


def _planned(random: Random, market: Market, order: Order, matches: list[Match]) -> dict[str, Any] | None:
    """The whole volume planned, of which nothing counts."""
    if order.side == "need" or market.policy.planned_capacity == "counted":
        return None
    whole = (v.firm + v.planned if isinstance(v, SplitVolume) else v for v in order.volumes)
    return {"volumes": tuple(SplitVolume(firm=D(0), planned=volume) for volume in whole)}


def _wishes(random: Random, market: Market, order: Order, matches: list[Match]) -> dict[str, Any] | None:
    banned = {other.contract_wishes.resale_ban for other in _another_side(market, order, matches)} - {None}
    if market.policy.wish_conflicts == "show" or len(banned) != 1:
        return None
    return {"contract_wishes": ContractWishes(resale_ban=not banned.pop())}


def _consent(random: Random, market: Market, order: Order, matches: list[Match]) -> dict[str, Any] | None:
    """No consent any more, where a match loses on some path."""
    if order.loss_consent is None or market.policy.paths_required == 1 or not _loses(market, order, matches):
        return None
    return {"loss_consent": random.choice((None, LossConsent(most_cny_per_unit=D(0))))}


def _loses(market: Market, order: Order, matches: list[Match]) -> bool:
    ground = Ground(market)
    for match in matches:
        offer, need = ground.orders[match.offer], ground.orders[match.need]
        facts = judge(ground, offer, need)
        assert not isinstance(facts, str)
        for asks, bids in zip(facts.asks, facts.bids, strict=True):
            if any(losses.loses(asks[t], bids[t]) for t, volume in enumerate(match.volumes) if volume > 0):
                return True
    return False


def _assay(random: Random, market: Market, order: Order, matches: list[Match]) -> dict[str, Any] | None:
    """The offer guarantees its assay no more, where a need is priced by it."""
    others = [_other(market, order, match) for match in matches]
    if order.side == "need" or _by_assay(order) or not any(map(_by_assay, others)):
        return None
    return {"specification": {name: value for name, value in order.specification.items() if name != "ni_pct"}}


def _by_assay(order: Order) -> bool:
    return any(part.content_attribute is not None for part in order.limit_price.components)


def _input_cost(random: Random, market: Market, order: Order, matches: list[Match]) -> dict[str, Any] | None:
    """So much of an input that no price pays for it, all of it in stock."""
    needs = [each.id for each in market.orders if each.side == "need" and _above_zero(each)]
    if order.side == "need" or not needs:
        return None
    return {"inputs": (Input(need=random.choice(needs), units_per_unit=D(10**6), stocked=D(10**12)),)}


def _above_zero(need: Order) -> bool:
    parts = need.limit_price.components
    return all(not part.content_attribute and (part.fixed is None or part.fixed > 1) for part in parts)


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
    "invoice form": ("2 invoice_form", _invoice_form),
    "dangerous goods": ("2 dangerous_goods", _dangerous_goods),
    "tolling": ("2 tolling", _tolling),
    "span of an option": ("2 flexibility", _span),
    "switching cost": ("2 price", _switching_cost),
    "planned volume": ("2 price", _planned),
    "wishes in conflict": ("2 wishes", _wishes),
    "consent to losses": ("2 price|2 quantity|1.1g", _consent),
    "assay": ("2 specification", _assay),
    "cost of an input": ("2 price", _input_cost),
}
