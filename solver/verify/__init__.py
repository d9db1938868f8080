"""The verifier: a clearing recomputed from the market by plain arithmetic.

It shares the reading of the files with the rest of the solver and nothing else, so that a wrong model does
not agree with itself.  The sections of docs/model.md are checked one file each.

What arithmetic cannot tell is only recorded in a clearing, and not verified: the limits on work, whether the
clock was hit or a component interrupted, which clearing the search began with, the names and versions of the
solver, that rules could not lack less nor fewer of them be given up (3.23), what stood before the search among
near-equals (3.26), how many matches the duals support (5.1), which of the possible reasons of 7.3 holds for a pair, and
the sides and amounts of reasons.  A multiplier may be another one as long as the bound that is claimed follows
from it.
"""

from __future__ import annotations

from solver.form.clearing import Clearing
from solver.form.market import Market
from solver.verify.bound import read_multipliers, recompute
from solver.verify.courses import course_faults, credit_faults
from solver.verify.firm import firm_faults
from solver.verify.ground import Ground
from solver.verify.joint_terms import account_faults
from solver.verify.links import link_faults
from solver.verify.matches import match_faults, read_deals
from solver.verify.near_equals import near_equal_faults
from solver.verify.orders import capacity_faults, deals_by_order, fill_faults
from solver.verify.outcomes import outcome_faults
from solver.verify.parties import approval_faults
from solver.verify.prices import price_faults
from solver.verify.relaxed import relaxation_faults
from solver.verify.support import support_faults
from solver.verify.totals import component_faults, head_faults, total_faults
from solver.verify.unknown_terms import unverified_terms
from solver.verify.violation import Violation

__all__ = ["Violation", "verify"]


def verify(market: Market, clearing: Clearing) -> list[Violation]:
    """Everything in a clearing that does not follow from its market; an empty list if all of it does.

    Maths: all of docs/model.md.  Amounts are compared exactly, as fractions; only the bound (4.1) is
    recomputed in floats and compared outwards.
    """
    found = list(unverified_terms(market))
    if found:
        return found
    ground = Ground(market)
    found += head_faults(ground, clearing)
    if not (clearing.objective.is_finite() and clearing.bound.is_finite() and clearing.gap.is_finite()):
        return found
    deals = read_deals(ground, clearing, found)
    by_order = deals_by_order(deals)
    for deal in deals:
        found += match_faults(ground, deal)
        found += course_faults(deal)
    found += capacity_faults(ground, by_order)
    found += firm_faults(ground, by_order)
    found += fill_faults(ground, by_order)
    found += account_faults(ground, deals)
    found += approval_faults(ground, by_order)
    found += link_faults(ground, by_order)
    found += credit_faults(ground, deals)
    every = recompute(ground, read_multipliers(ground, clearing, found), found)
    found += total_faults(ground, clearing, deals, every)
    found += component_faults(ground, clearing, deals, every)
    found += outcome_faults(ground, clearing, by_order, every)
    found += relaxation_faults(ground, clearing, deals, every)
    found += near_equal_faults(ground, clearing, deals, every.components)
    found += price_faults(ground, deals)
    found += support_faults(clearing, deals)
    return found
