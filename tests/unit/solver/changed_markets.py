"""Hundreds of random markets: every change that is proven by a solved component, made, does match (7.6).

``python -m tests.unit.solver.changed_markets 0 300``; the suite does some of them.
"""

from __future__ import annotations

import sys

from solver.clear import clear
from solver.explaining.changes.running import smallest_changes
from solver.pairs.counted import counted
from tests.unit.solver.test_changes import EXACT, changed
from tests.unit.solver.tiny_joint import joint_market
from tests.unit.solver.tiny_markets import tiny_market


def main(first: int, beyond: int) -> int:
    """How many changes do not match; each is printed."""
    made = wrong = 0
    for of in (counted(make(seed)) for make in (tiny_market, joint_market) for seed in range(first, beyond)):
        before = clear(of, EXACT)
        filled = {outcome.order: outcome.filled for outcome in before.orders}
        orders = {order.id: order for order in of.orders}
        for each in smallest_changes(of, before).orders:
            for change in (each.price, each.volume, each.specification):
                if change is None or change.proof != "solved":
                    continue
                made += 1
                after = clear(changed(of, orders[each.order], change), EXACT)
                now = next(outcome.filled for outcome in after.orders if outcome.order == each.order)
                if now <= filled[each.order]:
                    wrong += 1
                    sys.stdout.write(f"{each.order}: {change}\n")
    sys.stdout.write(f"{made} changes made, {wrong} do not match\n")
    return wrong


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])) > 0)
