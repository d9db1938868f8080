"""Rules that guess a foreign limit: each looks at a dossier and names one figure, or has nothing to say.

``PRICE_RULES`` look at prices alone and are the measure; ``NAMED_RULES`` are what somebody who knows docs/model.md
would try; ``figure_rules`` makes a rule of every figure that stands in a proposal.
Maths: x a price, o our own limit, both at the stranger's place, s the sign (+1: their limit lies above).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import combinations
from statistics import fmean, median

from bench.shading.hits import PARTS
from tests.scenarios.dossiers import Dossier, Meeting
from tests.scenarios.strangers import LEVEL, POLICY

Rule = Callable[[Dossier], float | None]

FIRST_STEP = 10 * float(POLICY["price_tick"])  # of prices where some limit reaches STEP_FROM (docs/model.md 5.3)
STEP_FROM = 2000 * FIRST_STEP
NEAR = 0.04  # of a price: from the middle of two figures so near, both are within 2 %


def mean_price(dossier: Dossier) -> float | None:
    """The mean of the prices proposed to both."""
    return fmean(each.price for each in dossier.meetings)


def farthest_price(dossier: Dossier) -> float | None:
    """The price that came nearest to their limit."""
    return _farthest(dossier).price


def published_price(dossier: Dossier) -> float | None:
    """The published mean price of the grade, over the season."""
    found = [each.published for each in dossier.meetings if each.published is not None]
    return fmean(found) if found else None


def usual_level(dossier: Dossier) -> float | None:
    """About where all limits lie, as everybody in the trade knows."""
    return LEVEL


def split(part: float) -> Rule:
    """If every price lay ``part`` of the way from the seller's limit to the buyer's: solved for theirs."""

    def solved(dossier: Dossier) -> float | None:
        return median(_solved(each, part) for each in dossier.meetings)

    return solved


def last_split(part: float) -> Rule:
    """The same where our own limit came nearest: there a common price most likely lay between just the two of us."""

    def solved(dossier: Dossier) -> float | None:
        return _solved(max(dossier.meetings, key=lambda each: each.sign * each.own), part)

    return solved


def _solved(meeting: Meeting, part: float) -> float:
    theirs = part if meeting.sign > 0 else 1 - part
    return (meeting.price - (1 - theirs) * meeting.own) / theirs


def two_equations(dossier: Dossier) -> float | None:
    """If x = (1 - k) o + k limit with one unknown k: two rounds with different own limits give both."""
    found = []
    for one, two in combinations(dossier.meetings, 2):
        moved = two.own - one.own
        rest = (two.price - one.price) / moved if abs(moved) > 1 else 0
        if 0 < rest < 1:
            found.append((one.price - rest * one.own) / (1 - rest))
    return median(found) if found else None


def mean_of_ends(dossier: Dossier) -> float | None:
    """As far beyond the farthest price as the nearest of our own limits lies before a price."""
    return _farthest(dossier).price + dossier.sign * min(abs(each.price - each.own) for each in dossier.meetings)


def price_that_stood(dossier: Dossier) -> float | None:
    """Our own limit moved and the price did not."""
    stood = [a.price for a, b in combinations(dossier.meetings, 2) if a.price == b.price and a.own != b.own]
    return stood[-1] if stood else None


def band_end(dossier: Dossier) -> float | None:
    """A band that is not closed reaches towards their limit, and not beyond it."""
    wide = [each.band_end for each in dossier.meetings if not each.formula and abs(each.band_end - each.price) > 1]
    return max(wide, key=lambda end: dossier.sign * end) if wide else None


def exception(dossier: Dossier) -> float | None:
    """An exception says that there was hardly room for a price."""
    gaps = ((each, each.proposal["price"]["exception_gap_cny_per_unit"]) for each in dossier.meetings)
    narrow = [each.price + each.sign * float(gap) for each, gap in gaps if gap]
    return narrow[-1] if narrow else None


def fine_step(dossier: Dossier) -> float | None:
    """A price off the coarse step: the window held no coarse one, or no limit reached STEP_FROM."""
    fine = [each.price for each in dossier.meetings if not each.formula and each.drawn % FIRST_STEP]
    return fine[-1] if fine else None


def step_above(dossier: Dossier) -> float | None:
    """Prices on the coarse step alone: some limit reached STEP_FROM, and ours did not."""
    if dossier.sign < 0 or any(each.formula or each.drawn % FIRST_STEP for each in dossier.meetings):
        return None
    return STEP_FROM if max(_farthest(dossier).price, _farthest(dossier).own) < STEP_FROM else None


def not_uniform(dossier: Dossier) -> float | None:
    """No common price for the region: somebody's limit was in the way."""
    alone = [each.price for each in dossier.meetings if not each.proposal["price"]["uniform"]]
    return alone[-1] if alone else None


