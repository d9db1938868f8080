"""Falsified matches: whom they join, what they carry, on which terms."""

from __future__ import annotations

from random import Random

from msgspec.structs import replace

from solver.form.clearing import Clearing, Match
from solver.form.market import Market
from solver.form.terms import Payment
from tests.unit.solver.corruptions.falsifying import D, Kind, of_amount, of_match, picked, with_row


def _volume(random: Random, market: Market, match: Match) -> Match:
    quantum = next(grade.quantum for grade in market.grades if grade.id == match.grade)
    period = picked(random, match.volumes)
    change = random.choice((quantum, -quantum, quantum / 2, 10 * quantum, -match.volumes[period] - quantum))
    return replace(match, volumes=with_row(match.volumes, period, match.volumes[period] + change))


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
    if replace(first, id=second.id, **{name: getattr(second, name) for name in names}) == second:
        return None  # the same matches in another order
    matches = with_row(clearing.matches, one, replace(first, **{name: getattr(second, name) for name in names}))
    matches = with_row(matches, other, replace(second, **{name: getattr(first, name) for name in names}))
    return replace(clearing, matches=matches)


def _unknown_order(random: Random, market: Market, match: Match) -> Match:
    name = random.choice(("offer", "need"))
    return replace(match, **{name: random.choice((match.need if name == "offer" else match.offer, "nobody", ""))})


def _incoterm(random: Random, market: Market, match: Match) -> Match:
    return replace(match, incoterm=random.choice([t for t in ("EXW", "DDP", None) if t != match.incoterm]))


def _payment_days(random: Random, market: Market, match: Match) -> Match:
    return replace(match, payment_days=match.payment_days + random.choice((-1, 1, 30)))


def _payment(random: Random, market: Market, match: Match) -> Match:
    """Terms made up, left out, or with another figure."""
    if match.payment is None:
        return replace(match, payment=Payment(days=match.payment_days, instrument="transfer"))
    days = replace(match.payment, days=match.payment.days + 1)
    tenor = replace(match.payment, tenor_days=(match.payment.tenor_days or 0) + 1)
    return replace(match, payment=random.choice((None, days, tenor, replace(match.payment, instrument=None))))


def _late(random: Random, market: Market, match: Match) -> Match:
    return replace(match, late_for_small_supplier=not match.late_for_small_supplier)


def _band(random: Random, market: Market, match: Match) -> Match:
    name = random.choice(("band_down", "band_up", "seller_band_down", "seller_band_up"))
    return replace(match, **{name: getattr(match, name) + D("0.05")})


def _span(random: Random, market: Market, match: Match) -> Match:
    side = random.choice(("band", "seller_band"))
    if random.random() < 0.5:
        spans = [span for span in ("period", "quarter", "year") if span != getattr(match, f"{side}_per")]
        return replace(match, **{f"{side}_per": random.choice(spans)})
    months = getattr(match, f"{side}_make_up_months")
    return replace(match, **{f"{side}_make_up_months": 1 if months is None else random.choice((None, months + 1))})


def _papers(random: Random, market: Market, match: Match) -> Match:
    name = random.choice(("invoice_form", "dangerous_goods_class"))
    return replace(match, **{name: None if getattr(match, name) is not None else "another"})


def _tolling(random: Random, market: Market, match: Match) -> Match | None:
    if match.tolling is None:
        return None
    changes = ({"grade": "slag"}, {"yield_fraction": D("0.2")}, {"loss_limit": D(0)}, {"title": "seller"})
    changed = replace(match.tolling, **random.choice(changes))
    return replace(match, tolling=random.choice((None, changed)))


def _wishes(random: Random, market: Market, match: Match) -> Match | None:
    if match.wishes is None:
        return None
    names = [name for name in ("agreed", "seller_only", "buyer_only", "conflicts") if getattr(match.wishes, name)]
    taken = random.choice(names)
    left = replace(match.wishes, **{taken: getattr(match.wishes, taken)[1:]})
    return replace(match, wishes=random.choice((None, left, replace(match.wishes, conflicts=("exclusivity",)))))


def _firm(random: Random, market: Market, match: Match) -> Match | None:
    if match.firm is None:
        return None
    period = picked(random, match.firm)
    moved = with_row(match.firm, period, match.firm[period] + random.choice((D("0.5"), D("-0.5"), D(1))))
    return replace(match, firm=random.choice((None, moved, match.firm[:-1])))


def _firm_swapped(random: Random, market: Market, clearing: Clearing) -> Clearing | None:
    return _swapped(random, clearing, ("firm",))


def _grade(random: Random, market: Market, match: Match) -> Match:
    return replace(match, grade=random.choice([g.id for g in market.grades if g.id != match.grade] or ["none"]))


def _match_missing(random: Random, market: Market, clearing: Clearing) -> Clearing | None:
    if not clearing.matches:
        return None
    position = picked(random, clearing.matches)
    return replace(clearing, matches=clearing.matches[:position] + clearing.matches[position + 1 :])


def _match_twice(random: Random, market: Market, clearing: Clearing) -> Clearing | None:
    if not clearing.matches:
        return None
    again = random.choice(clearing.matches)
    return replace(clearing, matches=(*clearing.matches, replace(again, id=f"m{len(clearing.matches) + 1}")))


def _match_id(random: Random, market: Market, match: Match) -> Match:
    return replace(match, id=match.id + "0")


def _periods(random: Random, market: Market, match: Match) -> Match:
    return replace(match, volumes=random.choice((match.volumes[:-1], (*match.volumes, D(0)))))


def _ratio(random: Random, market: Market, match: Match) -> Match:
    """An alternate made up, forgotten, or at another ratio."""
    if match.ratio is None:
        return replace(match, ratio=random.choice((D(1), D("1.5"))))
    return replace(match, ratio=random.choice((None, match.ratio + D("0.000001"), D(0))))


KINDS: dict[str, Kind] = {
    "volume": of_match(_volume),
    "volumes swapped": _volumes_swapped,
    "orders swapped": _orders_swapped,
    "unknown order": of_match(_unknown_order),
    "missing match": _match_missing,
    "duplicated match": _match_twice,
    "match id": of_match(_match_id),
    "number of periods": of_match(_periods),
    "grade": of_match(_grade),
    "ratio": of_match(_ratio),
    "payment days": of_match(_payment_days),
    "payment terms": of_match(_payment),
    "small supplier": of_match(_late),
    "incoterm": of_match(_incoterm),
    "freight": of_amount("freight_cny_per_unit"),
    "quality": of_amount("quality_cny_per_unit"),
    "gain": of_amount("gain_cny"),
    "volume band": of_match(_band),
    "span of the band": of_match(_span),
    "papers": of_match(_papers),
    "tolling": of_match(_tolling),
    "wishes": of_match(_wishes),
    "firm part": of_match(_firm),
    "firm parts swapped": _firm_swapped,
}
