"""Components of a market: parts that no order joins, each cleared alone (docs/model.md section 3)."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from solver.pairs.screened import Ints, Screened


def components(screened: Screened) -> list[Ints]:
    """Positions into the pairs, one array per component: most pairs first, ties by the first pair."""
    pairs, orders = screened.pairs, len(screened.market.orders)
    if not len(pairs):
        return []
    graph = coo_array((np.ones(len(pairs)), (pairs.offer, pairs.need)), shape=(orders, orders))
    _, label = connected_components(graph, directed=False)
    order = np.argsort(label[pairs.offer], kind="stable")
    of_pair = label[pairs.offer][order]
    parts = np.split(order, np.flatnonzero(np.diff(of_pair)) + 1)
    return sorted((part.astype(np.int64) for part in parts), key=lambda part: (-len(part), int(part[0])))