def better_rank(dossier: Dossier) -> float | None:
    """Ranks stay: a price that once beat today's and was not drawn today lies beyond somebody's limit."""
    now = _farthest(dossier)
    known = [
        past.drawn
        for past in (*dossier.before, *dossier.meetings)
        if (past.sign, past.region) == (now.sign, now.region) and past.uniform and now.uniform
        # today's price was in that window, as far as our own limit tells
        and now.sign * (past.drawn - now.drawn) > 0 and now.sign * (now.drawn - past.drawn_own) > 0
    ]  # fmt: skip
    nearest = min(known, key=lambda drawn: abs(drawn - now.drawn), default=None)
    if nearest is None or abs(nearest - now.drawn) > NEAR * now.drawn:
        return None
    return now.price + (nearest - now.drawn) / 2


def probed(dossier: Dossier) -> float | None:
    """Between the farthest price and the nearest own limit at which we no longer met."""
    far, sign = _farthest(dossier), dossier.sign
    missed = (far.own_of(each) for each in dossier.trail if dossier.stranger not in each.counterparties)
    beyond = [own for own in missed if 0 < sign * (own - far.price) < NEAR * far.price]
    return (far.price + min(beyond, key=lambda own: sign * own)) / 2 if beyond else None


PRICE_RULES: tuple[Rule, ...] = (mean_price, farthest_price, published_price, usual_level)
_SINGLE = (
    two_equations, mean_of_ends, price_that_stood, band_end, exception, fine_step, step_above, not_uniform,
    better_rank, probed,
)  # fmt: skip
NAMED_RULES: dict[str, Rule] = {
    **{f"split {part}": split(part) for part in PARTS},
    **{f"last_split {part}": last_split(part) for part in PARTS},
    **{rule.__name__: rule for rule in _SINGLE},
}

# How a figure z of a proposal with volume v may hide a limit.
FORMS: dict[str, Callable[[float, Meeting, float], float]] = {
    "z": lambda z, m, v: z,
    "z at their place": lambda z, m, v: z + m.freight,
    "z with tax": lambda z, m, v: 1.13 * z,
    "z without tax": lambda z, m, v: z / 1.13,
    "z / v": lambda z, m, v: z / v,
    "2 z - o": lambda z, m, v: 2 * z - m.own,
    "2 z - o at their place": lambda z, m, v: 2 * (z + m.freight) - m.own,
    "o + z": lambda z, m, v: m.own + m.sign * z,
    "o + 2 z": lambda z, m, v: m.own + 2 * m.sign * z,
    "o + z / v": lambda z, m, v: m.own + m.sign * z / v,
    "o (1 + z)": lambda z, m, v: m.own * (1 + m.sign * z),
    "x + z": lambda z, m, v: m.price + m.sign * z,
    "x + z / v": lambda z, m, v: m.price + m.sign * z / v,
    "x (1 + z)": lambda z, m, v: m.price * (1 + m.sign * z),
}


def figure_rules(dossiers: Iterable[Dossier]) -> dict[str, Rule]:
    """A rule for every place of a proposal where a figure stands, in each of the forms."""
    places = {place for dossier in dossiers for each in dossier.meetings for place in each.figures}
    return {f"{form} of {place}": _of_figure(place, form) for place in sorted(places) for form in FORMS}


def _of_figure(place: str, form: str) -> Rule:
    def guess(dossier: Dossier) -> float | None:
        known = ((each, each.figures.get(place)) for each in dossier.meetings)
        found = [FORMS[form](figure, each, each.volume) for each, figure in known if figure is not None]
        return median(found) if found else None

    return guess


def _farthest(dossier: Dossier) -> Meeting:
    return max(dossier.meetings, key=lambda each: each.sign * each.price)
