"""What replays come to: exactly for the inside, coarsely and of five parties for the outside.  Maths: 8.5."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from solver.form.market import Market, party_of
from solver.form.stress import BothSee, GradeStress, ProposalStress, Seen, Shares, Shortfall
from solver.pairs.trades import Trade
from solver.pricing.bands import FEWEST_PARTIES
from solver.stress.replay import Moment
from solver.stress.windows import Window

STEP_OF_COUNTS = 5
STEP_OF_SHARES = Decimal("0.05")
MILLIONTH, CENT = Decimal("0.000001"), Decimal("0.01")

Happens = Callable[[Moment], bool]
HAPPENS: Mapping[str, Happens] = {
    "exposed": lambda moment: moment.seller_short > 0 or moment.buyer_short > 0,
    "below_seller": lambda moment: moment.seller_short > 0,
    "above_buyer": lambda moment: moment.buyer_short > 0,
    "at_floor": lambda moment: moment.at_floor,
    "at_cap": lambda moment: moment.at_cap,
    "out_of_range": lambda moment: moment.out_of_range,
}


@dataclass(frozen=True)
class Replayed:
    """One proposal from every beginning of a path."""

    trade: Trade
    moments: Sequence[Sequence[Moment]]  # one list per window


def grade_figures(grade: str | None, replayed: Sequence[Replayed], windows: Sequence[Window]) -> GradeStress:
    """One grade, as far as five parties on either side stand behind it."""
    sellers, buyers = {party_of(r.trade.offer) for r in replayed}, {party_of(r.trade.need) for r in replayed}
    if min(len(sellers), len(buyers)) < FEWEST_PARTIES:
        return GradeStress(grade, "fewer-than-five", *([None] * 8))
    broken = sum(any(HAPPENS["exposed"](m) for window in each.moments for m in window) for each in replayed)
    return GradeStress(
        grade,
        None,
        contracts=_in_fives(len(replayed)),
        contracts_broken=_in_fives(broken),
        **{name: _shares(replayed, windows, happens) for name, happens in HAPPENS.items()},
    )


def _shares(replayed: Sequence[Replayed], windows: Sequence[Window], happens: Happens) -> Shares:
    found: list[Fraction] = []
    for w in range(len(windows)):
        moments = [moment for each in replayed for moment in each.moments[w]]
        whole = sum((moment.value for moment in moments), Fraction(0))
        part = sum((moment.value for moment in moments if happens(moment)), Fraction(0))
        found.append(part / whole if whole else Fraction(0))
    worst = max(found)
    return Shares(
        mean=_coarse(sum(found, Fraction(0)) / len(found)),
        worst=_coarse(worst),
        worst_begins=windows[found.index(worst)].begins if _coarse(worst) > 0 else None,
    )


def proposal_figures(market: Market, replayed: Replayed, windows: Sequence[Window]) -> ProposalStress:
    """One proposal exactly, apart for who may see what."""
    match, every = replayed.trade.match, [moment for window in replayed.moments for moment in window]
    return ProposalStress(
        match=match.id,
        offer=match.offer,
        need=match.need,
        both=BothSee(**{name: _seen(every, HAPPENS[name]) for name in ("at_floor", "at_cap", "out_of_range")}),
        seller=_shortfall(market, replayed, windows, "below_seller", lambda moment: moment.seller_short),
        buyer=_shortfall(market, replayed, windows, "above_buyer", lambda moment: moment.buyer_short),
    )


def _shortfall(
    market: Market, replayed: Replayed, windows: Sequence[Window], name: str, short: Callable[[Moment], Fraction]
) -> Shortfall:
    every = [(window, moment) for window, row in zip(windows, replayed.moments, strict=True) for moment in row]
    window, moment = max(every, key=lambda pair: short(pair[1]))  # the first of equals
    worst = short(moment)
    return Shortfall(
        broken=_seen([each for _, each in every], HAPPENS[name]),
        worst_cny_per_unit=int(worst / Fraction(CENT) + Fraction(1, 2)) * CENT,
        worst_begins=window.begins if worst else None,
        worst_period=market.calendar[moment.period] if worst else None,
    )


def _seen(moments: Sequence[Moment], happens: Happens) -> Seen:
    some = [moment for moment in moments if happens(moment)]
    whole = sum((moment.value for moment in moments), Fraction(0))
    share = sum((moment.value for moment in some), Fraction(0)) / whole if whole else Fraction(0)
    return Seen(count=len(some), of=len(moments), share=round(share / Fraction(MILLIONTH)) * MILLIONTH)


def _in_fives(count: int) -> int:
    return count // STEP_OF_COUNTS * STEP_OF_COUNTS


def _coarse(share: Fraction) -> Decimal:
    """The nearest twentieth.

    >>> _coarse(Fraction(7, 100))
    Decimal('0.05')
    """
    return round(share / Fraction(STEP_OF_SHARES)) * STEP_OF_SHARES
