"""What contracts and proposals hold of a side's months, in the units that this side counts in."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from marketplace.contracts.rules.amounts import Range

CoveredSide = Literal["seller", "buyer"]
SIDES: dict[CoveredSide, str] = {"seller": "offer", "buyer": "need"}  # what each side's orders are


@dataclass(frozen=True)
class Promise:
    """A contract or a proposal, as one side counts it; of a contract that was taken over what one party holds of it.

    ``site_id``: the one that the side's order named; None where the order is not its own.  ``drawn_from``: the site
    at which the goods are made, None where none is registered.  ``order_id``: the order of the side whose stated
    volume it counts against; None where that order states what is left beside it, or is over.  ``taken_over``: from
    the party whose order that is.
    """

    id: str
    signed: bool  # a contract; else a proposal
    terms: Mapping[str, Any]
    grade_id: str  # that the side counts it under: asked for by a buyer, delivered by a seller
    organisation_id: str  # whose it is, on this side
    other_id: str  # the other party
    site_id: str | None = None
    drawn_from: str | None = None
    order_id: str | None = None
    taken_over: bool = False

    def held(self, organisation_id: str, other_id: str, months: Collection[str]) -> Promise:
        """The part of it that two organisations hold, of these months.

        >>> terms = {"periods": [{"period": "2027-01"}, {"period": "2027-02"}]}
        >>> part = Promise("con", True, terms, "LC", "new", "other").held("old", "other", ["2027-01"])
        >>> part.organisation_id, part.terms
        ('old', {'periods': [{'period': '2027-01'}]})
        """
        periods = [each for each in self.terms["periods"] if each["period"] in months]
        terms = {**self.terms, "periods": periods}
        return replace(self, terms=terms, organisation_id=organisation_id, other_id=other_id)


def volumes_for(side: CoveredSide, terms: Mapping[str, Any], quantum: Decimal) -> dict[str, Range]:
    """Least, expected and greatest volume by month.

    A seller delivers what the terms say.  For a buyer goods of another grade stand for what they replace (docs/model.md
    3.22): where that does not divide evenly least and expected are rounded down to ``quantum``, the greatest up.

    >>> volume = {"minimum": "9", "expected": "10", "maximum": "11"}
    >>> terms = {"periods": [{"period": "2027-01", "volume": volume}], "alternate": {"ratio": "1.2"}}
    >>> [[str(x) for x in vars(volumes_for(side, terms, Decimal("0.1"))["2027-01"]).values()] for side in SIDES]
    [['9', '10', '11'], ['7.5', '8.3', '9.2']]
    """
    alternate = terms.get("alternate") if side == "buyer" else None
    found: dict[str, Range] = {}
    for each in terms["periods"]:
        least, expected, most = (Decimal(each["volume"][name]) for name in ("minimum", "expected", "maximum"))
        if alternate:
            ratio = Decimal(alternate["ratio"])
            least, expected = (_whole(volume, ratio, quantum) for volume in (least, expected))
            most = -_whole(-most, ratio, quantum)  # up
        found[each["period"]] = Range(least, expected, most)
    return found


def _whole(volume: Decimal, ratio: Decimal, quantum: Decimal) -> Decimal:
    """What a volume stands for, in whole quanta, rounded down: exactly, since the quotient may have no end."""
    return math.floor(Fraction(volume) / Fraction(ratio) / Fraction(quantum)) * quantum
