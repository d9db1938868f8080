"""Components of a market: parts that no order joins, each cleared alone (docs/model.md section 3)."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from solver.pairs.screened import Ints, Screened
from solver.screening.couplings import coupled


def components(screened: Screened) -> list[Ints]:
    """Positions into the pairs, one array per component: most pairs first, ties by the first pair.

    Orders are joined by their pairs, and where both have any, by terms that couple them.
    """
    pairs, orders = screened.pairs, len(screened.market.orders)
    if not len(pairs):
        return []
    trading = set(np.concatenate([pairs.offer, pairs.need]).tolist())
    groups = ([k for k in group if k in trading] for group in coupled(screened.market))
    joined = np.array([ends for group in groups for ends in pairwise(group)], dtype=np.int64).reshape(-1, 2)
    ones, others = np.append(pairs.offer, joined[:, 0]), np.append(pairs.need, joined[:, 1])
    graph = coo_array((np.ones(len(ones)), (ones, others)), shape=(orders, orders))
    _, label = connected_components(graph, directed=False)
    order = np.argsort(label[pairs.offer], kind="stable")
    of_pair = label[pairs.offer][order]
    parts = np.split(order, np.flatnonzero(np.diff(of_pair)) + 1)
    return sorted((part.astype(np.int64) for part in parts), key=lambda part: (-len(part), int(part[0])))
