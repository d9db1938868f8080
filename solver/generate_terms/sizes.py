"""Terms of volume: how large a contract is, how it runs over the periods, what of it may move."""

from __future__ import annotations

from decimal import Decimal

from solver.form.market import Order
from solver.form.terms import Flexibility, Option, SplitVolume, Storage, Tier, Tiers
from solver.generate_terms.drawing import GRAM, THOUSANDTH, Drawing, Fields, Random, Term, rounded

LOTS = tuple(map(Decimal, ("0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1", "2", "5", "10", "20", "50")))
GRANTED = Option(down=Decimal("0.2"), up=Decimal("0.2"), per="quarter", make_up_months=3)


def _grant(drawing: Drawing, random: Random) -> None:
    """Half of all orders grant more than anybody requires."""
    for k in range(len(drawing.orders)):
        if random.random() < 0.5:
            drawing.change(k, {"flexibility": Flexibility(grants=GRANTED)})


def _flexibility(drawing: Drawing, k: int, random: Random) -> Fields:
    down, up = (rounded(random.uniform(0.02, 0.15), THOUSANDTH) for _ in range(2))
    per = ("period", "quarter")[int(random.integers(2))]
    required = Option(down=down, up=up, per=per, make_up_months=(None, 2)[int(random.integers(2))])  # type: ignore[arg-type]
    return {"flexibility": Flexibility(requires=required, grants=drawing.orders[k].flexibility.grants)}


def _lot(drawing: Drawing, k: int, random: Random) -> Fields:
    """The greatest usual lot that is at most a tenth of the mean month, so that common multiples stay small."""
    return {"lot": max((lot for lot in LOTS if lot <= drawing.month(k) / 10), default=LOTS[0])}


def _minimum_fill(drawing: Drawing, k: int, random: Random) -> Fields:
    """One in four is all or nothing."""
    part = Decimal(1) if random.random() < 0.25 else rounded(random.uniform(0.1, 0.6), THOUSANDTH)
    return {"minimum_fill": part}


def _maximum_contract(drawing: Drawing, k: int, random: Random) -> Fields:
    return {"maximum_contract": drawing.volume(k, random.uniform(0.3, 0.8))}


def _minimum_per_period(drawing: Drawing, k: int, random: Random) -> Fields:
    return {"minimum_per_period": drawing.volume(k, random.uniform(0.02, 0.08) / drawing.periods)}


def _ramp(drawing: Drawing, k: int, random: Random) -> Fields:
    return {"ramp": rounded(random.uniform(0.3, 1), THOUSANDTH)}


def _split(drawing: Drawing, k: int, random: Random) -> Fields:
    part = random.uniform(0.5, 1)
    return {"volumes": tuple(_parted(volume, part) for volume in _volumes(drawing.orders[k]))}


def _parted(volume: Decimal, part: float) -> SplitVolume:
    firm = rounded(float(volume) * part, GRAM)
    return SplitVolume(firm=firm, planned=volume - firm)


def _volumes(order: Order) -> list[Decimal]:
    return [volume for volume in order.volumes if isinstance(volume, Decimal)]


def _storage(drawing: Drawing, k: int, random: Random) -> Fields:
    """Half a month to two months; what is there in the beginning is there in the end."""
    capacity = drawing.volume(k, random.uniform(0.5, 2) / drawing.periods)
    stock = rounded(float(capacity) * random.uniform(0, 0.3), GRAM)
    cost = drawing.money(k, random.uniform(0.001, 0.005))
    owner = "seller" if drawing.is_offer(k) else "buyer"
    return {
        "storage": Storage(owner=owner, place="store", opening=stock, closing=stock, capacity=capacity, cost=cost)  # type: ignore[arg-type]
    }


def _tiers(drawing: Drawing, k: int, random: Random) -> Fields:
    kind = ("all_unit", "incremental")[int(random.integers(2))]
    starts, parts = (0.2, 0.5), (random.uniform(0.002, 0.008), random.uniform(0.01, 0.02))
    steps = tuple(
        Tier(from_volume=drawing.volume(k, start, least=least), discount=drawing.stated(k, part))
        for start, part, least in zip(starts, parts, (GRAM, 2 * GRAM), strict=True)
    )
    return {"tiers": Tiers(kind=kind, steps=steps)}  # type: ignore[arg-type]


TERMS = {
    "flexibility": Term(_flexibility, prepare=_grant),
    "lot": Term(_lot),
    "minimum_fill": Term(_minimum_fill),
    "maximum_contract": Term(_maximum_contract),
    "minimum_per_period": Term(_minimum_per_period),
    "ramp": Term(_ramp),
    "split_volumes": Term(_split, Drawing.is_offer),
    "storage": Term(_storage),
    "tiers": Term(_tiers, Drawing.is_offer),
}
