"""The life of a shipment and of its rejection, whose weight counts, and how much may be shipped for a month."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from marketplace.shared.lifecycle import Lifecycle
from marketplace.shared.months import shifted

ZERO = Decimal(0)

SHIPMENT = Lifecycle(
    "shipment",
    "announced",
    {
        ("announced", "receive"): "received",
        ("announced", "cancel"): "cancelled",
    },
)

# A rejection stands until either party gives way; contested, it counts against nobody until then.
REJECTION = Lifecycle(
    "rejection",
    "none",
    {
        ("none", "reject"): "open",
        ("open", "reject"): "open",  # more of the same lot
        ("open", "contest"): "contested",
        ("open", "concede"): "settled",  # the seller gives way
        ("contested", "concede"): "settled",
        ("open", "lower"): "settled",  # the buyer gives way, by as much as it says
        ("contested", "lower"): "settled",
        ("settled", "reject"): "open",  # a further defect of the same lot
    },
)


@dataclass(frozen=True)
class Weighed:
    """A shipment as sums need it: what it counts as, and how much of it stands rejected.  Units: the grade's."""

    number: int
    month: str
    status: str
    counted: Decimal  # what was shipped as long as it has not been received
    rejected: Decimal = ZERO
    rejection: str = REJECTION.initial


@dataclass(frozen=True)
class Sums:
    """What the shipments of a month come to."""

    under_way: Decimal = ZERO  # announced, not received
    counted: Decimal = ZERO
    rejected: Decimal = ZERO
    contested: Decimal = ZERO  # of what is rejected

    @property
    def accepted(self) -> Decimal:
        """What was received and stands."""
        return self.counted - self.rejected


def counted_volume(shipped: Decimal, weighed: Decimal, tolerance: Decimal) -> Decimal:
    """The seller's weight within the weighing tolerance of it, the buyer's beyond.

    >>> [str(counted_volume(Decimal(100), Decimal(w), Decimal("0.002"))) for w in ("99.8", "99.799", "100.3")]
    ['100', '99.799', '100.3']
    """
    return shipped if abs(weighed - shipped) <= tolerance * shipped else weighed


def weighing_tolerance(terms: Mapping[str, Any]) -> Decimal:
    """The part of a weight by which the other party's may differ and does not count."""
    return Decimal(terms["clauses"]["quality_claim"].get("weighing_tolerance") or 0)


def objection_ends(terms: Mapping[str, Any], since: date) -> date:
    """The last day in Beijing on which the buyer may object; what was not received by then counts as received."""
    return since + timedelta(days=terms["clauses"]["quality_claim"]["objection_days"])


def most_shipped(terms: Mapping[str, Any], called: Decimal, quantum: Decimal) -> Decimal:
    """How much may be shipped for a month: what was called, the seller's option, and the weighing tolerance on both.

    >>> terms = {"volume_band": {"seller_option": {"up": "0.05"}}, "clauses": {"quality_claim": {}}}
    >>> most_shipped(terms, Decimal("33.333"), Decimal("0.001"))
    Decimal('34.999')
    """
    up = Decimal(terms["volume_band"]["seller_option"]["up"])
    most = called * (1 + up) * (1 + weighing_tolerance(terms))
    return (most / quantum).to_integral_value(ROUND_FLOOR) * quantum


def may_be_made_up(terms: Mapping[str, Any], month: str, present: str) -> bool:
    """Whether what the seller promised to ship or pay for in a month may still be shipped, though it was due before.

    >>> clauses = {"clauses": {"ship_or_pay": {"fraction": "0.9", "make_up_months": 2}}}
    >>> [may_be_made_up(clauses, "2027-01", present) for present in ("2027-03", "2027-04")]
    [True, False]
    """
    promise = terms["clauses"]["ship_or_pay"]
    return (
        promise is not None and promise["make_up_months"] > 0 and present <= shifted(month, promise["make_up_months"])
    )


def sums(shipments: Iterable[Weighed]) -> Sums:
    """Of the shipments of one month.

    >>> lots = [Weighed(1, "2027-01", "received", Decimal(60), Decimal(10), "contested"),
    ...         Weighed(2, "2027-01", "announced", Decimal(30)), Weighed(3, "2027-01", "cancelled", Decimal(9))]
    >>> found = sums(lots)
    >>> [str(volume) for volume in (found.accepted, found.contested, found.under_way)]
    ['50', '10', '30']
    """
    under_way = counted = rejected = contested = ZERO
    for each in shipments:
        if each.status == "announced":
            under_way += each.counted
        elif each.status == "received":
            counted += each.counted
            rejected += each.rejected
            contested += each.rejected if each.rejection == "contested" else ZERO
    return Sums(under_way, counted, rejected, contested)
