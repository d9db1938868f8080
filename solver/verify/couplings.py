"""Orders that belong to one component though no pair joins them (section 3)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import pairwise

from solver.verify.ground import Ground


def joined_by_terms(ground: Ground, trading: Collection[int]) -> Iterator[tuple[int, int]]:
    """Neighbours within every group of orders that a term joins, of those orders that have any pair."""
    policy = ground.market.policy
    aimed = policy.welfare_tolerance > 0 and policy.concentration_target is not None
    small = {order.grade for order in ground.market.orders if order.side == "offer" and order.small_supplier}
    groups: dict[tuple[str, ...], list[int]] = {}
    for position, order in enumerate(ground.market.orders):
        if order.source is not None:
            groups.setdefault(("source", order.source.site, order.source.line), []).append(position)
        if order.family is not None:
            groups.setdefault(("family", order.organisation, order.family), []).append(position)
        if order.exclusive is not None:
            groups.setdefault(("exclusive", order.organisation, order.exclusive), []).append(position)
        if aimed or (policy.small_supplier_share is not None and order.grade in small):
            groups.setdefault(("grade", order.grade), []).append(position)
        named = {each.need for each in order.inputs} | ({order.linked_to} if order.linked_to is not None else set())
        for name in named:
            groups[("named", order.id, name)] = [position, ground.position[name]]
    for members in groups.values():
        yield from pairwise(position for position in members if position in trading)
