"""How a round finds the freight between two places."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marketplace.accounts.rules.regions import region_fault
from marketplace.rounds.rules.fields import amount, choice, pointer_to, shown
from marketplace.shared.errors import Fault, InvalidInput

KINDS = ("none", "distance", "lanes")
MOST_LANES = 200_000
LONGEST_END = 64
_FIELDS = ("kind", "cny_per_unit_km", "circuity", "lanes")
_LANE_FIELDS = ("origin", "destination", "distance_km", "cny_per_unit")


def normal_freight(given: Mapping[str, Any]) -> dict[str, Any]:
    """The freight rules with every field in its place.

    Raises: InvalidInput with every bad field; freight fields without the kind that uses them are refused too.

    >>> normal_freight({"kind": "distance", "cny_per_unit_km": "0.350"})
    {'kind': 'distance', 'cny_per_unit_km': '0.35', 'circuity': '1', 'lanes': []}
    """
    faults = [
        Fault(pointer_to("freight", name), "is no field of freight", shown(value), ", ".join(_FIELDS), "unknown-field")
        for name, value in given.items()
        if name not in _FIELDS
    ]
    kind, wrong = choice(*KINDS)("/freight/kind", given.get("kind", "none"))
    faults += wrong
    rate, wrong = amount("0", "10000")("/freight/cny_per_unit_km", given.get("cny_per_unit_km") or "0")
    faults += wrong
    circuity, wrong = amount("1", "10")("/freight/circuity", given.get("circuity", "1"))
    faults += wrong
    lanes = given.get("lanes", [])
    if not isinstance(lanes, list) or len(lanes) > MOST_LANES:
        limit = f"a list of at most {MOST_LANES}"
        faults.append(Fault("/freight/lanes", f"must be {limit} lanes", shown(lanes), limit, "wrong-type"))
        lanes = []
    if lanes and kind != "lanes":
        faults.append(
            Fault("/freight/lanes", "lanes are used by kind lanes only", f"{len(lanes)} lanes", kind, "contradiction")
        )
    elif given.get("lanes", []) == [] and kind == "lanes":
        faults.append(Fault("/freight/lanes", "kind lanes needs the lanes", "0 lanes", "at least 1 lane", "missing"))
    if kind == "distance" and given.get("cny_per_unit_km") is None:  # without a word, every distance would be free
        message = 'kind distance needs its rate; "0" if every distance is meant to be free'
        faults.append(Fault("/freight/cny_per_unit_km", message, shown(None), "0 to 10000", "missing"))
    if kind == "none" and rate not in (None, "0"):
        faults.append(Fault("/freight/cny_per_unit_km", "kind none has no rate", rate, "0", "contradiction"))
    normal = [_lane(f"/freight/lanes/{place}", lane, rate, faults) for place, lane in enumerate(lanes)]
    seen: set[tuple[Any, Any]] = set()
    for place, lane in enumerate(normal):
        ends = (lane.get("origin"), lane.get("destination"))
        if ends in seen:
            named = shown(" to ".join(map(str, ends)))
            faults.append(Fault(f"/freight/lanes/{place}", "this lane is given twice", named, "once", "duplicate"))
        seen.add(ends)
    if faults:
        raise InvalidInput(faults)
    return {"kind": kind, "cny_per_unit_km": rate, "circuity": circuity, "lanes": normal}


def _lane(pointer: str, given: Any, rate: str | None, faults: list[Fault]) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        faults.append(Fault(pointer, "must be a lane", shown(given), ", ".join(_LANE_FIELDS), "wrong-type"))
        return {}
    for name in given:
        if name not in _LANE_FIELDS:
            faults.append(
                Fault(
                    f"{pointer}/{name}",
                    "is no field of a lane",
                    shown(given[name]),
                    ", ".join(_LANE_FIELDS),
                    "unknown-field",
                )
            )
    lane: dict[str, Any] = {}
    for name in ("origin", "destination"):
        end = given.get(name)
        if not isinstance(end, str) or not 1 <= len(end) <= LONGEST_END:
            limit = f"1 to {LONGEST_END} characters"
            faults.append(
                Fault(f"{pointer}/{name}", "must be a site id or a region code", shown(end), limit, "wrong-form")
            )
        elif len(end) == 6 and end.isdigit() and (fault := region_fault(f"{pointer}/{name}", end)) is not None:
            faults.append(fault)  # six digits are no site's id
        lane[name] = end
    for name, most in (("distance_km", "40000"), ("cny_per_unit", "1000000")):
        if given.get(name) is not None:
            lane[name], wrong = amount("0", most)(f"{pointer}/{name}", given[name])
            faults += wrong
    if "cny_per_unit" not in lane and "distance_km" not in lane:
        message = "needs cny_per_unit, or distance_km times the rate"
        faults.append(Fault(pointer, message, shown(dict(given)), "cny_per_unit or distance_km", "missing"))
    elif "cny_per_unit" not in lane and rate == "0":
        faults.append(
            Fault(
                pointer,
                "has a distance but the round has no rate",
                shown(dict(given)),
                "cny_per_unit_km",
                "contradiction",
            )
        )
    return lane
