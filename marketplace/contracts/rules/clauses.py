"""The clauses of a contract beside volumes and prices: what both parties wish, upon what the round lays down.

A wish counts where both state it alike; what one side alone wishes, or both differently, is no clause until a counter
puts it on the table and the other side accepts it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from decimal import Decimal
from typing import Any

from marketplace.orders.rules.fields import Fields
from marketplace.orders.rules.limits import MOST_DAYS, ONE, ZERO
from marketplace.orders.rules.wishes import read_clauses

WISHED = (
    "reservation_fee",
    "take_or_pay",
    "ship_or_pay",
    "reopener",
    "exclusivity",
    "resale_ban",
    "most_favoured",
    "quality_claim",
)
DAYS = ("force_majeure_notice_days", "force_majeure_longest_days", "cure_days")
RATES = ("vat_rate", "deviation_charge")
PROMISES = ("take_or_pay", "ship_or_pay")
WHOLE_REOPENER = 4  # a re-opener needs all its fields


def first_clauses(
    wishes: Mapping[str, Any], laid_down: Mapping[str, Any], certificates: Sequence[str]
) -> dict[str, Any]:
    """The clauses of a round's own terms.

    ``wishes``: as a proposal states them; ``laid_down``: the round's ``contracting``; ``certificates``: those that
    either side requires of the other.

    >>> from marketplace.rounds.rules.contracting import normal_contracting
    >>> agreed = [{"wish": "take_or_pay/fraction", "value": "0.8"}, {"wish": "resale_ban", "value": True}]
    >>> clauses = first_clauses({"agreed": agreed}, normal_contracting({}), [])
    >>> clauses["take_or_pay"], clauses["resale_ban"], clauses["quality_claim"], clauses["cure_days"]
    ({'make_up_months': 0, 'fraction': '0.8'}, True, {'objection_days': 15}, 30)
    """
    agreed: dict[str, Any] = {}
    for each in wishes["agreed"]:
        _put(agreed, each["wish"], each["value"])
    clauses = _wished(agreed)
    clauses["quality_claim"] = {"objection_days": laid_down["objection_days"], **(clauses["quality_claim"] or {})}
    return {
        **clauses,
        **{name: laid_down[name] for name in (*DAYS, *RATES)},
        "certificates": sorted(set(certificates)),
    }


def countered_clauses(counter: Fields, present: Mapping[str, Any]) -> dict[str, Any]:
    """The clauses with those that a counter names in place of the present ones; ``none`` lists those that end."""
    given = counter.below("clauses")
    if given is None:
        return dict(present)
    read_clauses(given)
    for name in DAYS:
        given.whole(name, 1, MOST_DAYS)
    for name in RATES:
        given.amount(name, least=ZERO, most=ONE)
    ended = given.texts("none", check=WISHED.__contains__, wanted="one of " + ", ".join(WISHED)) or []
    for name in ended:
        if name in given:
            given.fault("none", "names a clause that is stated too", name, "one of both", "contradiction")
    given.finish()
    stated = {name: value for name, value in given.kept.items() if name != "none"}
    clauses = {**present, **dict.fromkeys(ended), **_wished_alone(stated)}
    clauses["quality_claim"] = clauses["quality_claim"] or {
        "objection_days": present["quality_claim"]["objection_days"]
    }
    return clauses


def least_paid(clauses: Mapping[str, Any], party: str) -> Decimal:
    """The part of the volume that a party pays for, or delivers, in any case: 0 without such a clause.

    >>> least_paid({"take_or_pay": {"fraction": "0.8"}, "ship_or_pay": None}, "buyer")
    Decimal('0.8')
    """
    promise = clauses["take_or_pay" if party == "buyer" else "ship_or_pay"]
    return ZERO if promise is None else Decimal(promise["fraction"])


def _wished(agreed: Mapping[str, Any]) -> dict[str, Any]:
    """Every wish in its place; one of which both agreed on a part alone that cannot stand by itself is none."""
    return {**dict.fromkeys(WISHED), **_wished_alone(agreed)}


def _wished_alone(agreed: Mapping[str, Any]) -> dict[str, Any]:
    clauses: dict[str, Any] = {}
    for name, value in deepcopy(dict(agreed)).items():
        if name in PROMISES:
            clauses[name] = {"make_up_months": 0, **value} if "fraction" in value else None
        elif name == "reopener":
            clauses[name] = value if len(value) == WHOLE_REOPENER else None
        else:
            clauses[name] = None if value is False else value
    return clauses


def _put(clauses: dict[str, Any], pointer: str, value: Any) -> None:
    *above, last = pointer.split("/")
    for name in above:
        clauses = clauses.setdefault(name, {})
    clauses[last] = value
