"""Where a search may begin: with what an earlier clearing made of the same orders (docs/model.md 6.3).

Orders, parties and periods are known by their names and places; whatever is not there any more is passed over.
Nothing of it is believed: the volumes are made exact as any others, and 4.1 is counted at the multipliers anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from solver.form.clearing import Clearing
from solver.pairs.screened import Floats, Ints
from solver.search.bound import Prices, has_parties_row, no_prices, shared_parties
from solver.search.component import Component
from solver.search.exact import ExactVolumes

BEST_OF_CHANGED, BEST_OF_PARTNERS = 8, 4  # pairs of an order that are decided again
NEAR = 1e-6
MUCH = 0.05  # of what is missing, that one contract would gain at the multipliers


@dataclass(frozen=True, slots=True)
class Warm:
    """An earlier clearing as far as it concerns one component."""

    volumes: Floats  # (P, T), in grade units
    prices: Prices
    filled: Floats  # (orders,): what each order had of anybody; NaN for those that are new


def warm_starts(earlier: Clearing, parts: Iterable[Component]) -> Iterator[Warm]:
    """What each component begins with."""
    volumes = {(match.offer, match.need): [float(each) for each in match.volumes] for match in earlier.matches}
    values = {name: float(value) for name, value in earlier.multipliers.values.items()}
    filled = {outcome.order: float(outcome.filled) for outcome in earlier.orders}
    for part in parts:
        before = np.array([filled.get(rows.order.id, np.nan) for rows in part.orders])
        yield Warm(_volumes_of(part, volumes), _prices_of(part, values), before)


def within_counts(component: Component, volumes: Floats) -> Floats:
    """The volumes without the contracts that an order may not have any more (3.7), least welfare first.

    All other rows are held by taking back some of the volumes, see :mod:`solver.search.rounding`.
    """
    pairs, held = component.pairs, ExactVolumes(component)
    worth = (pairs.gain * volumes).sum(axis=1) - pairs.contract_cost
    kept = np.zeros_like(volumes)
    for p in np.lexsort((np.arange(len(component)), -worth)).tolist():
        if volumes[p].any() and held.may_add(p):
            held.change(p, int(np.argmax(volumes[p])), 1)  # what counts is that there is a contract
            kept[p] = volumes[p]
    return kept


def _volumes_of(part: Component, volumes: dict[tuple[str, str], list[float]]) -> Floats:
    found = np.zeros(part.pairs.gain.shape)
    ids = [rows.order.id for rows in part.orders]
    for p, (seller, buyer) in enumerate(zip(part.seller.tolist(), part.buyer.tolist(), strict=True)):
        stated = volumes.get((ids[seller], ids[buyer]))
        if stated is not None and len(stated) == part.periods:
            found[p] = stated
    return found


def _prices_of(part: Component, values: dict[str, float]) -> Prices:
    prices = no_prices(part)
    for k, rows in enumerate(part.orders):
        name = rows.order.id
        prices.capacity[k] = [values.get(f"capacity:{name}:{t}", 0.0) for t in range(part.periods)]
        if has_parties_row(rows):
            prices.parties[k] = values.get(f"counterparties:{name}", 0.0)
        for party in shared_parties(rows):
            prices.share[k, party] = values.get(f"share:{name}:{part.party_names[party]}", 0.0)
    return prices


def beside(warm: Warm, own: Prices) -> Prices:
    """The earlier multipliers, with a search's own for the orders that are new."""
    new = np.isnan(warm.filled)
    share = {key: own.share.get(key, 0.0) if new[key[0]] else value for key, value in warm.prices.share.items()}
    capacity = np.where(new[:, None], own.capacity, warm.prices.capacity)
    return Prices(capacity, np.where(new, own.parties, warm.prices.parties), share)


def around_changes(component: Component, volumes: Floats, profits: Floats, filled: Floats, missing: float) -> Ints:
    """The pairs to be decided again: around orders that are new, have less than they had, or could gain much more.

    Their best pairs, and those partners' contracts and best pairs in turn; everything else may stay as it was.
    ``missing``: between welfare and bound, CNY.
    """
    on = volumes.sum(axis=1) > 0
    ranked = [rows.pairs[np.argsort(-profits[rows.pairs], kind="stable")] for rows in component.orders]
    has = np.array([(volumes[rows.pairs] * rows.each_unit).sum() for rows in component.orders])
    lost = np.flatnonzero(~(has >= filled * (1 - NEAR)))  # a new one compares with nothing
    missed = ~on & (profits > missing * MUCH)
    changed = np.union1d(lost, np.concatenate([component.seller[missed], component.buyer[missed]]))
    free = np.zeros(len(component), dtype=bool)
    for k in changed.tolist():
        free[ranked[k][:BEST_OF_CHANGED]] = True
        free[ranked[k][on[ranked[k]]]] = True
    around = np.union1d(component.seller[free], component.buyer[free])
    for k in np.setdiff1d(around, changed).tolist():
        free[ranked[k][:BEST_OF_PARTNERS]] = True
        free[ranked[k][on[ranked[k]]]] = True
    return np.flatnonzero(free).astype(np.int64)
