"""Random markets by a stated law, for tests and benchmarks: docs/generator-laws.md."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Literal

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from solver.form.faults import WrongArgument
from solver.form.market import Freight, Grade, Market, Order, Policy, PricePath
from solver.form.terms import Component, Counterparties, LimitPrice, MaximumShare, MinimumContract, Site

Law = Literal["flat", "ramped"]
Floats = NDArray[np.float64]

GRADES = 40
CENT, GRAM, METRE = Decimal("0.01"), Decimal("0.001"), Decimal("0.001")  # CNY, t, km
PAIR_FRACTION = Decimal("0.9")
SHARE_CHOICES = (0.4, 0.5, 0.6, 1.0)
RAMPED_SEED_OFFSET = 999
GREATEST = 100_000  # orders a side


def generate(
    offers: int,
    needs: int,
    periods: int,
    seed: int,
    law: Law = "flat",
    *,
    divisible: bool = False,
    terms: float = 0,
    only: Sequence[str] = (),
) -> Market:
    """A random market of single-order organisations in 40 grades; the same arguments give the same bytes.

    ``divisible``: the same draws without what makes a contract all or nothing (least size, count, cost).
    ``terms``: the same draws, and each optional term (or ``only`` those named) on so large a part of the orders.
    Units: t, CNY/t, km.  Raises: WrongArgument.

    >>> market = generate(3, 2, 12, seed=1)
    >>> len(market.orders), market.calendar[0], market.calendar[-1], market.name
    (5, '2027-01', '2027-12', 'flat/1 offers=3 needs=2 periods=12 seed=1')
    """
    for name, value, least, greatest in (
        ("offers", offers, 1, GREATEST),
        ("needs", needs, 1, GREATEST),
        ("periods", periods, 1, 120),
        ("seed", seed, 0, 2**63 - 1),
    ):
        if not least <= value <= greatest:
            raise WrongArgument(name, value, f"must lie between {least} and {greatest}")
    if law not in ("flat", "ramped"):
        raise WrongArgument("law", repr(law), "must be 'flat' or 'ramped'")
    if divisible and terms:
        raise WrongArgument("terms", terms, "must be 0 in a divisible market, whose model is linear")
    if only and not terms:
        raise WrongArgument("only", ",".join(only), "goes with terms above 0")
    drawn = _Drawn(offers, needs, periods, seed)
    if law == "ramped":
        drawn.ramp(seed)
    laws = f"{law}/1 divisible/1" if divisible else f"{law}/1"
    size = f"offers={offers} needs={needs} periods={periods} seed={seed}"
    market = drawn.market(f"{laws} {size}")
    if terms:
        from solver.generate_terms import LAW, with_terms

        chosen = f" only={','.join(only)}" if only else ""
        return with_terms(market, terms, seed, name=f"{laws} {LAW} {size} terms={terms}{chosen}", only=only)
    return _divisible(market) if divisible else market


class _Drawn:
    """The figures of a market, drawn in a fixed sequence: moving a draw makes another law."""

    def __init__(self, offers: int, needs: int, periods: int, seed: int) -> None:
        random = np.random.default_rng(seed)
        weight = 1 / np.arange(1, GRADES + 1) ** 0.8
        weight /= weight.sum()
        self.periods = periods
        self.base = np.exp(random.uniform(np.log(5e3), np.log(3e5), GRADES))
        self.offer_grade = random.choice(GRADES, offers, p=weight)
        self.need_grade = random.choice(GRADES, needs, p=weight)
        self.offer_place = random.uniform(0, 3000, (offers, 2))
        self.need_place = random.uniform(0, 3000, (needs, 2))
        self.offer_limit = self.base[self.offer_grade] * random.normal(0.97, 0.06, offers)
        self.need_limit = self.base[self.need_grade] * random.normal(1.03, 0.06, needs)
        self.supply = random.lognormal(3.5, 1.0, offers)[:, None] * random.uniform(0.8, 1.2, (offers, periods))
        self.demand = random.lognormal(3.5, 1.0, needs)[:, None] * random.uniform(0.8, 1.2, (needs, periods))
        self.share = random.choice(SHARE_CHOICES, needs)
        self.need_most = random.integers(3, 8, needs)
        self.offer_most = random.integers(4, 12, offers)
        self.index: Floats | None = None  # (T,) relative to the base price; None under the law flat
        self.offer_indexed = np.zeros(offers, dtype=np.bool_)
        self.need_indexed = np.zeros(needs, dtype=np.bool_)

    def ramp(self, seed: int) -> None:
        """Profiles of volumes over the months, an index path, and who follows it."""
        random = np.random.default_rng(seed + RAMPED_SEED_OFFSET)
        self.supply = self.supply * _profiles(random, *self.supply.shape)
        self.demand = self.demand * _profiles(random, *self.demand.shape)
        self.index = 1 + np.cumsum(random.normal(0, 0.02, self.periods))
        self.offer_indexed = random.random(len(self.supply)) < 0.5
        self.need_indexed = random.random(len(self.demand)) < 0.5

    def market(self, name: str) -> Market:
        """The market form of the drawn figures."""
        base = [_rounded(value, CENT) for value in self.base]
        return Market(
            format="changdan-market/1",
            name=name,
            grades=tuple(
                Grade(id=_grade(g), unit="t", quantum=GRAM, contract_cost=_rounded(0.2 * self.base[g], CENT))
                for g in range(GRADES)
            ),
            calendar=tuple(f"{2027 + month // 12}-{month % 12 + 1:02d}" for month in range(self.periods)),
            paths=self._paths(),
            freight=Freight(kind="plane", cny_per_unit_km=Decimal("0.35")),
            policy=Policy(sealed_seed=name),
            orders=(
                *(self._offer(position, base) for position in range(len(self.supply))),
                *(self._need(position, base) for position in range(len(self.demand))),
            ),
        )

    def _paths(self) -> tuple[PricePath, ...]:
        if self.index is None:
            return ()
        indices = {
            _index(g): tuple(_rounded(self.base[g] * level, CENT) for level in self.index) for g in range(GRADES)
        }
        return (PricePath(weight=Decimal(1), indices=indices),)

    def _offer(self, position: int, base: list[Decimal]) -> Order:
        grade = int(self.offer_grade[position])
        volumes = _volumes(self.supply[position])
        minimum = (sum(volumes, Decimal(0)) * Decimal("0.15")).quantize(GRAM, ROUND_HALF_EVEN)
        return Order(
            id=f"o{position + 1:05d}",
            side="offer",
            organisation=f"S{position + 1:05d}",
            grade=_grade(grade),
            site=_site(self.offer_place[position]),
            volumes=volumes,
            limit_price=_limit(self.offer_limit[position], grade, base, indexed=bool(self.offer_indexed[position])),
            minimum_contract=MinimumContract(volume=minimum, pair_fraction=PAIR_FRACTION),
            counterparties=Counterparties(most=int(self.offer_most[position])),
        )

    def _need(self, position: int, base: list[Decimal]) -> Order:
        grade = int(self.need_grade[position])
        return Order(
            id=f"n{position + 1:05d}",
            side="need",
            organisation=f"B{position + 1:05d}",
            grade=_grade(grade),
            site=_site(self.need_place[position]),
            volumes=_volumes(self.demand[position]),
            limit_price=_limit(self.need_limit[position], grade, base, indexed=bool(self.need_indexed[position])),
            maximum_share=MaximumShare(fraction=_rounded(self.share[position], Decimal("0.1"))),
            counterparties=Counterparties(most=int(self.need_most[position])),
        )


def _divisible(market: Market) -> Market:
    """The market without the terms of whole contracts: its model is linear."""
    free = {"minimum_contract": None, "counterparties": None}
    return replace(
        market,
        grades=tuple(replace(grade, contract_cost=Decimal(0)) for grade in market.grades),
        orders=tuple(replace(order, **free) for order in market.orders),
    )


def _profiles(random: np.random.Generator, orders: int, periods: int) -> Floats:
    """One of four shapes over the months per order: flat, a ramp, a later start, a season.  (orders, T)"""
    month = np.arange(periods)
    kinds = random.integers(0, 4, orders)
    shapes = np.ones((orders, periods))
    for position, kind in enumerate(kinds):
        if kind == 1:
            start = random.uniform(0.1, 0.5)
            shapes[position] = start + (1 - start) * month / max(periods - 1, 1)
        elif kind == 2:
            shapes[position] = month >= random.integers(1, max(2, min(9, periods)))
        elif kind == 3:
            shapes[position] = 1 + 0.5 * np.sin(2 * np.pi * (month + random.uniform(0, 12)) / 12)
    return shapes


def _limit(limit: float, grade: int, base: list[Decimal], *, indexed: bool) -> LimitPrice:
    """A fixed limit, or the grade's index and the limit's distance from the base price as premium."""
    price = _rounded(limit, CENT)
    if indexed:
        return LimitPrice(components=(Component(index=_index(grade)),), premium=price - base[grade])
    return LimitPrice(components=(Component(fixed=price),))


def _volumes(figures: Floats) -> tuple[Decimal, ...]:
    return tuple(_rounded(figure, GRAM) for figure in figures)


def _site(place: Floats) -> Site:
    return Site(x_km=_rounded(place[0], METRE), y_km=_rounded(place[1], METRE))


def _rounded(value: float, step: Decimal) -> Decimal:
    return Decimal(float(value)).quantize(step, ROUND_HALF_EVEN)


def _grade(grade: int) -> str:
    return f"G{grade + 1:02d}"


def _index(grade: int) -> str:
    return f"I{grade + 1:02d}"
