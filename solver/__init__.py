"""Clears a market of long-term offers and needs: who trades with whom, how much, at what price, and why not.

Knows no web framework and no database.  The mathematics is numbered in ``docs/model.md``, the files are
described in ``docs/market-format.md``.  The names below are light; what computes is imported from its module::

    from solver.generate import generate    # a random market by a stated law
    from solver.clear import clear          # the matches, their prices, a proven bound, reasons
    from solver.verify import verify        # everything in a clearing that does not follow from its market
    from solver.explaining.describe import describe    # what became of one order, in words for its owner
"""

from solver.form.clearing import Clearing, WorkLimits
from solver.form.faults import Fault, MarketError
from solver.form.market import Market, content_hash
from solver.form.reading import read_clearing, read_market, write_json

__all__ = [
    "Clearing",
    "Fault",
    "Market",
    "MarketError",
    "WorkLimits",
    "content_hash",
    "read_clearing",
    "read_market",
    "write_json",
]
