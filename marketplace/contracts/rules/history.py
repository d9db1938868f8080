"""What holds for a month of a contract whose terms, price or parties have changed: of all that happened to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from marketplace.contracts.rules.answers import PARTIES, Party
from marketplace.contracts.rules.novation import Former, holder
from marketplace.contracts.rules.reopener import (
    INDEX,
    Trigger,
    collar_factor,
    first_month,
    same_collar,
    states_price_anew,
)
from marketplace.contracts.rules.settlement.price import price_formula
from marketplace.shared.clock import beijing_date
from marketplace.shared.months import month_of


@dataclass(frozen=True)
class Version:
    """A version of the terms; ``since``: when it took effect, None while the first one waits for it."""

    number: int
    terms: Mapping[str, Any]
    since: datetime | None


@dataclass(frozen=True)
class Episode:
    """One time that a re-opener was triggered; ``version``: that was in force then."""

    number: int
    version: int
    result_if_none: str
    negotiate_until: datetime
    trigger: Trigger


@dataclass(frozen=True)
class Collar:
    """Floor and cap of a month as they hold now, CNY per unit, half up to 0.01: as agreed times the factor."""

    period: str
    factor: Fraction
    floor: Decimal
    cap: Decimal


@dataclass(frozen=True)
class History:
    """All that bears on what a month of delivery is by: ``versions`` the first one, and those that took effect.

    ``present``: who is on either side today; ``former``: who has left it.
    """

    versions: Sequence[Version]
    episodes: Sequence[Episode]
    present: Mapping[Party, str]
    former: Mapping[Party, Sequence[Former]]

    def holders(self, month: str) -> dict[Party, str]:
        """The organisations that deliver, and that take and pay, in a month."""
        return {side: holder(self.former[side], self.present[side], month) for side in PARTIES}

    def version_of_month(self, month: str) -> Version:
        """The last that had taken effect before a month began in Beijing, for the first months the first one.

        A month of a party that has left is not changed after the novation by which it did.
        """
        found = self.versions[0]
        left = min((each.number for side in PARTIES for each in self.former[side] if month <= each.until), default=None)
        for each in self.versions[1:]:
            if left is not None and each.number > left:
                break
            if each.since is not None and month_of(beijing_date(each.since)) < month:
                found = each
        return found

    def amended_in_time(self, episode: Episode) -> bool:
        """Whether another price, or re-opener, had taken effect before the negotiations of an episode ended."""
        before = self._terms(episode.version)
        return any(
            each.number > episode.version
            and each.since is not None
            and each.since < episode.negotiate_until
            and states_price_anew(before, each.terms)
            for each in self.versions
        )

    def moving(self, terms: Mapping[str, Any], month: str) -> list[Episode]:
        """The episodes whose result, without an agreement, moves floor and cap of a month; an amended one stands.

        ``terms``: of the version that holds for the month.
        """
        agreed = _agreed(terms, month)
        return [
            each
            for each in self.episodes
            if agreed is not None and each.result_if_none == INDEX and month >= first_month(each.negotiate_until)
            if self._stands(each, terms, agreed) and not self.amended_in_time(each)
        ]

    def collar_factor(self, terms: Mapping[str, Any], month: str, *, by: datetime | None = None) -> Fraction:
        """What a month's floor and cap are multiplied by; ``by``: after negotiations that had ended at that moment."""
        return collar_factor(
            [each.trigger for each in self.moving(terms, month) if by is None or each.negotiate_until <= by]
        )

    def moved_collar(self, month: str, *, by: datetime) -> Collar | None:
        """Floor and cap of a month where re-openers whose negotiations were over have moved them; else None."""
        terms = self.version_of_month(month).terms
        factor = self.collar_factor(terms, month, by=by)
        if factor == 1:
            return None
        formula = price_formula(terms, month, collar_factor=factor)
        assert formula.floor is not None
        assert formula.cap is not None
        return Collar(month, factor, formula.floor, formula.cap)

    def _stands(self, episode: Episode, terms: Mapping[str, Any], agreed: Mapping[str, Any]) -> bool:
        """Whether a month is priced as it was when the episode was triggered."""
        before = self._terms(episode.version)
        unchanged: bool = before["price"]["formula"] == terms["price"]["formula"]
        return unchanged and same_collar(_agreed(before, agreed["period"]), agreed)

    def _terms(self, number: int) -> Mapping[str, Any]:
        return next(each.terms for each in self.versions if each.number == number)


def _agreed(terms: Mapping[str, Any], month: str) -> Mapping[str, Any] | None:
    return next((each for each in terms["periods"] if each["period"] == month), None)
