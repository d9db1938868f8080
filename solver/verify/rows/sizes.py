"""Least and greatest contract of every pair, and whether some whole volume lies between them (2 quantity, 3.4, 3.5)."""

from __future__ import annotations

import numpy as np

from solver.verify.admission import common_lot
from solver.verify.columns import INFINITY, Flags, Floats
from solver.verify.rows.related import Trial
from solver.verify.rows.sides import Sides

NEAR = 1e-9  # of a step: a float that is as near to the next whole one counts as it


def sizes(sides: Sides, i: int, greatest: Floats, shares: list[Trial]) -> tuple[Floats, Floats]:
    """m_p and M_p (3.4), (n,) each."""
    offers, needs = sides.offers, sides.needs
    pair_total = np.minimum(offers.volume[i], needs.volume).sum(axis=1)
    for j in np.flatnonzero(needs.of_other_grade).tolist():  # where a volume need not be whole quanta
        whole = np.floor(np.minimum(offers.volume[i], needs.volume[j]) / sides.quantum + 1e-9)
        pair_total[j] = whole.sum() * sides.quantum
    possible = np.minimum(pair_total, np.where(needs.requested, needs.share, INFINITY))
    if offers.requested[i]:
        possible = np.minimum(possible, offers.share[i])
    least = np.maximum(np.maximum(offers.least[i], needs.least), needs.least_volume)
    for volume, fraction in (
        (np.full(len(possible), offers.clipped_volume[i]), offers.clipped_fraction[i]),
        (needs.clipped_volume, needs.clipped_fraction),
    ):
        of_pair = np.floor(fraction * possible / sides.quantum + 1e-9) * sides.quantum
        least = np.maximum(least, np.minimum(volume, of_pair))
    whole = greatest.sum(axis=1)
    most = np.minimum(np.minimum(whole, offers.most[i]), np.minimum(needs.most, needs.share))
    most = np.minimum(most, offers.share[i])
    most = np.minimum(most, offers.deliver_total[i] / (1 + needs.wants_up))
    most = np.minimum(most, needs.deliver_total / (1 + offers.wants_up[i]))
    for j, approved, trial in shares:
        free = greatest[j][approved].sum()
        most[j] = min(most[j], free + min(trial, whole[j] - free))
    return least, most


def fits(sides: Sides, i: int, greatest: Floats, least: Floats, most: Floats, shares: list[Trial]) -> Flags:
    """Whether some volume in whole steps lies between m_p and M_p."""
    needs = sides.needs
    lots = [
        float(common_lot(sides.offers.orders[i], needs.orders[first], sides.ground.quantum(sides.grade)))
        for first in needs.lot_first
    ]
    step = np.array(lots)[needs.lot_class]
    steps = np.floor(greatest / step[:, None] + NEAR)
    reachable = np.minimum(steps.sum(axis=1), np.floor(most / step + NEAR))
    for j, approved, trial in shares:
        free = steps[j][approved].sum()
        tried = min(np.floor(trial / step[j] + NEAR), steps[j].sum() - free)
        reachable[j] = min(reachable[j], free + tried)
    found: Flags = (reachable >= 1) & (reachable >= least / step - NEAR)
    return found
