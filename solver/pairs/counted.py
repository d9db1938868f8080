"""What counts of stated volumes: V_it of docs/model.md 1.4.

The solver works on a market whose volumes are all plain, :func:`counted`; everything but the firm part of a match is
computed from it.  :func:`volumes_of` is how a volume is read.
"""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from solver.form.market import Market, Order, Policy
from solver.form.terms import SplitVolume


def counted(market: Market) -> Market:
    """The market with every split volume replaced by what the policy counts of it; the same one if none is split."""
    if not any(is_split(order) for order in market.orders):
        return market
    return replace(market, orders=tuple(_counted(order, market.policy) for order in market.orders))


def volumes_of(order: Order) -> tuple[Decimal, ...]:
    """Volumes of a counted order per period.  Raises: TypeError for one that has not been counted."""
    volumes: list[Decimal] = []
    for volume in order.volumes:
        if isinstance(volume, SplitVolume):
            raise TypeError(f"{order.id}: a split volume has to be counted before it is used")
        volumes.append(volume)
    return tuple(volumes)


def is_split(order: Order) -> bool:
    """Whether any of an order's volumes is split into firm and planned."""
    return any(isinstance(volume, SplitVolume) for volume in order.volumes)


def firm_of(volume: Decimal | SplitVolume) -> Decimal:
    """The firm part of a volume; all of one that is not split."""
    return volume.firm if isinstance(volume, SplitVolume) else volume


def _counted(order: Order, policy: Policy) -> Order:
    if not is_split(order):
        return order
    with_planned = policy.planned_capacity == "counted"
    volumes = (
        volume.firm + volume.planned if isinstance(volume, SplitVolume) and with_planned else firm_of(volume)
        for volume in order.volumes
    )
    return replace(order, volumes=tuple(volumes))
