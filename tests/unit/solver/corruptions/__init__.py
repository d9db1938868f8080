"""Falsified clearings, kind by kind: what the verifier has to notice.

A kind takes a random source, a market and its true clearing and returns a false pair of both, or None where the
clearing has nothing of that kind to falsify.  :data:`OF_THE_CLEARING` changes what the clearing says;
:data:`OF_THE_MARKET` (in :mod:`tests.unit.solver.tightened`) tightens one term of a matched order instead, so
that everything in the clearing agrees with itself and only that one row is broken.
"""

from tests.unit.solver.corruptions import matches, near_equals, outcomes, prices, relaxations, totals
from tests.unit.solver.corruptions.falsifying import Kind

OF_THE_CLEARING: dict[str, Kind] = matches.KINDS | prices.KINDS | totals.KINDS | outcomes.KINDS
OF_DEMANDS: dict[str, Kind] = relaxations.KINDS | outcomes.OF_STOCKS  # of rules relaxed, and of stocks (3c, 3d)
OF_AIMS: dict[str, Kind] = near_equals.KINDS  # of clearings chosen among near-equals (3e)
